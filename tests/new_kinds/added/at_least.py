"""`at_least`: a number that must not be smaller than a bound; the message says both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field

from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.rules.frame import Frame
from engine.rules.kinds.base import FieldPath, RuleKind, type_of


class AtLeast(RuleKind):
    """A field whose value must be at least the value of a formula; a missing one is not judged."""

    phase: ClassVar[Literal["default", "value", "check"]] = "check"
    example: ClassVar[str] = "- {id: late_enough, kind: at_least, field: due_on, bound: received_on}"

    kind: Literal["at_least"] = Field(description="at_least: not smaller than a bound")
    field: FieldPath = Field(description="Field that is judged")
    bound: Formula = Field(description="The smallest value that is allowed")

    def bind_inner(self, scope: Scope) -> Iterator[Problem]:
        """The bound has the type of the field."""
        expected, problems = type_of(self, scope, self.field)
        yield from problems
        yield from self.bound.bind(scope, expected)

    def formulas(self) -> Iterator[Formula]:
        """The condition and the bound."""
        yield from super().formulas()
        yield self.bound

    def judge(self, frame: Frame) -> None:
        """Compare the field with its bound."""
        value: Any = frame.scope.get(self.field)
        bound: Any = self.bound.expression.evaluate(frame.scope)
        holds = None if value is None or bound is None else value >= bound
        if holds is False:
            words = {"zh": f"{self.field} 至少 {bound}", "en": f"{self.field} is at least {bound}"}
            frame.problems.append(Problem("RUL-501", {"rule": self.id, "message": words}, self.place, (self.field,)))
        outcome = "unknown" if holds is None else "holds" if holds else "refused"
        frame.step(self, (self.field,), outcome, holds, self.bound.expression)
