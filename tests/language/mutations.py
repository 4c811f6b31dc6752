"""Typing mistakes, made on purpose: each kind gives (changed text, line of the mistake) for every place it can be made.

Every mistake is made on one line of a file that is right, the way people make it: with the wrong input method, with a
key missed, or with the wrong indentation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

Mutation = tuple[str, int]

KEYED = re.compile(r"^( *(?:- )*)([a-z_]+): (.+)$")


def block_scalar_lines(lines: list[str]) -> set[int]:
    """Lines inside block scalars and inside texts that go on over several lines: there nothing is a mistake."""
    inside: set[int] = set()
    indent: int | None = None
    for number, line in enumerate(lines):
        own = len(line) - len(line.lstrip(" "))
        if indent is not None and own > indent:
            inside.add(number)
            continue
        indent = None
        if re.search(r"[|>]-?$", line) or line.startswith(("long:", "template:")):
            indent = own
            inside.add(number)
    return inside


def edited(lines: list[str], number: int, new: str) -> Mutation:
    """The text with one line replaced."""
    return "\n".join([*lines[:number], new, *lines[number + 1 :]]), number + 1


def each_line(text: str) -> Iterator[tuple[list[str], int, str]]:
    """Every line that may be changed."""
    lines = text.split("\n")
    inside = block_scalar_lines(lines)
    for number, line in enumerate(lines):
        formula = re.match(
            r" *(when|that|to): .*[\[(]", line
        )  # a mistake in a formula is found by the formula language
        if line.strip() and not line.lstrip().startswith("#") and number not in inside and not formula:
            yield lines, number, line


def by_pattern(pattern: str, replacement: str, condition: str = "") -> Callable[[str], Iterator[Mutation]]:
    """A kind of mistake that is one replacement in a line; `condition` is what the line must look like."""

    def make(text: str) -> Iterator[Mutation]:
        for lines, number, line in each_line(text):
            if condition and not re.search(condition, line):
                continue
            new = re.sub(pattern, replacement, line, count=1)
            if new != line:
                yield edited(lines, number, new)

    return make


def shifted(by: int) -> Callable[[str], Iterator[Mutation]]:
    """A line that slipped by one space, where other lines of its block show that it slipped."""

    def make(text: str) -> Iterator[Mutation]:
        for lines, number, line in each_line(text):
            indent = len(line) - len(line.lstrip(" "))
            if indent < 2 or line.lstrip()[0] in "[]":
                continue
            siblings = [
                other
                for other in (number - 1, number + 1)
                if 0 <= other < len(lines)
                and lines[other].strip()
                and len(lines[other]) - len(lines[other].lstrip(" ")) == indent
            ]
            if siblings:
                yield edited(lines, number, " " * (indent + by) + line.lstrip(" "))

    return make


KINDS: dict[str, Callable[[str], Iterator[Mutation]]] = {
    "wide colon": by_pattern(r"^( *(?:- )*[a-z_]+): ", r"\1：", r"^ *(- )*[a-z_]+: "),
    "wide colon and space": by_pattern(r"^( *(?:- )*[a-z_]+): ", r"\1： ", r"^ *(- )*[a-z_]+: "),
    "wide colon of a parent": by_pattern(r"^( *(?:- )*[a-z_]+):$", r"\1：", r":$"),
    "wide colon in brackets": by_pattern(r"\{([a-z]+): ", r"{\1："),
    "no space after the colon": by_pattern(r"^( *(?:- )*[a-z_]+): (?=[a-z\u4e00-\u9fff0-9])", r"\1:"),
    "no space in brackets": by_pattern(r"([{,] ?[a-z]+): (?=[a-z\u4e00-\u9fff])", r"\1:"),
    "no colon": by_pattern(r"^( *(?:- )*[a-z_]+): ", r"\1 "),
    "no colon of a parent": by_pattern(r"^( *(?:- )*[a-z_]+):$", r"\1"),
    "no colon in brackets": by_pattern(r"\{([a-z]+): ", r"{\1 "),
    "bracket not closed": by_pattern(r"[\]}](,?)( *#.*)?$", r"\1\2", r"[\[{].*[\]}],?( *#.*)?$"),
    "bracket not opened": by_pattern(r": \[(?=.*\]$)", ": ", r": \["),
    "quote not closed": by_pattern(r"(?<=\S)([\"'])(?=$|[,}\]])(?=[^\"']*$)", r"", r"[\"'][^\"']+[\"'][^\"']*$"),
    "quote not opened": by_pattern(r"(: |- )[\"'](?=[^\"']+[\"'][^\"']*$)", r"\1"),
    "wide quotes": by_pattern(r"(: |- |\[|, )\"([^\"]*)\"", r"\1“\2”"),
    "wide single quotes": by_pattern(r"(: |- )'([^\"']*)'(?=$|[,}\]])", r"\1‘\2’"),
    "wide opening quote": by_pattern(r"(: |- )\"([^\"]*\"(?:$|[,}\]]))", r"\1“\2"),
    "wide closing quote": by_pattern(r"((?:: |- )\"[^\"]*)\"(?=$|[,}\]])", r"\1”"),
    "wide comma": by_pattern(r"([\[{][^\"\[{]*?), ", r"\1，", r"[\[{]"),
    "wide comma and space": by_pattern(r"([\[{][^\"\[{]*?), ", r"\1， "),
    "comma missing": by_pattern(r"(\{[a-z]+: [a-z_]+), ", r"\1 "),
    "wide brackets": by_pattern(r": \[([^\[\]]*)\]$", r": ［\1］"),
    "wide braces": by_pattern(r": \{([^{}]*)\}$", r": ｛\1｝"),
    "wide closing bracket": by_pattern(r"\]$", "］", r"\[.*\]$"),
    "wide space after the colon": by_pattern(r"^( *(?:- )*[a-z_]+): ", "\\1:\u3000"),
    "wide indentation": by_pattern(r"^  ", "\u3000"),
    "tab": by_pattern(r"^  ", "\t"),
    "dash without space": by_pattern(r"^( *)- (?=[a-z\[{])", r"\1-"),
    "wide dash": by_pattern(r"^( *)- (?=[a-z])", r"\1－ "),
    "colon in the value": by_pattern(r"^( *(?:- )*[a-z_]+: )(?=[a-z\u4e00-\u9fff])", r"\1note: "),
    "indented one more": shifted(1),
    "indented one less": shifted(-1),
    "second closing bracket": by_pattern(r"([\]}])$", r"\1\1"),
    "wrong closing bracket": by_pattern(r"\]$", "}", r"\[.*\]$"),
    "text after the quote": by_pattern(r"\"$", r'" x', r": \".*\"$"),
}
