"""Which parts of a package had a say when something was judged: rules, rows, transitions, postings, grains, grants.

A part is told by its ids: ("rules", "goods_receipt", "not_expired"), ("roles", "keeper", "receipts").
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.access.actor import Actor
from engine.operations.case import Case
from engine.operations.stages import Walk
from engine.packages.schema import App
from engine.rules.kinds.table import TableSaid

Part = tuple[str, ...]

RECORDED = frozenset({"entities", "forms", "rules", "workflows", "postings", "ledgers", "roles", "series"})
"""Sorts of parts of which it is known whether they had a say; any other may have had one in every story."""


def parts_of(case: Case, judged: Walk) -> Iterator[Part]:
    """The parts that had a say in one judgement."""
    app, entity = case.running.app, case.entity.entity
    yield from (("entities", entity), ("forms", entity))
    for step in judged.evaluation.trace:
        yield ("rules", entity, step.rule.id)
        if isinstance(step.detail, TableSaid):
            yield from (("rules", entity, step.rule.id, row) for row, _ in step.detail.rows)
            if step.outcome == "default":
                yield ("rules", entity, step.rule.id, "default")
    if case.submission.transition is not None:
        yield ("workflows", entity, case.submission.transition)
        if case.entity.series is not None:
            yield ("series", case.entity.series)
    for movements in judged.movements:
        yield ("postings", movements.posting)
        yield from (("ledgers", drawn.wanted.ledger, drawn.plan.draw.id) for drawn in movements.drawn)
    for key in judged.balances:
        counted = (grain.id for grain in app.ledgers[key.ledger].counted if grain.of == key.grain)
        yield from (("ledgers", key.ledger), *(("ledgers", key.ledger, name) for name in (key.grain, *counted)))
    seen = {entity, *(name for name, _ in case.related.records)}
    yield from (("entities", name) for name in seen)
    for name in seen:
        yield from grants_on(app, case.actor, name)


def grants_on(app: App, actor: Actor, entity: str) -> Iterator[Part]:
    """The grants that an actor has on an entity."""
    for role in sorted(actor.role_ids & app.roles.keys()):
        for grant in app.roles[role].grants:
            if grant.entity in (entity, "all"):
                yield ("roles", role, grant.id)


def parts_of_report(app: App, actor: Actor, report: str) -> Iterator[Part]:
    """The parts that have a say when somebody runs a report."""
    declared = app.reports[report]
    yield ("reports", report)
    for role in sorted(actor.role_ids & app.roles.keys()):
        for grant in app.roles[role].grants:
            if grant.report in (report, "all"):
                yield ("roles", role, grant.id)
    if declared.source.entity is not None:
        yield from (("entities", declared.source.entity), *grants_on(app, actor, declared.source.entity))
        return
    ledger = app.ledgers[str(declared.source.ledger)]
    yield ("ledgers", ledger.ledger)
    for dimension in ledger.dimensions:
        if dimension.ref is not None:
            yield from grants_on(app, actor, dimension.ref)
