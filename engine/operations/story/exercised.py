"""Which parts of a package had a say when something was judged: rules, rows, transitions, postings, grains, grants.

A part is told by its ids: ("rules", "goods_receipt", "not_expired"), ("roles", "keeper", "receipts").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from engine.access.actor import Actor
from engine.forms.sheet import paths_in
from engine.operations.case import Case
from engine.operations.stages import Walk
from engine.packages.schema import App
from engine.rules.bound_table import TableSaid
from engine.workflows.advance import Moved

Part = tuple[str, ...]

DEPTH: Mapping[str, int] = {
    "entities": 4,
    "forms": 2,
    "rules": 4,
    "workflows": 3,
    "postings": 2,
    "ledgers": 3,
    "roles": 3,
    "reports": 2,
    "mappings": 2,
    "schedules": 2,
    "alerts": 2,
    "conversions": 2,
}
"""To how many ids it is known what had a say, by sort of part. Of any other sort it may have been every part."""


QUIET = "~"
"""Stands before the sort of a part that was asked and had nothing against it: a check that held. Without it nothing
would have been different, so no story about it alone can notice that it is gone."""

CONDITIONS = frozenset({"rules", "ledgers"})
"""Sorts of parts of which an item has a say under its condition only: without that it may have one everywhere."""


def touches(exercised: Iterable[Part], attribute: str, part: str, items: Sequence[str], *, condition: bool) -> bool:
    """Whether something mattered, told by the ids of its part and of the items on the way to it.

    `condition`: it is the condition of the last item.
    """
    if attribute not in DEPTH:
        return True
    wanted = (attribute, part, *items)[: DEPTH[attribute]]
    if condition and attribute in CONDITIONS:
        return any(each[0].removeprefix(QUIET) == attribute and each[1] == part for each in exercised)
    return any(each[: len(wanted)] == wanted for each in exercised)


def asked(exercised: Iterable[Part], attribute: str, part: str, items: Sequence[str]) -> bool:
    """Whether something was asked at all, even if it had nothing to say."""
    wanted = (f"{QUIET}{attribute}", part, *items)
    return any(each[: len(wanted)] == wanted for each in exercised)


def parts_of(case: Case, judged: Walk) -> Iterator[Part]:
    """The parts that had a say in one judgement."""
    app, entity = case.running.app, case.entity.entity
    yield ("forms", entity)
    yield from _of_fields(case, judged)
    for step in judged.evaluation.trace:
        yield (f"{QUIET}rules" if step.outcome == "holds" else "rules", entity, step.rule.id)
        if isinstance(step.detail, TableSaid):
            yield from (("rules", entity, step.rule.id, row) for row, _ in step.detail.rows)
            if step.outcome == "default":
                yield ("rules", entity, step.rule.id, "default")
    yield from _of_workflow(case, judged)
    for movements in judged.movements:
        yield ("postings", movements.posting)
        yield from (("ledgers", drawn.wanted.ledger, drawn.plan.draw.id) for drawn in movements.drawn)
    for key in judged.balances:
        ledger = app.ledgers[key.ledger]
        counted = (grain.id for grain in ledger.counted if grain.of == key.grain)
        named = [*(each.id for each in ledger.dimensions), *(each.id for each in ledger.measures)]
        yield from (("ledgers", key.ledger, name) for name in (key.grain, *counted, *named))
    seen = {entity, *(name for name, _ in case.related.records)}
    for name in seen:
        yield from grants_on(app, case.actor, name)


def _of_fields(case: Case, judged: Walk) -> Iterator[Part]:
    """The fields of the entity that something is wrong with, and those that fill themselves because nobody did."""
    entity = case.entity
    for problem in (*judged.problems, *judged.waiting):
        yield ("entities", entity.entity, *(step for step in problem.path if isinstance(step, str)))
    if case.before is None:
        handed = paths_in(entity, case.submission.raw)
        fields = (path for path, field in entity.every_field() if field.default is not None and path not in handed)
        yield from (("entities", entity.entity, *path.split(".")) for path in fields)


def _of_workflow(case: Case, judged: Walk) -> Iterator[Part]:
    """The states the document comes from and goes to, the transition, the steps of approval flows."""
    entity = case.entity.entity
    states = {case.before.state if case.before is not None else None, judged.record.state}
    yield from (("workflows", entity, state) for state in states if state is not None)
    if case.submission.transition is not None:
        yield ("workflows", entity, case.submission.transition)
    for step in judged.advance.trace if judged.advance is not None else ():
        yield ("workflows", entity, step.transition if isinstance(step, Moved) else step.flow)


def grants_on(app: App, actor: Actor, entity: str) -> Iterator[Part]:
    """The grants that an actor has on an entity."""
    for role in sorted(actor.role_ids & app.roles.keys()):
        for grant in app.roles[role].grants:
            if grant.entity in (entity, "all"):
                yield ("roles", role, grant.id)


def parts_that_wake(app: App) -> Iterator[Part]:
    """The parts that have a say when everything due happens."""
    yield from (("schedules", name) for name in app.schedules)
    yield from (("alerts", name) for name in app.alerts)


def parts_of_report(app: App, actor: Actor, report: str) -> Iterator[Part]:
    """The parts that have a say when somebody runs a report."""
    declared = app.reports[report]
    yield ("reports", report)
    for role in sorted(actor.role_ids & app.roles.keys()):
        for grant in app.roles[role].grants:
            if grant.report in (report, "all"):
                yield ("roles", role, grant.id)
    if declared.source.entity is not None:
        yield from grants_on(app, actor, declared.source.entity)
        return
    ledger = app.ledgers[str(declared.source.ledger)]
    yield ("ledgers", ledger.ledger, str(declared.source.grain))
    for dimension in ledger.dimensions:
        if dimension.ref is not None:
            yield from grants_on(app, actor, dimension.ref)
