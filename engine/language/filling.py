"""What a formula must give to fill a field whose unit or currency stands in a field beside it.

A quantity in `item.unit` is, where the item beside it is filled with `line.item`, a quantity in `line.item.unit`:
the same place seen from where the formula stands. Movements of ledgers, records made by a transition and conversions
of documents all fill one record from another and ask the same question.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.tree import Path
from engine.language.types import Expected, MoneyType, QuantityType, RowsType, Type


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
    return with_unit(wanted, (*tree.names, rest) if dot else tree.names)


def with_unit(amount: QuantityType | MoneyType, path: tuple[str, ...]) -> QuantityType | MoneyType:
    """The same sort of amount, its unit or currency read from a path."""
    written = ".".join(path)
    return QuantityType(written) if isinstance(amount, QuantityType) else MoneyType(written)


def bind_filling(values: Mapping[str, Formula], fields: Mapping[str, Type], scope: Scope) -> Iterator[Problem]:
    """Bind the formulas that fill a record, each against its field; amounts last, because they look at the others.

    A name that is no field, or lines, is bound to anything: whoever asks knows better what to say about it.
    """
    for name, formula in sorted(values.items(), key=lambda each: isinstance(fields.get(each[0]), _AMOUNTS)):
        field = fields.get(name)
        fillable = field is not None and not isinstance(field, RowsType)
        yield from formula.bind(scope, expected_of(field, values, fields) if fillable and field else None)


_AMOUNTS = (QuantityType, MoneyType)
