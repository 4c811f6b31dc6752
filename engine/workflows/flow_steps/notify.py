"""`notify`: tells people, and the flow goes on."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from engine.language.declared import Identifier
from engine.workflows.flow_steps.base import FlowStepKind, Turn, Turned
from engine.workflows.short import OneOrMany
from engine.workflows.who import AnyWho, Who


class Notify(FlowStepKind):
    """`{notify: told, to: applicant, notice: order_approved}`: sends a notice of the package."""

    word: ClassVar[str] = "notify"
    example: ClassVar[str] = "{notify: told, to: [applicant], notice: order_approved}"

    notify: Identifier = Field(description="Id of the step")
    to: Annotated[tuple[Who, ...], OneOrMany()] = Field(description="Whom: applicant, role(keeper), …", min_length=1)
    notice: Identifier = Field(description="Notice that is sent")

    @property
    def named(self) -> tuple[AnyWho, ...]:
        """Who is told."""
        return self.to

    def take(self, turn: Turn) -> Turned:
        """One notice for everyone it is addressed to; none when that is nobody."""
        people = tuple(dict.fromkeys(person for who in self.to for person in who.people(turn.subject)))
        return Turned("told", people, tells=turn.tell(self.notify, self.notice, people))
