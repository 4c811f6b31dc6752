"""Runs a report: rows of a ledger or an entity, cut by the actor's row grants, laid out with exact totals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection

from engine.access.actor import Actor
from engine.access.decide import may_run, policy
from engine.entities.record import SYSTEM_FIELDS
from engine.language.formula import Expression, Formula
from engine.language.problems import Problem, Refused
from engine.language.types import ChoiceType, MoneyType, ReferenceType, Type
from engine.language.values import is_currency, money_scale
from engine.ledgers.bind import COUNTED
from engine.ledgers.schema import Grain, Ledger
from engine.operations.hidden import Hidden
from engine.operations.listing import Column, Filter, Listing, Query, Row, unit_words, value_text
from engine.operations.related import Related, looked_through
from engine.operations.rows import condition, row_condition, visible_where
from engine.operations.site import Running, Site
from engine.operations.time_and_settings import constants, settings_for, today_in
from engine.operations.titles import titles
from engine.reports.layout import Heading, Table, TableRow, layout
from engine.reports.schema import Report
from engine.storage import balances, records
from engine.storage.balances import LedgerRows
from engine.storage.filters import pushable
from engine.storage.records import Page, Selection

MOST_ROWS = 50_000
ONE_TOO_MANY = Page(MOST_ROWS + 1)
Path = tuple[str, ...]


def run_report(site: Site, actor: Actor, report_id: str, query: Query) -> Listing:
    """One page of a report, with totals over all of it. Raises `Refused` (OPS-130 to OPS-132)."""
    with site.reading() as (connection, running):
        report = running.app.reports.get(report_id)
        if report is None or not may_run(running.app.roles, actor, report=report_id):
            raise Refused((Problem("OPS-130", {"report": report_id}),))
        reading = Reading(site, running, connection, actor, report)
        table = layout(reading.report, reading.rows())
        return reading.listing(table, query)


class Reading:
    """One report being read by somebody.

    `also` are formulas over its rows besides its own: what they look at is read as well. `among` narrows it to the
    records or balances whose ids a selection gives.
    """

    def __init__(
        self,
        site: Site,
        running: Running,
        connection: Connection,
        actor: Actor,
        report: Report,
        *,
        also: Sequence[Expression] = (),
        among: Selection | None = None,
    ) -> None:
        self.running, self.connection, self.actor = running, connection, actor
        self.also, self.among = also, among
        self.now = site.clock()
        self.hidden = Hidden(running, connection, actor, self.now, report)
        self.report = self.hidden.narrowed()
        today = today_in(running.app.zone, self.now)
        self.constants = constants(actor, settings_for(connection, running, actor, today), self.now, today)
        self.units = unit_words(running.app, actor.language)

    def rows(self) -> Iterator[Mapping[str, object]]:
        """The rows of the source as scopes for the formulas of the columns."""
        if self.report.source.entity is not None:
            return self._records(self.report.source.entity)
        assert self.report.source.ledger is not None
        return self._ledger(self.report.source.ledger)

    def _records(self, entity: str) -> Iterator[Mapping[str, object]]:
        """Records that may be listed, or their lines."""
        found = policy(self.running.app.roles, self.actor, entity, "list")
        if not found.allowed:
            return
        where = row_condition(self.connection, self.running, found, entity, self.actor, self.now)
        where += self._selection(entity)
        if self.among is not None:
            where += (self.running.tables.column(entity, ("id",)).in_(self.among),)
        lines = self.report.source.lines
        read = records.list_records(
            self.connection, self.running.tables, entity, where=where, page=ONE_TOO_MANY, lines=lines is not None
        )
        self._refuse_too_many(len(read))
        read = tuple(self.hidden.rows(read))
        related = Related(self.running.app, self.hidden.read)
        for path in self._through_references(entity):
            related.load_paths(entity, (record.values for record in read), path)
        for record in read:
            scope = {**self.constants, **related.expand(self.running.app.entities[entity], record.scope())}
            rows: Iterable[Any] = scope[lines] if lines is not None else (None,)  # type: ignore[assignment]
            for line in rows:
                yield {**scope, **({"line": line} if line is not None else {})}

    def _selection(self, entity: str) -> tuple[ColumnElement[bool], ...]:
        """The report's own `where` as SQL, if the database can judge it. It is judged once more on every row read."""
        if self.report.where is None:
            return ()
        expression, columns = self.report.where.expression, self.running.tables.entities[entity].columns
        fields = {path[0] for path in expression.paths} - {"actor", "settings"}
        if pushable(expression.tree) is not None or not fields <= columns.keys() | SYSTEM_FIELDS:
            return ()
        known: dict[tuple[str, ...], object] = {(name,): value for name, value in self.constants.items()}
        return (condition(self.running, entity, expression, known),)

    def _through_references(self, entity: str) -> list[Path]:
        """The references that the columns look through, shorter paths first; `line.item` is ("lines", "item")."""
        lines = self.report.source.lines
        paths = {
            ((lines, *path[1:]) if path[0] == "line" and lines else path)
            for each in self._expressions()
            for path in each.paths
        }
        found = {prefix for path in paths for prefix in looked_through(self.running.app, entity, path)}
        return sorted(found, key=len)

    def _ledger(self, ledger: str) -> Iterator[Mapping[str, object]]:
        """Balances or movements, of what the actor may see."""
        source = self.report.source
        declared = self.running.app.ledgers[ledger]
        grain = declared.grain(source.grain) if source.grain else None
        if grain is not None and grain.of is not None:
            yield from self._counted(declared, grain)
            return
        read_from = LedgerRows(
            self.running.tables, ledger, "movements" if source.movements else "balance", source.grain or ""
        )
        conditions = self._visible(ledger, read_from, None if grain is None else grain.by)
        if conditions is None:
            return
        if self.among is not None:
            conditions.append(read_from.one_of(self.among))
        known = {
            *self.running.tables.ledgers[ledger].dimensions,
            *self.running.tables.ledgers[ledger].measures,
            *balances.MOVEMENT_COLUMNS,
        }
        wanted = {path for each in self._expressions() for path in each.paths if path[0] in known}
        wanted |= {(each.id,) for each in declared.dimensions if grain is None or each.id in grain.by}
        closed = dict.fromkeys(path for path in wanted if self.hidden.is_hidden(path))
        paths = sorted(wanted - closed.keys())
        rows = balances.rows(self.connection, read_from, paths, where=conditions, page=ONE_TOO_MANY)
        self._refuse_too_many(len(rows))
        for row in rows:
            yield {**self.constants, **self._nested(ledger, {**dict(zip(paths, row, strict=True)), **closed})}

    def _counted(self, ledger: Ledger, grain: Grain) -> Iterator[Mapping[str, object]]:
        """The balances of a counted grain as they are at this moment, of what the actor may see."""
        measure = ledger.limited(grain)
        there = self._summed(ledger, str(grain.of), grain, measure, grain.where)
        held: Mapping[tuple[object, ...], tuple[dict[str, object], Decimal]] = {}
        if grain.less is not None:
            name, _, other = grain.less.partition(".")
            taken_off = self.running.app.ledgers[name]
            kept = taken_off.grain(other)
            assert kept is not None  # checked when the package was loaded
            held = self._summed(taken_off, other, grain, taken_off.limited(kept), None)
        for key in sorted({*there, *held}, key=repr):
            scope = (there.get(key) or held[key])[0]
            lying, off = (found[key][1] if key in found else Decimal(0) for found in (there, held))
            amounts = {measure: lying - off, **dict(zip(COUNTED, (lying, off), strict=True))}
            yield {**self.constants, **scope, **amounts}

    def _summed(
        self, ledger: Ledger, kept: str, grain: Grain, measure: str, where: Formula | None
    ) -> dict[tuple[object, ...], tuple[dict[str, object], Decimal]]:
        """The balances of a kept grain summed up by the dimensions of a counted one, those for which `where` holds."""
        read_from = LedgerRows(self.running.tables, ledger.ledger, "balance", kept)
        found = ledger.grain(kept)
        conditions = self._visible(ledger.ledger, read_from, found.by if found is not None else ())
        if conditions is None:
            return {}
        shown = {path for each in self._expressions() for path in each.paths if path[0] in grain.by}
        judged = {path for path in where.expression.paths if ledger.dimension(path[0])} if where is not None else set()
        wanted = {*shown, *judged, *((name,) for name in grain.by)}
        closed = dict.fromkeys(path for path in shown if self.hidden.is_hidden(path))
        paths = sorted(wanted - closed.keys())
        rows = balances.rows(self.connection, read_from, [*paths, (measure,)], where=conditions, page=ONE_TOO_MANY)
        self._refuse_too_many(len(rows))
        sums: dict[tuple[object, ...], tuple[dict[str, object], Decimal]] = {}
        for *values, amount in rows:
            scope = self._nested(ledger.ledger, {**dict(zip(paths, values, strict=True)), **closed})
            if where is None or where.expression.evaluate({**self.constants, **scope}) is True:
                key = tuple(_bare(scope.get(name)) for name in grain.by)
                sums[key] = (scope, sums[key][1] + amount if key in sums else amount)
        return sums

    def _refuse_too_many(self, found: int) -> None:
        """OPS-132 where there are more rows than a report reads: a total over some of them would be a wrong number."""
        if found > MOST_ROWS:
            raise Refused((Problem("OPS-132", {"report": self.report.report, "limit": MOST_ROWS}),))

    def _visible(self, ledger: str, source: LedgerRows, by: tuple[str, ...] | None) -> list[ColumnElement[bool]] | None:
        """Each reference among the dimensions shows only what the actor may list; None where one may not be listed."""
        conditions: list[ColumnElement[bool]] = []
        for dimension in self.running.app.ledgers[ledger].dimensions:
            if dimension.ref is None or (by is not None and dimension.id not in by):
                continue
            where = visible_where(self.connection, self.running, self.actor, dimension.ref, "list", self.now)
            if where is None:
                return None
            if where:
                pointer = source.column((dimension.id,))
                conditions.append(
                    pointer.is_(None) | pointer.in_(records.select_ids(self.running.tables, dimension.ref, where))
                )
        return conditions

    def _nested(self, ledger: str, values: Mapping[Path, object]) -> dict[str, object]:
        """Values by path as nested mappings: ("item", "name") inside the reference `item`."""
        references = {dimension.id for dimension in self.running.app.ledgers[ledger].dimensions if dimension.ref}
        scope: dict[str, Any] = {}
        for path in sorted(values, key=len):
            if len(path) == 1:
                held = values[path]
                scope[path[0]] = {"id": held} if path[0] in references and held is not None else held
                continue
            inside = scope.setdefault(path[0], {})
            for name in path[1:-1]:
                below = inside.get(name) if isinstance(inside, dict) else None
                inside[name] = below if isinstance(below, dict) else {"id": below}
                inside = inside[name]
            if isinstance(inside, dict):
                inside[path[-1]] = values[path]
        return scope

    def _expressions(self) -> Iterator[Expression]:
        """Every formula that is asked about the rows."""
        yield from self.also
        if self.report.where is not None:
            yield self.report.where.expression
        for column in self.report.columns:
            yield column.formula.expression
            if column.unit is not None:
                yield column.unit.expression

    def listing(self, table: Table, query: Query) -> Listing:
        """The page asked for, filtered and ordered as asked."""
        named = self._titles(table)
        shown = [(row, self._cells(table.headings, row, named)) for row in table.rows]
        self._refuse_unknown(table.headings, query)
        kept = [pair for pair in shown if self._matches(table.headings, pair, query)]
        name = query.order.removeprefix("-")
        position = next((index for index, heading in enumerate(table.headings) if heading.id == name), None)
        if position is not None:
            kept.sort(
                key=lambda pair: _sortable(pair[0].values[position], pair[1][position]),
                reverse=query.order.startswith("-"),
            )
        start = (query.page - 1) * query.size
        totals = self._totals(table.headings, [row for row, _ in kept])
        return Listing(
            columns=tuple(
                Column(heading.id, heading.label, heading.kind, "right" if heading.kind in NUMERIC else "left")
                for heading in table.headings
            ),
            rows=tuple(
                self._row(table.headings, row, cells, start + at)
                for at, (row, cells) in enumerate(kept[start : start + query.size])
            ),
            total=len(kept),
            sums={name: self._total(table.headings, name, by_unit) for name, by_unit in totals.items()},
            totals={name: by_unit.get("") if set(by_unit) <= {""} else by_unit for name, by_unit in totals.items()},
            page=query.page,
            size=query.size,
            filters=tuple(
                Filter(heading.id, heading.label, (), query.filters.get(heading.id))
                for heading in table.headings
                if heading.id in self.report.filters
            ),
        )

    def _titles(self, table: Table) -> Mapping[tuple[str, str], str]:
        """The titles of the records that reference columns show."""
        keys = set()
        for position, column in enumerate(self.report.columns):
            target = getattr(column.formula.expression.type, "entity", None)
            if target is not None:
                keys |= {
                    (target, str(found)) for row in table.rows if (found := _bare(row.values[position])) is not None
                }
        return titles(self.connection, self.running, keys)

    def _cells(
        self, headings: Sequence[Heading], row: TableRow, named: Mapping[tuple[str, str], str]
    ) -> tuple[str, ...]:
        """The texts of a row: references by title, amounts with their unit."""
        cells = []
        for position, (heading, value) in enumerate(zip(headings, row.values, strict=True)):
            text = self._text(self.report.columns[position].formula.expression.type, value, named)
            unit = self.units.get(row.units[position], row.units[position])
            cells.append(f"{text} {unit}".strip() if heading.kind in NUMERIC else text)
        return tuple(cells)

    def _text(self, type_: Type, value: object, named: Mapping[tuple[str, str], str]) -> str:
        """A value in words: a record by its title, a choice by its label."""
        if isinstance(type_, ReferenceType):
            return named.get((type_.entity, str(_bare(value))), "")
        if isinstance(type_, ChoiceType) and value in type_.titles:
            return type_.titles[str(value)][self.actor.language]
        places = money_scale(type_.currency) if isinstance(type_, MoneyType) and is_currency(type_.currency) else 0
        return value_text(value, self.actor.language, self.running.app.zone, places)

    def _refuse_unknown(self, headings: Sequence[Heading], query: Query) -> None:
        """OPS-131 for a filter or an order by what is not there or hidden, whether there are rows or not."""
        known = tuple(heading.id for heading in headings)
        order = query.order.removeprefix("-")
        for name, allowed in (*((name, self.report.filters) for name in query.filters), (order, known)):
            if name and name not in allowed:
                raise Refused((Problem("OPS-131", {"name": name, "allowed": tuple(allowed)}),))

    def _matches(self, headings: Sequence[Heading], pair: tuple[TableRow, tuple[str, ...]], query: Query) -> bool:
        """Whether a row meets the filters and the search of the address."""
        allowed = {heading.id: index for index, heading in enumerate(headings) if heading.id in self.report.filters}
        for name, text in query.filters.items():
            value = pair[0].values[allowed[name]]
            if not _says(pair[1][allowed[name]], text.lower()) and text != str(_bare(value)):
                return False
        words = query.search.lower().split()
        return all(any(_says(cell, word) for cell in pair[1]) for word in words)

    def _row(self, headings: Sequence[Heading], row: TableRow, cells: tuple[str, ...], at: int) -> Row:
        values = {heading.id: _bare(value) for heading, value in zip(headings, row.values, strict=True)}
        drill = row.drill
        href = f"/d/{drill.source}/{drill.filters.get('id')}" if drill.kind in ("record", "document") else None
        units = {
            heading.id: self.units.get(unit, unit) for heading, unit in zip(headings, row.units, strict=True) if unit
        }
        return Row(str(drill.filters.get("id") or at), cells, values, href, units=units)

    def _totals(self, headings: Sequence[Heading], rows: Sequence[TableRow]) -> dict[str, dict[str, Decimal]]:
        """Exact totals of the summed columns over everything that matches, apart by unit."""
        totals: dict[str, dict[str, Decimal]] = {}
        for position, heading in enumerate(headings):
            if not heading.sum:
                continue
            by_unit: dict[str, Decimal] = {}
            for row in rows:
                value = row.values[position]
                if isinstance(value, Decimal | int):
                    by_unit[row.units[position]] = by_unit.get(row.units[position], Decimal(0)) + value
            totals[heading.id] = by_unit
        return totals

    def _total(self, headings: Sequence[Heading], name: str, by_unit: Mapping[str, Decimal]) -> str:
        """A total as the page shows it, one line for each unit."""
        position = next(index for index, heading in enumerate(headings) if heading.id == name)
        type_ = self.report.columns[position].formula.expression.type
        texts = [
            f"{self._text(type_, total, {})} {self.units.get(unit, unit)}".strip()
            for unit, total in sorted(by_unit.items())
        ]
        return "\n".join(texts)


NUMERIC = frozenset({"quantity", "money", "decimal", "integer"})


def _says(cell: str, word: str) -> bool:
    """Whether a cell contains a word; a number is found with and without the commas between its thousands."""
    return word in cell.lower() or word in cell.replace(",", "").lower()


def _bare(value: object) -> object:
    """A reference as its id."""
    return value.get("id") if isinstance(value, Mapping) else value


def _sortable(value: object, text: str) -> tuple[bool, object, str]:
    """Values in their own order where they have one; missing ones last; everything else by its text."""
    ordered = isinstance(value, Decimal | int) and not isinstance(value, bool)
    return (value is None, value if ordered else Decimal(0), text)
