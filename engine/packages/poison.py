"""What is known to be broken already, so that nobody is told about the consequences of a mistake.

When a part, or an item in it, cannot be read, the mistake is reported once and the broken piece is cut out. Its id is
kept here: that something of that name does not exist is then no news.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from engine.language.problems import Place, Problem
from engine.language.source import MappingNode, Node, SequenceNode
from engine.packages.overlay import id_of

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


def prune(node: Node, errors: Iterable[Place], poison: Poison) -> Node | None:
    """The node without the pieces that errors point at; None when the node itself is such a piece.

    A wrong key goes with its value; an item that lacks something goes as a whole, and its id is poisoned.
    """
    return _pruned(node, tuple(errors), poison)


def _pruned(node: Node, errors: tuple[Place, ...], poison: Poison) -> Node | None:
    inside = tuple(error for error in errors if _contains(node.place, error))
    if not inside:
        return node
    if isinstance(node, MappingNode):
        return _pruned_mapping(node, inside, poison)
    if isinstance(node, SequenceNode) and all(error != node.place for error in inside):
        kept = tuple(new for item in node.items if (new := _pruned(item, inside, poison)) is not None)
        return SequenceNode(node.place, kept)
    return None


def _pruned_mapping(node: MappingNode, errors: tuple[Place, ...], poison: Poison) -> MappingNode | None:
    """Keys with an error at them or in them are left out; an error at none of them is one of the mapping itself."""
    kept = []
    left = set(errors)
    for key, value in node.items:
        at_key = {error for error in errors if _contains(key.place, error)}
        in_value = {error for error in errors if _contains(value.place, error)} - at_key
        left -= at_key | in_value
        if at_key:
            _note(value, poison)
            continue
        new = _pruned(value, tuple(in_value), poison) if in_value else value
        if new is None:
            _note(value, poison)
        else:
            kept.append((key, new))
    if left or errors and len(kept) == len(node.items) and all(new is old for new, old in zip(kept, node.items)):
        _note(node, poison)
        return None
    return MappingNode(node.place, tuple(kept))


def _note(node: Node, poison: Poison) -> None:
    """Remember the ids of everything in a piece that is cut out."""
    from engine.packages.overlay import walk

    poison.names.update(name for _, inner in walk(node) if (name := id_of(inner)) is not None)


def _contains(outer: Place, inner: Place) -> bool:
    """Whether one place lies inside another (or is it), in the same file."""
    starts = (outer.line, outer.column) <= (inner.line, inner.column)
    ends = (inner.line, inner.column) < (outer.end_line, outer.end_column) or outer == inner
    return outer.file == inner.file and starts and ends
