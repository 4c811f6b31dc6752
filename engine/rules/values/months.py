"""A length of time in years and months: a number of months."""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.entities.fields.base import Outcome, ParseContext, Raw, Sample, refused, shape
from engine.entities.fields.bounded import Bounded
from engine.entities.record import Value
from engine.language.durations import read_months, written_months
from engine.language.types import IntegerType, Type


class MonthsValue(Bounded):
    """Years and months as ISO 8601 writes them (`P1Y6M`); in a formula the whole number of months, here 18."""

    samples: ClassVar[tuple[Sample, ...]] = (
        Sample({}, ("P1Y6M", "P0M", "-P2Y"), (("P1D", "VAL-118"), ("18", "VAL-118"), (18, "VAL-118"))),
    )

    kind: Literal["months"] = "months"

    def type(self) -> Type:
        """A whole number of months."""
        return IntegerType()

    def read(self, raw: Raw, context: ParseContext) -> Outcome:
        """The number of months the text names."""
        found = read_months(raw) if isinstance(raw, str) else None
        return refused("VAL-118", text=shape(raw), form="P1Y6M") if found is None else (found, ())

    def to_json(self, value: Value) -> object:
        """ISO 8601."""
        return written_months(value) if isinstance(value, int) else None
