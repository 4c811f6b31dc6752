"""Package source text (YAML or JSON) as a tree of nodes, each with its exact range in the file.

YAML is composed, not loaded: the composer gives a start and an end mark for every node, keys and empty values too. What
a scalar means is decided here by a small set of rules (YAML 1.2 core, numbers exact, nothing guessed), so that `no`
stays text, `007` asks for quotes and no float is ever made. Mistakes in the writing are looked for first
(`lexical.py`), because a parser names the right line for only some of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode as YamlMapping
from ruamel.yaml.nodes import ScalarNode as YamlScalar
from ruamel.yaml.nodes import SequenceNode as YamlSequence

from engine.language.json_source import read_json
from engine.language.lexical import blank_line, scan
from engine.language.nodes import (
    LocatedMapping,
    LocatedSequence,
    LocatedText,
    MappingNode,
    Node,
    ScalarNode,
    ScalarValue,
    SequenceNode,
    inner_place,
    place_of,
    step_into,
    to_data,
)
from engine.language.problems import Place, Problem

__all__ = [
    "LocatedMapping",
    "LocatedSequence",
    "LocatedText",
    "MappingNode",
    "Node",
    "ScalarNode",
    "ScalarValue",
    "SequenceNode",
    "inner_place",
    "place_of",
    "read_source",
    "step_into",
    "to_data",
]

MAX_CHARACTERS = 400_000
"""Of a YAML file; a package file has one thing in it and about 500 lines at most."""
MAX_JSON_CHARACTERS = 4_000_000
MAX_DEPTH = 60
MAX_SYNTAX_PROBLEMS = 10
MAX_DIGITS = 40

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+(\.[0-9]*)?")
_ODD_NUMBER = re.compile(
    r"[-+]?(0x[0-9a-fA-F_]+|0o[0-7_]+|0b[01_]+|[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?"
    r"|[0-9]+\.|\.[0-9]+|[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+|[0-9]+(\.[0-9]+)?)"
)
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, ScalarValue] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}


def read_source(file: str, text: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """The tree of one file and what is wrong with its writing (YAML-1xx), sorted by place.

    No tree when the file could not be read as a whole; otherwise the tree holds everything but the mistaken entries.
    """
    is_json = file.endswith(".json")
    limit = MAX_JSON_CHARACTERS if is_json else MAX_CHARACTERS
    if len(text) > limit:
        return None, (Problem("YAML-101", {"limit": limit}, Place(file, 1, 1, 1, 2)),)
    text = text.removeprefix("\ufeff")
    forbidden = tuple(_forbidden_characters(file, text))
    if forbidden:
        return None, forbidden
    if is_json:
        return read_json(file, text)
    lines, found = scan(file, text)
    if any(problem.code == "YAML-107" for problem in found):
        return None, tuple(found)
    node, composed = _compose(file, "\n".join(lines))
    told = {problem.place.line for problem in found if problem.place}
    problems = [*found, *(each for each in composed if not (each.place and each.place.line in told))]
    return node, tuple(sorted(problems, key=_order))


def _order(problem: Problem) -> tuple[Place, str]:
    assert problem.place is not None
    return problem.place, problem.code


def _forbidden_characters(file: str, text: str) -> Iterator[Problem]:
    """NUL, other control characters, odd line ends and half surrogates: nobody needs them, no database keeps them."""
    for number, line in enumerate(text.split("\n"), start=1):
        for column, character in enumerate(line.removesuffix("\r"), start=1):
            code = ord(character)
            if (
                (code < 32 and character != "\t")
                or 0x7F <= code < 0xA0
                or 0xD800 <= code < 0xE000
                or code in (0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF)
            ):
                place = Place(file, number, column, number, column + 1)
                yield Problem("YAML-102", {"character": f"U+{code:04X}"}, place)
                break


def _compose(file: str, text: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """Compose a text; after a syntax error the line is made harmless and the rest is looked at, up to ten times."""
    problems: list[Problem] = []
    for _ in range(MAX_SYNTAX_PROBLEMS):
        try:
            documents = list(YAML(typ="safe", pure=True).compose_all(text))
        except MarkedYAMLError as error:
            problem = _syntax_problem(file, error)
            problems.append(problem)
            assert problem.place is not None
            remaining = blank_line(text, problem.place.line)
            if remaining == text:
                return None, tuple(problems)
            text = remaining
            continue
        except (YAMLError, RecursionError) as error:
            problems.append(Problem("YAML-103", {"reason": type(error).__name__}, Place(file, 1, 1, 1, 2)))
            return None, tuple(problems)
        return _one_document(file, documents, problems)
    return None, tuple(problems)


def _one_document(file: str, documents: list[Any], problems: list[Problem]) -> tuple[Node | None, tuple[Problem, ...]]:
    """The tree of the only document of a file."""
    roots = [document for document in documents if document is not None]
    if not roots or (isinstance(roots[0], YamlScalar) and not roots[0].value and not roots[0].style):
        problems.append(Problem("YAML-104", {}, Place(file, 1, 1, 1, 2)))
        return None, tuple(problems)
    if len(roots) > 1:
        problems.append(Problem("YAML-105", {}, _place(file, roots[1])))
    builder = _Builder(file)
    node = builder.build(roots[0], 0)
    return node, tuple(problems + builder.problems)


def _syntax_problem(file: str, error: MarkedYAMLError) -> Problem:
    """The parser's complaint as a problem, at the place where the broken construct begins."""
    mark = error.problem_mark or error.context_mark
    if error.context_mark is not None and "scanning a quoted scalar" in (error.context or ""):
        mark = error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    reason = (error.problem or error.context or "").replace("\n", " ")
    return Problem("YAML-106", {"reason": reason}, Place(file, line, column, line, column + 1))


