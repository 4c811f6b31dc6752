"""What a formula must give to fill a field whose unit or currency stands in a field beside it.

A quantity in `item.unit` is, where the item beside it is filled with `line.item`, a quantity in `line.item.unit`:
the same place seen from where the formula stands. Movements of ledgers, records made by a transition and conversions
of documents all fill one record from another and ask the same question.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

from engine.language.formula import Formula
from engine.language.tree import Path
from engine.language.types import Expected, MoneyType, QuantityType, Type


def expected_of(wanted: Type, beside: Mapping[str, Formula], fields: Container[str]) -> Expected:
    """The type a formula must have to fill a field of type `wanted`.

    `beside` are the (bound) formulas that fill the other fields of the record, `fields` the names of all of them.
    Where the field that holds the unit is filled by anything but a path, the unit cannot be told at load, and any
    quantity (or money) is taken.
    """
    match wanted:
        case QuantityType(written) | MoneyType(written):
            pass
        case _:
            return wanted
    root, dot, rest = written.partition(".")
    if root not in fields:
        return wanted
    filled = beside.get(root)
    tree = filled.expression.tree if filled is not None and filled.is_bound else None
    if not isinstance(tree, Path):
        return (type(wanted),)
    return type(wanted)(".".join((*tree.names, rest) if dot else tree.names))
