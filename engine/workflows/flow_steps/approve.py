"""`approve`: asks people to decide and waits for the first answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.entities.changes import OpenTask
from engine.entities.task import MayAct
from engine.language.declared import Identifier, Label
from engine.language.problems import Problem
from engine.workflows.flow_steps.base import FlowStepKind, Turn, Turned
from engine.workflows.short import OneOrMany
from engine.workflows.who import AnyWho, ManagerOf, Who, may_act, roles_in

ADMINISTRATOR = "administrator"
"""The role that every package has, asked where nobody else can decide."""

JOINTS: Mapping[str, str] = {"zh": "、", "en": ", "}
"""What stands between names in a list."""


class Approve(FlowStepKind):
    """`{approve: lead, who: role(manager)}`: one of these people approves, then the flow goes on; or rejects: it ends.

    The first answer counts. The people are found for the document's company and unit; whoever takes on such a role
    later may answer as well.
    """

    word: ClassVar[str] = "approve"
    example: ClassVar[str] = (
        "{approve: lead, who: [role(manager)], label: {zh: 经理审批, en: Manager}, opinion: on_reject}"
    )

    approve: Identifier = Field(description="Id of the step")
    who: Annotated[tuple[Who, ...], OneOrMany()] = Field(
        description="Who may decide: role(manager), manager_of(applicant), …", min_length=1
    )
    label: Label | None = Field(default=None, description="What people read; default: who decides")
    opinion: Literal["optional", "on_reject", "always"] = Field(
        default="on_reject", description="When whoever decides has to say why"
    )
    notice: Identifier | None = Field(default=None, description="Notice that tells them that they are asked")

    @property
    def named(self) -> tuple[AnyWho, ...]:
        """Who may decide."""
        return self.who

    def called(self, title_of: Callable[[str], Mapping[str, str]]) -> Mapping[str, str]:
        """What people call it: its label, otherwise the roles that decide by their titles, otherwise its id."""
        if self.label is not None:
            return self.label.as_mapping()
        titles = [title_of(role) for role in roles_in(self.who)] or [{"zh": self.approve, "en": self.approve}]
        return {language: joint.join(each[language] for each in titles) for language, joint in JOINTS.items()}

    def needs_opinion(self, decision: str) -> bool:
        """Whether a decision needs words."""
        return self.opinion == "always" or (self.opinion == "on_reject" and decision == "reject")

    def take(self, turn: Turn) -> Turned:
        """A task for everyone who may decide; where nobody can, what the flow says about that."""
        asked = [each for who in self.who for each in may_act(who, turn.subject)]
        people = [person for who in self.who for person in who.people(turn.subject)]
        applicant = turn.subject.applicant
        barred = applicant if turn.own != "allow" else None
        if turn.own == "manager_of_applicant" and applicant in people:
            instead = ManagerOf("applicant").people(turn.subject)
            asked += [MayAct(person=person) for person in instead]
            people += instead
        able = tuple(dict.fromkeys(person for person in people if person != barred and turn.able(person)))
        if not able and turn.empty == "refuse":
            label = self.label.as_mapping() if self.label is not None else {"zh": self.approve, "en": self.approve}
            return Turned("refused", problems=(Problem("WFL-124", {"step": label}, self.place),))
        if not able:
            asked.append(MayAct(role=ADMINISTRATOR))
        record = turn.record
        task = OpenTask(
            id=turn.key(self.approve),
            entity=record.entity,
            document=record.id,
            flow=turn.flow,
            step=self.approve,
            round=turn.round,
            may_act=tuple(dict.fromkeys(asked)),
            barred=barred,
        )
        tells = turn.tell(self.approve, self.notice, able) if self.notice is not None else ()
        return Turned("asked", task.may_act, opens=task, tells=tells)
