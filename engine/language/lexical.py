"""Line-local rules that find the mistakes people make in YAML before the parser sees them.

A parser complains where it gives up, which is often a line later or at the end of the file. Each rule here looks at one
line (with what it must know of the lines before: block scalars, open brackets and quotes) and names the exact place.
A line that a rule refuses is blanked, so that one mistake does not hide the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.language.problems import Place, Problem

FULL_WIDTH = {"：": ":", "，": ",", "“": '"', "”": '"', "‘": "'", "’": "'", "［": "[", "］": "]", "｛": "{", "｝": "}", "　": " "}

_KEY = r"[A-Za-z_][A-Za-z0-9_.\-]*"
_INDENT = re.compile(r"[ \t\u3000]*")
_FULL_WIDTH_COLON = re.compile(rf"(?:-[ ]+)*({_KEY})[ \u3000]*：")
_NO_SPACE_AFTER_COLON = re.compile(rf"(?:-[ ]+)*({_KEY}):(?=[^\s:/\\])")
_NO_COLON = re.compile(rf"(?:-[ ]+)*({_KEY})(?:[ ]+(\S.*))?$")
_DASH_WITHOUT_SPACE = re.compile(r"-(?=[A-Za-z_{\[\"'])")
_KEYED = re.compile(rf"(?:-[ ]+)*(?:{_KEY}|\"[^\"]*\"|'[^']*'):(?:[ ]|$)")
_BLOCK = re.compile(r"(?:^|[ ])[|>][-+0-9]*[ ]*(?:#.*)?$")
_COLON_IN_VALUE = re.compile(rf"(?:-[ ]+)*{_KEY}:[ ]+([^\s\"'\[{{#|>&*!].*)$")
_OPENERS = {"[": "]", "{": "}"}


@dataclass
class _Flow:
    """Brackets that are open, with the place where each was opened, and the quote that is open."""

    brackets: list[tuple[str, int, int]]
    quote: tuple[str, int, int] | None = None


def blank_line(text: str, number: int) -> str:
    """The text with one line (1-based) made empty, so that the places of all others stay."""
    lines = text.split("\n")
    if 1 <= number <= len(lines):
        lines[number - 1] = ""
    return "\n".join(lines)


def scan(file: str, text: str) -> tuple[list[str], list[Problem]]:
    """The lines with refused ones blanked, and the problems found."""
    lines = text.split("\n")
    problems: list[Problem] = []
    block_indent: int | None = None
    flow = _Flow([])
    for index, line in enumerate(lines):
        number, content = index + 1, line.rstrip("\r")
        indent = len(content) - len(content.lstrip(" "))
        if block_indent is not None:
            if not content.strip() or indent > block_indent:
                continue
            block_indent = None
        continued = bool(flow.brackets) or flow.quote is not None
        if not content.strip() or content.lstrip().startswith("#"):
            continue
        if continued and _closes_too_late(content, indent, lines, flow):
            problems.append(_unclosed(file, flow))
            _blank_from(lines, flow, index)
            flow, continued = _Flow([]), False
        found = None if continued else next(_line_problems(file, number, content), None)
        found = found or _flow_problem(file, number, content, flow)
        if found is not None:
            problems.append(found)
            lines[index] = ""
            flow = _Flow([])
        elif not flow.brackets and flow.quote is None and _BLOCK.search(_without_comment(content)):
            block_indent = indent
    if flow.quote is not None or flow.brackets:
        problems.append(_unclosed(file, flow))
        _blank_from(lines, flow, len(lines))
    return lines, problems


def _line_problems(file: str, number: int, line: str) -> Iterator[Problem]:
    """What is wrong with the start of a line: its indentation, its dash, its key and colon."""
    indent = _INDENT.match(line)
    blank = indent.group() if indent else ""
    if "\t" in blank:
        yield _problem("YAML-130", file, number, blank.index("\t"), 1)
    if "\u3000" in blank:
        yield _problem("YAML-131", file, number, blank.index("\u3000"), 1, character="　", meant=" ")
    rest, start = line[len(blank) :], len(blank)
    dash = _DASH_WITHOUT_SPACE.match(rest)
    if dash:
        yield _problem("YAML-132", file, number, start, 1)
    wide = _FULL_WIDTH_COLON.match(rest)
    if wide:
        yield _problem("YAML-131", file, number, start + wide.end() - 1, 1, character="：", meant=": ")
    tight = _NO_SPACE_AFTER_COLON.match(rest)
    if tight and not _KEYED.match(rest):
        yield _problem("YAML-133", file, number, start + tight.end() - 1, 1, key=tight.group(1))
    bare = _NO_COLON.fullmatch(_without_comment(rest).rstrip())
    if bare and (bare.group(2) or not rest.startswith("-")) and not _KEYED.match(rest):
        yield _problem("YAML-134", file, number, start + bare.start(1), len(bare.group(1)), key=bare.group(1))
    value = _COLON_IN_VALUE.match(_without_comment(rest))
    if value and re.search(r":(?:[ ]|$)", value.group(1)):
        yield _problem("YAML-135", file, number, start + value.start(1), len(value.group(1)))


def _flow_problem(file: str, number: int, line: str, flow: _Flow) -> Problem | None:
    """Walk through quotes and brackets of a line; full-width punctuation where YAML needs its own is a problem."""
    position, begin = 0, not (flow.brackets or flow.quote)
    while position < len(line):
        character = line[position]
        if flow.quote is not None:
            position = _inside_quote(line, position, flow)
            continue
        at_value = begin_of_value(line, position) or bool(flow.brackets)
        if character == "#" and (position == 0 or line[position - 1] in " \t"):
            break
        if character in "\"'" and at_value and _opens(line, position, bool(flow.brackets)):
            flow.quote = (character, number, position)
        elif character in _OPENERS and (at_value if begin and not flow.brackets else bool(flow.brackets) or at_value):
            flow.brackets.append((character, number, position))
        elif character in "]}" and flow.brackets:
            if _OPENERS[flow.brackets[-1][0]] != character:
                return _problem("YAML-137", file, number, position, 1, character=character)
            flow.brackets.pop()
        elif character in FULL_WIDTH and _wide_matters(line, position, flow):
            meant = FULL_WIDTH[character]
            return _problem("YAML-131", file, number, position, 1, character=character, meant=meant)
        position += 1
    return None


def begin_of_value(line: str, position: int) -> bool:
    """Whether a value may begin here: after `: `, after `- `, or at the start of the line."""
    before = line[:position].rstrip(" ")
    if len(before) == position and position > 0 and before[-1:] not in ("[", "{", ","):
        return False
    return before == "" or before.endswith((":", "-", "[", "{", ",")) and (before != "" or True)


def _opens(line: str, position: int, in_flow: bool) -> bool:
    """Whether a quote character begins a quoted scalar here."""
    before = line[:position].rstrip(" ")
    return before == "" or before.endswith((":", "-")) or (in_flow and before.endswith(("[", "{", ",", ":")))


def _inside_quote(line: str, position: int, flow: _Flow) -> int:
    """Go on inside a quoted scalar; gives the position after what was looked at."""
    assert flow.quote is not None
    quote = flow.quote[0]
    if quote == '"' and line[position] == "\\":
        return position + 2
    if line[position] == quote:
        if quote == "'" and line[position + 1 : position + 2] == "'":
            return position + 2
        flow.quote = None
    return position + 1


def _wide_matters(line: str, position: int, flow: _Flow) -> bool:
    """Whether a full-width character stands where YAML's own is meant; inside a plain text it is just text."""
    character = line[position]
    if character in "“”‘’":
        return begin_of_value(line, position)
    if character in "，：" and flow.brackets:
        return _separates(line, position)
    if character in "［｛":
        return begin_of_value(line, position)
    if character in "］｝":
        return bool(flow.brackets)
    return False


