"""The rows that an alert looks at, each with its key, the company it belongs to and the level it is at now."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from engine.access.actor import Actor
from engine.access.schema import Grant, Role
from engine.operations.people import COMPANY, player
from engine.operations.report import Reading
from engine.operations.site import Running, Site
from engine.operations.time_and_settings import constants, settings_in_force, today_in
from engine.packages.alerts import Alert, Level
from engine.packages.schema import App
from engine.reports.schema import Report, Source
from engine.storage import records
from engine.storage import settings as stored_settings
from engine.storage.canonical import key_text
from engine.workflows.who import identity

ENGINE = "engine"
"""How the journal names the engine itself."""

SEES_ALL = Role(
    role=ENGINE,
    grants=(
        Grant(id="records", entity="all", actions="all"),
        Grant(id="reports", report="all"),
    ),
)
"""What the engine may see when nobody asks: an alert is judged on all rows, whoever may read them."""


@dataclass(frozen=True, slots=True)
class AlertRow:
    """A row: its key, the company it belongs to, what formulas of its report see, and its level (None: at none)."""

    key: str
    company: str | None
    scope: Mapping[str, Any]
    level: Level | None


def alert_rows(site: Site, connection: Connection, running: Running, alert: Alert) -> Iterator[AlertRow]:
    """Every row of an alert, as the engine itself sees it at this instant."""
    open_ = seeing_all(running)
    actor = player(connection, open_, ENGINE, (ENGINE,), "zh")
    report = report_of(running.app, alert)
    chosen = report.where.expression if report.where is not None else None
    notices = (running.app.notices[level.notice] for level in alert.levels)
    told = tuple(expression for notice in notices for expression in notice.expressions)
    also = (*alert.expressions, *told, *((chosen,) if chosen is not None else ()))
    # Whether a row belongs to the report may hang on the settings of its company, so that is asked row by row.
    reading = Reading(site, open_, connection, actor, report.model_copy(update={"where": None}), also=also)
    names = _Constants(connection, open_, actor, site.clock())
    needed = frozenset(path[0] for expression in alert.expressions for path in expression.paths)
    for seen in reading.rows():
        company = company_of(running.app, alert, seen)
        scope = {**seen, **names.of(company)}
        if chosen is None or chosen.evaluate(scope) is True:
            level = level_of(alert, with_columns(report, scope, needed))
            yield AlertRow(row_key(running, report, scope), company, scope, level)


@lru_cache(maxsize=16)
def seeing_all(running: Running) -> Running:
    """The same package as the engine itself looks at it: nothing is hidden."""
    found = copy(running)
    found.app = replace(running.app, roles={ENGINE: SEES_ALL})
    return found


@lru_cache(maxsize=256)
def report_of(app: App, alert: Alert) -> Report:
    """The report whose rows an alert looks at; for an entity one that has no columns of its own."""
    if alert.on.report is not None:
        return app.reports[alert.on.report]
    return Report(report=alert.alert, source=Source(entity=alert.on.entity), columns=())


def with_columns(report: Report, scope: Mapping[str, Any], needed: Container[str] | None = None) -> dict[str, Any]:
    """The names of a row with the columns of its report where a name is free, as `packages.bind.row_scope` has them.

    `needed` are the names that are asked for; without it all columns are worked out.
    """
    columns = (each for each in report.columns if each.id not in scope and (needed is None or each.id in needed))
    return {**scope, **{each.id: each.formula.expression.evaluate(scope) for each in columns}}


def level_of(alert: Alert, scope: Mapping[str, Any]) -> Level | None:
    """The narrowest level that holds; none for a row that is not looked at. Unknown is not true."""
    if alert.where is not None and alert.where.expression.evaluate(scope) is not True:
        return None
    return next((level for level in alert.levels if level.when.expression.evaluate(scope) is True), None)


def row_key(running: Running, report: Report, scope: Mapping[str, Any]) -> str:
    """What tells a row from all others for as long as it is there: the id of its balance, record or line.

    A balance that is counted when it is asked for has the id that it would be kept under.
    """
    source = report.source
    if source.ledger is None:
        id = str(scope["id"])
        return id if source.lines is None else key_text(id, str(scope["line"]["id"]))
    grain = running.app.ledgers[source.ledger].grain(source.grain or "")
    assert grain is not None  # an alert never looks at movements; checked when the package was loaded
    encoders = running.tables.ledgers[source.ledger].encoders
    values = (identity(held) if isinstance(held := scope.get(name), Mapping) else held for name in grain.by)
    return key_text(grain.id, *(encoders[name](value) for name, value in zip(grain.by, values, strict=True)))


def company_of(app: App, alert: Alert, scope: Mapping[str, Any]) -> str | None:
    """The company that a row belongs to: as the alert says, or as the entity of a record says."""
    if alert.company is not None:
        return identity(alert.company.expression.evaluate(scope))
    entity = app.entities.get(alert.on.entity or "")
    return identity(scope.get(entity.company)) if entity is not None and entity.company is not None else None


class _Constants:
    """What formulas see beside a row, for each company: its settings in force, and the day it is there."""

    def __init__(self, connection: Connection, running: Running, actor: Actor, now: datetime) -> None:
        self._running, self._actor, self._now = running, actor, now
        self._rows = stored_settings.read(connection) if running.app.settings else ()
        companies = records.list_records(connection, running.tables, COMPANY)
        self._zones = {each.id: str(each.values.get("zone") or running.app.zone) for each in companies}
        self._known: dict[str | None, Mapping[str, object]] = {}

    def of(self, company: str | None) -> Mapping[str, object]:
        """The names of one company."""
        if company not in self._known:
            app = self._running.app
            day: date = today_in(self._zones.get(company or "", app.zone), self._now)
            scopes = [("company", company)] if company is not None else []
            settings = settings_in_force(app, self._rows, day, scopes)
            self._known[company] = constants(self._actor, settings, self._now, day)
        return self._known[company]
