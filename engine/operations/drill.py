"""What lies behind a number of a report: the movements that add up to it, and the documents that made them.

The same grants hold as for the report. Of movements whose documents the reader may not open only the sum is told: it
follows from what the report shows anyway, and without it the rest would not add up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Connection, and_

from engine.access.actor import Actor
from engine.access.decide import may_run
from engine.language.problems import Problem, Refused
from engine.ledgers.schema import Dimension, Measure
from engine.operations.hidden import Hidden
from engine.operations.listing import Column, Listing, Query, Row, unit_words, value_text, worded
from engine.operations.moves import Fact
from engine.operations.rows import visible_cells, visible_where
from engine.operations.site import Running, Site
from engine.operations.titles import titles
from engine.reports.schema import Report
from engine.storage import balances, records
from engine.storage.balances import LedgerRows
from engine.storage.columns import storable
from engine.storage.records import Page

NEWEST_FIRST = ((("recorded",), True), (("document",), True))
WHEN = Column("recorded", {"zh": "时间", "en": "When"}, "instant")
DOCUMENT = Column("document", {"zh": "单据", "en": "Document"})
POSTING = Column("posting", {"zh": "事由", "en": "What for"})
AFTER = {"zh": "结余", "en": "Balance"}

Where = tuple[ColumnElement[bool], ...]
Totals = Mapping[str, Decimal]
"""A sum for each unit that occurs; the unit is "" where there is none."""


@dataclass(frozen=True, slots=True)
class Behind:
    """The movements behind a number, newest first.

    `about` says what the number is of; the sums of `listing` are the number itself; `rest` is the part of it that comes
    from documents which the reader may not open, by measure, empty if there are none.
    """

    listing: Listing
    about: tuple[Fact, ...]
    rest: Mapping[str, str]
    rest_totals: Mapping[str, object]


def movements_behind(site: Site, actor: Actor, report_id: str, query: Query) -> Behind:
    """The movements behind the balances of a report, filtered by dimensions; an empty filter means "has none".

    Raises `Refused`: OPS-130 (no such report, or it shows no balances), OPS-131 (no such dimension).
    """
    with site.reading() as (connection, running):
        report = running.app.reports.get(report_id)
        if report is None or not _is_kept(running, report) or not may_run(running.app.roles, actor, report=report_id):
            raise Refused((Problem("OPS-130", {"report": report_id}),))
        return _Behind(site, running, connection, actor, report, query).told()


def _is_kept(running: Running, report: Report) -> bool:
    """Whether a report shows balances that are the sums of movements; what is counted anew each time is not."""
    source = report.source
    grain = running.app.ledgers[source.ledger].grain(source.grain) if source.ledger and source.grain else None
    return grain is not None and grain.of is None


def address_behind(report: str, cell: Mapping[str, object]) -> str:
    """Where the movements behind a balance of a report are shown."""
    asked = {name: "" if value is None else str(value) for name, value in cell.items()}
    return f"/r/{report}/movements" + (f"?{urlencode(asked)}" if asked else "")


class _Behind:
    """One number being opened."""

    def __init__(
        self, site: Site, running: Running, connection: Connection, actor: Actor, report: Report, query: Query
    ) -> None:
        self.running, self.connection, self.actor, self.query = running, connection, actor, query
        self.now = site.clock()
        self.report = Hidden(running, connection, actor, self.now, report).narrowed()
        assert report.source.ledger is not None
        assert report.source.grain is not None
        self.ledger = running.app.ledgers[report.source.ledger]
        grain = self.ledger.grain(report.source.grain)
        assert grain is not None
        self.source = LedgerRows(running.tables, self.ledger.ledger, "movements")
        self.dimensions = tuple(each for each in self.ledger.dimensions if each.id in grain.by)
        self.cell = {name: self._asked(name, text) for name, text in query.filters.items()}
        self.all: Where | None = self._where(grain.id)
        self.units = unit_words(running.app, actor.language)

    def told(self) -> Behind:
        """The page asked for."""
        if self.all is None or not (count := balances.count(self.connection, self.source, self.all)):
            return Behind(self._listing({}, 0, with_balance=False), (), {}, {})
        opened = balances.count(self.connection, self.source, (*self.all, self._openable))
        everything = self._sums(self.all)
        rest: dict[str, Totals] = {}
        if opened < count:
            seen = self._sums((*self.all, self._openable))
            rest = {
                name: {unit: amount - seen[name].get(unit, Decimal(0)) for unit, amount in totals.items()}
                for name, totals in everything.items()
            }
        return Behind(
            self._listing(everything, opened, with_balance=not rest),
            tuple(self._about()),
            {name: self._texts(name, totals) for name, totals in rest.items()},
            {name: _plain(totals) for name, totals in rest.items()},
        )

    @cached_property
    def shown(self) -> frozenset[str]:
        """The dimensions that the report shows to this reader."""
        return frozenset(column.path[0] for column in self.report.columns if column.path is not None)

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """The measures that the report shows to this reader."""
        return tuple(each for each in self.ledger.measures if each.id in self.shown)

    @cached_property
    def _openable(self) -> ColumnElement[bool]:
        """The condition that the reader may open the document of a movement."""
        entity, document = self.source.column(("entity",)), self.source.column(("document",))
        opened = []
        for name in sorted(self.running.app.workflows):
            where = visible_where(self.connection, self.running, self.actor, name, "open", self.now)
            if where is not None:
                ids = records.select_ids(self.running.tables, name, where)
                opened.append(and_(entity == name, document.in_(ids) if where else document.is_not(None)))
        return records.any_of(opened)

    def _asked(self, name: str, text: str) -> object:
        """The value of a dimension in a filter. Raises `Refused` (OPS-131) for what is no dimension, or no value."""
        declared = next((each for each in self.dimensions if each.id == name), None)
        if declared is None:
            allowed = tuple(each.id for each in self.dimensions)
            raise Refused((Problem("OPS-131", {"name": name, "allowed": allowed}),))
        if not text:
            return None
        if declared.kind == "date":
            try:
                return date.fromisoformat(text)
            except ValueError:
                raise Refused((Problem("OPS-131", {"name": f"{name}={text[:40]}", "allowed": (name,)}),)) from None
        return text

    def _where(self, grain: str) -> Where | None:
        """The movements behind the number, those of documents that may not be opened too; None where there are none."""
        visible = visible_cells(self.connection, self.running, self.actor, self.source, self.dimensions, self.now)
        if visible is None or any(isinstance(value, str) and not storable(value) for value in self.cell.values()):
            return None
        at = (self.source.lies_at(name, value) for name, value in self.cell.items())
        return (self.source.counted_in(grain), *visible, *at)

    def _unit_path(self, measure: Measure) -> tuple[str, ...]:
        """The path at which the unit of a measure is read; empty where it is written down or there is none."""
        written = measure.unit or measure.currency or ""
        return tuple(written.split(".")) if "." in written else ()

    def _unit(self, measure: Measure, row: Mapping[tuple[str, ...], Any]) -> str:
        """The unit of a measure in a movement."""
        path = self._unit_path(measure)
        return str(row[path] or "") if path else measure.unit or measure.currency or ""

    def _sums(self, where: Where) -> dict[str, Totals]:
        """The sum of every measure, apart by unit."""
        sums: dict[str, Totals] = {}
        for measure in self.measures:
            path = self._unit_path(measure)
            rows = balances.groups(self.connection, self.source, [path] if path else [], [(measure.id,)], where=where)
            fixed = measure.unit or measure.currency or ""
            sums[measure.id] = {str(row[0] or "") if path else fixed: row[-1] for row in rows}
        return sums

    def _listing(self, everything: Mapping[str, Totals], count: int, *, with_balance: bool) -> Listing:
        """One page of the movements whose documents may be opened."""
        open_ = [each for each in self.dimensions if each.id in self.shown and each.id not in self.cell]
        paths: list[tuple[str, ...]] = [("recorded",), ("entity",), ("document",), ("posting",)]
        paths += [(each.id,) for each in open_]
        paths += [(each.id,) for each in self.measures] + [self._unit_path(each) for each in self.measures]
        read = [path for path in dict.fromkeys(paths) if path]
        start = (self.query.page - 1) * self.query.size
        found = (
            []
            if self.all is None
            else balances.rows(
                self.connection,
                self.source,
                read,
                where=(*self.all, self._openable),
                order=NEWEST_FIRST,
                page=Page(self.query.size, start),
            )
        )
        rows = [dict(zip(read, row, strict=True)) for row in found]
        after = self._balances(everything, rows, start) if with_balance else []
        columns = [DOCUMENT, WHEN, POSTING]
        columns += [Column(each.id, worded(each.label, each.id), _kind(each)) for each in open_]
        columns += [Column(each.id, worded(each.label, each.id), "quantity", "right") for each in self.measures]
        columns += [Column("balance", AFTER, "quantity", "right")] if after else []
        named = titles(self.connection, self.running, self._keys(rows, open_))
        return Listing(
            columns=tuple(columns),
            rows=tuple(
                self._row(row, open_, named, after[at] if after else None, start + at) for at, row in enumerate(rows)
            ),
            total=count,
            sums={name: self._texts(name, totals) for name, totals in everything.items()},
            totals={name: _plain(totals) for name, totals in everything.items()},
            page=self.query.page,
            size=self.query.size,
        )

    def _balances(
        self, everything: Mapping[str, Totals], rows: Sequence[Mapping[tuple[str, ...], Any]], start: int
    ) -> list[Decimal]:
        """What was there after each movement; nothing where there are several amounts or units to tell."""
        if len(self.measures) != 1 or len(everything.get(self.measures[0].id, {})) != 1 or not rows:
            return []
        name = self.measures[0].id
        left: Decimal = next(iter(everything[name].values()))
        if start:
            assert self.all is not None
            left -= balances.sum_of_first(
                self.connection, self.source, (name,), start, where=(*self.all, self._openable), order=NEWEST_FIRST
            )
        after = []
        for row in rows:
            after.append(left)
            left -= row[name,]
        return after

    def _keys(
        self, rows: Sequence[Mapping[tuple[str, ...], Any]], open_: Sequence[Dimension]
    ) -> Iterator[tuple[str, str]]:
        """The records whose titles are shown."""
        for row in rows:
            yield row["entity",], row["document",]
            yield from ((each.ref, row[each.id,]) for each in open_ if each.ref is not None and row[each.id,])

    def _row(
        self,
        row: Mapping[tuple[str, ...], Any],
        open_: Sequence[Dimension],
        named: Mapping[tuple[str, str], str],
        after: Decimal | None,
        at: int,
    ) -> Row:
        """One movement: its document, why it was made, how much, and what was there afterwards."""
        entity, document = row["entity",], row["document",]
        posting = self.running.app.postings.get(row["posting",])
        reason = worded(posting.label, posting.posting)[self.actor.language] if posting is not None else row["posting",]
        cells = [named.get((entity, document), document), self._text(row["recorded",]), reason]
        cells += [
            named.get((each.ref, row[each.id,]), "") if each.ref is not None else self._choice(each, row[each.id,])
            for each in open_
        ]
        values = {path[0]: value for path, value in row.items() if len(path) == 1}
        units = {each.id: self._unit(each, row) for each in self.measures}
        cells += [self._amount(each, row[each.id,], units[each.id], signed=True) for each in self.measures]
        if after is not None:
            values["balance"] = after
            cells.append(self._amount(self.measures[0], after, units[self.measures[0].id]))
        tone = "danger" if any(row[each.id,] < 0 for each in self.measures) else "success"
        named_units = {name: self.units.get(unit, unit) for name, unit in units.items() if unit}
        return Row(str(at), tuple(cells), values, f"/d/{entity}/{document}", tone, named_units)

    def _about(self) -> Iterator[Fact]:
        """The dimensions that were asked for, in words."""
        asked = [each for each in self.dimensions if each.id in self.cell and each.id in self.shown]
        keys = [(each.ref, str(self.cell[each.id])) for each in asked if each.ref is not None and self.cell[each.id]]
        named = titles(self.connection, self.running, keys)
        for each in asked:
            value = self.cell[each.id]
            text = named.get((each.ref, str(value)), "") if each.ref is not None else self._choice(each, value)
            if text:
                yield Fact(worded(each.label, each.id)[self.actor.language], text)

    def _choice(self, dimension: Dimension, value: object) -> str:
        """A plain dimension as people read it."""
        for choice in dimension.choices or ():
            if not isinstance(choice, str) and choice.id == value:
                return worded(choice.label, choice.id)[self.actor.language]
        return self._text(value)

    def _text(self, value: object) -> str:
        return value_text(value, self.actor.language, self.running.app.zone)

    def _amount(self, measure: Measure, amount: Decimal, unit: str, *, signed: bool = False) -> str:
        """An amount with its unit; a movement with its sign."""
        text = value_text(amount, self.actor.language, self.running.app.zone, 2 if measure.currency else 0)
        sign = "+" if signed and amount > 0 else ""
        return f"{sign}{text} {self.units.get(unit, unit)}".strip()

    def _texts(self, name: str, totals: Totals) -> str:
        """A sum as the page shows it, one line for each unit."""
        measure = self.ledger.measure(name)
        assert measure is not None
        return "\n".join(self._amount(measure, amount, unit) for unit, amount in sorted(totals.items()))


def _kind(dimension: Dimension) -> str:
    return "reference" if dimension.ref is not None else dimension.kind or "choice"


def _plain(totals: Totals) -> object:
    """A sum for a program: one number where there is one unit or none, otherwise a number for each unit."""
    return next(iter(totals.values()), Decimal(0)) if len(totals) < 2 else totals
