"""The stages of a submission, in the order of `submit.walk`: each takes what is known so far and knows a little more.

Nothing here locks or writes, so the same stages serve saving, previewing, explaining and importing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.access.decide import Policy, check_action, check_write
from engine.entities.changes import CellRange, GrainKey
from engine.entities.fields.lines import LinesField
from engine.entities.record import Record, Value
from engine.entities.schema import Entity
from engine.forms.read import Reading, read
from engine.language.problems import Problem
from engine.ledgers.cells import Looked
from engine.ledgers.movements import Movements, touched
from engine.operations.approval import move
from engine.operations.attach import obtainable
from engine.operations.case import Case, new_record
from engine.operations.fit import fitted
from engine.operations.make import Made, find_or_make, with_references
from engine.operations.names import labels_of
from engine.operations.reading import read_context
from engine.rules.evaluate import Evaluation, evaluate
from engine.workflows.advance import Advance
from engine.workflows.approve import too_long
from engine.workflows.schema import Workflow

MAY_WAIT = frozenset({"RUL-501", "RUL-502"})
"""What a draft may still break: rules (required values are left to the form). Moving it on asks for all of them."""


@dataclass(frozen=True, slots=True)
class Walk:
    """The outcome of one walk. With errors among the problems nothing else of it may be used for writing.

    `looked` is what draws and counts looked at; `ranges` and `less`, with what counted limits look at, are the balances
    to be read again under lock.
    `following` are the movements of postings that take up an earlier one.
    """

    reading: Reading
    record: Record
    problems: tuple[Problem, ...]
    evaluation: Evaluation
    advance: Advance | None = None
    movements: tuple[Movements, ...] = ()
    waiting: tuple[Problem, ...] = ()
    following: Mapping[str, Movements] = field(default_factory=dict)
    looked: Looked | None = None
    ranges: frozenset[CellRange] = frozenset()
    less: frozenset[GrainKey] = frozenset()
    made: tuple[Made, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep it from being written."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The problems that people are told about and that stop nothing: warnings, and what a draft still lacks."""
        return (*(problem for problem in self.problems if problem.severity != "error"), *self.waiting)

    @property
    def balances(self) -> frozenset[GrainKey]:
        """The balances the movements change."""
        return touched(self.movements)

    @property
    def locked(self) -> frozenset[GrainKey]:
        """The balances that must be read under lock: those that change, and those that were looked at."""
        return self.balances.union(self.less, () if self.looked is None else self.looked.balances)


def read_form(case: Case) -> Walk:
    """Forms: raw text becomes typed values; what a person did not touch stays as it was."""
    form = case.running.app.forms.get(case.entity.entity)
    reading = read(case.entity, form, case.submission.raw, case.before, read_context(case))
    record = new_record(case, reading.values)
    return Walk(reading, record, (*reading.problems, *foreign_files(case, reading)), Evaluation({}, (), (), {}))


def foreign_files(case: Case, reading: Reading) -> list[Problem]:
    """VAL-171 for each file that the actor hangs on the document and could not download: ids are no keys."""
    held = {
        (path, str(value))
        for path, kind, value in files_in(case.entity, reading.values)
        if kind in reading.touched and value is not None
    }
    ids = {id for _, id in held}
    known = obtainable(case.connection, case.running, case.actor, ids, case.now) if ids else ids
    return [Problem("VAL-171", {"text": id}, path=path) for path, id in sorted(held, key=str) if id not in known]


def files_in(entity: Entity, values: Mapping[str, Value]) -> Iterator[tuple[tuple[str | int, ...], str, Value]]:
    """Every attachment of a document: its path, the path of its field, its value."""
    for each in entity.fields:
        if each.kind == "attachment":
            yield (each.id,), each.id, values.get(each.id)
        elif isinstance(each, LinesField):
            rows: Any = values.get(each.id) or ()
            for inner in each.fields:
                if inner.kind == "attachment":
                    yield from (
                        ((each.id, number, inner.id), f"{each.id}.{inner.id}", row.get(inner.id))
                        for number, row in enumerate(rows)
                    )


def apply_rules(case: Case, so_far: Walk, *, explain: bool) -> Walk:
    """Rules: values that follow from others, what must hold, and the reasons."""
    rules = case.running.app.rules.get(case.entity.entity)
    evaluation = evaluate(
        rules, case.scope(so_far.record), explain=explain, labels=labels_of(case.running.app, case.entity.entity)
    )
    record, misfits = fitted(case, case.entity, so_far.record, evaluation)
    return replace(
        so_far, record=record, evaluation=evaluation, problems=(*so_far.problems, *misfits, *evaluation.problems)
    )


