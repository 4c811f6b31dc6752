"""Finds the exact place of what a problem speaks about.

The rooms below know only the place of the thing they look at (a ledger's grain, a posting). The source nodes are known
here, so a problem that points at a whole block is moved to the word in it that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from pydantic import BaseModel

from engine.language.formula import Formula
from engine.language.problems import Place, Problem
from engine.language.source import MappingNode, Node, ScalarNode, SequenceNode
from engine.packages.origin import layer_of
from engine.packages.overlay import History, child
from engine.packages.poison import UNKNOWN

NAMING = ("name", "of", "key")
"""Parameters that hold a word of the source, in the order in which they are looked for."""


def narrowed(problem: Problem, *nodes: Node) -> Problem:
    """The problem at the place of the word it names, where it points at a block that holds the word exactly so."""
    place = problem.place
    if place is None:
        return problem
    if problem.code == "PKG-206":
        return _misspelt(problem, place, nodes)
    words = [str(problem.parameters[key]) for key in NAMING if key in problem.parameters]
    for block in (block for node in nodes for block in _at(node, place)) if words else ():
        for word in words:
            found = _word(block, word)
            if found is not None:
                return replace(problem, place=found)
    return problem


def place_formulas(part: object, node: Node | None) -> None:
    """Give formulas that were written as bare numbers or flags (`default: 0`) the place of their node.

    Texts bring their places along; numbers cannot. Part and node are walked side by side as far as they agree.
    """
    if isinstance(part, Formula):
        if part.place is None and isinstance(node, ScalarNode):
            part.place = node.place
    elif isinstance(part, BaseModel) and isinstance(node, MappingNode):
        for name, field in type(part).model_fields.items():
            place_formulas(getattr(part, name), child(node, field.alias or name))
    elif isinstance(part, Mapping) and isinstance(node, MappingNode):
        for key, value in part.items():
            place_formulas(value, child(node, str(key)))
    elif isinstance(part, tuple) and isinstance(node, SequenceNode) and len(part) == len(node.items):
        for value, item in zip(part, node.items, strict=True):
            place_formulas(value, item)


def at_removal(problem: Problem, history: History, layers: Sequence[str]) -> Problem:
    """The problem told where the mistake was made, when a higher layer removed what a lower one still names.

    Where a layer names what one below it removed, the removal comes as a related place.
    `layers` are the names of the layers, lowest first.
    """
    place, name = problem.place, problem.parameters.get("name")
    if place is None or not problem.code.startswith(UNKNOWN):
        return problem
    for path, (removal, _) in history.removed.items():
        if path[-1] != name:
            continue
        if layers.index(layer_of(removal)) <= layers.index(layer_of(place)):
            return replace(problem, related=(*problem.related, (removal, "removed")))
        parameters = {"name": name, "file": place.file, "line": place.line}
        return Problem("REF-344", parameters, removal, path, ((place, "used"),))
    return problem


def in_text(problem: Problem, sources: Mapping[str, str]) -> Problem:
    """The problem of a formula of several lines, moved to the line in which the name it speaks about stands."""
    place, name = problem.place, problem.parameters.get("name")
    if place is None or place.line == place.end_line or not isinstance(name, str) or not problem.code.startswith("EXP"):
        return problem
    lines = sources.get(place.file, "").split("\n")
    for number, line in enumerate(lines[place.line - 1 : place.end_line], start=place.line):
        found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", line.split(" #")[0])
        if found is not None and (number > place.line or found.start() + 1 >= place.column):
            spot = Place(place.file, number, found.start() + 1, number, found.end() + 1)
            return replace(problem, place=spot)
    return problem


def _misspelt(problem: Problem, place: Place, nodes: tuple[Node, ...]) -> Problem:
    """The key that tells the kind is missing: where a key of the mapping looks like it, that key is the mistake."""
    wanted = str(problem.parameters["key"])
    for block in (block for node in nodes for block in _mappings(node)):
        if block.items and block.items[0][0].place == place:
            close = get_close_matches(wanted, [key.text for key, _ in block.items], n=1, cutoff=0.7)
            for key, _ in block.items:
                if key.text in close:
                    parameters = {"key": key.text, "allowed": (wanted,), "suggestions": (wanted,)}
                    return replace(problem, code="PKG-201", parameters=parameters, place=key.place)
    return problem


def _mappings(node: Node) -> Iterator[MappingNode]:
    """Every mapping in a node."""
    if isinstance(node, MappingNode):
        yield node
        for _, value in node.items:
            yield from _mappings(value)
    elif isinstance(node, SequenceNode):
        for item in node.items:
            yield from _mappings(item)


def _at(node: Node, place: Place) -> Iterator[Node]:
    """The nodes that stand exactly at a place."""
    if node.place == place:
        yield node
    elif isinstance(node, MappingNode):
        for _, value in node.items:
            yield from _at(value, place)
    elif isinstance(node, SequenceNode):
        for item in node.items:
            yield from _at(item, place)


def _word(node: Node, word: str) -> Place | None:
    """The place of the first scalar or key below a node that is the word; a sign in front (`-name`) does not count."""
    if isinstance(node, ScalarNode):
        return node.place if node.text.lstrip("-") == word else None
    if isinstance(node, SequenceNode):
        return next((found for item in node.items if (found := _word(item, word)) is not None), None)
    for key, value in node.items:
        if key.text == "id":
            continue
        if key.text == word:
            return key.place
        found = _word(value, word)
        if found is not None:
            return found
    return None