def _separates(line: str, position: int) -> bool:
    """Inside brackets: whether a full-width comma or colon stands between what look like ids, not inside a sentence."""
    before, after = line[:position].rstrip(), line[position + 1 :].lstrip()
    left = re.search(r"([A-Za-z0-9_.\"'\]}]+)$", before)
    right = re.match(r"[A-Za-z0-9_\"'\[{\-]", after) or after == ""
    if line[position] == "：":
        return bool(re.search(rf"[\[{{,]\s*{_KEY}$", before))
    return bool(left and right) or bool(re.match(rf"{_KEY}:[ ]", after))


def _closes_too_late(line: str, indent: int, lines: list[str], flow: _Flow) -> bool:
    """Whether a line that should go on inside brackets or quotes is plainly a new entry of the file."""
    opened = flow.quote or flow.brackets[0]
    first = lines[opened[1] - 1]
    first_indent = len(first) - len(first.lstrip(" "))
    fresh = bool(_KEYED.match(line.lstrip(" "))) or line.lstrip(" ").startswith("- ")
    if flow.quote is not None:
        return fresh and indent <= first_indent + 2 and flow.quote[0] not in line
    return fresh and indent <= first_indent


def _unclosed(file: str, flow: _Flow) -> Problem:
    """The quote or bracket that was never closed, at the place where it was opened."""
    character, number, column = flow.quote or flow.brackets[-1]
    return _problem("YAML-136", file, number, column, 1, character=character)


def _blank_from(lines: list[str], flow: _Flow, until: int) -> None:
    """Blank the lines from where something was opened up to the line that begins something new."""
    opened = flow.quote or flow.brackets[0]
    for index in range(opened[1] - 1, until):
        lines[index] = ""


def _without_comment(line: str) -> str:
    """The line without a comment at its end, as far as quotes allow to tell."""
    quote = ""
    for position, character in enumerate(line):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'" and _opens(line, position, in_flow=True):
            quote = character
        elif character == "#" and (position == 0 or line[position - 1] in " \t"):
            return line[:position]
    return line


def _problem(code: str, file: str, number: int, column: int, width: int, **parameters: object) -> Problem:
    return Problem(code, parameters, Place(file, number, column + 1, number, column + 1 + width))
