"""What is known to be broken already, so that nobody is told about the consequences of a mistake.

When a part, or an item in it, cannot be read, the mistake is reported once and the broken piece is cut out. Its id is
kept here: that something of that name does not exist is then no news.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from engine.language.problems import Place, Problem
from engine.language.source import MappingNode, Node, SequenceNode
from engine.packages.overlay import id_of, walk

NAMING = ("name", "id", "state", "field", "entity", "ledger", "dimension", "measure", "target")
"""Parameters of problems that hold the name which was not found."""

UNKNOWN = ("REF-3", "EXP-420", "EXP-421", "EXP-422", "RUL-511", "RUL-512")
"""Codes (or their beginnings) that say that something does not exist."""


@dataclass
class Poison:
    """Broken parts by attribute and id, and the ids of broken items inside parts.

    `everything` is set when a whole layer is missing: then no name can be called unknown.
    """

    parts: set[tuple[str, str]] = field(default_factory=set)
    everything: bool = False
    names: set[str] = field(default_factory=set)

    def add(self, attribute: str, id: str) -> None:
        """A part is broken as a whole."""
        self.parts.add((attribute, id))

    def has(self, attribute: str, id: str | None) -> bool:
        """Whether a part is known to be broken, or a layer that may hold it is missing."""
        return self.everything or (attribute, id or "") in self.parts

    def without_consequences(self, problems: Iterable[Problem]) -> Iterator[Problem]:
        """The problems that are not merely the echo of something broken."""
        broken = self.names | {id for _, id in self.parts}
        for problem in problems:
            if problem.code.startswith(UNKNOWN) and (self.everything or self._names(problem) & broken):
                continue
            yield problem

    def _names(self, problem: Problem) -> set[str]:
        """The names a problem says do not exist, each also without the path in front of it."""
        values = {str(problem.parameters[key]) for key in NAMING if key in problem.parameters}
        return values | {value.rpartition(".")[2] for value in values}


LACKING = ("PKG-202", "PKG-206")
"""Codes that say that a mapping lacks a key; they point at its first key although the whole mapping is at fault."""


def prune(node: Node, problems: Iterable[Problem], poison: Poison) -> Node | None:
    """The node without the pieces that problems point at; None when the node itself is such a piece.

    A wrong key goes with its value; an item that lacks something goes as a whole, and its id is poisoned.
    """
    at, lacking = set(), set()
    for problem in problems:
        if problem.place is not None:
            (lacking if problem.code in LACKING else at).add(problem.place)
    return _pruned(node, frozenset(at), frozenset(lacking), poison)


def _pruned(node: Node, at: frozenset[Place], lacking: frozenset[Place], poison: Poison) -> Node | None:
    """The node without what is wrong in it."""
    inside = frozenset(place for place in at if _contains(node.place, place))
    if not inside and not any(_contains(node.place, place) for place in lacking):
        return node
    if node.place in inside:
        return None
    if isinstance(node, MappingNode):
        if node.items and node.items[0][0].place in lacking:
            return None
        return _pruned_mapping(node, inside, lacking, poison)
    if isinstance(node, SequenceNode):
        kept = [(item, _pruned(item, inside, lacking, poison)) for item in node.items]
        for item, new in kept:
            if new is None:
                _note(item, poison)
        return SequenceNode(node.place, tuple(new for _, new in kept if new is not None))
    return None


def _pruned_mapping(
    node: MappingNode, at: frozenset[Place], lacking: frozenset[Place], poison: Poison
) -> MappingNode | None:
    """Keys with something wrong at them or in them are left out."""
    kept = []
    for key, value in node.items:
        wrong_key = any(_contains(key.place, place) for place in at)
        new = None if wrong_key else _pruned(value, at, lacking, poison)
        if new is None:
            _note(value, poison)
        else:
            kept.append((key, new))
    unchanged = len(kept) == len(node.items) and all(a[1] is b[1] for a, b in zip(kept, node.items, strict=True))
    return None if unchanged else MappingNode(node.place, tuple(kept))


def _note(node: Node, poison: Poison) -> None:
    """Remember the ids of everything in a piece that is cut out."""
    poison.names.update(name for _, inner in walk(node) if (name := id_of(inner)) is not None)


def _contains(outer: Place, inner: Place) -> bool:
    """Whether one place lies inside another (or is it), in the same file."""
    starts = (outer.line, outer.column) <= (inner.line, inner.column)
    ends = (inner.line, inner.column) < (outer.end_line, outer.end_column) or outer == inner
    return outer.file == inner.file and starts and ends
