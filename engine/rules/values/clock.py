"""A time of day."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Literal

from engine.entities.fields.base import Outcome, ParseContext, Raw, Sample, refused, shape
from engine.entities.fields.bounded import Bounded
from engine.entities.record import Value
from engine.language.durations import read_clock, written_clock
from engine.language.types import DurationType, Type


class ClockValue(Bounded):
    """A time of day, `08:30:00`; in a formula the length of time since midnight. With an offset it is that of UTC."""

    samples: ClassVar[tuple[Sample, ...]] = (
        Sample({}, ("08:30:00", "23:59:59.5", "10:00:00+08:00"), (("8:30", "VAL-118"), ("24:00:00", "VAL-118"))),
    )

    kind: Literal["time"] = "time"

    def type(self) -> Type:
        """The length since midnight."""
        return DurationType()

    def read(self, raw: Raw, context: ParseContext) -> Outcome:
        """The time of day the text names."""
        found = read_clock(raw) if isinstance(raw, str) else None
        return refused("VAL-118", text=shape(raw), form="08:30:00") if found is None else (found, ())

    def to_json(self, value: Value) -> object:
        """ISO 8601."""
        return written_clock(value) if isinstance(value, timedelta) else None
