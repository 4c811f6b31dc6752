"""The tree of a package file: mappings, lists and scalars, each with its exact range; and the same as plain data.

Python sees the data (dict, list, str, int, Decimal, bool, None); whoever has to point into the file asks the places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.language.problems import Place

ScalarValue = str | int | Decimal | bool | None


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """One value: what it means (`value`), its text without quotes, and its style ("" is plain; ', ", | or >)."""

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


def inner_place(node: ScalarNode, offset: int, length: int) -> Place:
    """The place of a part of a scalar's text; the whole scalar where escapes or folding blur the columns."""
    place = node.place
    if node.style in ("|", ">"):
        return place
    quotes = 1 if node.style else 0
    if place.line != place.end_line or place.end_column - place.column - 2 * quotes != len(node.text):
        return place
    start = place.column + quotes + min(offset, len(node.text))
    end = min(start + max(length, 1), max(place.end_column - quotes, start + 1))
    return Place(place.file, place.line, start, place.line, end)


def _has_id(node: Node, id: str | int) -> bool:
    found = step_into(node, "id") if isinstance(node, MappingNode) else None
    return found is not None and isinstance(found[1], ScalarNode) and found[1].text == id
