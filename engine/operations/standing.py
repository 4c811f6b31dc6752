"""The rows that stand at a level of an alert now, as far as whoever asks may see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection

from engine.access.actor import Actor
from engine.access.decide import may_run
from engine.operations.alert_rows import report_of, row_key
from engine.operations.listing import Column, Query, Wording, worded
from engine.operations.report import MOST_ROWS, Reading
from engine.operations.report_page import UNGROUPED
from engine.operations.rows import visible_where
from engine.operations.site import Running, Site
from engine.operations.titles import titles
from engine.packages.alerts import Alert
from engine.reports.layout import layout
from engine.storage import alerts as stored
from engine.storage import records
from engine.storage.alerts import Reached


@dataclass(frozen=True, slots=True)
class StandingRow:
    """One row at a level: texts for a page, exact values for programs, and where a click leads."""

    level: str
    level_label: Wording
    since: datetime
    cells: tuple[str, ...]
    values: Mapping[str, object]
    href: str
    tone: str = "warning"


@dataclass(frozen=True, slots=True)
class Standing:
    """One alert with its rows, the narrowest level first; `href` is the report or list behind it."""

    alert: str
    label: Wording
    columns: tuple[Column, ...]
    rows: tuple[StandingRow, ...]
    href: str


def standing(site: Site, actor: Actor) -> tuple[Standing, ...]:
    """Every alert with rows at a level that this person may see: under the grants of the report, or of the list.

    The values are those of now; the level is the one that was reached when the alert was judged last.
    """
    with site.reading() as (connection, running):
        named = stored.alerts_with_rows(connection)
        found = [
            _Looking(site, connection, running, actor, alert).standing()
            for name, alert in running.app.alerts.items()
            if name in named
        ]
    return tuple(each for each in found if each is not None and each.rows)


class _Looking:
    """One alert being looked at by somebody."""

    def __init__(self, site: Site, connection: Connection, running: Running, actor: Actor, alert: Alert) -> None:
        self.site, self.connection, self.running, self.actor, self.alert = site, connection, running, actor, alert
        self.reached = stored.reached(connection, alert.alert)

    def standing(self) -> Standing | None:
        """The rows at a level; None where nothing of it may be seen."""
        report, entity = self.alert.on.report, self.alert.on.entity
        if report is not None:
            return (
                self._of_report(f"/r/{report}") if may_run(self.running.app.roles, self.actor, report=report) else None
            )
        assert entity is not None
        where = visible_where(self.connection, self.running, self.actor, entity, "list", self.site.clock())
        return None if where is None else self._of_records(entity, where)

    def _of_report(self, href: str) -> Standing:
        """Rows of the report as its reader sees them, without the columns that are hidden."""
        report = report_of(self.running.app, self.alert)
        among = None if report.source.lines is not None else stored.rows_of(self.alert.alert)
        reading = Reading(self.site, self.running, self.connection, self.actor, report, among=among)
        chosen = report.where.expression.evaluate if report.where is not None else None
        found = [row for row in reading.rows() if chosen is None or chosen(row) is True]
        keyed = [(row_key(self.running, report, row), row) for row in found]
        kept = [(self.reached[key], row) for key, row in keyed if key in self.reached]
        kept.sort(key=lambda pair: self.alert.rank(pair[0].level))
        as_found = reading.report.model_copy(update={"order": (), "group": (), "where": None})
        listing = reading.listing(layout(as_found, (row for _, row in kept)), Query(size=MOST_ROWS, group=UNGROUPED))
        rows = (
            self._row(reached, row.cells, row.values, row.href or row.behind or href)
            for (reached, _), row in zip(kept, listing.rows, strict=True)
        )
        return self._standing(listing.columns, rows, href)

    def _of_records(self, entity: str, where: tuple[ColumnElement[bool], ...]) -> Standing:
        """Records by their titles."""
        tables = self.running.tables
        among = tables.column(entity, ("id",)).in_(stored.rows_of(self.alert.alert))
        found = records.list_records(self.connection, tables, entity, where=(*where, among), lines=False)
        ordered = sorted(found, key=lambda each: self.alert.rank(self.reached[each.id].level))
        named = titles(self.connection, self.running, ((entity, each.id) for each in ordered))
        column = Column(entity, worded(self.running.app.entities[entity].label, entity))
        rows = (
            self._row(self.reached[each.id], (named[entity, each.id],), {"id": each.id}, f"/d/{entity}/{each.id}")
            for each in ordered
        )
        return self._standing((column,), rows, f"/d/{entity}")

    def _row(self, reached: Reached, cells: tuple[str, ...], values: Mapping[str, object], href: str) -> StandingRow:
        level = self.alert.level(reached.level)
        label = worded(level.label if level is not None else None, reached.level)
        tone = "danger" if self.alert.rank(reached.level) == 0 else "warning"
        return StandingRow(reached.level, label, reached.since, cells, values, href, tone)

    def _standing(self, columns: tuple[Column, ...], rows: Iterator[StandingRow], href: str) -> Standing:
        label = worded(self.alert.label, self.alert.alert)
        return Standing(self.alert.alert, label, columns, tuple(rows), href)
