"""`default`: a value for a field that was left empty. What a person typed stays."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from engine.rules.frame import Frame
from engine.rules.kinds.base import SettingRule
from engine.rules.references import record_of


class Default(SettingRule):
    """Sets a field that is missing; a field that has a value is left alone, and the rule then has no say."""

    phase: ClassVar[Literal["default", "value", "check"]] = "default"
    example: ClassVar[str] = "- {id: usual_rate, kind: default, set: rate, to: 0.13, when: urgent}"
    kind: Literal["default"] = Field(description="default: fills what is missing")

    def judge(self, frame: Frame) -> None:
        """Fill the field of the record, or of each line, where it is missing."""
        expression, target = self.to.expression, self.target
        for path in frame.each(self.lines):
            holder = frame.scope["line"] if path else frame.scope
            assert isinstance(holder, dict)
            if holder.get(target) is None and frame.applies(self, (*path, target)):
                value = record_of(expression, frame.scope)
                frame.step(self, (*path, target), "set", value, expression)
                frame.set(path, target, value)
