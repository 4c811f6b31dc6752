"""What columns hold, seen from a formula: stored values with their scale, exact constants, and the few SQL constructs
that differ by database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, and_, case, cast, literal, null, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from engine.language.types import DecimalType, MoneyType, QuantityType

EPOCH_DAY = date(1970, 1, 1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400_000_000
LARGEST = 2**63 - 1
FIRST_DAY, LAST_DAY = (date.min - EPOCH_DAY).days, (date.max - EPOCH_DAY).days
FIRST_INSTANT, LAST_INSTANT = FIRST_DAY * DAY, (LAST_DAY + 1) * DAY - 1


@dataclass(frozen=True, slots=True)
class Stored:
    """A value as the database holds it: `expression` × 10^-scale for numbers; `scale` is 0 for everything else.

    Durations of whole days are counted in days (`daily`), others in microseconds. `computed` means that arithmetic
    made it, which may leave the range of a 64-bit integer.
    """

    expression: ColumnElement[Any]
    scale: int = 0
    daily: bool = False
    computed: bool = False


def column_scale(found: object) -> int:
    """The decimal places a column of this type is stored with (contract of the type table)."""
    match found:
        case QuantityType():
            return 6
        case MoneyType():
            return 4
        case DecimalType(scale=scale):
            return 6 if scale is None else scale
    return 0


class Wide(FunctionElement[Any]):
    """A whole number for arithmetic: NUMERIC on PostgreSQL, where BIGINT would end the query on overflow."""

    name = "wide"
    inherit_cache = True
    type = BigInteger()


class Guarded(FunctionElement[Any]):
    """The result of arithmetic: NULL on SQLite where a 64-bit integer overflowed into an inexact float."""

    name = "guarded"
    inherit_cache = True
    type = BigInteger()


class Position(FunctionElement[Any]):
    """Where a text occurs in another, counted from 1; 0 where it does not. Case matters on both databases."""

    name = "position"
    inherit_cache = True
    type = BigInteger()


@compiles(Position, "postgresql")
def _position_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    whole, piece = (compiler.process(one, **options) for one in element.clauses)
    return f"strpos({whole}, {piece})"


@compiles(Position)
def _position(element: Any, compiler: Any, **options: Any) -> str:
    whole, piece = (compiler.process(one, **options) for one in element.clauses)
    return f"instr({whole}, {piece})"


@compiles(Wide, "postgresql")
def _wide_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    (inside,) = element.clauses
    return f"CAST({compiler.process(inside, **options)} AS NUMERIC)"


@compiles(Wide)
def _wide(element: Any, compiler: Any, **options: Any) -> str:
    (inside,) = element.clauses
    return f"({compiler.process(inside, **options)})"


@compiles(Guarded, "sqlite")
def _guarded_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    (inside,) = element.clauses
    source = compiler.process(inside, **options)
    return f"CASE typeof({source}) WHEN 'integer' THEN {source} END"


@compiles(Guarded)
def _guarded(element: Any, compiler: Any, **options: Any) -> str:
    (inside,) = element.clauses
    return f"({compiler.process(inside, **options)})"


def wide(expression: ColumnElement[Any]) -> ColumnElement[Any]:
    """An operand of arithmetic."""
    return Wide(expression)


def guarded(value: Stored) -> ColumnElement[Any]:
    """A value about to be compared; what arithmetic made is checked for overflow first."""
    return Guarded(value.expression) if value.computed else value.expression


def between(expression: ColumnElement[Any], first: int, last: int) -> ColumnElement[Any]:
    """The value inside a range, NULL outside of it."""
    inside = and_(expression >= literal(first, BigInteger), expression <= literal(last, BigInteger))
    return case((inside, expression), else_=null())


def stored_constant(value: Any) -> Fraction | str | bool:
    """A constant in the form its column has: numbers and times as fractions, text and flags as they are."""
    match value:
        case bool() | str():
            return value
        case int() | Decimal():
            return Fraction(value)
        case datetime():
            since = value - EPOCH
            return Fraction(since // timedelta(microseconds=1))
        case date():
            return Fraction((value - EPOCH_DAY).days)
        case timedelta():
            return Fraction(value // timedelta(microseconds=1))
        case Mapping():
            return str(value["id"])
    raise AssertionError(f"no constant: {value!r}")


def in_microseconds(value: Stored) -> Stored:
    """A duration counted in days, counted in microseconds."""
    return Stored(wide(value.expression) * DAY, 0, computed=True) if value.daily else value


def rescaled(value: Stored, scale: int) -> Stored:
    """The same number with more decimal places."""
    if value.scale == scale:
        return value
    return Stored(wide(value.expression) * 10 ** (scale - value.scale), scale, value.daily, computed=True)


def decimals_of(exact: Fraction) -> int:
    """How many decimal places a decimal fraction has."""
    places = 0
    while (exact * 10**places).denominator != 1:
        places += 1
    return places


def unknown() -> ColumnElement[bool]:
    """A condition of which nothing is known."""
    return cast(null(), Boolean)


def never(expression: ColumnElement[Any]) -> ColumnElement[bool]:
    """False, but unknown where the expression is missing."""
    return and_(expression.is_(None), unknown())


def always(expression: ColumnElement[Any]) -> ColumnElement[bool]:
    """True, but unknown where the expression is missing."""
    return or_(expression.is_not(None), unknown())


def against_fraction(operator: str, expression: ColumnElement[Any], exact: Fraction) -> ColumnElement[bool]:
    """Compare whole numbers in the database with an exact fraction, also one between or beyond them."""
    if exact > LARGEST or exact < -LARGEST:
        holds = operator == "!=" or (operator != "==" and (operator in {"<", "<="}) == (exact > 0))
        return always(expression) if holds else never(expression)
    if exact.denominator == 1:
        return COMPARE[operator](expression, literal(int(exact), BigInteger))
    below = exact.numerator // exact.denominator
    match operator:
        case "==":
            return never(expression)
        case "!=":
            return always(expression)
        case "<" | "<=":
            return expression <= literal(below, BigInteger)
    return expression >= literal(below + 1, BigInteger)


COMPARE: Mapping[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
MIRRORED: Mapping[str, str] = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
