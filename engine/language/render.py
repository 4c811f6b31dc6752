"""Problems for people at a terminal: the line of the file with a caret, in colour where wanted; and one line each.

    error[PKG-205]: 没有 “decimel” 这种类型
      --> entities/stock_out.yaml:9:15   entities.stock_out.fields.qty.kind
       |
     8 |       - id: qty
     9 |         kind: decimel
       |               ^^^^^^^ 你是不是想写 “decimal”？
       |
    help: 可用：text, decimal, date
    doc : formwork explain PKG-205

Chinese characters are two columns wide in a terminal; the caret counts them so.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

from engine.language.catalogue import did_you_mean, message, remedy
from engine.language.problems import Place, Problem
from engine.language.render_data import ordered, render_json, render_sarif

__all__ = ["ordered", "render_concise", "render_json", "render_sarif", "render_text", "summary", "width"]

MAX_LINE = 160
"""Characters of a source line that are shown; of a longer one the part around the mistake."""

MAX_CARETS = 60

_COLOURS = {"error": "\033[1;31m", "warning": "\033[1;33m", "info": "\033[1;36m", "dim": "\033[34m", "bold": "\033[1m"}
_END = "\033[0m"
_WORDS = {
    "zh": {
        "error": "错误", "warning": "警告", "info": "提示", "defined": "第一次写在这里", "first": "第一次写在这里",
        "none": "没有问题", "and": "，", "dot": "。",
    },
    "en": {
        "error": "error", "warning": "warning", "info": "note", "defined": "first defined here",
        "first": "first defined here", "none": "no problems", "and": ", ", "dot": "",
    },
}  # fmt: skip


def width(text: str) -> int:
    """How many terminal columns a text takes: wide characters count two, combining marks none."""
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def render_text(problems: Iterable[Problem], sources: Mapping[str, str], language: str, colour: bool = False) -> str:
    """Every problem with its line of source and a caret, and a count at the end. `sources` are file texts by name."""
    found = ordered(problems)
    lines = {file: text.removeprefix("\ufeff").split("\n") for file, text in sources.items()}
    blocks = [_block(problem, lines, language, _Paint(colour)) for problem in found]
    return "\n\n".join([*blocks, summary(found, language)]) + "\n"


def render_concise(problems: Iterable[Problem], language: str) -> str:
    """`file:line:column: severity CODE message`, one line each: what editors' problem matchers read."""
    rows = []
    for problem in ordered(problems):
        place = problem.place
        where = f"{place.file}:{place.line}:{place.column}: " if place else _path(problem) and f"{_path(problem)}: "
        rows.append(f"{where}{problem.severity} {problem.code} {_one_line(message(problem, language))}")
    return "".join(f"{row}\n" for row in rows)


def summary(problems: Iterable[Problem], language: str) -> str:
    """How many errors, warnings and notes there are, in words."""
    counted = Counter(problem.severity for problem in problems)
    words = _WORDS[language]
    if not counted:
        return words["none"]
    parts = []
    for severity in ("error", "warning", "info"):
        number = counted[severity]
        if number and language == "zh":
            parts.append(f"{number} 个{words[severity]}")
        elif number:
            parts.append(f"{number} {words[severity]}{'s' if number > 1 else ''}")
    return words["and"].join(parts)


class _Paint:
    """Puts escape sequences around text, or leaves it as it is."""

    def __init__(self, colour: bool) -> None:
        self.colour = colour

    def __call__(self, name: str, text: str) -> str:
        return f"{_COLOURS[name]}{text}{_END}" if self.colour else text


def _block(problem: Problem, lines: Mapping[str, list[str]], language: str, paint: _Paint) -> str:
    """One problem."""
    severity = problem.severity
    head = paint(severity, f"{severity}[{problem.code}]") + paint("bold", f": {message(problem, language)}")
    rows = [head]
    if problem.place is not None:
        path = _path(problem)
        rows.append(paint("dim", "  --> ") + _at(problem.place) + (f"   {path}" if path else ""))
        rows += _source(problem.place, lines, did_you_mean(problem, language) or "", severity, paint)
    elif _path(problem):
        rows.append(paint("dim", "  --> ") + _path(problem))
    for place, word in problem.related:
        rows.append(paint("dim", "  ::: ") + f"{_at(place)}   {_WORDS[language].get(word, word)}")
        rows += _source(place, lines, "", "dim", paint, mark="-", context=False)
    advice = remedy(problem, language)
    if problem.place is None or problem.place.file not in lines:
        advice = " ".join(part for part in (did_you_mean(problem, language), advice) if part) or None
    if advice:
        rows.append(paint("bold", "help: ") + advice)
    rows.append(paint("dim", f"doc : formwork explain {problem.code}"))
    return "\n".join(rows)


def _source(
    place: Place,
    lines: Mapping[str, list[str]],
    label: str,
    severity: str,
    paint: _Paint,
    *,
    mark: str = "^",
    context: bool = True,
) -> list[str]:
    """The line above, the line itself, and carets below the range."""
    text = lines.get(place.file)
    if text is None or not 1 <= place.line <= len(text):
        return []
    gutter = len(str(place.line))
    bar = paint("dim", f" {' ' * gutter} |")
    rows = [bar]
    if context and place.line > 1 and text[place.line - 2].strip():
        rows.append(_numbered(place.line - 1, gutter, _shown(text[place.line - 2], 0)[0], paint))
    line, cut = _shown(text[place.line - 1], place.column - 1)
    rows.append(_numbered(place.line, gutter, line, paint))
    start = max(place.column - 1 - cut, 0)
    end = place.end_column - 1 - cut if place.end_line == place.line else len(line.rstrip())
    before, under = line[:start], line[start : max(end, start)]
    carets = min(max(width(under), 1), MAX_CARETS)
    pointer = paint(severity, mark * carets + (f" {label}" if label else ""))
    rows.append(f"{bar} {' ' * width(before)}{pointer}")
    rows.append(bar)
    return rows


def _numbered(number: int, gutter: int, line: str, paint: _Paint) -> str:
    return paint("dim", f" {number:>{gutter}} |") + (f" {line}" if line else "")


def _shown(line: str, column: int) -> tuple[str, int]:
    """What is shown of a line, and how many characters are cut off at its left. Tabs are shown as one space."""
    line = line.rstrip("\r").replace("\t", " ")
    if len(line) <= MAX_LINE:
        return line, 0
    cut = max(0, min(column - MAX_LINE // 2, len(line) - MAX_LINE))
    return line[cut : cut + MAX_LINE], cut


def _at(place: Place) -> str:
    return f"{place.file}:{place.line}:{place.column}"


def _path(problem: Problem) -> str:
    return ".".join(str(step) for step in problem.path)


def _one_line(text: str) -> str:
    return " ".join(text.split())
