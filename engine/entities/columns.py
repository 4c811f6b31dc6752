"""How one value lies in a database column: six primitive kinds, the same on every database, exact or refused.

Every number is a 64-bit integer: a decimal is scaled by a power of ten, a day counts from 1970-01-01, an instant is
microseconds since then in UTC. No value is ever rounded to fit and no float is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from functools import cache
from typing import Literal

from engine.entities.record import Scalar

ColumnKind = Literal["text", "integer", "scaled", "flag", "date", "instant"]

LARGEST = 2**63 - 1
QUANTITY_SCALE = 6
MONEY_SCALE = 4
MAX_SCALE = 18

_EPOCH_DAY = date(1970, 1, 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_WIDE = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""Moving the point of a number changes none of its digits, however many it has."""


class OutOfRange(ValueError):
    """A value its column cannot hold exactly: beyond ±(2^63-1) after scaling, or with more digits than its scale."""


@dataclass(frozen=True, slots=True)
class Column:
    """The storage shape of a field: a primitive kind and, for `scaled`, the number of decimal digits kept."""

    kind: ColumnKind
    scale: int = 0


def to_stored(column: Column, value: Scalar) -> str | int | None:
    """The text or integer that is written for a value; raises `OutOfRange` where it would not be the same value."""
    if value is None:
        return None
    match column.kind:
        case "text":
            assert isinstance(value, str), value
            return value
        case "integer":
            assert isinstance(value, int), value
            return _bounded(int(value))
        case "scaled":
            assert isinstance(value, Decimal | int), value
            return scaled(Decimal(value), column.scale)
        case "flag":
            assert isinstance(value, bool), value
            return int(value)
        case "date":
            assert isinstance(value, date), value
            return (value - _EPOCH_DAY).days
        case "instant":
            assert isinstance(value, datetime), value
            return (value - _EPOCH) // _MICROSECOND


def from_stored(column: Column, stored: str | int | None) -> Scalar:
    """The value that `to_stored` wrote."""
    if stored is None:
        return None
    if column.kind == "text":
        return str(stored)
    number = int(stored)
    match column.kind:
        case "integer":
            return number
        case "scaled":
            return unscaled(number, column.scale)
        case "flag":
            return bool(number)
        case "date":
            return _EPOCH_DAY + timedelta(days=number)
        case "instant":
            return _EPOCH + timedelta(microseconds=number)


def scaled(value: Decimal, scale: int) -> int:
    """A decimal as an integer count of 10^-scale; raises `OutOfRange` when digits would be lost or 64 bits exceeded."""
    if not value.is_finite():
        raise OutOfRange(f"{value} is no number")
    if value and value.adjusted() > 20:  # before it is written out as an integer: 1e400 must not cost anything
        raise OutOfRange(f"{value} is beyond 64 bits")
    shifted = value.scaleb(scale, _WIDE)
    whole = int(shifted)
    if whole != shifted:
        raise OutOfRange(f"{value} has more than {scale} decimal digits")
    return _bounded(whole)


def unscaled(stored: int, scale: int) -> Decimal:
    """The decimal that a count of 10^-scale stands for, without trailing zeros."""
    digits = tuple(map(int, str(abs(stored))))
    return plain(Decimal((int(stored < 0), digits, -scale)))


def plain(value: Decimal) -> Decimal:
    """The same number in its one canonical form: no trailing zeros after the point, no exponent, no negative zero."""
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int), value
    kept = list(digits)
    while exponent < 0 and kept and kept[-1] == 0:
        kept.pop()
        exponent += 1
    if exponent > 0:
        kept += [0] * exponent
        exponent = 0
    return Decimal((sign if any(kept) else 0, tuple(kept) or (0,), exponent if any(kept) else 0))


def fits(value: Decimal, scale: int) -> bool:
    """Whether a column of this scale can hold the number as far as its size goes (its digits are judged apart)."""
    return value.is_finite() and abs(value) <= _largest(scale)


@cache
def _largest(scale: int) -> Decimal:
    """The largest number that a column of this scale can hold."""
    return Decimal(LARGEST).scaleb(-scale)


def _bounded(value: int) -> int:
    """The same integer; raises `OutOfRange` beyond ±(2^63-1)."""
    if abs(value) > LARGEST:
        raise OutOfRange(f"{value} is beyond 64 bits")
    return value
