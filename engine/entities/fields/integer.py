"""A whole number."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal

from engine.entities.columns import LARGEST, Column
from engine.entities.fields.base import FormatContext, Outcome, ParseContext, Sample
from engine.entities.fields.number import Number
from engine.entities.record import Scalar, Value
from engine.language.types import IntegerType, Type


class IntegerField(Number):
    """A whole number of up to 64 bits. `1.0` is the whole number 1; `1.5` is refused with 1 and 2."""

    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            {},
            (0, -7, "１２", "1,234", "12.0", LARGEST, str(-LARGEST), Decimal("1.0")),
            (
                ("1.5", "VAL-112"),
                (Decimal("0.1"), "VAL-112"),
                ("x", "VAL-201"),
                (True, "VAL-201"),
                ([], "VAL-201"),
                (2**63, "VAL-113"),
                (Decimal("1e400"), "VAL-113"),
            ),
        ),
    )

    kind: Literal["integer"] = "integer"

    def type(self) -> Type:
        """A whole number."""
        return IntegerType()

    def stored_places(self) -> int:
        """None after the point."""
        return 0

    def exactly(self, number: Decimal, context: ParseContext) -> Outcome:
        """A Python int."""
        value, problems = super().exactly(number, context)
        return (int(value), ()) if isinstance(value, Decimal) else (None, problems)

    @classmethod
    def fixed(cls, written: object) -> Scalar:
        """A limit that is a whole number."""
        found = super().fixed(written)
        return int(found) if isinstance(found, Decimal) and found == found.to_integral_value() else None

    def format(self, value: Value, context: FormatContext) -> str:
        """The digits."""
        return "" if value is None else str(value)

    def to_json(self, value: Value) -> object:
        """A JSON number."""
        return value

    def column(self) -> Column:
        """A 64-bit integer."""
        return Column("integer")