def _place(file: str, node: Any) -> Place:
    """The range of a scalar or of a bracketed node, from the marks of the composer."""
    start, end = node.start_mark, node.end_mark
    line, column = end.line + 1, end.column + 1
    if end.column == 0 and end.line > start.line:  # a block scalar ends before the line that follows it
        text = end.buffer[: end.pointer if hasattr(end, "pointer") else end.index] if end.buffer else ""
        kept = text.rstrip("\r\n\0 ").split("\n")
        line, column = len(kept), len(kept[-1]) + 1
    return Place(file, start.line + 1, start.column + 1, line, column)


def _nothing_after(key: Place, value: ScalarNode) -> ScalarNode:
    """A value that is not written stands directly after the colon of its key."""
    column = key.end_column + 1
    return ScalarNode(Place(key.file, key.end_line, column, key.end_line, column), value.value, "")


def _through(start: Place, last: Place) -> Place:
    """From the beginning of one place to the end of another."""
    return Place(start.file, start.line, start.column, last.end_line, last.end_column)


class _Builder:
    """Turns composed nodes into ours, refusing what a package may not use."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._seen: set[int] = set()

    def build(self, node: Any, depth: int) -> Node:
        """One node and everything below it."""
        place = _place(self.file, node)
        self._refuse_sharing(node, place)
        if depth > MAX_DEPTH:
            self.problems.append(Problem("YAML-107", {"limit": MAX_DEPTH}, place))
            return ScalarNode(place, None, "")
        if isinstance(node, YamlMapping):
            return self._mapping(node, place, depth)
        if isinstance(node, YamlSequence):
            items = tuple(self.build(item, depth + 1) for item in node.value)
            return SequenceNode(place if node.flow_style or not items else _through(place, items[-1].place), items)
        assert isinstance(node, YamlScalar)
        return self._scalar(node, place)

    def _refuse_sharing(self, node: Any, place: Place) -> None:
        """Anchors, aliases and tags: reuse goes through `extends` and `uses`, never through the text."""
        if id(node) in self._seen or node.anchor:
            self.problems.append(Problem("YAML-108", {"name": str(node.anchor or "*")}, place))
        self._seen.add(id(node))
        tag = str(getattr(node, "ctag", "") or "")
        if tag and tag not in ("None", "!") and not str(node.tag).startswith("tag:yaml.org,2002:"):
            self.problems.append(Problem("YAML-109", {"tag": tag}, place))

    def _mapping(self, node: Any, place: Place, depth: int) -> Node:
        items: list[tuple[ScalarNode, Node]] = []
        first: dict[str, Place] = {}
        end = place
        for key_node, value_node in node.value:
            key = self._key(key_node, depth)
            value = self.build(value_node, depth + 1)
            if isinstance(value, ScalarNode) and not value.text and not value.style:
                value = _nothing_after(_place(self.file, key_node), value)
            end = value.place
            if key is None:
                continue
            if key.text in first:
                related = ((first[key.text], "defined"),)
                self.problems.append(Problem("YAML-112", {"key": key.text}, key.place, (), related))
                continue
            first[key.text] = key.place
            items.append((key, value))
        return MappingNode(place if node.flow_style or not node.value else _through(place, end), tuple(items))

    def _key(self, node: Any, depth: int) -> ScalarNode | None:
        """A key: always the text as written, whatever it would mean as a value."""
        place = _place(self.file, node)
        if not isinstance(node, YamlScalar):
            self.build(node, depth + 1)
            self.problems.append(Problem("YAML-111", {}, place))
            return None
        self._refuse_sharing(node, place)
        text, style = str(node.value), str(node.style or "")
        if text == "<<" and not style:
            self.problems.append(Problem("YAML-108", {"name": "<<"}, place))
            return None
        return ScalarNode(place, text, text, style)

    def _scalar(self, node: Any, place: Place) -> ScalarNode:
        text, style = str(node.value), str(node.style or "")
        return ScalarNode(place, text if style else self._plain(text, place), text, style)

    def _plain(self, text: str, place: Place) -> ScalarValue:
        """What an unquoted scalar means."""
        if text in _WORDS:
            return _WORDS[text]
        if not (text[0].isdigit() or text[0] in "+-."):
            return text
        if len(text) <= MAX_DIGITS and _INTEGER.fullmatch(text):
            return int(text)
        if len(text) <= MAX_DIGITS and _DECIMAL.fullmatch(text):
            return Decimal(text)
        for code, pattern in (("YAML-113", _LEADING_ZERO), ("YAML-110", _NOT_FINITE), ("YAML-114", _ODD_NUMBER)):
            if pattern.fullmatch(text):
                self.problems.append(Problem(code, {"text": text}, place))
                break
        return text
