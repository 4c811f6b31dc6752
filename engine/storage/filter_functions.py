"""SQL forms of the functions that can be pushed to the database, and the few constructs that differ by database.

A function that is not in `FUNCTIONS` is computed in Python only. Every form gives NULL exactly where the function
gives None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, ColumnElement, Text, and_, case, cast, func, literal, null

from engine.language import tree
from engine.language.types import DateType, IntegerType, TextType
from engine.storage.filter_values import (
    FIRST_DAY,
    FIRST_INSTANT,
    LAST_DAY,
    LAST_INSTANT,
    Position,
    Stored,
    between,
    guarded,
    wide,
)

if TYPE_CHECKING:
    from engine.storage.filters import Translator

MOST_DAYS = 3_652_059
MICROSECONDS = {"days": 86_400_000_000, "hours": 3_600_000_000, "minutes": 60_000_000}
PER_DAY = {"days": 1, "hours": 24, "minutes": 1_440}


def absolute(translator: Translator, node: tree.Call) -> Stored:
    """abs"""
    value = translator.value(node.arguments[0])
    return changed(value, func.abs(value.expression))


def changed(value: Stored, expression: ColumnElement[Any]) -> Stored:
    """The same kind of value with another expression."""
    return Stored(expression, value.scale, value.daily, value.computed)


def extreme(sign: str) -> Callable[[Translator, tree.Call], Stored]:
    """min, max: NULL if one operand is (PostgreSQL's LEAST would skip it)."""

    def pick(translator: Translator, node: tree.Call) -> Stored:
        first, *rest = (translator.value(one) for one in node.arguments)
        for one in rest:
            left, right = translator.aligned(first, one)
            smaller, larger = left.expression <= right.expression, left.expression > right.expression
            ordered = (left, right) if sign == "min" else (right, left)
            chosen = case((smaller, ordered[0].expression), (larger, ordered[1].expression))
            first = Stored(chosen, left.scale, left.daily, left.computed or right.computed)
        return first

    return pick


def coalesce(translator: Translator, node: tree.Coalesce) -> Stored:
    """The first that is not NULL."""
    values = [translator.value(one) for one in node.operands]
    common = values[0]
    for one in values[1:]:
        common, _ = translator.aligned(common, one)
    values = [translator.aligned(one, common)[0] for one in values]
    expression = func.coalesce(*(value.expression for value in values))
    return Stored(expression, common.scale, common.daily, any(value.computed for value in values))


def duration(name: str) -> Callable[[Translator, tree.Call], Stored]:
    """days(n), hours(n), minutes(n): NULL beyond what a calendar can hold."""

    def count(translator: Translator, node: tree.Call) -> Stored:
        value = translator.value(node.arguments[0])
        most = MOST_DAYS * PER_DAY[name]
        inside = between(guarded(value), -most, most)
        if name == "days":
            return Stored(inside, daily=True)
        return Stored(wide(inside) * MICROSECONDS[name])

    return count


def add_days(translator: Translator, node: tree.Call) -> Stored:
    """A day or an instant some days later, NULL outside the calendar."""
    moment, count = (translator.value(one) for one in node.arguments)
    days = between(guarded(count), -MOST_DAYS, MOST_DAYS)
    if isinstance(node.type, DateType):
        return Stored(between(wide(moment.expression) + wide(days), FIRST_DAY, LAST_DAY))
    later = wide(moment.expression) + wide(days) * MICROSECONDS["days"]
    return Stored(between(later, FIRST_INSTANT, LAST_INSTANT))


def days_between(translator: Translator, node: tree.Call) -> Stored:
    """The difference of two day numbers."""
    start, end = (translator.value(one) for one in node.arguments)
    return Stored(wide(end.expression) - wide(start.expression))


def part_of_day(name: str) -> Callable[[Translator, tree.Call], Stored]:
    """year, month, day of a day number, in whole-number arithmetic that both databases share.

    Counting from 1 March of year 0 puts the leap day at the end of a year; eras of 400 years repeat exactly
    (the proleptic Gregorian calendar, as Python has it).
    """

    def part(translator: Translator, node: tree.Call) -> Stored:
        value = translator.value(node.arguments[0])
        days = cast(value.expression, BigInteger) + 719_468
        era = days // 146_097
        of_era = days - era * 146_097
        year_of_era = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
        of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
        shifted = (5 * of_year + 2) // 153
        if name == "day":
            return Stored(of_year - (153 * shifted + 2) // 5 + 1)
        month = case((shifted < 10, shifted + 3), else_=shifted - 9)
        if name == "month":
            return Stored(case((value.expression.is_not(None), month)))
        return Stored(year_of_era + era * 400 + case((shifted < 10, 0), else_=1))

    return part


def quotient(translator: Translator, node: tree.Call) -> Stored:
    """div: cut towards zero, NULL for a divisor of zero."""
    left, right = (guarded(one) for one in both(translator, node))
    divisor = func.nullif(right, 0)
    value = (wide(left) - wide(left % divisor)) // wide(divisor)
    return Stored(cast(value, BigInteger))


def remainder(translator: Translator, node: tree.Call) -> Stored:
    """mod: the sign of the dividend, NULL for a divisor of zero."""
    left, right = both(translator, node)
    return Stored(guarded(left) % func.nullif(guarded(right), 0), left.scale)


def both(translator: Translator, node: tree.Call) -> tuple[Stored, Stored]:
    """Two arguments with the same number of decimal places."""
    left, right = (translator.value(one) for one in node.arguments)
    return translator.aligned(left, right)


def rounded(name: str) -> Callable[[Translator, tree.Call], Stored]:
    """round_half_up, round_half_even, round_up, round_down to a constant number of digits."""

    def round_to(translator: Translator, node: tree.Call) -> Stored:
        value = translator.value(node.arguments[0])
        digits = translator.constant(node.arguments[1]) if len(node.arguments) > 1 else 0
        if digits is None or abs(digits) > 20:
            return Stored(cast(null(), BigInteger))
        if digits >= value.scale:
            return value
        factor = 10 ** (value.scale - digits)
        whole = guarded(value)
        rest = whole % factor
        cut = wide(wide(whole) - wide(rest)) // factor
        step = STEPS[name](rest, cut, factor)
        scale = max(digits, 0)
        return Stored((cut + step) * 10 ** (scale - digits), scale, computed=True)

    return round_to


def _sign(rest: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((rest > 0, 1), (rest < 0, -1), else_=0)


def _half_even(rest: ColumnElement[Any], cut: ColumnElement[Any], factor: int) -> ColumnElement[Any]:
    odd = cut % 2 != 0
    twice = func.abs(rest) * 2
    return case((twice > factor, _sign(rest)), (and_(twice == factor, odd), _sign(rest)), else_=0)


STEPS: Mapping[str, Callable[[ColumnElement[Any], ColumnElement[Any], int], ColumnElement[Any]]] = {
    "round_half_up": lambda rest, _cut, factor: case((func.abs(rest) * 2 >= factor, _sign(rest)), else_=0),
    "round_half_even": _half_even,
    "round_up": lambda rest, _cut, _factor: _sign(rest),
    "round_down": lambda _rest, _cut, _factor: literal(0, BigInteger),
}


def text_test(name: str) -> Callable[[Translator, tree.Call], Stored]:
    """starts_with, ends_with, contains: case matters, and no sign of the part is a wildcard."""

    def test(translator: Translator, node: tree.Call) -> Stored:
        text, part = (translator.value(one) for one in node.arguments)
        whole, piece = text.expression, part.expression
        if name == "starts_with":
            found = func.substr(whole, 1, func.length(piece)) == piece
        elif name == "contains":
            found = Position(whole, piece) > 0
        else:
            start = func.length(whole) - func.length(piece) + 1
            found = and_(start >= 1, func.substr(whole, start) == piece)
        return Stored(found)

    return test


def length(translator: Translator, node: tree.Call) -> Stored:
    """The number of characters."""
    value = translator.value(node.arguments[0])
    return Stored(func.length(value.expression))


def concat(translator: Translator, node: tree.Call) -> Stored:
    """Parts joined; NULL if one is."""
    values = [translator.value(one) for one in node.arguments]
    parts = [
        cast(value.expression, Text) if isinstance(one.type, IntegerType) else value.expression
        for one, value in zip(node.arguments, values, strict=True)
    ]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined.op("||")(part)
    assert isinstance(node.type, TextType)
    return Stored(joined)


FUNCTIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "abs": absolute,
    "min": extreme("min"),
    "max": extreme("max"),
    "coalesce": coalesce,
    "round_half_up": rounded("round_half_up"),
    "round_half_even": rounded("round_half_even"),
    "round_up": rounded("round_up"),
    "round_down": rounded("round_down"),
    "div": quotient,
    "mod": remainder,
    "days": duration("days"),
    "hours": duration("hours"),
    "minutes": duration("minutes"),
    "add_days": add_days,
    "days_between": days_between,
    "year": part_of_day("year"),
    "month": part_of_day("month"),
    "day": part_of_day("day"),
    "length": length,
    "starts_with": text_test("starts_with"),
    "ends_with": text_test("ends_with"),
    "contains": text_test("contains"),
    "concat": concat,
}
