"""Approval flows of one document: how it is moved through them, who may decide, and the trail that people read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine.entities.record import Record
from engine.entities.task import MayAct, Task
from engine.operations.case import Case
from engine.operations.deciders import may_decide
from engine.operations.listing import Wording, value_text, worded
from engine.operations.titles import name_of_person, title_of_role
from engine.packages.schema import App
from engine.workflows.advance import Outcome, advance
from engine.workflows.approve import DECISIONS, SAID, Approval
from engine.workflows.flow_steps.approve import Approve
from engine.workflows.schema import Flow, Workflow


@dataclass(frozen=True, slots=True)
class FlowLine:
    """One step of a flow as people read it.

    `state` is approved, rejected, cancelled, open, or to_come for one that would follow on the present values. `who`
    decided, or may; `at` (an instant) and `when` (a clock) tell since when it is open or when it was closed; `reason`
    is the transition that made it pointless.
    """

    step: str
    label: Wording
    state: str
    who: Wording
    at: str = ""
    when: str = ""
    opinion: str = ""
    reason: Wording | None = None


@dataclass(frozen=True, slots=True)
class FlowRun:
    """One time that a document went through a flow; `package` names the package that said how."""

    flow: str
    label: Wording | None
    round: int
    package: str
    lines: tuple[FlowLine, ...]


@dataclass(frozen=True, slots=True)
class Deciding:
    """The task that waits for this person; `decisions` are those that the person's roles allow."""

    task: str
    step: str
    label: Wording
    opinion: str
    decisions: tuple[str, ...]


def move(
    case: Case, workflow: Workflow, record: Record, scope: Mapping[str, object], number: str | None = None
) -> Outcome:
    """What was asked for (a transition, or a decision), done by a document as it stands; or every reason against it.

    `number` is one that the document gets with it: what the steps of transitions send may name it.
    """
    assert case.submission.transition is not None
    approval = approval_of(case, workflow, record, scope, number)
    if case.decision is not None:
        return approval.decide(case.decision, case.opinion, case.submission.version)
    return approval.take(case.submission.transition, case.opinion)


def approval_of(
    case: Case, workflow: Workflow, record: Record, scope: Mapping[str, object], number: str | None = None
) -> Approval:
    """The flows of the case's document, which is to be written as `record`."""
    zone = case.zone(record.values)

    def take(transition: str, record: Record, scope: Mapping[str, object], *, by_flow: bool = False) -> Outcome:
        return advance(
            workflow,
            transition,
            record,
            case.actor,
            scope if number is None else {**scope, "number": number},
            now=case.now,
            directory=case.directory,
            language=case.actor.language,
            zone=zone,
            automatic=case.automatic,
            by_flow=by_flow,
            name_of=partial(name_of_person, case),
            title_of=partial(title_of_role, case),
        )

    def able(person: str) -> bool:
        actor = case.directory.actor(person)
        return actor is not None and may_decide(case.running.app, actor, case.entity.entity)

    return Approval(
        workflow=workflow,
        record=record,
        scope=scope,
        actor=case.actor,
        tasks=case.tasks,
        move=take,
        directory=case.directory,
        able=able,
        name_of=partial(name_of_person, case),
        title_of=partial(title_of_role, case),
    )


def deciding(case: Case, approval: Approval) -> Deciding | None:
    """The task that waits for whoever looks, with the answers that may be given."""
    task = approval.mine
    step = _step(approval.workflow, task) if task is not None else None
    decisions = tuple(each for each in DECISIONS if case.policy(each).allowed)
    if task is None or step is None or not decisions:
        return None
    return Deciding(task.id, task.step, approval.called(step), step.opinion, decisions)


def trail(case: Case, approval: Approval) -> tuple[FlowRun, ...]:
    """Every time the document went through a flow, the latest first, with what would still follow."""
    app = case.running.app
    runs: dict[tuple[str, int], list[Task]] = {}
    for task in case.tasks:
        runs.setdefault((task.flow, task.round), []).append(task)
    latest = sorted(runs.items(), key=lambda run: run[1][0].opened_at, reverse=True)
    return tuple(
        FlowRun(
            flow,
            _flow_label(approval.workflow.flow(flow)),
            round_,
            f"{app.name} {app.version}",
            tuple(line for task in tasks for line in _lines(case, approval, task)),
        )
        for (flow, round_), tasks in latest
    )


def _lines(case: Case, approval: Approval, task: Task) -> Iterator[FlowLine]:
    """A task as a line, and after an open one what would follow."""
    step = _step(approval.workflow, task)
    label = approval.called(step) if step is not None else worded(None, task.step)
    at = task.opened_at if task.is_open or task.decided_at is None else task.decided_at
    reason = approval.workflow.transition(task.reason) if task.reason is not None else None
    yield FlowLine(
        step=task.step,
        label=label,
        state=task.state,
        who=approval.whose(task.may_act if task.is_open else _decider(task)),
        at=at.isoformat(),
        when=value_text(at, case.actor.language, case.running.app.zone),
        opinion=task.opinion or "",
        reason=worded(reason.label, reason.id) if reason is not None else None,
    )
    for coming, asked in approval.ahead(task) if task.is_open else ():
        yield FlowLine(coming.approve, approval.called(coming), "to_come", approval.whose(asked))


def _decider(task: Task) -> Iterable[MayAct]:
    return () if task.decided_by is None else (MayAct(person=task.decided_by),)


def _step(workflow: Workflow, task: Task) -> Approve | None:
    """The step that a task belongs to."""
    flow = workflow.flow(task.flow)
    return flow.approval(task.step) if flow is not None else None


def _flow_label(flow: Flow | None) -> Wording | None:
    return flow.label.as_mapping() if flow is not None and flow.label is not None else None


def happened(app: App, entity: str, body: Mapping[str, Any]) -> Wording | None:
    """A decision that the journal tells of, in words: the step and what was decided; None for anything else."""
    told = body.get("decision")
    if not told:
        return None
    label, said = step_words(app, entity, told["flow"], told["step"]), SAID[told["said"]]
    return {"zh": f"{label['zh']}：{said['zh']}", "en": f"{label['en']}: {said['en']}"}


def step_words(app: App, entity: str, flow: str, step: str) -> Wording:
    """What a step of a flow is called; its id where the package has none of it."""
    workflow = app.workflows.get(entity)
    found = workflow.flow(flow) if workflow is not None else None
    declared = found.approval(step) if found is not None else None
    if declared is None:
        return worded(None, step)
    return declared.called(lambda role: worded(app.roles[role].label if role in app.roles else None, role))
