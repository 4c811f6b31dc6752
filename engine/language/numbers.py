"""Number text as people type it → Decimal, and back. No float in between.

Accepted: ASCII and full-width digits, a leading sign, one decimal point, thousands in groups of three (comma,
full-width comma, thin or plain blank). Refused and named: exponents, NaN, a comma that could be a decimal point, more
than 38 digits.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from engine.language.problems import Problem

DIGIT_LIMIT = 38
TEXT_LIMIT = 200

FULL_WIDTH = str.maketrans(
    "０１２３４５６７８９，．。－−﹣＋　\u00a0\u2009\u202f",
    "0123456789,..---+    ",
)
"""Full-width and look-alike signs as Chinese input methods make them, with the plain sign each stands for."""

PLAIN = re.compile(r"(?P<sign>[+-]?) ?(?P<whole>[0-9]*)(?:\.(?P<fraction>[0-9]*))?")
GROUPED = re.compile(
    r"(?P<sign>[+-]?) ?(?P<whole>[0-9]{1,3}(?P<mark>[, ])[0-9]{3}(?:(?P=mark)[0-9]{3})*)(?:\.(?P<fraction>[0-9]*))?"
)


def json_number(text: str) -> Decimal:
    """A number of a JSON text, exactly; raises ValueError where its exponent is beyond every decimal."""
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"{text[:40]} is beyond every number") from error


def parse_number(text: str) -> Decimal | Problem:
    """The number a text stands for, digit for digit ("1.50" keeps its zero), or the Problem that says why not.

    "" is not a number; callers decide what an empty input means.
    """
    plain = text.translate(FULL_WIDTH).strip()
    shown = text.strip()[:TEXT_LIMIT]
    if len(plain) > TEXT_LIMIT:
        return Problem("VAL-202", {"text": shown[:40], "limit": DIGIT_LIMIT})
    match = PLAIN.fullmatch(plain)
    if match is None:
        match = GROUPED.fullmatch(plain)
    if match is None:
        comma = re.fullmatch(r"[+-]?[0-9]+,[0-9]*", plain)
        return Problem("VAL-203" if comma else "VAL-201", {"text": shown})
    sign, whole, fraction = match["sign"], re.sub("[, ]", "", match["whole"]), match["fraction"] or ""
    if not whole and not fraction:
        return Problem("VAL-201", {"text": shown})
    if len(whole.lstrip("0")) + len(fraction) > DIGIT_LIMIT:
        return Problem("VAL-202", {"text": shown[:40], "limit": DIGIT_LIMIT})
    number = Decimal(f"{sign}{whole or '0'}" + (f".{fraction}" if fraction else ""))
    return number.copy_abs() if number.is_zero() else number


def format_number(value: Decimal | int, scale: int | None = None, *, grouped: bool = False) -> str:
    """The number in plain digits, without exponent.

    `scale` is the least number of decimal places shown; further digits are shown too, never rounded away, except zeros
    behind the scale. Without `scale` trailing zeros go. `grouped` puts commas between thousands (for reading, not for
    inputs). The text parses back to an equal number.
    """
    number = Decimal(value)
    digits = format(number.copy_abs(), "f")
    whole, _, fraction = digits.partition(".")
    fraction = fraction.rstrip("0").ljust(scale or 0, "0")
    if grouped:
        whole = f"{int(whole):,}"
    sign = "-" if number < 0 else ""
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"
