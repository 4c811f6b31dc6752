"""`route`: goes on with the steps of the first case whose condition holds at that moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from engine.language.declared import Declared, Identifier, Label
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.types import FlagType
from engine.workflows.flow_steps.base import FlowStepKind, Turn, Turned
from engine.workflows.seen import Seen, seen_by

if TYPE_CHECKING:
    from engine.workflows.flow_steps import AnyFlowStep


class Case(Declared):
    """One way: `{when: total >= 10000, steps: […]}`, or `{else: […]}` for everything that is left."""

    when: Formula | None = Field(default=None, description="Condition of the document")
    steps: tuple[AnyFlowStep, ...] = Field(default=(), description="Steps of this way")
    otherwise: tuple[AnyFlowStep, ...] | None = Field(
        default=None, alias="else", description="Instead of both: steps where no other condition holds"
    )

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        written = self.model_fields_set
        if (self.when is None) == (self.otherwise is None) or {"steps", "otherwise"} <= written:
            raise PydanticCustomError("formwork", "", {"code": "WFL-142", "parameters": {}})
        return self

    @property
    def block(self) -> tuple[FlowStepKind, ...]:
        """The steps of this way."""
        return self.steps if self.otherwise is None else self.otherwise

    def holds(self, turn: Turn) -> bool:
        """Whether it is taken if no case before it was; unknown is not true."""
        return self.when is None or self.when.expression.evaluate(turn.scope) is True


class Route(FlowStepKind):
    """`{route: by_amount, cases: [{when: total >= 100, steps: […]}, {else: []}]}`: the first case that holds.

    It is judged when its turn comes, on the values of the document at that moment. The last case is `else`.
    """

    word: ClassVar[str] = "route"
    example: ClassVar[str] = (
        "{route: by_amount, cases: [{when: total >= 100, steps: [{approve: finance, who: role(finance)}]}, {else: []}]}"
    )

    route: Identifier = Field(description="Id of the step")
    label: Label | None = Field(default=None, description="What people read")
    cases: tuple[Case, ...] = Field(description="The ways, in the order in which they are tried", min_length=1)

    @property
    def blocks(self) -> tuple[tuple[FlowStepKind, ...], ...]:
        """The steps of each way."""
        return tuple(case.block for case in self.cases)

    @property
    def ends(self) -> bool:
        """When every way that can be taken ends the flow."""
        last = next((at for at, case in enumerate(self.cases) if case.otherwise is not None), None)
        return last is not None and all(any(step.ends for step in case.block) for case in self.cases[: last + 1])

    @property
    def complete(self) -> bool:
        """Whether some case always holds."""
        return any(case.otherwise is not None for case in self.cases)

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """Conditions must be conditions."""
        for case in self.cases:
            if case.when is not None:
                yield from case.when.bind(scope, FlagType)
        yield from super().bind(scope)

    def take(self, turn: Turn) -> Turned:
        """The steps of the case that holds, with everything that was looked at to find it."""
        seen: Seen = ()
        for position, case in enumerate(self.cases, start=1):
            seen += tuple(each for each in seen_by(case.when, turn.scope) if each not in seen)
            if case.holds(turn):
                return Turned("case", position, seen, steps=case.block)
        return Turned("no_case", None, seen)
