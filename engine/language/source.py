"""Package source text (YAML or JSON) as a tree of nodes, each with its exact range in the file.

YAML is composed, not loaded: the composer gives a start and an end mark for every node, keys and empty values too. What
a scalar means is decided here by a small set of rules (YAML 1.2 core, numbers exact, nothing guessed), so that `no`
stays text, `007` asks for quotes and no float is ever made. Line-local mistakes are looked for first
(`lexical.py`), because a parser names the right line for only some of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode as YamlMapping
from ruamel.yaml.nodes import ScalarNode as YamlScalar
from ruamel.yaml.nodes import SequenceNode as YamlSequence

from engine.language.lexical import blank_line, scan
from engine.language.problems import Place, Problem

MAX_CHARACTERS = 2_000_000
MAX_DEPTH = 60
MAX_SYNTAX_PROBLEMS = 10

ScalarValue = str | int | Decimal | bool | None

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)?\.?[0-9]+([eE][-+]?[0-9]{1,3})?|[-+]?(0|[1-9][0-9]*)\.")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+(\.[0-9]*)?")
_ODD_NUMBER = re.compile(r"[-+]?(0x[0-9a-fA-F_]+|0o[0-7_]+|0b[01_]+|[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?)")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, ScalarValue] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """One value: what it means (`value`), how it was written (`text`) and in which style (plain, ', ", | or >)."""

    place: Place
    value: ScalarValue
    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class MappingNode:
    """Keys with values, in the order written."""

    place: Place
    items: tuple[tuple[ScalarNode, Node], ...]


@dataclass(frozen=True, slots=True)
class SequenceNode:
    """A list, in the order written."""

    place: Place
    items: tuple[Node, ...]


Node = MappingNode | SequenceNode | ScalarNode


class LocatedMapping(dict[str, Any]):
    """A mapping as plain data that still knows where it and its keys stand."""

    __slots__ = ("key_places", "place")

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.key_places: dict[str, Place] = {}


class LocatedSequence(list[Any]):
    """A list as plain data that still knows where it stands."""

    __slots__ = ("place",)

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place


class LocatedText(str):
    """A text as plain data that still knows where it stands and in which style it was written."""

    __slots__ = ("place", "style")
    place: Place
    style: str

    @classmethod
    def at(cls, text: str, place: Place, style: str) -> LocatedText:
        """The text with its place."""
        located = cls(text)
        located.place, located.style = place, style
        return located


def read_source(file: str, text: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """The tree of one file and what is wrong with its writing (YAML-1xx); no tree when nothing could be read."""
    if len(text) > MAX_CHARACTERS:
        return None, (Problem("YAML-101", {"limit": MAX_CHARACTERS}, Place(file, 1, 1, 1, 2)),)
    problems = list(_forbidden_characters(file, text))
    text = text.removeprefix("\ufeff")
    if problems:
        return None, tuple(problems)
    if file.endswith(".json"):
        wrong = _json_problem(file, text)
        if wrong is not None:
            return None, (wrong,)
        return _compose(file, text, json_file=True)
    lines, found = scan(file, text)
    node, composed = _compose(file, "\n".join(lines))
    told = {problem.place.line for problem in found if problem.place}
    problems = [*found, *(each for each in composed if not (each.place and each.place.line in told))]
    return node, tuple(sorted(problems, key=lambda each: each.place or Place(file, 0, 0, 0, 0)))


def to_data(node: Node) -> Any:
    """The tree as plain data whose mappings, lists and texts know their places."""
    match node:
        case ScalarNode():
            return LocatedText.at(node.value, node.place, node.style) if isinstance(node.value, str) else node.value
        case SequenceNode():
            rows = LocatedSequence(node.place)
            rows.extend(to_data(item) for item in node.items)
            return rows
        case MappingNode():
            data = LocatedMapping(node.place)
            for key, value in node.items:
                data[key.text] = to_data(value)
                data.key_places[key.text] = key.place
            return data


def step_into(node: Node, step: str | int) -> tuple[ScalarNode | None, Node] | None:
    """The key node and the node one step below: a key of a mapping, an index or an `id` of a list."""
    if isinstance(node, MappingNode):
        return next(((key, value) for key, value in node.items if key.text == str(step)), None)
    if isinstance(node, SequenceNode):
        if isinstance(step, int) and 0 <= step < len(node.items):
            return None, node.items[step]
        return next(((None, item) for item in node.items if _has_id(item, step)), None)
    return None


def place_of(node: Node, path: Sequence[str | int]) -> Place:
    """The place of the deepest node that a path reaches; list items by index or by their `id`."""
    for step in path:
        found = step_into(node, step)
        if found is None:
            break
        node = found[1]
    return node.place


def _has_id(node: Node, id: str | int) -> bool:
    found = step_into(node, "id") if isinstance(node, MappingNode) else None
    return found is not None and isinstance(found[1], ScalarNode) and found[1].text == id


def _forbidden_characters(file: str, text: str) -> Iterator[Problem]:
    """NUL, other control characters and half surrogates: no package needs them and no database keeps them."""
    for number, line in enumerate(text.splitlines(), start=1):
        for column, character in enumerate(line, start=1):
            code = ord(character)
            if (code < 32 and character != "\t") or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000:
                place = Place(file, number, column, number, column + 1)
                yield Problem("YAML-102", {"character": f"U+{code:04X}"}, place)
                break


def _json_problem(file: str, text: str) -> Problem | None:
    """What keeps a text from being JSON. Its meaning is then read by the composer, for the places."""
    try:
        json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        place = Place(file, error.lineno, error.colno, error.lineno, error.colno + 1)
        return Problem("YAML-120", {"reason": error.msg}, place)
    except (ValueError, RecursionError):
        return Problem("YAML-110", {"text": "NaN / Infinity"}, Place(file, 1, 1, 1, 2))
    return None


def _refuse_constant(text: str) -> None:
    raise ValueError(text)


def _compose(file: str, text: str, *, json_file: bool = False) -> tuple[Node | None, tuple[Problem, ...]]:
    """Compose a text; after a syntax error the line is blanked and the rest is looked at, up to ten times."""
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
        return _one_document(file, documents, problems, json_file)
    return None, tuple(problems)


def _one_document(
    file: str, documents: list[Any], problems: list[Problem], json_file: bool
) -> tuple[Node | None, tuple[Problem, ...]]:
    """The tree of the only document of a file."""
    roots = [document for document in documents if document is not None]
    if not roots:
        problems.append(Problem("YAML-104", {}, Place(file, 1, 1, 1, 2)))
        return None, tuple(problems)
    if len(roots) > 1:
        problems.append(Problem("YAML-105", {}, _place(file, roots[1])))
    builder = _Builder(file, json_file)
    node = builder.build(roots[0], 0)
    return node, tuple(problems + builder.problems)


def _syntax_problem(file: str, error: MarkedYAMLError) -> Problem:
    """The parser's complaint as a problem, at the place where the broken construct begins."""
    mark = error.problem_mark or error.context_mark
    context = error.context_mark
    if context is not None and mark is not None and "scanning a quoted scalar" in (error.context or ""):
        mark = context
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    reason = (error.problem or error.context or "").replace("\n", " ")
    return Problem("YAML-106", {"reason": reason}, Place(file, line, column, line, column + 1))


def _place(file: str, node: Any) -> Place:
    start, end = node.start_mark, node.end_mark
    end_line, end_column = end.line + 1, end.column + 1
    if end.column == 0 and end.line > start.line:  # a block ends where the next begins; people mean its last line
        end_line, end_column = end.line, max(start.column + 2, 2)
    return Place(file, start.line + 1, start.column + 1, end_line, end_column)


class _Builder:
    """Turns composed nodes into ours, refusing what a package may not use."""

    def __init__(self, file: str, json_file: bool) -> None:
        self.file = file
        self.json_file = json_file
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
            return SequenceNode(place, tuple(self.build(item, depth + 1) for item in node.value))
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
        for key_node, value_node in node.value:
            key = self.build(key_node, depth + 1)
            if not isinstance(key, ScalarNode):
                self.problems.append(Problem("YAML-111", {}, key.place))
                continue
            if key.text == "<<" and key.style == "":
                self.problems.append(Problem("YAML-108", {"name": "<<"}, key.place))
                continue
            if key.text in first:
                related = ((first[key.text], "defined"),)
                self.problems.append(Problem("YAML-112", {"key": key.text}, key.place, (), related))
                continue
            first[key.text] = key.place
            items.append((key, self.build(value_node, depth + 1)))
        return MappingNode(place, tuple(items))

    def _scalar(self, node: Any, place: Place) -> ScalarNode:
        text, style = str(node.value), str(node.style or "")
        if style:
            return ScalarNode(place, text, text, style)
        try:
            return ScalarNode(place, self._plain(text, place), text, style)
        except RecursionError:  # pragma: no cover - numbers are short
            return ScalarNode(place, None, text, style)

    def _plain(self, text: str, place: Place) -> ScalarValue:
        """What an unquoted scalar means."""
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text) and len(text) <= 40:
            return int(text)
        if _LEADING_ZERO.fullmatch(text):
            self.problems.append(Problem("YAML-113", {"text": text}, place))
            return text
        if _ODD_NUMBER.fullmatch(text):
            self.problems.append(Problem("YAML-114", {"text": text}, place))
            return text
        if _NOT_FINITE.fullmatch(text):
            self.problems.append(Problem("YAML-110", {"text": text}, place))
            return text
        if _DECIMAL.fullmatch(text) and len(text) <= 60:
            return Decimal(text)
        return text
