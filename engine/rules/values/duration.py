"""A length of time in days, hours, minutes and seconds."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Literal

from engine.entities.fields.base import Outcome, ParseContext, Raw, Sample, refused, shape
from engine.entities.fields.bounded import Bounded
from engine.entities.record import Value
from engine.language.durations import read_duration, written_duration
from engine.language.types import DurationType, Type


class DurationValue(Bounded):
    """A length of time as ISO 8601 writes it: `P2DT3H30M`."""

    samples: ClassVar[tuple[Sample, ...]] = (
        Sample({}, ("P2D", "PT30M", "-P1DT2H3M4.5S"), (("P1Y", "VAL-118"), ("2 days", "VAL-118"), (2, "VAL-118"))),
    )

    kind: Literal["duration"] = "duration"

    def type(self) -> Type:
        """A duration."""
        return DurationType()

    def read(self, raw: Raw, context: ParseContext) -> Outcome:
        """The length the text names."""
        found = read_duration(raw) if isinstance(raw, str) else None
        return refused("VAL-118", text=shape(raw), form="P2DT3H30M") if found is None else (found, ())

    def to_json(self, value: Value) -> object:
        """ISO 8601."""
        return written_duration(value) if isinstance(value, timedelta) else None
