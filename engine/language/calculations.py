"""What the functions of the formula language compute, as plain Python on present values.

A calculation without an answer returns None (a day beyond year 9999, division by zero); nothing here raises for data.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
    DecimalException,
)

from engine.language.exact import DIVISION, EXACT, EXACT_DIGITS, ROUNDING
from engine.language.numbers import format_number

TEXT_LIMIT = 100_000
DIGITS_LIMIT = 20
EXPONENT_LIMIT = 10_000
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
round_half_down = rounding(ROUND_HALF_DOWN)
round_floor = rounding(ROUND_FLOOR)
round_ceiling = rounding(ROUND_CEILING)


def power(base: Number, exponent: Number) -> Decimal | None:
    """`base` to the power of `exponent`, to 34 significant digits like a division.

    None where there is no real answer (a root of a negative number, zero to a negative power), for an exponent beyond
    10,000, and for a result whose digits before or behind the point would be more than 100.
    """
    if absolute(exponent) > EXPONENT_LIMIT:
        return None
    if base == 0:
        return None if exponent < 0 else Decimal(0 if exponent else 1)
    try:
        result = DIVISION.power(Decimal(base), Decimal(exponent))
    except DecimalException:
        return None
    size: int = result.adjusted()
    return result if abs(size) < EXACT_DIGITS else None


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


def modulo(left: Number, right: Number) -> Number | None:
    """What is left of `left` above a whole multiple of `right`, with the sign of `right`: modulo(-7, 2) is 1."""
    rest = remainder(left, right)
    if rest is None or rest == 0 or (rest < 0) == (right < 0):
        return rest
    return EXACT.add(Decimal(rest), Decimal(right)) if isinstance(rest, Decimal) else rest + right


def days(count: int) -> timedelta | None:
    """A duration of whole days; None beyond what a calendar can hold."""
    return timedelta(days=count) if abs(count) <= 3_652_059 else None


def hours(count: int) -> timedelta | None:
    """A duration of whole hours."""
    return timedelta(hours=count) if abs(count) <= 3_652_059 * 24 else None


def minutes(count: int) -> timedelta | None:
    """A duration of whole minutes."""
    return timedelta(minutes=count) if abs(count) <= 3_652_059 * 1_440 else None


def seconds(count: int) -> timedelta | None:
    """A duration of whole seconds."""
    return timedelta(seconds=count) if abs(count) <= 3_652_059 * 86_400 else None


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


def months_between(start: date, end: date) -> int:
    """Whole months from `start` to `end`; negative where `end` is earlier."""
    if end < start:
        return -months_between(end, start)
    whole = (end.year - start.year) * 12 + end.month - start.month
    return whole - 1 if end.day < start.day else whole


def instant_from(written: str | date) -> datetime | None:
    """The instant written as YYYY-MM-DDTHH:MM:SS with Z or an offset; of a day its beginning in UTC."""
    if isinstance(written, date):
        return datetime.combine(written, time(0), UTC)
    try:
        found = datetime.fromisoformat(written)
        return found.astimezone(UTC) if found.tzinfo is not None and "T" in written else None
    except (ValueError, OverflowError):
        return None


def utc_date(moment: datetime) -> date:
    """The day of an instant in UTC."""
    return moment.astimezone(UTC).date()


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


def text(value: Number | str | bool | date) -> str:
    """A value as text: numbers in plain digits without trailing zeros, flags in small letters, days as ISO 8601."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return format_number(value)
        case date():
            return value.isoformat()
    return value


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


def substring(text: str, start: int, count: int | None = None) -> str | None:
    """The part from the `start`-th character on, from 1; below zero counted from the end. None outside the text."""
    begin = start - 1 if start > 0 else len(text) + start
    if start == 0 or not 0 <= begin < len(text) or (count is not None and count < 1):
        return None
    return text[begin:] if count is None else text[begin : begin + count]


def starts_with(text: str, part: str) -> bool:
    """Whether the text begins with the part; capital and small letters differ."""
    return text.startswith(part)


def ends_with(text: str, part: str) -> bool:
    """Whether the text ends with the part; capital and small letters differ."""
    return text.endswith(part)


def contains(text: str, part: str) -> bool:
    """Whether the part occurs in the text; capital and small letters differ."""
    return part in text
