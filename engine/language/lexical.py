"""Finds the mistakes people make in YAML before the parser sees the text, each at its exact line.

A parser complains where it gives up, which is often a line later or at the end of the file; and some mistakes (`：`
inside a key, `，` inside a list) it takes for text. So the text is read here first: entry by entry, with quotes and
brackets (`brackets.py`), unquoted scalars (`punctuation.py`) and indentation (`layout.py`). An entry with a mistake is
replaced by a harmless one in the same place, so that the parser finds what else is wrong, and nothing that merely
follows from it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.language.brackets import Brackets, End, beyond_brackets, indent_of, read_quoted, trailing
from engine.language.layout import Layout, Level
from engine.language.problems import Problem
from engine.language.punctuation import (
    KEY,
    WIDE_DASHES,
    WIDE_SPACES,
    Finding,
    comment_trap,
    in_key,
    in_value,
    indicator,
    keyless,
    looks_like_key,
    uncommented,
    wide,
)

_BLOCK_HEADER = re.compile(r"[|>][-+0-9]{0,2}[ \t]*(#.*)?$")
_DASH = re.compile(r"-(?=[ \t]|$)")
_TIGHT_DASH = re.compile(r"""-(?=[A-Za-z_"'\[{\u3400-\u9fff\u3000\u00a0])""")
_SEPARATOR = re.compile(r":(?=[ \t\u3000\u00a0]|$)")


@dataclass
class _Plain:
    """The latest unquoted scalar, which deeper lines may continue: where it stands, and the column it hangs on."""

    parent: int
    line: int
    column: int
    text: str
    keyed: bool


def scan(file: str, text: str) -> tuple[list[str], list[Problem]]:
    """The lines, with mistaken entries replaced by harmless ones, and the problems found."""
    reader = _Reader(text.split("\n"))
    reader.read()
    found = sorted(reader.findings, key=lambda each: (each.line, each.column))
    return reader.repaired, [each.problem(file) for each in found]


def blank_line(text: str, number: int) -> str:
    """The text with one line (1-based) replaced by a harmless one that keeps the structure around it."""
    lines = text.split("\n")
    if 1 <= number <= len(lines):
        lines[number - 1] = _harmless(lines[number - 1], number - 1)
    return "\n".join(lines)


def _harmless(line: str, number: int) -> str:
    found = re.match(r"[ ]*(?:-[ ]+)*", line)
    start = found.group() if found else ""
    return f"{start}_{number}_:" if line[len(start) :].strip() and not line.strip().startswith("_") else ""


class _Reader:
    """Reads entries from top to bottom."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = [line.rstrip("\r") for line in lines]
        self.repaired = list(lines)
        self.findings: list[Finding] = []
        self.layout = Layout()
        self.plain: _Plain | None = None
        self.begun = False

    def read(self) -> None:
        """Read all entries."""
        number = 0
        while number < len(self.lines):
            content = self.lines[number].strip()
            if not content or content[0] == "#":
                number += 1
            else:
                number = max(self._entry(number), number + 1)
        alone = self.plain
        if (
            alone is not None
            and not self.layout.levels
            and looks_like_key(alone.text)
            and re.search("[：:]", alone.text)
        ):
            self._report(keyless(alone.text, alone.line, alone.column))

    def _report(self, finding: Finding) -> None:
        if finding.code == "YAML-143" or all(known.line != finding.line for known in self.findings):
            self.findings.append(finding)

    def _refuse(self, finding: Finding, number: int, until: int, *, last: str = "any") -> int:
        """Report a mistake in the entry that begins at `number`, make the entry harmless, and go on at `until`."""
        self._report(finding)
        self.repaired[number] = _harmless(self.repaired[number].rstrip("\r"), number)
        until = max(until, beyond_brackets(self.lines, number))
        for line in range(number + 1, min(until, len(self.lines))):
            self.repaired[line] = ""
        self.layout.note(last)
        self.plain = None
        return until

    def _entry(self, number: int) -> int:
        """Read one entry; gives the line after it."""
        column = self._indentation(number)
        line = self.lines[number]
        if column == 0 and re.match(r"(---|\.\.\.|%[A-Z])", line):
            return self._marker(number, line)
        if self.plain is not None and column > self.plain.parent and self._continues(number, column):
            return number + 1
        self.plain = None
        self.begun = True
        dashes = self._dashes(number, column)
        line = self.lines[number]
        column = dashes[-1] + 1 if dashes else column
        while line[column : column + 1] in (" ", "\t"):
            column += 1
        if line[column : column + 1] in ("", "#"):
            self._fit_dashes(number, dashes)
            self.layout.note("empty")
            return number + 1
        if line[column] in WIDE_SPACES:
            self._fit_dashes(number, dashes)
            return self._refuse(wide(number, column, line[column]), number, number + 1)
        return self._head(number, column, dashes)

    def _indentation(self, number: int) -> int:
        """The column at which the content of a line begins; tabs and wide spaces before it are mistakes."""
        line = self.lines[number]
        blank = line[: len(line) - len(line.lstrip())]
        wrong = next((index for index, character in enumerate(blank) if character != " "), None)
        if wrong is None:
            return len(blank)
        if blank[wrong] == "\t":
            self._report(Finding("YAML-130", number, wrong))
        else:
            known = blank[wrong] in WIDE_SPACES
            self._report(wide(number, wrong, blank[wrong]) if known else Finding("YAML-138", number, wrong))
        column = self._likely_column(blank, line.strip())
        self.lines[number] = self.repaired[number] = " " * column + line.strip()
        return column

    def _likely_column(self, blank: str, content: str) -> int:
        """Where a line with unreadable indentation probably belongs; tabs and wide spaces look like two spaces."""
        top, seen = self.layout.top, sum(1 if character == " " else 2 for character in blank)
        if top is None:
            return 0
        if top.last == "empty" and seen > top.column:
            return top.column + 2
        kind = "seq" if content.startswith("-") else "map"
        columns = [level.column for level in self.layout.levels if level.kind == kind]
        return min(columns, key=lambda column: (abs(column - seen), -column), default=top.column)

    def _marker(self, number: int, line: str) -> int:
        """`---` may stand once, at the top; `%` directives and a second document are refused."""
        if line.startswith("%"):
            self._report(Finding("YAML-147", number, 0, len(line)))
            self.repaired[number] = ""
        elif self.begun and line.startswith("---"):
            self._report(Finding("YAML-105", number, 0, 3))
            self.repaired[number:] = [""] * (len(self.lines) - number)
            return len(self.lines)
        elif line.rstrip() not in ("---", "...") and not re.match(r"(---|\.\.\.)\s+#", line):
            self._report(Finding("YAML-106", number, 3, 1, {"reason": line.strip()[:40]}))
            self.repaired[number] = ""
        self.plain = None
        return number + 1

    def _continues(self, number: int, column: int) -> bool:
        """Whether a deeper line goes on with the unquoted text before it; if it has a key, one of the two is wrong."""
        plain, line = self.plain, self.lines[number]
        assert plain is not None
        content = uncommented(line)[column:]
        dash = _DASH.match(content) is not None
        if not dash and not _SEPARATOR.search(content):
            return True
        if not plain.keyed and looks_like_key(plain.text) and not (dash and " " in plain.text):
            self._report(keyless(plain.text, plain.line, plain.column))
            self.repaired[plain.line] = _harmless(self.repaired[plain.line], plain.line)
            top = self.layout.top
            if top is None or top.column < plain.column:
                self.layout.push(plain.column, "map", plain.line)
            self.layout.note("any")
        return False

    def _dashes(self, number: int, column: int) -> list[int]:
        """The columns of the dashes a line begins with; a dash without its space, or a wide one, is a mistake."""
        dashes: list[int] = []
        while True:
            line = self.lines[number]
            rest = line[column:]
            after = rest[1:2]
            if _DASH.match(rest):
                dashes.append(column)
                column += 1
                while line[column : column + 1] in (" ", "\t"):
                    column += 1
            elif rest and rest[0] in WIDE_DASHES and (after == " " or re.match(rf"{KEY}:", rest[1:])):
                self._mend(number, column, 1, "-" if after == " " else "- ", wide(number, column, rest[0]))
            elif _TIGHT_DASH.match(rest) and not (dashes and not _SEPARATOR.search(rest)):
                gap = 2 if after in WIDE_SPACES else 1
                found = wide(number, column + 1, after) if gap == 2 else Finding("YAML-132", number, column)
                self._mend(number, column, gap, "- ", found)
            else:
                return dashes

    def _mend(self, number: int, column: int, width: int, text: str, finding: Finding) -> None:
        """Report a mistake whose remedy is certain, and read on as if it were mended."""
        self._report(finding)
        line = self.lines[number]
        self.lines[number] = self.repaired[number] = line[:column] + text + line[column + width :]

    def _fit_dashes(self, number: int, dashes: list[int], key: int | None = None) -> None:
        """Enter the dashes and the key of a line into the layout."""
        columns = [(column, "seq") for column in dashes] + ([(key, "map")] if key is not None else [])
        for index, (column, kind) in enumerate(columns):
            if index:
                self.layout.note("other")
                self.layout.push(column, kind, number)
                continue
            misfit = self.layout.fit(column, kind, number)
            if misfit is not None:
                self._report(misfit.finding)
                line = self.repaired[misfit.line]
                self.repaired[misfit.line] = line[-misfit.shift :] if misfit.shift < 0 else " " * misfit.shift + line
        if dashes and key is not None and len(self.layout.levels) > 1:
            self._mapping_item(self.layout.levels[-2])

    def _mapping_item(self, items: Level) -> None:
        """An item of a list is a mapping: then items such as `id：x` are mistakes."""
        items.mappings = True
        for finding in items.scalars:
            self._report(finding)
        items.scalars.clear()

    def _head(self, number: int, column: int, dashes: list[int]) -> int:
        """Read what stands at the first column of content: a key, or the value of a dash."""
        line = self.lines[number]
        character = line[column]
        if character in "\"'":
            floor = dashes[-1] if dashes else column if self._is_key_column(column) else column - 1
            end = read_quoted(self.lines, number, column, floor)
            if end.finding is None and self.lines[end.line][end.column :].lstrip(" ").startswith(":"):
                at = self.lines[end.line].index(":", end.column)
                self._fit_dashes(number, dashes, column)
                return self._value(end.line, at + 1, column)
            return self._keyless_value(number, column, dashes, end)
        if character in "[{" or _BLOCK_HEADER.match(line[column:]):
            return self._keyless_value(number, column, dashes, None)
        content = uncommented(line)
        strange = self._first_character(content[column:], number, column)
        if strange is not None:
            self._fit_dashes(number, dashes, column)
            return self._refuse(strange, number, number + 1)
        found = _SEPARATOR.search(content, column)
        if found is None:
            return self._scalar(number, column, dashes, content[column:].rstrip())
        self._fit_dashes(number, dashes, column)
        key = content[column : found.start()].rstrip()
        wrong = in_key(key, number, column) if key else Finding("YAML-137", number, column, 1, {"character": ":"})
        if wrong is not None:
            return self._refuse(wrong, number, number + 1)
        return self._value(number, found.end(), column)

    def _first_character(self, content: str, number: int, column: int) -> Finding | None:
        """A key or item that begins with a character that YAML has given another meaning."""
        if re.match(r"\?(?:[ \t]|$)", content):
            return Finding("YAML-111", number, column)
        return indicator(content.rstrip(), number, column) if content[0] in "&*!" else None

    def _is_key_column(self, column: int) -> bool:
        level = self.layout.enclosing(column)
        return level is not None and level.column == column and level.kind == "map"

    def _keyless_value(self, number: int, column: int, dashes: list[int], end: End | None) -> int:
        """A quoted, bracketed or block value without a key: an item of a list, or the value of the line before."""
        floor = dashes[-1] if dashes else self._parent_of(column)
        if dashes:
            self._fit_dashes(number, dashes)
            if self.lines[number][column] == "{" and self.layout.top is not None:
                self._mapping_item(self.layout.top)
        elif self._is_key_column(column) and (end is None or end.finding is None):
            level = self.layout.enclosing(column)
            if level is not None and level.last != "empty":
                self.layout.drop(level)
                word = {"key": self.lines[number][column]}
                return self._refuse(Finding("YAML-134", number, column, 1, word), number, number + 1)
        return self._structured(number, column, floor, end)

    def _parent_of(self, column: int) -> int:
        level = self.layout.enclosing(column - 1)
        return level.column if level is not None else -1

    def _value(self, number: int, column: int, key_column: int) -> int:
        """Read the value after a key."""
        line = self.lines[number]
        while line[column : column + 1] in (" ", "\t"):
            column += 1
        if line[column : column + 1] and line[column] in WIDE_SPACES:
            return self._refuse(wide(number, column, line[column]), number, number + 1)
        if line[column : column + 1] in ("", "#"):
            self._trap(number, column)
            self.layout.note("empty")
            return number + 1
        if line[column] in "\"'[{" or _BLOCK_HEADER.match(line[column:]):
            return self._structured(number, column, key_column, None)
        content = uncommented(line)
        self._trap(number, len(content))
        return self._plain_value(number, column, content[column:].rstrip(), key_column, keyed=True)

    def _trap(self, number: int, comment: int) -> None:
        line = self.lines[number]
        found = comment_trap(line, number, comment) if 0 < comment < len(line) else None
        if found is not None:
            self._report(found)

    def _structured(self, number: int, column: int, floor: int, end: End | None) -> int:
        """A quoted scalar, brackets, or a block scalar."""
        line = self.lines[number]
        if line[column] in "|>":
            return self._block(number, floor)
        if end is None:
            quoted = line[column] in "\"'"
            walk = read_quoted if quoted else lambda *given: Brackets(*given).read()
            end = walk(self.lines, number, column, floor)
        if end.finding is not None:
            return self._refuse(end.finding, number, max(end.line, number + 1))
        rest = self.lines[end.line][end.column :]
        after = rest.lstrip(" \t")
        if after and not (after[0] == "#" and after != rest):
            at = end.column + len(rest) - len(after)
            return self._refuse(trailing(line[column], after, end.line, at), number, end.line + 1)
        self.layout.note("other")
        return end.line + 1

    def _block(self, number: int, floor: int) -> int:
        """Pass over a block scalar: every line deeper than what it belongs to."""
        following = number + 1
        while following < len(self.lines):
            text = self.lines[following]
            if text.strip() and indent_of(text) <= floor:
                break
            following += 1
        self.layout.note("other")
        return following

    def _plain_value(self, number: int, column: int, text: str, parent: int, *, keyed: bool) -> int:
        """An unquoted value after a key or a dash."""
        found = indicator(text, number, column) or in_value(text, number, column)
        if found is not None:
            return self._refuse(found, number, number + 1)
        self.layout.note("plain")
        self.plain = _Plain(parent, number, column, text, keyed)
        return number + 1

    def _scalar(self, number: int, column: int, dashes: list[int], text: str) -> int:
        """Unquoted text without a key: an item of a list, the value of the line before, or a key without its colon."""
        if dashes:
            self._fit_dashes(number, dashes)
            if re.match(r"[a-z_][a-z0-9_]*[ \u3000]*：\S", text) or re.match(rf"{KEY}:\u3000", text):
                return self._refuse(keyless(text, number, column), number, number + 1)
            level = self.layout.top
            if level is not None and re.match(r"(id|kind|label|entity|report)([：: ]|$)", text):
                if level.mappings:
                    return self._refuse(keyless(text, number, column), number, number + 1)
                level.scalars.append(keyless(text, number, column))
            return self._plain_value(number, column, text, dashes[-1], keyed=False)
        level = self.layout.enclosing(column)
        if level is None and not self.layout.levels:
            self.plain = _Plain(-1, number, column, text, keyed=False)
            return number + 1
        if level is not None and level is self.layout.top and level.column < column and level.last == "empty":
            return self._plain_value(number, column, text, level.column, keyed=False)
        if level is not None:
            self.layout.drop(level)
            self._realign(number, column, level.column)
        return self._refuse(keyless(text, number, column), number, number + 1)

    def _realign(self, number: int, column: int, meant: int) -> None:
        """Move a mistaken line to the column of its block, so that the parser meets no second mistake."""
        dash = "- " if self.layout.top is not None and self.layout.top.kind == "seq" else ""
        self.repaired[number] = " " * meant + dash + self.repaired[number][column:]
