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

UNKNOWN = ("REF-30", "REF-31", "REF-32", "EXP-420", "EXP-421", "RUL-51", "WFL-11", "LED-11", "RPT-102", "ACC-12")
"""Codes (or their beginnings) that say that something does not exist; the parameter `name` holds what."""


@dataclass
class Poison:
    """Broken parts by attribute and id, and the ids of broken items inside parts.

    `everything` is set when a whole layer is missing: then no name can be called unknown. `places` are where mistakes
    were already told: whoever complains about a whole that holds such a place repeats them.
    """

    parts: set[tuple[str, str]] = field(default_factory=set)
    everything: bool = False
    names: set[str] = field(default_factory=set)
    places: set[Place] = field(default_factory=set)

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
            missing = str(problem.parameters.get("name", "")) if problem.code.startswith(UNKNOWN) else None
            if missing is not None and (self.everything or {missing, missing.rpartition(".")[2]} & broken):
                continue
            if problem.place is not None and any(self._echoes(problem.place, place) for place in self.places):
                continue
            yield problem

    def _echoes(self, told: Place, broken: Place) -> bool:
        """Whether a problem is about a whole in which something is broken already (not about a piece beside it)."""
        return told != broken and contains(told, broken)

    def ids(self, attribute: str) -> tuple[str, ...]:
        """The ids of the broken parts of one sort: they exist, although nothing is known about them."""
        return tuple(sorted(id for name, id in self.parts if name == attribute))


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
    inside = frozenset(place for place in at if contains(node.place, place))
    if not inside and not any(contains(node.place, place) for place in lacking):
        return node
    if node.place in inside or node.place in lacking:
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
        wrong_key = any(contains(key.place, place) for place in at)
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


def contains(outer: Place, inner: Place) -> bool:
    """Whether one place lies inside another (or is it), in the same file. A block counts with its whole last line."""
    starts = (outer.line, outer.column) <= (inner.line, inner.column)
    if outer.line != outer.end_line:
        return outer.file == inner.file and starts and inner.line <= outer.end_line
    ends = (inner.line, inner.column) < (outer.end_line, outer.end_column) or outer == inner
    return outer.file == inner.file and starts and ends
