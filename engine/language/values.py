"""Exact values with their measure, and days and instants with their zone.

Inside records and formulas a quantity or an amount of money is a plain Decimal and its unit or currency is part of the
type. `Quantity` and `Money` are for places that carry the measure along: typed text, labels, traces, reports.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.language.currencies import is_currency, money_scale
from engine.language.exact import EXACT
from engine.language.numbers import format_number

__all__ = ["Money", "Quantity", "day_in_zone", "day_start", "is_currency", "is_zone", "money_scale"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact amount in a unit. Adding another unit is a programmer's mistake: packages are checked at load."""

    amount: Decimal
    unit: str

    def __add__(self, other: Quantity) -> Quantity:
        assert self.unit == other.unit, f"{self.unit} + {other.unit}"
        return Quantity(EXACT.add(self.amount, other.amount), self.unit)

    def __sub__(self, other: Quantity) -> Quantity:
        assert self.unit == other.unit, f"{self.unit} - {other.unit}"
        return Quantity(EXACT.subtract(self.amount, other.amount), self.unit)

    def __mul__(self, factor: Decimal | int) -> Quantity:
        return Quantity(EXACT.multiply(self.amount, Decimal(factor)), self.unit)

    def __neg__(self) -> Quantity:
        return Quantity(self.amount.copy_negate(), self.unit)

    def __str__(self) -> str:
        return f"{format_number(self.amount)} {self.unit}"


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in a currency. Its digits are kept; `fits` says whether the currency has that many."""

    amount: Decimal
    currency: str

    def __add__(self, other: Money) -> Money:
        assert self.currency == other.currency, f"{self.currency} + {other.currency}"
        return Money(EXACT.add(self.amount, other.amount), self.currency)

    def __sub__(self, other: Money) -> Money:
        assert self.currency == other.currency, f"{self.currency} - {other.currency}"
        return Money(EXACT.subtract(self.amount, other.amount), self.currency)

    def __mul__(self, factor: Decimal | int) -> Money:
        return Money(EXACT.multiply(self.amount, Decimal(factor)), self.currency)

    def __neg__(self) -> Money:
        return Money(self.amount.copy_negate(), self.currency)

    @property
    def fits(self) -> bool:
        """Whether the amount has no more decimal places than the currency."""
        return fits_scale(self.amount, money_scale(self.currency))

    def __str__(self) -> str:
        return f"{format_number(self.amount, money_scale(self.currency))} {self.currency}"


def fits_scale(amount: Decimal, scale: int) -> bool:
    """Whether a number can be written with `scale` decimal places without losing a digit."""
    exponent = amount.normalize(EXACT).as_tuple().exponent
    assert isinstance(exponent, int), "values are finite"
    return -exponent <= scale


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def is_zone(name: str) -> bool:
    """Whether the name is a zone of the IANA time zone database, such as Asia/Shanghai."""
    try:
        _zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def day_in_zone(instant: datetime, zone: str) -> date:
    """The day it is in a zone at an instant (aware)."""
    assert instant.tzinfo is not None, "an instant is aware"
    return instant.astimezone(_zone(zone)).date()


def day_start(day: date, zone: str) -> datetime:
    """The instant (UTC) a day begins in a zone.

    Where midnight is skipped by a change of clocks the day begins at the first moment it has; where it happens twice,
    at the first.
    """
    midnight = datetime.combine(day, time(0), tzinfo=_zone(zone)).astimezone(UTC)
    if day_in_zone(midnight, zone) == day:
        return midnight
    return datetime.combine(day, time(0, fold=1), tzinfo=_zone(zone)).astimezone(UTC)
