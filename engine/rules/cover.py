"""Finds rows of a decision table that can never decide: an earlier row takes everything they would.

`covers` is careful in one direction only. True is proven, by the two tests alone and for every value there can be;
False may also mean that it cannot be told, as where a cell holds a formula. So nobody is ever told a row is dead that
is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from engine.rules.cells import Anything, Between, Compare, Not, OneOf, Operand, Test, constant
from engine.rules.index import Index
from engine.rules.row_sets import positions


class End(NamedTuple):
    """An end of a span of values; None: it goes on for ever."""

    value: Any
    included: bool


OPEN = End(None, included=False)


def covered_rows(index: Index) -> list[tuple[int, int]]:
    """Positions of rows that can never be the first to match, each with that of the earlier row that covers it.

    The index tells which earlier rows hit at the ends of what a row lets through; only those are held against it.
    """
    found = []
    for position, row in enumerate(index.rows):
        earlier = index.all ^ ((1 << (index.size - position)) - 1)
        for column, test, told in zip(index.columns, row.tests, index.profiles, strict=True):
            earlier = earlier and earlier & column.around(test, told[position])
        wider = next(
            (at for at in positions(earlier, index.size) if _covers_all(index.rows[at].tests, row.tests)), None
        )
        if wider is not None:
            found.append((position, wider))
    return found


def _covers_all(wide: Sequence[Test], narrow: Sequence[Test]) -> bool:
    """Whether a row matches whatever the other one matches."""
    return all(covers(*pair) for pair in zip(wide, narrow, strict=True))


def covers(wide: Test, narrow: Test) -> bool:
    """Whether every value that passes the narrow test is known to pass the wide one too."""
    if isinstance(wide, Anything) or wide == narrow:
        return True
    match narrow:
        case OneOf(tests):
            return all(covers(wide, test) for test in tests)
        case Compare("=", Operand(_, value, None)) if constant(wide):
            return wide.matches(value, {})
    match wide, narrow:
        case OneOf(tests), _:
            return any(covers(test, narrow) for test in tests)
        case Not(inner), Not(other):
            return covers(other, inner)
        case ((Compare() | Between()), (Compare() | Between())):
            return _spans(wide, narrow)
    return False


def _spans(wide: Compare | Between, narrow: Compare | Between) -> bool:
    """Whether one span of values lies inside the other."""
    outer, inner = _ends(wide), _ends(narrow)
    if outer is None or inner is None:
        return False
    (low, high), (lowest, highest) = outer, inner
    from_below = low.value is None or (
        lowest.value is not None and (lowest.value > low.value or (lowest.value == low.value and _reaches(low, lowest)))
    )
    from_above = high.value is None or (
        highest.value is not None
        and (highest.value < high.value or (highest.value == high.value and _reaches(high, highest)))
    )
    return from_below and from_above


def _reaches(outer: End, inner: End) -> bool:
    """Whether, the values being equal, the outer end holds whatever the inner one does."""
    return outer.included or not inner.included


def _ends(test: Compare | Between) -> tuple[End, End] | None:
    """The two ends of what a test lets through; None where it is no span or is not known before a document is."""
    if not constant(test):
        return None
    match test:
        case Between(low, high, low_included, high_included):
            return End(low.value, low_included), End(high.value, high_included)
        case Compare(">" | ">=" as operator, operand):
            return End(operand.value, operator == ">="), OPEN
        case Compare("<" | "<=" as operator, operand):
            return OPEN, End(operand.value, operator == "<=")
        case Compare("=", operand):
            return End(operand.value, included=True), End(operand.value, included=True)
    return None
