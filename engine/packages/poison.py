"""What is known to be broken already, so that nobody is told about the consequences of a mistake.

When a part, or an item in it, cannot be read, the mistake is reported once and the broken piece is cut out. Its id is
kept here: that something of that name does not exist is then no news.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.language.problems import Place, Problem
from engine.language.source import MappingNode, Node, ScalarNode, SequenceNode
from engine.packages.overlay import id_of, walk

UNKNOWN = (
    *("ACC-12", "ALR-105", "CNV-110", "CNV-111", "CNV-112", "EXP-420", "EXP-421", "LED-11", "RPT-102"),
    *("RUL-51", "WFL-11", "WFL-130", "WFL-131", "WFL-137", "WFL-150", "WFL-151"),
    *("REF-30", "REF-310", "REF-311", "REF-312", "REF-314", "REF-315", "REF-323", "REF-325", "REF-338"),
)
"""Codes (or their beginnings) that say that something does not exist; the parameter `name` holds what."""


@dataclass
class Poison:
    """Broken parts by attribute and id, and the ids of broken items inside parts.

    `everything` is set when a whole layer is missing: then no name can be called unknown. `places` are where mistakes
    were already told: whoever complains about a whole that holds such a place repeats them. `doubtful` are parts with
    an id given twice: one of the two was meant to be another, so nothing can be said to be missing there.
    """

    parts: set[tuple[str, str]] = field(default_factory=set)
    everything: bool = False
    names: set[str] = field(default_factory=set)
    places: set[Place] = field(default_factory=set)
    doubtful: set[tuple[str, str]] = field(default_factory=set)

    def add(self, attribute: str, part_id: str) -> None:
        """A part is broken as a whole."""
        self.parts.add((attribute, part_id))

    def has(self, attribute: str, part_id: str | None) -> bool:
        """Whether a part is known to be broken, or a layer that may hold it is missing."""
        return self.everything or (attribute, part_id or "") in self.parts

    def without_consequences(self, problems: Iterable[Problem]) -> Iterator[Problem]:
        """The problems that are not merely the echo of something broken."""
        broken = self.names | {part_id for _, part_id in self.parts}
        for problem in problems:
            missing = str(problem.parameters.get("name", "")) if problem.code.startswith(UNKNOWN) else None
            if missing is not None and (self.everything or {missing, missing.rpartition(".")[2]} & broken):
                continue
            if missing is not None and self._doubted(problem):
                continue
            if problem.code == "EXP-422" and self._leads_nowhere(problem):
                continue
            if problem.place is not None and any(self._echoes(problem.place, place) for place in self.places):
                continue
            yield problem

    def _echoes(self, told: Place, broken: Place) -> bool:
        """Whether a problem is about a whole in which something is broken already (not about a piece beside it)."""
        return told != broken and contains(told, broken)

    def _doubted(self, problem: Problem) -> bool:
        """Whether something is missing from a part in which an id was given twice."""
        path = tuple(str(step) for step in problem.path[:2])
        return path in self.doubtful or ("entities", str(problem.parameters.get("entity"))) in self.doubtful

    def _leads_nowhere(self, problem: Problem) -> bool:
        """Whether a path of a formula runs through a reference to something broken or absent, which is told already."""
        type_ = problem.parameters.get("type")
        return isinstance(type_, Mapping) and str(type_.get("en", "")).startswith("a reference (")

    def ids(self, attribute: str) -> tuple[str, ...]:
        """The ids of the broken parts of one sort: they exist, although nothing is known about them."""
        return tuple(sorted(part_id for name, part_id in self.parts if name == attribute))


LACKING = ("PKG-202", "PKG-206")
"""Codes that say that a mapping lacks a key; they point at its first key although the whole mapping is at fault."""


def prune(node: Node, problems: Iterable[Problem], poison: Poison) -> Node | None:
    """The node without the pieces that problems point at; None when the node itself is such a piece.

    A wrong key goes with its value; an item that lacks something goes as a whole, and its id is poisoned. Nodes are
    looked through one by one, because what an overlay put into a node lies in another file than the node.
    """
    at: set[Place] = set()
    lacking: set[Place] = set()
    for problem in problems:
        if problem.place is not None:
            (lacking if problem.code in LACKING else at).add(problem.place)
    return _pruned(node, frozenset(at), frozenset(lacking), poison)


def _pruned(node: Node, at: frozenset[Place], lacking: frozenset[Place], poison: Poison) -> Node | None:
    """The node without what is wrong in it; the same object where nothing is."""
    if node.place in at or node.place in lacking:
        return None
    if isinstance(node, ScalarNode):
        return None if any(contains(node.place, place) for place in at) else node
    if isinstance(node, SequenceNode):
        kept = [(item, _pruned(item, at, lacking, poison)) for item in node.items]
        for item, new in kept:
            if new is None:
                _note(item, poison)
        unchanged = all(item is new for item, new in kept)
        return node if unchanged else SequenceNode(node.place, tuple(new for _, new in kept if new is not None))
    if node.items and node.items[0][0].place in lacking:
        return None
    return _pruned_mapping(node, at, lacking, poison)


def _pruned_mapping(node: MappingNode, at: frozenset[Place], lacking: frozenset[Place], poison: Poison) -> MappingNode:
    """Keys with something wrong at them or in them are left out."""
    kept = []
    for key, value in node.items:
        wrong_key = any(contains(key.place, place) for place in at)
        new = None if wrong_key else _pruned(value, at, lacking, poison)
        if new is None:
            _note(value, poison)
        else:
            kept.append((key, new))
    if len(kept) == len(node.items) and all(a[1] is b[1] for a, b in zip(kept, node.items, strict=True)):
        return node
    return MappingNode(node.place, tuple(kept))


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
