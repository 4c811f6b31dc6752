"""Reads every formula of every part against the names it may see, so that run time meets no unknown name.

One binder per sort of part, in the table `BINDERS`. The rooms know their own formulas; a binder finds the right scope
and hands it over. A part about something that does not exist is left to the cross checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from engine.conversions.schema import BalanceTypes, Conversion
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.types import FlagType, RecordType
from engine.ledgers.bind import balance_types, bind_ledger, bind_posting, cell_types, measure_type
from engine.packages.poison import Poison
from engine.packages.records import Scopes
from engine.packages.schema import App

Pushable = Callable[[Any], Problem | None]
Binder = Callable[[App, Scopes, Poison], Iterator[Problem]]


def bind(app: App, poison: Poison, pushable: Pushable | None) -> Iterator[Problem]:
    """Bind all formulas of the app; yields what is wrong with them."""
    scopes = Scopes(app)
    for binder in BINDERS:
        yield from binder(app, scopes, poison)
    if pushable is not None:
        yield from _pushable(app, pushable)


def bind_entities(app: App, scopes: Scopes, _poison: Poison) -> Iterator[Problem]:
    """Defaults, limits and conditions of fields, and the titles of records."""
    for part_id, entity in app.entities.items():
        scope = scopes.document(part_id)
        assert scope is not None
        for field in entity.fields:
            yield from _bind_field(field, scope)
            inner_scope = scopes.line(part_id, field.id)
            for inner in getattr(field, "fields", ()):
                assert inner_scope is not None
                row = inner_scope.names["line"]
                assert isinstance(row, RecordType)
                yield from _bind_field(inner, inner_scope.with_names(row.fields))
        if entity.title is not None:
            yield from entity.title.bind(scope)


def _bind_field(field: Any, scope: Scope) -> Iterator[Problem]:
    """The formulas a field declares."""
    for _, formula, expected in field.formulas():
        yield from formula.bind(scope, expected)


def bind_settings(app: App, _scopes: Scopes, _poison: Poison) -> Iterator[Problem]:
    """Limits of settings: fixed values, so a formula there may name nothing."""
    for setting in app.settings.values():
        for _, formula, expected in setting.field.formulas():
            yield from formula.bind(Scope({}), expected)


def bind_series(app: App, scopes: Scopes, _poison: Poison) -> Iterator[Problem]:
    """Formats and periods of number series, for each entity that is numbered by them."""
    for part_id, entity in app.entities.items():
        series, scope = app.series.get(entity.series or ""), scopes.document(part_id)
        if series is not None and scope is not None:
            yield from series.bind(scope)


def bind_forms(app: App, scopes: Scopes, _poison: Poison) -> Iterator[Problem]:
    """Conditions under which fields are shown, required or locked."""
    for form in app.forms.values():
        scope = scopes.document(form.entity)
        if scope is None:
            continue
        for field in form.fields:
            lines, dot, _ = field.id.partition(".")
            inner = scopes.line(form.entity, lines) if dot else scope
            for formula in (field.show, field.require, field.lock):
                if formula is not None and inner is not None:
                    yield from formula.bind(inner, FlagType)


def bind_rules(app: App, scopes: Scopes, _poison: Poison) -> Iterator[Problem]:
    """All rules of an entity; what a decision table offers is known to the rules after it. Then their order."""
    for part_id, ruleset in app.rules.items():
        scope = scopes.document(part_id)
        if scope is None:
            continue
        wrong = False
        for rule in ruleset.items:
            for problem in rule.bind(scope):
                wrong = True
                yield problem
            scope = scope.with_names(rule.offers())
        if not wrong:
            yield from ruleset.plan.problems


def bind_decisions(app: App, _scopes: Scopes, _poison: Poison) -> Iterator[Problem]:
    """The rules of decisions, over their own inputs and results: no actor, no settings, no document."""
    for decision in app.decisions.values():
        yield from decision.bind(app.plugins.functions)


def bind_workflows(app: App, scopes: Scopes, _poison: Poison) -> Iterator[Problem]:
    """Conditions of transitions and the formulas of their steps."""
    for part_id, workflow in app.workflows.items():
        scope = scopes.document(part_id)
        if scope is not None:
            yield from workflow.bind(scope)


def bind_roles(app: App, scopes: Scopes, _poison: Poison) -> Iterator[Problem]:
    """The row formulas of grants."""
    for role in app.roles.values():
        for grant in role.grants:
            scope = scopes.document(grant.entity) if grant.entity not in (None, "all") else scopes.free()
            if scope is not None:
                yield from grant.bind(scope)


def bind_notices(app: App, scopes: Scopes, _poison: Poison) -> Iterator[Problem]:
    """The texts of notices: over a document, or over a row of a report."""
    for notice in app.notices.values():
        scope = row_scope(app, scopes, notice.report, notice.entity)
        if scope is not None:
            yield from notice.bind(scope)


def bind_alerts(app: App, scopes: Scopes, _poison: Poison) -> Iterator[Problem]:
    """The conditions of alerts and of their levels."""
    for alert in app.alerts.values():
        scope = row_scope(app, scopes, alert.on.report, alert.on.entity)
        if scope is not None:
            yield from alert.bind(scope)


def row_scope(app: App, scopes: Scopes, report: str | None, entity: str | None) -> Scope | None:
    """The names of a document, or of a row of a report: those its source has, and its columns where a name is free.

    None when there is no such thing, or when a formula of the report is wrong (which is told there).
    """
    if entity is not None:
        return scopes.document(entity)
    declared = app.reports.get(report or "")
    scope = report_scope(app, scopes, declared) if declared is not None else None
    if declared is None or scope is None or not all(column.formula.is_bound for column in declared.columns):
        return None
    columns = {column.id: column.formula.expression.type for column in declared.columns}
    return scope.with_names({name: type_ for name, type_ in columns.items() if name not in scope.names})


def bind_schedules(app: App, scopes: Scopes, _poison: Poison) -> Iterator[Problem]:
    """The conditions of schedules."""
    for schedule in app.schedules.values():
        scope = scopes.document(schedule.entity)
        if scope is not None:
            yield from schedule.bind(scope)


def bind_mappings(app: App, _scopes: Scopes, _poison: Poison) -> Iterator[Problem]:
    """The formulas of import mappings; the names are the columns of the file."""
    for mapping in app.mappings.values():
        yield from mapping.bind(Scope(mapping.row_type().fields, {}, app.plugins.functions))


def bind_ledgers(app: App, scopes: Scopes, _poison: Poison) -> Iterator[Problem]:
    """Conditions of dimensions, steps of measures, limits of grains."""
    for ledger in app.ledgers.values():
        yield from bind_ledger(ledger, scopes.free())


def bind_postings(app: App, scopes: Scopes, _poison: Poison) -> Iterator[Problem]:
    """The cells and amounts of movements."""
    for posting in app.postings.values():
        scope = scopes.document(posting.entity)
        if scope is not None:
            yield from bind_posting(posting, app.ledgers, scope)


def bind_conversions(app: App, scopes: Scopes, _poison: Poison) -> Iterator[Problem]:
    """The conditions and values of conversions, over the source, each against the field of the target it fills."""
    for conversion in app.conversions.values():
        scope = scopes.document(conversion.source)
        if scope is not None:
            yield from conversion.bind(scope, app.records.get(conversion.target), _balance_types(app, conversion))


def _balance_types(app: App, conversion: Conversion) -> BalanceTypes:
    """What the balance named by a conversion holds, as far as there is one."""
    named = conversion.lines.open if conversion.lines is not None else None
    ledger = app.ledgers.get(named.ledger) if named is not None else None
    if ledger is None or named is None:
        return BalanceTypes()
    measure = ledger.measure(named.measure)
    return BalanceTypes(cell_types(ledger), measure_type(measure) if measure is not None else None)


def bind_reports(app: App, scopes: Scopes, _poison: Poison) -> Iterator[Problem]:
    """Columns and conditions of reports, over the rows of their source."""
    for report in app.reports.values():
        scope = report_scope(app, scopes, report)
        if scope is not None:
            yield from report.bind(scope)


def report_scope(app: App, scopes: Scopes, report: Any) -> Scope | None:
    """The names a report's formulas may see; None when its source does not exist."""
    source = report.source
    if source.entity is not None:
        return scopes.line(source.entity, source.lines) if source.lines else scopes.document(source.entity)
    ledger = app.ledgers.get(source.ledger or "")
    if ledger is None:
        return None
    grain = ledger.grain(source.grain) if source.grain else None
    if source.grain and grain is None:
        return None
    return scopes.free(balance_types(ledger, grain))


def _pushable(app: App, pushable: Pushable) -> Iterator[Problem]:
    """Row formulas that the database cannot judge are refused here, never filtered later."""
    grants = (grant for role in app.roles.values() for grant in role.grants)
    wheres = [*(grant.where for grant in grants), *(schedule.where for schedule in app.schedules.values())]
    for where in wheres:
        if where is not None and where.is_bound:
            problem = pushable(where.expression.tree)
            if problem is not None:
                yield Problem(problem.code, problem.parameters, problem.place or where.place)


BINDERS: tuple[Binder, ...] = (
    bind_entities,
    bind_settings,
    bind_series,
    bind_forms,
    bind_rules,
    bind_decisions,
    bind_workflows,
    bind_roles,
    bind_schedules,
    bind_mappings,
    bind_ledgers,
    bind_postings,
    bind_conversions,
    bind_reports,
    bind_notices,
    bind_alerts,
)