def ask_access(case: Case, so_far: Walk) -> Walk:
    """Access: the action, the row as it would be, the fields that were changed.

    A draft may still break rules, and so may what is rejected: nobody has to approve because nobody may refuse.
    """
    problems = (*so_far.problems, *allowed(case, so_far.reading, so_far.evaluation))
    waiting = tuple(each for each in problems if may_wait(case, each))
    return replace(so_far, problems=tuple(each for each in problems if each not in waiting), waiting=waiting)


def move_on(case: Case, so_far: Walk) -> Walk:
    """Workflows: the next state, and what the steps of the transition ask for."""
    transition = case.submission.transition
    if transition is None:
        return replace(so_far, problems=(*so_far.problems, *too_long(case.opinion)))
    workflow = case.running.app.workflows.get(case.entity.entity)
    if workflow is None:
        missing = Problem("OPS-106", {"entity": case.entity.entity, "transition": transition})
        return replace(so_far, problems=(*so_far.problems, missing))
    taken, problems = take_transition(case, workflow, so_far.record, so_far.evaluation.scope)
    moved = replace(so_far, problems=(*so_far.problems, *problems), advance=taken)
    if taken is None:
        return moved
    case.related.load("person", (person for tell in taken.tells for person in tell.to))
    record = so_far.record.with_values(taken.values)  # type: ignore[arg-type]
    return replace(moved, record=replace(record, state=taken.to))


def take_transition(
    case: Case, workflow: Workflow, record: Record, scope: Mapping[str, object], number: str | None = None
) -> tuple[Advance | None, tuple[Problem, ...]]:
    """What was asked for, done by a document as it stands; or every reason why it cannot be.

    `number` is one that it gets with it.
    """
    state = case.before.state if case.before else workflow.first
    return move(case, workflow, replace(record, state=state), scope, number)


def make_records(case: Case, so_far: Walk) -> Walk:
    """Records of other entities that the transition needs: found or made, and referred to where the steps say so."""
    if so_far.advance is None or so_far.errors or not so_far.advance.wanted:
        return so_far
    made, problems = find_or_make(case, so_far.record, so_far.advance.wanted)
    record = with_references(so_far.record, made)
    scope = {**so_far.evaluation.scope, **case.scope(record)}
    return replace(
        so_far,
        record=record,
        evaluation=replace(so_far.evaluation, scope=scope),
        made=made,
        problems=(*so_far.problems, *problems),
    )


def allowed(case: Case, reading: Reading, evaluation: Evaluation) -> list[Problem]:
    """What access has against it: the action, the row as it would be, the fields that were changed."""
    roles, scope = case.running.app.roles, evaluation.scope
    changed = sorted(reading.touched)
    writing = ["create"] if case.before is None else ["edit"] if changed else []
    asked = [case.policy(action) for action in dict.fromkeys((case.action, *writing))]
    problems = [problem for policy in asked for problem in check_action(policy, roles)]
    if problems:
        return problems
    if changed and not editable(case):
        problems.append(Problem("OPS-104", {"state": _state_words(case)}, None, (changed[0],)))
    if case.decision is not None:  # whose it is to decide on this very document, its open task says
        asked = asked[1:]
    rows = rows_asked_about(case, asked, scope)
    if not all(policy.covers(row) for policy in asked for row in rows):
        # With values that could not be read the row cannot be judged; those problems refuse it anyway.
        return problems if reading.problems else [*problems, Problem("OPS-105", {"action": case.action})]
    forbidden = (check_write(asked[-1], changed, row, roles) for row in rows if changed)
    return [*problems, *next((found for found in forbidden if found), ())]


def rows_asked_about(
    case: Case, asked: Sequence[Policy], scope: Mapping[str, object]
) -> tuple[Mapping[str, object], ...]:
    """The document as it would be, and as it is: nobody takes a foreign row over by writing themselves into it."""
    if case.before is None or not any(policy.filters for policy in asked):
        return (scope,)
    return (scope, case.scope(case.before))


def _state_words(case: Case) -> Mapping[str, str]:
    """What the state of the document is called."""
    state = case.running.app.workflows[case.entity.entity].state(case.before.state if case.before else None)
    return state.label.as_mapping() if state is not None and state.label is not None else {"zh": "—", "en": "—"}


def editable(case: Case) -> bool:
    """Whether the fields may still be changed in the state the document is in; masters always may."""
    workflow = case.running.app.workflows.get(case.entity.entity)
    if workflow is None or case.before is None:
        return True
    state = workflow.state(case.before.state)
    return state is not None and (state.editable or state.id == workflow.first)


def may_wait(case: Case, problem: Problem) -> bool:
    """Whether a document may be kept with this problem: a draft, because moving it on will ask; what is rejected."""
    if problem.code not in MAY_WAIT or case.entity.entity not in case.running.app.workflows:
        return False
    return case.decision == "reject" or (case.submission.transition is None and editable(case))
