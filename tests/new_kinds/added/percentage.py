"""A share, typed and shown in per cent and kept as an exact fraction: 12.5% is 0.125."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal

from engine.entities.columns import plain
from engine.entities.fields.base import FormatContext, Outcome, ParseContext, Raw, Sample
from engine.entities.fields.number import DIGITS, Number, number_of
from engine.entities.record import Value
from engine.language.numbers import format_number
from engine.language.problems import Problem

HUNDRED = Decimal(100)
PLACES = 6
SIGN = "[%％]"


class PercentageField(Number):
    """A share. `12.5%` and the bare text `12.5` are an eighth; a JSON number is the fraction itself, 0.125."""

    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            {},
            ("12.5%", "12.5", "１２．５％", "0", "-3%", Decimal("0.125"), 1, "100 %"),
            (("12.50001%", "VAL-112"), ("half", "VAL-201"), (True, "VAL-201"), (Decimal("1e400"), "VAL-113")),
        ),
        Sample({"min": 0, "max": 1}, ("0%", "100%"), (("x%", "VAL-201"),)),
    )

    kind: Literal["percentage"] = "percentage"

    def stored_places(self) -> int:
        """Four digits after the point of a per cent."""
        return PLACES

    def read(self, raw: Raw, context: ParseContext) -> Outcome:
        """Text is per cent, with or without the sign; a number is the fraction."""
        text = raw.rstrip(" %％") if isinstance(raw, str) else raw
        number = number_of(text)
        if isinstance(number, Problem):
            return None, (number,)
        return self.exactly(plain(number / HUNDRED) if isinstance(raw, str) else number, context)

    def format(self, value: Value, context: FormatContext) -> str:
        """12.5%"""
        return f"{format_number(value * HUNDRED)}%" if isinstance(value, Decimal) else ""

    def to_json(self, value: Value) -> object:
        """The same text, because a bare text would be read as per cent."""
        return f"{format_number(value * HUNDRED)}%" if isinstance(value, Decimal) else None

    def text_pattern(self) -> str:
        """A number of per cent with at most four digits after the point, and perhaps the sign."""
        return rf"[+\-－＋]?{DIGITS}{{1,12}}([.．]{DIGITS}{{0,4}}[0０]*)? ?{SIGN}?"
