"""Any number: as many digits as are handed in."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal

from engine.entities.columns import plain
from engine.entities.fields.base import Outcome, ParseContext, Raw, Sample
from engine.entities.fields.number import Number, number_of
from engine.entities.record import Value
from engine.language.problems import Problem
from engine.language.types import DecimalType, Type


class NumberValue(Number):
    """A number of any scale; a decimal field has a fixed one because a column does."""

    samples: ClassVar[tuple[Sample, ...]] = (
        Sample({}, (0, "1.50", Decimal("0.0375"), 2**70), (("x", "VAL-201"), (True, "VAL-201"), ([], "VAL-201"))),
    )

    kind: Literal["number"] = "number"

    def type(self) -> Type:
        """A decimal number of no declared scale."""
        return DecimalType()

    def stored_places(self) -> int:
        """No column keeps it."""
        return 0

    def read(self, raw: Raw, context: ParseContext) -> Outcome:
        """The number, every digit of it."""
        number = number_of(raw)
        return (None, (number,)) if isinstance(number, Problem) else (plain(number), ())

    def to_json(self, value: Value) -> object:
        """The number itself."""
        return value
