"""`assign`: writes the value of a formula into a field of the document, such as the person or the day of approval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from pydantic import Field

from engine.language.declared import Identifier
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.scope import Scope, suggestion
from engine.language.types import RecordType, RowsType
from engine.workflows.steps.base import Asked, Asking, StepKind


class Assign(StepKind):
    """`{assign: checked_by, to: actor.person}`."""

    word: ClassVar[str] = "assign"
    example: ClassVar[str] = "{assign: checked_by, to: actor.person}"

    assign: Identifier = Field(description="Field of the document")
    to: Formula = Field(description="The value it gets")

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """The field must be there and take the value."""
        field = scope.names.get(self.assign)
        if field is None or isinstance(field, RowsType | RecordType):
            allowed = tuple(name for name, type_ in scope.names.items() if not isinstance(type_, RowsType | RecordType))
            parameters = {"name": self.assign, "allowed": allowed, "meant": suggestion(self.assign, allowed)}
            yield Problem("WFL-114", parameters, self.place)
        else:
            yield from self.to.bind(scope, field)

    def ask(self, asking: Asking) -> Asked:
        """The value, a reference as its id."""
        value = self.to.expression.evaluate(asking.scope)
        return Asked(values={self.assign: value.get("id") if isinstance(value, Mapping) else value})
