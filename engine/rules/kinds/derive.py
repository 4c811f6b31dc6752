"""`derive`: a field that always follows from others. What a person types into it does not stay."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from engine.rules.frame import Frame
from engine.rules.kinds.base import SettingRule
from engine.rules.references import record_of


class Derive(SettingRule):
    """Sets a field to the value of a formula whenever `when` is true; a missing input gives a missing value."""

    phase: ClassVar[Literal["default", "value", "check"]] = "value"
    example: ClassVar[str] = "- {id: net_of_rate, kind: derive, set: net, to: 'round_half_up(total / (1 + rate), 2)'}"
    kind: Literal["derive"] = Field(description="derive: always computed")

    def judge(self, frame: Frame) -> None:
        """Compute the value for the record, or for each line."""
        expression, target = self.to.expression, self.target
        for path in frame.each(self.lines):
            if frame.applies(self, (*path, target)):
                value = record_of(expression, frame.scope)
                frame.step(self, (*path, target), "set", value, expression)
                frame.set(path, target, value)
