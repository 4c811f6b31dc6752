"""What the functions of the formula language compute, as plain Python on present values.

A calculation without an answer returns None (a day beyond year 9999, division by zero); nothing here raises for data.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal

from engine.language.exact import EXACT, ROUNDING

TEXT_LIMIT = 100_000
DIGITS_LIMIT = 20
Number = int | Decimal
Moment = date | datetime


def rounding(mode: str) -> Callable[..., Number | None]:
    """A rounding function by name of its mode: `f(x)` gives a whole number, `f(x, digits)` a decimal."""

    def round_to(value: Number, digits: int | None = None) -> Number | None:
        if digits is None:
            return int(Decimal(value).to_integral_value(rounding=mode, context=ROUNDING))
        if abs(digits) > DIGITS_LIMIT:
            return None
        unit = Decimal(1).scaleb(-digits, context=ROUNDING)
        rounded = Decimal(value).quantize(unit, rounding=mode, context=ROUNDING)
        return rounded if digits >= 0 else ROUNDING.quantize(rounded, Decimal(1))

    return round_to


round_half_up = rounding(ROUND_HALF_UP)
round_half_even = rounding(ROUND_HALF_EVEN)
round_up = rounding(ROUND_UP)
round_down = rounding(ROUND_DOWN)


def absolute(value: Number) -> Number:
    """The value without its sign, all digits kept (`abs` would round to the precision of the moment)."""
    return value.copy_abs() if isinstance(value, Decimal) else abs(value)


def whole_quotient(left: Number, right: Number) -> Number | None:
    """The quotient without its fraction, cut towards zero: div(-7, 2) is -3. None for a divisor of zero."""
    if right == 0:
        return None
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return int(EXACT.divide_int(Decimal(left), Decimal(right)))


def remainder(left: Number, right: Number) -> Number | None:
    """What `whole_quotient` leaves, with the sign of the dividend: mod(-7, 2) is -1. None for a divisor of zero."""
    if right == 0:
        return None
    if isinstance(left, int) and isinstance(right, int):
        rest = abs(left) % abs(right)
        return -rest if left < 0 else rest
    return EXACT.remainder(Decimal(left), Decimal(right))


def days(count: int) -> timedelta | None:
    """A duration of whole days; None beyond what a calendar can hold."""
    return timedelta(days=count) if abs(count) <= 3_652_059 else None


def hours(count: int) -> timedelta | None:
    """A duration of whole hours."""
    return timedelta(hours=count) if abs(count) <= 3_652_059 * 24 else None


def minutes(count: int) -> timedelta | None:
    """A duration of whole minutes."""
    return timedelta(minutes=count) if abs(count) <= 3_652_059 * 1_440 else None


def add_days(moment: Moment, count: int) -> Moment | None:
    """The day (or the instant) `count` times 24 hours later; None outside years 1 to 9999."""
    length = days(count)
    if length is None:
        return None
    try:
        return moment + length
    except OverflowError:
        return None


def add_months(day: date, count: int) -> date | None:
    """The same day `count` months later, the last day of the month where it does not exist; None outside 1 to 9999."""
    index = day.year * 12 + day.month - 1 + count
    year, month = index // 12, index % 12 + 1
    if not 1 <= year <= 9999:
        return None
    return date(year, month, min(day.day, length_of_month(year, month)))


def length_of_month(year: int, month: int) -> int:
    """28 to 31, in the Gregorian calendar."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in {4, 6, 9, 11} else 31


def days_between(start: date, end: date) -> int:
    """Days from `start` to `end`; negative where `end` is earlier."""
    return (end - start).days


def day_from_text(text: str) -> date | None:
    """The day written as YYYY-MM-DD; None for anything else."""
    if len(text) != 10 or not text.isascii():
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def year_of(day: date) -> int:
    """The year."""
    return day.year


def month_of(day: date) -> int:
    """The month, 1 to 12."""
    return day.month


def day_of(day: date) -> int:
    """The day of the month, 1 to 31."""
    return day.day


def concat(*parts: str | int) -> str | None:
    """The parts one after the other; None beyond 100,000 characters."""
    joined = "".join(str(part) for part in parts)
    return joined if len(joined) <= TEXT_LIMIT else None


def lower(text: str) -> str:
    """Small letters."""
    return text.lower()


def upper(text: str) -> str:
    """Capital letters."""
    return text.upper()


def trim(text: str) -> str:
    """Without white space at both ends."""
    return text.strip()


def length(text: str) -> int:
    """The number of characters (code points)."""
    return len(text)


def starts_with(text: str, part: str) -> bool:
    """Whether the text begins with the part; capital and small letters differ."""
    return text.startswith(part)


def ends_with(text: str, part: str) -> bool:
    """Whether the text ends with the part; capital and small letters differ."""
    return text.endswith(part)


def contains(text: str, part: str) -> bool:
    """Whether the part occurs in the text; capital and small letters differ."""
    return part in text
