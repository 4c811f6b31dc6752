"""What a workflow file may say: the states of a document, the transitions between them, and approval flows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, StringConstraints

from engine.language.declared import Declared, Identifier, Label
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.types import FlagType
from engine.workflows.flow_steps import AnyFlowStep
from engine.workflows.flow_steps.approve import Approve
from engine.workflows.flow_steps.base import Empty, FlowStepKind, Own, every_step
from engine.workflows.short import IdAlone, OneOrMany
from engine.workflows.steps import AnyStep
from engine.workflows.steps.deadline import Deadline
from engine.workflows.steps.make import Make
from engine.workflows.who import Who

FlowEnd = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}$")]
"""An end of a flow: `approval.approved`."""


class State(Declared):
    """One stage in the life of a document."""

    id: Identifier = Field(description="Id of the state")
    label: Label | None = Field(default=None, description="What people read")
    editable: bool = Field(default=False, description="Whether the fields may still be changed")
    final: bool = Field(default=False, description="Whether the document ends here")


class Transition(Declared):
    """A step from one state to another: who may take it, under which condition, and what it brings about."""

    id: Identifier = Field(description="Id of the transition, also the name of the action in grants")
    label: Label | None = Field(default=None, description="Text of the button")
    source: Annotated[tuple[Identifier, ...], OneOrMany()] = Field(
        alias="from", description="State or states it starts from", min_length=1
    )
    to: Identifier = Field(description="State it leads to")
    who: Annotated[tuple[Who, ...], OneOrMany()] = Field(
        default=(), description="Who may take it: role(keeper), manager_of(applicant), …; default: all with a grant"
    )
    when: Formula | None = Field(default=None, description="Condition of the document for taking it")
    message: Label | None = Field(default=None, description="What people are told when the condition does not hold")
    numbers: bool = Field(default=False, description="Whether the document gets its number here")
    posts: tuple[Identifier, ...] = Field(default=(), description="Postings that are made")
    steps: tuple[AnyStep, ...] = Field(default=(), description="What else happens: notices, deadlines, assignments")
    confirm: Label | None = Field(default=None, description="Question asked before it is taken")
    runs: Identifier | None = Field(default=None, description="Approval flow that begins with it")
    on: FlowEnd | None = Field(
        default=None, description="End of a flow that takes it, such as `approval.approved`; then it is no button"
    )

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """Read the condition and the formulas of the steps."""
        if self.when is not None:
            yield from self.when.bind(scope, FlagType)
        for step in self.steps:
            yield from step.bind(scope)
            if self.numbers and isinstance(step, Make):
                yield from step.reads_number()


class Flow(Declared):
    """The way of a document through an approval: steps one after the other, until one of the ends is reached."""

    id: Identifier = Field(description="Id of the flow")
    label: Label | None = Field(default=None, description="What people read")
    ends: tuple[Identifier, ...] = Field(
        default=("approved", "rejected"),
        description="How it can end; the first is reached after the last step",
        min_length=2,
    )
    reject: Identifier | None = Field(default=None, description="End that a rejection leads to; default: the last")
    empty: Empty = Field(default="to_admin", description="Where nobody can decide: ask administrators, or refuse")
    own: Own = Field(default="refuse", alias="self", description="Whether the applicant may decide")
    steps: tuple[AnyFlowStep, ...] = Field(description="What happens, in this order", min_length=1)

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """Read the formulas of the steps."""
        for step in self.steps:
            yield from step.bind(scope)

    @property
    def every_step(self) -> tuple[FlowStepKind, ...]:
        """All steps, those inside others too, in the order written."""
        return tuple(every_step(self.steps))

    @property
    def rejects_to(self) -> str:
        """The end that a rejection leads to."""
        return self.reject or self.ends[-1]

    def approval(self, name: str) -> Approve | None:
        """The step with an id at which people decide."""
        return next((step for step in self.every_step if isinstance(step, Approve) and step.id == name), None)


class Workflow(Declared):
    """The life of the documents of one entity."""

    workflow: Identifier = Field(description="Id of the entity whose documents live this way")
    label: Label | None = Field(default=None, description="What people read")
    start: Identifier | None = Field(default=None, description="State of a new document; default: the first")
    states: tuple[Annotated[State, IdAlone()], ...] = Field(description="All states", min_length=1)
    transitions: tuple[Transition, ...] = Field(default=(), description="All transitions")
    flows: tuple[Flow, ...] = Field(default=(), description="Approval flows that transitions run")

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """Read all formulas; `scope` has the names of the entity, `actor`, `settings`. A deadline must fit."""
        for flow in self.flows:
            yield from flow.bind(scope)
        for transition in self.transitions:
            yield from transition.bind(scope)
            for step in transition.steps:
                then = self.transition(step.then) if isinstance(step, Deadline) else None
                if isinstance(step, Deadline) and then is not None and transition.to not in then.source:
                    parameters = {"deadline": step.deadline, "then": step.then, "state": transition.to}
                    yield Problem("WFL-115", parameters, step.place)

    @property
    def first(self) -> str:
        """The state of a new document."""
        return self.start or self.states[0].id

    def state(self, name: str | None) -> State | None:
        """The state with an id; a document without a state is in the first one."""
        wanted = name or self.first
        return next((state for state in self.states if state.id == wanted), None)

    def transition(self, name: str) -> Transition | None:
        """The transition with an id, or None."""
        return next((transition for transition in self.transitions if transition.id == name), None)

    def flow(self, name: str) -> Flow | None:
        """The approval flow with an id, or None."""
        return next((flow for flow in self.flows if flow.id == name), None)

    def taken_at(self, flow: str, end: str, state: str) -> Transition | None:
        """The transition that an end of a flow takes from a state, or None."""
        wanted = f"{flow}.{end}"
        return next((each for each in self.transitions if each.on == wanted and state in each.source), None)
