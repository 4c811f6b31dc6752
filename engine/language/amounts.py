"""Amounts with units as people type them: `2箱+3个`, `1.5 kg`, `-3 盒 2 片` → the exact amount asked for."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from engine.language.numbers import FULL_WIDTH, parse_number
from engine.language.problems import Problem
from engine.language.units import NONE, SMALLEST_STEP, Overrides, UnitTable, representable

TERM = re.compile(r"\s*\+?\s*(?P<number>[0-9][0-9,. ]*|\.[0-9]+)\s*(?P<unit>[^\s0-9+.,\-][^0-9+\-]*)?")
TEXT_LIMIT = 200


def parse_amount(
    text: str, target: str, units: UnitTable, overrides: Overrides = NONE, step: Decimal = SMALLEST_STEP
) -> Decimal | Problem:
    """The amount in `target` that a text stands for.

    A number alone counts in `target`. Terms with a unit are added; the sum must be a multiple of `step` in `target`,
    or the Problem names the nearest amounts that are. A sign in front belongs to the whole.
    """
    plain = text.translate(FULL_WIDTH).strip()
    alone = parse_number(text)
    if (
        isinstance(alone, Decimal)
        or len(plain) > TEXT_LIMIT
        or not any(sign.isalpha() or sign in "²³%" for sign in plain)
    ):
        return alone
    negative = plain.startswith("-")
    plain = plain[1:] if negative else plain
    total = Fraction(0)
    position = 0
    while position < len(plain):
        match = TERM.match(plain, position)
        if match is None:
            return Problem("VAL-204", {"text": text.strip(), "target": target})
        value = _term(match, text, target, units, overrides)
        if isinstance(value, Problem):
            return value
        total += value
        position = match.end()
    return representable(-total if negative else total, target, step)


def _term(match: re.Match[str], text: str, target: str, units: UnitTable, overrides: Overrides) -> Fraction | Problem:
    """One number with its unit, in the target unit."""
    number = parse_number(match["number"])
    if isinstance(number, Problem):
        return number
    written = (match["unit"] or "").strip()
    if not written:
        return Problem("VAL-204", {"text": text.strip(), "target": target})
    unit = units.named(written)
    if unit is None:
        return Problem("VAL-205", {"unit": written, "offered": tuple(units.units)})
    factor = units.factor(unit, target, overrides)
    return factor if isinstance(factor, Problem) else Fraction(number) * factor
