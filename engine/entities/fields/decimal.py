"""An exact decimal number."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.entities.columns import MAX_SCALE
from engine.entities.fields.base import FormatContext, Sample
from engine.entities.fields.number import Number
from engine.entities.record import Value
from engine.language.numbers import format_number


class DecimalField(Number):
    """A number with at most `scale` digits after the point. More digits are refused with the nearest values."""

    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            {"scale": 2},
            (0, "0.35", "1,234.5", "１２．５０", "-0.01", Decimal("3.10"), "1.50000"),
            (
                ("1.005", "VAL-112"),
                (Decimal("0.001"), "VAL-112"),
                ("1.2.3", "VAL-201"),
                ("NaN", "VAL-201"),
                ("Infinity", "VAL-201"),
                (True, "VAL-201"),
                ({}, "VAL-201"),
            ),
        ),
        Sample({"scale": 0, "min": 1}, (7,), ((Decimal("1e400"), "VAL-113"),)),
    )

    kind: Literal["decimal"] = "decimal"
    scale: Annotated[int, Field(ge=0, le=MAX_SCALE)] = 2

    def stored_places(self) -> int:
        """The declared scale."""
        return self.scale

    def format(self, value: Value, context: FormatContext) -> str:
        """All declared digits: 1.50."""
        return format_number(value, self.scale) if isinstance(value, Decimal) else ""
