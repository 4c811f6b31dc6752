"""Walks through quotes and brackets (YAML's flow style), over as many lines as they take, and says what is wrong.

The parser notices an open quote at the end of the file and an open bracket on some later line. Here the walk stops at
the first line that is plainly not inside any more (it is not indented deeper than what the bracket belongs to), and the
mistake is named where the quote or bracket was opened.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.language.punctuation import KEY, WIDE_QUOTES, WIDE_SPACES, Finding, in_flow, keyless, uncommented, wide

MAX_DEPTH = 60
"""Levels of nesting beyond which nothing is read."""

_ESCAPES = set('0abtnvfre "/\\N_LPxuU\t')
_OPENERS = {"[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class End:
    """Where a walk ended: the position after what was read, or what is wrong and the line from which to go on."""

    line: int
    column: int
    finding: Finding | None = None


@dataclass
class _Frame:
    """One open bracket and how far its present entry is: start, atom (a text or value), colon, done."""

    opener: str
    line: int
    column: int
    state: str = "start"
    atom: tuple[str, int, int] = ("", 0, 0)
    quoted: bool = False


def indent_of(line: str) -> int:
    """How many spaces a line begins with."""
    return len(line) - len(line.lstrip(" "))


def resume_line(lines: Sequence[str], after: int, floor: int) -> int:
    """The first line after `after` that is not indented deeper than `floor`: there something new begins."""
    for number in range(after + 1, len(lines)):
        text = lines[number].strip()
        if text and indent_of(lines[number]) <= floor and text[0] not in "]}#":
            return number
    return len(lines)


def read_quoted(lines: Sequence[str], line: int, column: int, floor: int) -> End:
    """Read a quoted scalar that opens at a place and belongs to something indented by `floor`."""
    quote, number, position = lines[line][column], line, column + 1
    while True:
        text = lines[number]
        while position < len(text):
            character = text[position]
            if character == "\\" and quote == '"':
                if position + 1 < len(text) and text[position + 1] not in _ESCAPES:
                    bad = Finding("YAML-140", number, position, 2, {"text": text[position : position + 2]})
                    return End(resume_line(lines, line, floor), 0, bad)
                position += 2
            elif character != quote:
                position += 1
            elif quote == "'" and text[position + 1 : position + 2] == "'":
                position += 2
            else:
                return _after_quote(lines, End(number, position + 1), line, column, floor)
        number, position = number + 1, 0
        while number < len(lines) and not lines[number].strip():
            number += 1
        if number >= len(lines) or indent_of(lines[number]) <= floor:
            return End(resume_line(lines, line, floor), 0, _unclosed_quote(lines, line, column))


def _after_quote(lines: Sequence[str], end: End, line: int, column: int, floor: int) -> End:
    """What follows a closing quote must be a separator; text there means that a quote is missing or too many."""
    after = lines[end.line][end.column : end.column + 1]
    if after == "" or after in " \t,]}:":
        return end
    if after in "：，、；":
        return End(resume_line(lines, line, floor), 0, wide(end.line, end.column, after))
    if end.line != line:
        return End(resume_line(lines, line, floor), 0, _unclosed_quote(lines, line, column))
    return End(resume_line(lines, line, floor), 0, Finding("YAML-145", end.line, end.column, 1, {"text": after}))


def _unclosed_quote(lines: Sequence[str], line: int, column: int) -> Finding:
    """An open quote; where the closing one was typed full-width, that one is named."""
    rest = lines[line][column + 1 :]
    marks = [index for index, character in enumerate(rest) if character in WIDE_QUOTES]
    if marks and not any(rest[marks[-1] + 1 :].strip(" ,]}")):
        return wide(line, column + 1 + marks[-1], rest[marks[-1]])
    return Finding("YAML-136", line, column, 1, {"character": lines[line][column]})


def trailing(opener: str, after: str, line: int, column: int) -> Finding:
    """What is wrong when text follows a closing quote or bracket; `opener` is the character that began the value."""
    if after[0] in "]}":
        return Finding("YAML-137", line, column, 1, {"character": after[0]})
    if after[0] in WIDE_QUOTES:
        return wide(line, column, after[0])
    if opener in "[{":
        code = "YAML-111" if after[0] == ":" else "YAML-139"
        return Finding(code, line, column, 1, {"character": opener})
    return Finding("YAML-145", line, column, 1, {"text": after[0]})


def beyond_brackets(lines: Sequence[str], number: int) -> int:
    """The line after the brackets that a line leaves open at its end."""
    line = uncommented(lines[number]).rstrip()
    return resume_line(lines, number, indent_of(line)) if line.endswith(("[", "{")) else number + 1


class Brackets:
    """One walk through `[…]` or `{…}`."""

    def __init__(self, lines: Sequence[str], line: int, column: int, floor: int) -> None:
        self.lines, self.line, self.column, self.floor = lines, line, column, floor
        self.start = line
        self.frames: list[_Frame] = []
        self.last_line = line
        """The line of the last token, to name it where a comma is missing at its end."""
        self.finding: Finding | None = None

    def read(self) -> End:
        """Read to the closing bracket."""
        while self.finding is None:
            text = self.lines[self.line]
            if self.column >= len(text) or _comment_at(text, self.column):
                self._next_line()
            elif text[self.column] in " \t":
                self.column += 1
            else:
                self._token(text, text[self.column])
                self.last_line = self.line
                if not self.frames and self.finding is None:
                    return End(self.line, self.column)
        return End(resume_line(self.lines, self.start, self.floor), 0, self.finding)

    def _next_line(self) -> None:
        """Go to the next line with content; stop where it is plainly outside of the brackets."""
        number = self.line + 1
        while number < len(self.lines) and (not self.lines[number].strip() or self.lines[number].lstrip()[0] == "#"):
            number += 1
        if number >= len(self.lines):
            self._unclosed(self.frames[-1])
            return
        indent, first = indent_of(self.lines[number]), self.lines[number].strip()[0]
        if indent <= self.floor and first not in "]}":
            self._unclosed(self.frames[-1])
            return
        if "\t" in self.lines[number][: len(self.lines[number]) - len(self.lines[number].lstrip())]:
            self.finding = Finding("YAML-130", number, self.lines[number].index("\t"))
            return
        self._late_closer(number, indent, first)
        self.line, self.column = number, 0

    def _late_closer(self, number: int, indent: int, first: str) -> None:
        """A bracket that closes at the start of a line belongs to a line indented alike, not to a deeper one."""
        inner = self.frames[-1]
        if first in "]}" and len(self.frames) > 1 and indent < indent_of(self.lines[inner.line]):
            outer = self.frames[-2]
            if outer.line != inner.line and indent <= indent_of(self.lines[outer.line]) and inner.line != number:
                self._unclosed(inner)

    def _token(self, text: str, character: str) -> None:
        """One token at the present position."""
        if character in WIDE_SPACES:
            self.finding = wide(self.line, self.column, character)
        elif character in _OPENERS:
            self._open(character)
        elif character in "]}":
            self._close(character)
        elif character == ",":
            self._end_entry()
            self.frames[-1].state = "start"
            self.column += 1
        elif character == ":" and self._separates(text):
            self._colon()
        elif character in "\"'" and self.frames[-1].state in ("start", "colon"):
            self._quoted()
        else:
            self._plain(text)

    def _open(self, character: str) -> None:
        if self.frames and self.frames[-1].state in ("atom", "done"):
            self._two_values(character)
            return
        if len(self.frames) >= MAX_DEPTH:
            self.finding = Finding("YAML-107", self.line, self.column, 1, {"limit": MAX_DEPTH})
            return
        self.frames.append(_Frame(character, self.line, self.column))
        self.column += 1

    def _two_values(self, character: str) -> None:
        """A value stands directly after another one: a comma is missing, a bracket is open, or quotes are needed."""
        frame = self.frames[-1]
        if self.line == self.last_line:
            code = "YAML-139" if not frame.quoted and frame.atom[0] and character in _OPENERS else "YAML-144"
            self.finding = Finding(code, self.line, self.column, 1, {"character": character})
        elif frame.line == self.last_line and len(self.frames) > 1:
            self._unclosed(frame)
        else:
            self._missing_comma()

    def _missing_comma(self) -> None:
        width = len(self.lines[self.last_line].rstrip())
        self.finding = Finding("YAML-144", self.last_line, max(width - 1, 0), 1)

    def _close(self, character: str) -> None:
        frame = self.frames[-1]
        if _OPENERS[frame.opener] != character:
            if len(self.frames) > 1 and _OPENERS[self.frames[-2].opener] == character:
                self._unclosed(frame)
            else:
                self.finding = Finding("YAML-137", self.line, self.column, 1, {"character": character})
            return
        self._end_entry()
        self.frames.pop()
        self.column += 1
        if self.frames:
            self._value_read("", quoted=True)

    def _value_read(self, text: str, *, quoted: bool, at: tuple[int, int] = (0, 0)) -> None:
        frame = self.frames[-1]
        if frame.state == "start":
            frame.state, frame.atom, frame.quoted = "atom", (text, *at), quoted
        elif frame.state == "colon":
            frame.state, frame.atom, frame.quoted = "done", (text, *at), quoted

    def _end_entry(self) -> None:
        """An entry of a mapping needs a key and a colon."""
        frame = self.frames[-1]
        if frame.opener != "{" or frame.state != "atom" or self.finding is not None:
            return
        text, line, column = frame.atom
        if not text:
            self.finding = Finding("YAML-134", self.line, self.column, 1, {"key": "…"})
        elif re.fullmatch(r"[A-Za-z_][\w.]*(\(.*\))?(:0?\d+)?", text) and self._alone(frame):
            self.finding = Finding("YAML-139", frame.line, frame.column, 1, {"character": "{"})
        else:
            self.finding = keyless(text, line, column)

    def _alone(self, frame: _Frame) -> bool:
        """Whether the mapping holds nothing else, as in the text template `{number}`."""
        between = self.lines[frame.line][frame.column + 1 : self.column]
        return frame.line == self.line and between.strip() == frame.atom[0] and len(self.frames) == 1

    def _separates(self, text: str) -> bool:
        after = text[self.column + 1 : self.column + 2]
        return after == "" or after in " \t,[]{}" or (self.frames[-1].quoted and self.frames[-1].state == "atom")

    def _colon(self) -> None:
        frame = self.frames[-1]
        if frame.state == "atom":
            frame.state = "colon"
        elif frame.state == "done" and (frame.atom[1] != self.line or frame.quoted) and self.last_line != self.line:
            self._missing_comma()
        elif frame.state == "done":
            self._second_colon(frame)
        frame.quoted = False
        self.column += 1

    def _second_colon(self, frame: _Frame) -> None:
        """`{id: a，kind: b}` (the comma is wide), `{id: a kind: b}` (it is missing), `{zh: a: b}` (quotes are)."""
        text, line, column = frame.atom
        marks = [index for index, character in enumerate(text) if character in "，、；"]
        if marks and re.search(rf"[，、；]\s*{KEY}\s*$", text):
            self.finding = wide(line, column + marks[-1], text[marks[-1]])
        elif text and line != self.line:
            self.last_line = line
            self._missing_comma()
        elif re.search(rf"\s{KEY}$", text) and frame.opener == "{" and not re.search(r"[^\x00-\x7f]", text):
            self.finding = Finding("YAML-144", line, column + max(text.rstrip().rfind(" "), 0), 1)
        else:
            self.finding = Finding("YAML-135", self.line, self.column)

    def _quoted(self) -> None:
        line, column = self.line, self.column
        end = read_quoted(self.lines, line, column, self.floor)
        if end.finding is not None:
            self.finding = end.finding
            return
        self.line, self.column = end.line, end.column
        words = self.lines[line][column : end.column] if end.line == line else ""
        self._value_read(words, quoted=True, at=(line, column))

    def _plain(self, text: str) -> None:
        """An unquoted scalar up to the next character of structure."""
        begin = self.column
        found = re.compile(r"[,\[\]{}]|:(?=[ \t,\[\]{}]|$)|[ \t]#").search(text, begin + 1)
        stop = found.start() if found else len(text)
        words = text[begin:stop].rstrip()
        frame = self.frames[-1]
        self.column = stop
        if frame.state in ("atom", "done") and frame.quoted:
            if self.line == self.last_line:
                self.finding = wide(self.line, begin, words[0]) if words[0] in "，、；：" else None
                self.finding = self.finding or Finding("YAML-145", self.line, begin, 1, {"text": words[:1]})
            else:
                self._missing_comma()
            return
        self.finding = in_flow(words, frame.opener, self.line, begin)
        if frame.state in ("atom", "done"):  # a text that goes on over several lines
            frame.atom = (words, self.line, begin) if frame.state == "atom" else (words, frame.atom[1], begin)
        self._value_read(words, quoted=False, at=(self.line, begin))

    def _unclosed(self, frame: _Frame) -> None:
        self.finding = Finding("YAML-136", frame.line, frame.column, 1, {"character": frame.opener})


def _comment_at(text: str, column: int) -> bool:
    return text[column] == "#" and (column == 0 or text[column - 1] in " \t")
