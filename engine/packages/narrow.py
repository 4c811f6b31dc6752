"""Finds the exact place of a name that a problem speaks about.

The rooms below know only the place of the thing they look at (a ledger's grain, a posting). The source nodes are known
here, so a problem that points at a whole block is moved to the word in it that is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engine.language.problems import Place, Problem
from engine.language.source import MappingNode, Node, ScalarNode, SequenceNode

NAMING = ("name", "of", "key")
"""Parameters that hold a word of the source, in the order in which they are looked for."""


def narrowed(problem: Problem, *nodes: Node) -> Problem:
    """The problem at the place of the word it names, where it points at a block that holds the word exactly so."""
    place = problem.place
    if place is None or place.line == place.end_line:
        return problem
    words = [str(problem.parameters[key]) for key in NAMING if key in problem.parameters]
    for block in (block for node in nodes for block in _at(node, place)):
        for word in words:
            found = _word(block, word)
            if found is not None:
                return replace(problem, place=found)
    return problem


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
