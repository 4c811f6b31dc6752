"""The last word on a submission, spoken under lock: is everything still as it was judged, does the stock suffice,
which number comes next; and what exactly is to be written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from engine.entities.changes import Balance, Change, CloseTask, CounterKey, GrainKey, Issue, Save
from engine.entities.columns import fits
from engine.entities.fields.base import FieldKind
from engine.entities.record import Record, Value
from engine.language.problems import Problem, Refused
from engine.ledgers.judge import counted, judge, judge_counted
from engine.ledgers.movements import Movements, shown
from engine.operations.alerts import asked_by_posting
from engine.operations.case import Case, Submission
from engine.operations.cells import look_again
from engine.operations.listing import in_unit_words, worded
from engine.operations.make import Made
from engine.operations.movements import posted_anew, posting_scope
from engine.operations.notices import sends
from engine.operations.related import ReadMany
from engine.operations.shape import measure_column
from engine.operations.stages import Walk, take_transition
from engine.operations.titles import name_of_person, title_in_message
from engine.operations.trace import stored_step, trace_of
from engine.storage.canonical import canonical, sha256
from engine.storage.decide import unique_key
from engine.storage.state import NeedMore, ReadSet, Stale, State, UniqueKey
from engine.storage.work import Beside, Decision
from engine.workflows.advance import advance

ALREADY = frozenset({"WFL-101", "WFL-106"})
"""The document is not (or no longer) in a state that the transition starts from."""


def fingerprint(submission: Submission) -> str:
    """What was asked, so that a key used for something else is noticed."""
    asked = [submission.entity, submission.id, submission.transition, submission.raw, submission.version]
    if submission.opinion:
        asked.append(submission.opinion)
    return sha256(canonical(asked))


def reads_of(case: Case, judged: Walk) -> ReadSet:
    """What is locked (document, balances, number series) and what is only looked at again (what it refers to)."""
    counter = series_key(case, judged)
    return ReadSet(
        records=frozenset({(case.entity.entity, case.id)}) if case.before else frozenset(),
        balances=judged.locked,
        counters=frozenset() if counter is None else frozenset({counter}),
        unique=frozenset(identities(case, judged)),
        shared=frozenset(key for key in case.related.stored() if key != (case.entity.entity, case.id)),
        ranges=judged.ranges,
    )


def decide(case: Case, judged: Walk, state: State) -> Decision:
    """What is written, or `Refused`. A pure function of the state; it may run several times."""
    case.related.read_from(under_lock(state))
    refuse_if_moved(case, judged, state)
    refuse_if_stale(case, state)
    refuse_if_found(case, judged, state)
    judged = posted_anew(case, judged, state)
    refuse_if_short(case, judged, state)
    record, issue = numbered(case, judged, state)
    changes: tuple[Change, ...] = (
        Save(record, case.before.version if case.before else None),
        *issue,
        *(Save(made.record, None) for made in judged.made if made.is_new),
        *followers(case, judged, record),
    )
    said = {"id": record.id, "number": record.number, "state": record.state, "version": record.version + 1}
    beside = tuple(birth_of(case, made) for made in judged.made if made.is_new)
    return Decision(changes, said, journal_body(case, judged, record), (record.entity, record.id), beside)


def under_lock(state: State) -> ReadMany:
    """Reads records for the names in messages as this transaction sees them: what it lacks joins its read set.

    On a connection of its own it could wait for connections whose holders all wait for our locks.
    """

    def read(entity: str, ids: frozenset[str]) -> Mapping[str, Record]:
        unread = frozenset((entity, id) for id in ids if not state.knows((entity, id)))
        if unread:
            raise NeedMore(ReadSet(shared=unread))
        found = {id: state.record(entity, id) for id in ids}
        return {id: record for id, record in found.items() if record is not None}

    return read


def refuse_if_moved(case: Case, judged: Walk, state: State) -> None:
    """Somebody was faster with this very document: say who, instead of doing it twice."""
    if case.before is None:
        return
    fresh = state.record(case.entity.entity, case.id)
    if fresh is None:
        raise Refused((Problem("ACC-112", {}),))
    wanted = case.submission.version
    if fresh.version == case.before.version and wanted in (None, fresh.version):
        return
    if case.decision is not None and fresh.version != case.before.version:
        raise Stale  # judged anew, the answer is who decided
    workflow = case.running.app.workflows.get(case.entity.entity)
    if case.decision is None and case.submission.transition is not None and workflow is not None:
        _, problems = advance(
            workflow,
            case.submission.transition,
            fresh,
            case.actor,
            judged.evaluation.scope,
            now=case.now,
            directory=case.directory,
            automatic=case.automatic,
            name_of=lambda person: name_of_person(case, person),
        )
        if any(problem.code in ALREADY for problem in problems):
            raise Refused(problems)
    if wanted in (None, fresh.version):
        raise Stale
    raise Refused((changed_meanwhile(case, fresh),))


def changed_meanwhile(case: Case, fresh: Record) -> Problem:
    """Who changed the record since the version the person looked at."""
    by = name_of_person(case, fresh.changed_by or "")
    parameters = {
        "entity": case.entity.entity,
        "id": case.id,
        "by": by,
        "at": fresh.changed_at or "?",
        "version": fresh.version,
    }
    return Problem("STO-120", parameters)


def refuse_if_stale(case: Case, state: State) -> None:
    """What the document refers to must still be what it was when it was judged."""
    for (entity, id), known in case.related.stored().items():
        if (entity, id) == (case.entity.entity, case.id):
            continue
        fresh = state.record(entity, id)
        if fresh is None or fresh.version != known.version:
            raise Stale


def refuse_if_found(case: Case, judged: Walk, state: State) -> None:
    """What is to be made must still not be there: whoever was faster made it, and it is found when judged anew."""
    if any(state.holder(key) is not None for key in identities(case, judged)):
        raise Stale


def identities(case: Case, judged: Walk) -> Iterator[UniqueKey]:
    """The identities of the records that are to be made, as the database knows them."""
    for made in judged.made:
        names = case.running.app.entities[made.record.entity].identity
        if made.is_new and names:
            yield unique_key(case.running.tables, made.record, names)


def refuse_if_short(case: Case, judged: Walk, state: State) -> None:
    """Judge the movements of the whole document against the balances as they are now."""
    if not judged.movements:
        return
    balances = {key: state.balance(key) for key in judged.balances}
    ledgers = case.running.app.ledgers
    after, problems = judge(judged.movements, balances, ledgers, title_in_message(case))
    problems = problems or tuple(too_large(case, judged, after))
    if counted(judged.movements, ledgers):
        cells = look_again(case, state)
        problems = (*problems, *judge_counted(judged.movements, ledgers, cells, posting_scope(judged)))
    if problems:
        raise Refused(in_unit_words(case.running.app, problems))


def too_large(case: Case, judged: Walk, after: Mapping[GrainKey, Balance]) -> Iterator[Problem]:
    """A problem, at the first line that goes into it, for each balance that would leave 64 bits."""
    titled = title_in_message(case)
    for key, balance in after.items():
        ledger = case.running.app.ledgers[key.ledger]
        for name, amount in balance.amounts.items():
            measure, grain = ledger.measure(name), ledger.grain(key.grain)
            if measure is None or grain is None or fits(amount, measure_column(measure).scale):
                continue
            dimensions = [(ledger.dimension(by), value) for by, value in zip(grain.by, key.key, strict=True) if value]
            words = [titled(each.ref, str(value)) if each and each.ref else str(value) for each, value in dimensions]
            parameters = {
                "ledger": worded(ledger.label, ledger.ledger),
                "key": ", ".join(words),
                "value": shown(amount),
            }
            yield Problem("STO-125", parameters, None, path_into(key, judged.movements))


def path_into(key: GrainKey, movements: Iterable[Movements]) -> tuple[str | int, ...]:
    """The path of the first line whose movement goes into a balance."""
    for each in movements:
        wanted = next((position for position, (found, _) in enumerate(each.balances) if found == key), None)
        for (_, path), reached in zip(each.notes, each.grains, strict=True):
            if wanted in reached:
                return path
    return ()


def series_key(case: Case, judged: Walk) -> CounterKey | None:
    """The number series the document takes its number from now, with the values it counts apart."""
    if (
        judged.advance is None
        or not judged.advance.numbers
        or judged.record.number is not None
        or case.entity.series is None
    ):
        return None
    series = case.running.app.series[case.entity.series]
    values = (formula.expression.evaluate(judged.evaluation.scope) for formula in series.per)
    return CounterKey(series.series, tuple("" if value is None else _label(value) for value in values))


def numbered(case: Case, judged: Walk, state: State) -> tuple[Record, tuple[Change, ...]]:
    """The record with its number, if it gets one now, and the counter moved on."""
    key = series_key(case, judged)
    if key is None or case.entity.series is None:
        return judged.record, ()
    series = case.running.app.series[case.entity.series]
    last = state.counter(key)
    value = max(last + 1, series.start)
    text = series.format.render({**judged.evaluation.scope, "number": value})
    return replace(judged.record, number=text), (Issue(key, value),)


def followers(case: Case, judged: Walk, record: Record) -> Iterator[Change]:
    """What is written beside the document: its movements, what the steps of the transition asked for, notices."""
    if judged.advance is None:
        return
    effective = case.today(record.values)
    for movements in judged.movements:
        transition = judged.advance.posters[movements.posting]
        yield movements.change(record.entity, record.id, transition, effective)
    yield from numbered_requests(case, judged, record)
    yield from sends(case, judged.advance.tells, posting_scope(judged), record)
    yield from asked_by_posting(case.running.app, judged.movements, record, case.now)


def numbered_requests(case: Case, judged: Walk, record: Record) -> tuple[Change, ...]:
    """What the steps of the transition asked for; asked anew where the document got its number only now."""
    assert judged.advance is not None
    if record.number == judged.record.number:
        return judged.advance.requests
    workflow = case.running.app.workflows[record.entity]
    taken, _ = take_transition(case, workflow, judged.record, judged.evaluation.scope, record.number)
    return judged.advance.requests if taken is None else taken.requests


def journal_body(case: Case, judged: Walk, record: Record) -> Mapping[str, Any]:
    """What the journal keeps: from which state to which, what changed, which rules had a say and what they saw."""
    before = case.before.values if case.before else {}
    return {
        **approval_body(case, judged),
        "transition": case.submission.transition,
        "from": case.before.state if case.before else None,
        "to": record.state,
        "number": record.number,
        "version": record.version + 1,
        "changed": changed_values(case.entity.by_id, before, record.values),
        "trace": trace_of(judged),
    }


def approval_body(case: Case, judged: Walk) -> Mapping[str, Any]:
    """What the journal keeps of approval flows: which step was decided how, and what whoever acted said about it."""
    found: dict[str, Any] = {"opinion": case.opinion} if case.opinion else {}
    if case.decision is not None and judged.advance is not None:
        closed = {each.task: each for each in judged.advance.requests if isinstance(each, CloseTask)}
        task = next(task for task in case.tasks if task.id in closed and closed[task.id].state != "cancelled")
        found["decision"] = {"flow": task.flow, "round": task.round, "step": task.step, "said": closed[task.id].state}
    return found


def birth_of(case: Case, made: Made) -> Beside:
    """The first entry in the chain of a record that the document made: which document it was, and why it is so."""
    record = made.record
    body = {
        "made_by": {"entity": case.entity.entity, "id": case.id},
        "transition": None,
        "from": None,
        "to": record.state,
        "number": None,
        "version": 1,
        "changed": changed_values(case.running.app.entities[record.entity].by_id, {}, record.values),
        "trace": [stored_step(step) for step in made.trace],
    }
    return Beside((record.entity, record.id), "create", body)


def changed_values(
    fields: Mapping[str, FieldKind], before: Mapping[str, Value], after: Mapping[str, Value]
) -> Mapping[str, Any]:
    """Each field that holds another value, as [old, new] in JSON's words."""
    return {
        name: [field.to_json(before.get(name)), field.to_json(after.get(name))]
        for name, field in fields.items()
        if before.get(name) != after.get(name)
    }


def _label(value: object) -> str:
    """A value that a series counts apart by, as text; a reference by its id."""
    return str(value.get("id")) if isinstance(value, Mapping) else str(value)
