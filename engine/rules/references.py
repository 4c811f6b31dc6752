"""What a reference leads to: formulas answer with its id, rules hand the record on to the rules after them."""

from __future__ import annotations

from collections.abc import Mapping

from engine.language.formula import Expression
from engine.language.tree import Path, walk
from engine.language.types import ReferenceType


def record_of(expression: Expression, scope: Mapping[str, object]) -> object:
    """The value of a formula; of a reference the whole record as the scope holds it, so that paths can go on from it.

    The record is found through the paths in the formula: a reference can only have come from one of them.
    """
    value = expression.evaluate(scope)
    if not isinstance(expression.type, ReferenceType) or value is None:
        return value
    for node in walk(expression.tree):
        if isinstance(node, Path) and node.row == 0 and isinstance(node.type, ReferenceType):
            found: object = scope
            for name in node.names:
                found = found.get(name) if isinstance(found, Mapping) else None
            if isinstance(found, Mapping) and found.get("id") == value:
                return found
    return value
