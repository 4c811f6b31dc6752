"""Takes a document through its approval flows: begins one, takes a decision, closes what was left behind.

A flow is data: the open task of a document says where it stands, the workflow says what comes next. Nothing here
writes; what is asked for goes into the same unit of work as the document itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from engine.entities.changes import Change, CloseTask
from engine.entities.record import Record
from engine.entities.task import MayAct, Task
from engine.language.problems import Problem
from engine.workflows.advance import Advance, Outcome, Words, subject_of
from engine.workflows.flow_steps.approve import JOINTS, Approve
from engine.workflows.flow_steps.base import FlowStepKind, Passed, Turn
from engine.workflows.proceed import following, proceed
from engine.workflows.schema import Flow, Workflow
from engine.workflows.who import Acting, Directory, is_among

Decision = Literal["approve", "reject"]

DECISIONS: Mapping[str, Decision] = {"approve": "approve", "reject": "reject"}
"""What can be answered to a task. Where a workflow has flows, these are actions of grants as transitions are."""

CLOSED_AS: Mapping[str, Literal["approved", "rejected"]] = {"approve": "approved", "reject": "rejected"}
"""The state of a task after each decision."""

SAID: Mapping[str, Words] = {
    "approved": {"zh": "同意", "en": "approved"},
    "rejected": {"zh": "拒绝", "en": "rejected"},
    "cancelled": {"zh": "撤销", "en": "cancelled"},
}
"""How a task was closed, in words."""

LONGEST_OPINION = 1_000
OPINION = ("_opinion",)
"""Where a problem with the opinion belongs on a page."""


class Move(Protocol):
    """Takes one transition of the workflow (`advance`, with all that it needs of the moment handed in before)."""

    def __call__(
        self, transition: str, record: Record, scope: Mapping[str, object], *, by_flow: bool = False
    ) -> Outcome:
        """What taking the transition means, or every reason against it."""


def _anybody(_person: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Approval:
    """One document with the tasks it ever had, at the moment when somebody acts.

    `record` is the document as it is to be written, in its present state; `scope` what formulas see of it. `able` says
    whether a person could decide at all; `name_of(person)` and `title_of(role)` give the names for messages.
    """

    workflow: Workflow
    record: Record
    scope: Mapping[str, object]
    actor: Acting
    tasks: Sequence[Task]
    move: Move
    directory: Directory | None = None
    able: Callable[[str], bool] = _anybody
    name_of: Callable[[str], str] = str
    title_of: Callable[[str], Words] = lambda role: {"zh": role, "en": role}

    @property
    def open(self) -> tuple[Task, ...]:
        """The tasks that wait for an answer."""
        return tuple(task for task in self.tasks if task.is_open)

    @property
    def mine(self) -> Task | None:
        """The task that waits for this actor."""
        return next((task for task in self.open if is_asked(task, self.actor)), None)

    def take(self, transition: str, opinion: str = "") -> Outcome:
        """A transition taken by hand or by a deadline: what is left behind is closed, the flow that it runs begins."""
        first, problems = self.move(transition, self.record, self.scope)
        declared = self.workflow.transition(transition)
        problems = (*problems, *too_long(opinion))
        if first is None or declared is None or problems:
            return None, problems
        leaves = declared.runs is not None or first.to != (self.record.state or self.workflow.first)
        closing = self._closed(self.open, "cancelled", opinion, transition) if leaves else ()
        begun = first.then(Advance(first.to, requests=closing))
        flow = self.workflow.flow(declared.runs) if declared.runs is not None else None
        if flow is None:
            return begun, ()
        round_ = 1 + max((task.round for task in self.tasks if task.flow == flow.id), default=0)
        if flow.empty == "refuse":
            refusals = proceed(flow.steps, self._turn(flow, round_, begun), flow.ends[0], ahead=True).problems
            if refusals:
                return None, refusals
        return self._go_on(begun, flow, flow.steps, round_)

    def decide(self, decision: Decision, opinion: str, looked_at: int | None) -> Outcome:
        """An answer to the open task, or every reason against it. `looked_at` is the version that was looked at."""
        task, problems = self._asked(looked_at)
        if task is None:
            return None, problems
        flow = self.workflow.flow(task.flow)
        step = flow.approval(task.step) if flow is not None else None
        assert flow is not None, f"task {task.id} is of no flow of its package"
        assert step is not None, f"task {task.id} is of no step of its package"
        refusals = tuple(self._about_opinion(step, decision, opinion))
        if refusals:
            return None, refusals
        said = CLOSED_AS[decision]
        begun = Advance(
            self.record.state or self.workflow.first,
            requests=self._closed((task,), said, opinion),
            trace=(Passed(flow.id, task.step, step.word, said, None, step.place),),
        )
        if decision == "reject":
            return self._end(begun, flow, flow.rejects_to)
        return self._go_on(begun, flow, following(flow.steps, task.step) or (), task.round)

    def ahead(self, task: Task) -> tuple[tuple[Approve, tuple[MayAct, ...]], ...]:
        """The steps that would ask somebody after an open task if all approved, with whom, on the present values."""
        flow = self.workflow.flow(task.flow)
        if flow is None:
            return ()
        turn = self._turn(flow, task.round, Advance(self.record.state or self.workflow.first))
        coming = proceed(following(flow.steps, task.step) or (), turn, flow.ends[0], ahead=True).tasks
        steps = ((flow.approval(each.step), each.may_act) for each in coming)
        return tuple((step, asked) for step, asked in steps if step is not None)

    def _asked(self, looked_at: int | None) -> tuple[Task | None, tuple[Problem, ...]]:
        """The task that this actor may answer; or who did already, or who could."""
        if looked_at is None:
            return None, (Problem("WFL-123"),)
        since = [task for task in self.tasks if task.version is not None and task.version > looked_at]
        if since:
            return None, (self._told_already(min(since, key=lambda task: task.version or 0)),)
        task = self.mine
        if task is not None:
            return task, ()
        if self.open:
            return None, (self._not_yours(self.open[0]),)
        closed = [task for task in self.tasks if task.version is not None]
        if closed:
            return None, (self._told_already(max(closed, key=lambda task: task.version or 0)),)
        return None, (Problem("WFL-121"),)

    def _go_on(self, so_far: Advance, flow: Flow, steps: Sequence[FlowStepKind], round_: int) -> Outcome:
        """The flow from some step on: to the next that asks somebody, or through its end."""
        progress = proceed(steps, self._turn(flow, round_, so_far), flow.ends[0])
        came = so_far.then(Advance(so_far.to, requests=progress.tasks, trace=progress.trace, tells=progress.tells))
        return (came, ()) if progress.end is None else self._end(came, flow, progress.end)

    def _end(self, so_far: Advance, flow: Flow, end: str) -> Outcome:
        """The end of a flow: what else is open is closed, and the transition that waits for this end is taken."""
        transition = self.workflow.taken_at(flow.id, end, so_far.to)
        assert transition is not None, f"nothing is taken at {flow.id}.{end} from {so_far.to}"
        closed = {change.task for change in so_far.requests if isinstance(change, CloseTask)}
        others = self._closed([task for task in self.open if task.id not in closed], "cancelled", "", transition.id)
        record = replace(self._after(so_far), state=so_far.to)
        last, problems = self.move(transition.id, record, {**self.scope, **so_far.values}, by_flow=True)
        return (None, problems) if last is None else (so_far.then(Advance(so_far.to, requests=others)).then(last), ())

    def _turn(self, flow: Flow, round_: int, so_far: Advance) -> Turn:
        """What the steps may look at. Once begun, a flow asks the administrators rather than stand still."""
        scope = {"created_by": self.record.created_by, **self.scope, **so_far.values}
        begins = not any(task.flow == flow.id and task.round == round_ for task in self.tasks)
        return Turn(
            record=self._after(so_far),
            scope=scope,
            subject=subject_of(scope, self.directory),
            flow=flow.id,
            round=round_,
            empty=flow.empty if begins else "to_admin",
            own=flow.own,
            able=self.able,
        )

    def _after(self, so_far: Advance) -> Record:
        """The document with the values that were set on the way."""
        return self.record.with_values(so_far.values)  # type: ignore[arg-type]

    def _closed(
        self,
        tasks: Iterable[Task],
        state: Literal["approved", "rejected", "cancelled"],
        opinion: str,
        reason: str | None = None,
    ) -> tuple[Change, ...]:
        """The changes that close tasks with the version that is written now."""
        version = self.record.version + 1
        return tuple(CloseTask(task.id, state, version, opinion or None, reason) for task in tasks)

    def _about_opinion(self, step: Approve, decision: Decision, opinion: str) -> Iterable[Problem]:
        """What is wrong with the words of a decision: missing, or too many."""
        if not opinion and step.needs_opinion(decision):
            yield Problem("WFL-125", {"step": self.called(step)}, step.place, OPINION)
        yield from too_long(opinion)

    def _told_already(self, task: Task) -> Problem:
        """Somebody was faster: who, when, and what was decided."""
        by = self.name_of(task.decided_by or "")
        told = {"step": self._step_words(task), "by": by, "at": task.decided_at or "", "said": SAID[task.state]}
        return Problem("WFL-120", told)

    def _not_yours(self, task: Task) -> Problem:
        """Who can decide, for somebody who cannot."""
        return Problem("WFL-122", {"step": self._step_words(task), "who": self.whose(task.may_act)})

    def _step_words(self, task: Task) -> Words:
        flow = self.workflow.flow(task.flow)
        step = flow.approval(task.step) if flow is not None else None
        return self.called(step) if step is not None else {"zh": task.step, "en": task.step}

    def called(self, step: Approve) -> Words:
        """What a step is called."""
        return step.called(self.title_of)

    def whose(self, asked: Iterable[MayAct]) -> Words:
        """Who may decide, in words: roles by their titles, persons by their names."""
        named: list[Words] = []
        for each in asked:
            name = self.name_of(each.person) if each.person is not None else ""
            named.append(self.title_of(each.role) if each.role is not None else {"zh": name, "en": name})
        return {
            language: joint.join(dict.fromkeys(words[language] for words in named))
            for language, joint in JOINTS.items()
        }


def too_long(opinion: str) -> tuple[Problem, ...]:
    """WFL-126 for an opinion of more words than are kept."""
    if len(opinion) <= LONGEST_OPINION:
        return ()
    return (Problem("WFL-126", {"limit": LONGEST_OPINION, "length": len(opinion)}, path=OPINION),)


def is_asked(task: Task, actor: Acting) -> bool:
    """Whether a task waits for this actor's answer."""
    return task.is_open and actor.person != task.barred and is_among(task.may_act, actor)
