"""One page of a report that was run: filtered, ordered and grouped as asked, with texts, exact totals and links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property

from sqlalchemy import Connection

from engine.access.actor import Actor
from engine.language.problems import Problem, Refused
from engine.language.types import ChoiceType, MoneyType, ReferenceType, Type
from engine.language.values import is_currency, money_scale
from engine.operations.drill import address_behind
from engine.operations.listing import (
    Column,
    Filter,
    FilterOption,
    GroupHead,
    Listing,
    Query,
    Row,
    Wording,
    unit_words,
    value_text,
    worded,
)
from engine.operations.site import Running
from engine.operations.titles import titles
from engine.reports.layout import Heading, Table, TableRow, bare
from engine.reports.schema import Report

NUMERIC = frozenset({"quantity", "money", "decimal", "integer"})
ENDS = FROM, TO = "_from", "_to"
NAMING = frozenset({"text", "reference", "choice"})
UNGROUPED = "-"
"""What an address says that wants a report without its groups."""

Shown = tuple[TableRow, tuple[str, ...]]
"""A row with the texts of its cells."""
Totals = Mapping[str, Mapping[str, Decimal]]
"""For each summed column a total for each unit that occurs; the unit is "" where there is none."""


class ReportPage:
    """A report with the rows of one reader, of which pages are asked for. `opens`: its numbers are kept balances."""

    def __init__(
        self, running: Running, connection: Connection, actor: Actor, report: Report, table: Table, *, opens: bool
    ) -> None:
        self.opens = opens
        self.running, self.connection, self.actor, self.report, self.table = running, connection, actor, report, table
        self.units = unit_words(running.app, actor.language)
        self.positions = {heading.id: at for at, heading in enumerate(table.headings)}

    def listing(self, query: Query) -> Listing:
        """The page asked for. Raises `Refused` (OPS-131) for a filter, an order or a group that is not there."""
        self._refuse_unknown(query)
        kept = [pair for pair in self._shown if self._matches(pair, query)]
        group = self._group(query)
        kept = self._ordered(kept, query.order, group)
        folded = self._folded(group)
        start = (query.page - 1) * query.size
        totals = self._totals(row for row, _ in kept)
        columns = [heading for heading in self.table.headings if heading.id not in folded]
        is_whole = not query.filters and not query.search
        return Listing(
            columns=tuple(
                Column(heading.id, heading.label, heading.kind, "right" if heading.kind in NUMERIC else "left")
                for heading in columns
            ),
            rows=tuple(
                self._row(pair, columns, start + at, group) for at, pair in enumerate(kept[start : start + query.size])
            ),
            total=len(kept),
            sums={name: self._total(name, by_unit) for name, by_unit in totals.items()},
            totals=_plain(totals),
            page=query.page,
            size=query.size,
            filters=tuple(
                self._offered(heading, query.filters)
                for heading in self.table.headings
                if heading.id in self.report.filters
            ),
            behind=address_behind(self.report.report, {}) if is_whole and self.opens else None,
            group=group or "",
            groups=self._heads(kept, group, folded, is_whole=is_whole) if group else {},
            groupings=self._groupings,
        )

    @cached_property
    def _shown(self) -> list[Shown]:
        """All rows with their texts."""
        named = self._titles()
        return [(row, self._cells(row, named)) for row in self.table.rows]

    def _titles(self) -> Mapping[tuple[str, str], str]:
        """The titles of the records that reference columns show."""
        keys = set()
        for position, column in enumerate(self.report.columns):
            target = getattr(column.formula.expression.type, "entity", None)
            if target is not None:
                keys |= {
                    (target, str(found)) for row in self.table.rows if (found := bare(row.values[position])) is not None
                }
        return titles(self.connection, self.running, keys)

    def _cells(self, row: TableRow, named: Mapping[tuple[str, str], str]) -> tuple[str, ...]:
        """The texts of a row: references by title, amounts with their unit."""
        cells = []
        for position, (heading, value) in enumerate(zip(self.table.headings, row.values, strict=True)):
            text = self._text(self.report.columns[position].formula.expression.type, value, named)
            unit = self.units.get(row.units[position], row.units[position])
            cells.append(f"{text} {unit}".strip() if heading.kind in NUMERIC else text)
        return tuple(cells)

    def _text(self, type_: Type, value: object, named: Mapping[tuple[str, str], str]) -> str:
        """A value in words: a record by its title, a choice by its label."""
        if isinstance(type_, ReferenceType):
            return named.get((type_.entity, str(bare(value))), "")
        if isinstance(type_, ChoiceType) and value in type_.titles:
            return type_.titles[str(value)][self.actor.language]
        places = money_scale(type_.currency) if isinstance(type_, MoneyType) and is_currency(type_.currency) else 0
        return value_text(value, self.actor.language, self.running.app.zone, places)

    def _refuse_unknown(self, query: Query) -> None:
        """OPS-131 for a filter, an order or a group by what is not there or hidden, whether there are rows or not."""
        filters, groups = self.report.filters, (UNGROUPED, *(each.id for each in self._groupings))
        asked = [(self._filtered(name)[0], filters) for name in query.filters]
        asked += [(query.order.removeprefix("-"), tuple(self.positions)), (query.group, groups)]
        for name, allowed in asked:
            if name and name not in allowed:
                raise Refused((Problem("OPS-131", {"name": name, "allowed": tuple(allowed)}),))

    def _matches(self, pair: Shown, query: Query) -> bool:
        """Whether a row meets the filters and the search of the address."""
        row, cells = pair
        for name, text in query.filters.items():
            column, end = self._filtered(name)
            at = self.positions[column]
            value = row.values[at]
            if end:
                if not isinstance(value, date) or (
                    value.isoformat() < text if end == FROM else value.isoformat() > text
                ):
                    return False
            elif not _says(cells[at], text.lower()) and text != str(bare(value)):
                return False
        words = query.search.lower().split()
        return all(any(_says(cell, word) for cell in cells) for word in words)

    def _filtered(self, name: str) -> tuple[str, str]:
        """The column that a filter is about, and which end of a span of days it is, if it is one."""
        for end in ENDS:
            column = name.removesuffix(end)
            if (
                column != name
                and column in self.positions
                and self.table.headings[self.positions[column]].kind == "date"
            ):
                return column, end
        return name, ""

    def _offered(self, heading: Heading, asked: Mapping[str, str]) -> Filter:
        """The filter of a column: days as a span, anything else by what its cells say."""
        name = heading.id
        if heading.kind != "date":
            return Filter(name, heading.label, (), asked.get(name), "text")
        first, last = (asked.get(f"{name}{end}", asked.get(name)) for end in ENDS)
        return Filter(name, heading.label, (), first, "date", until=last)

    def _row(self, pair: Shown, columns: Sequence[Heading], at: int, group: str | None) -> Row:
        """One row as the page shows it, with what opens behind it."""
        row, cells = pair
        values = {name: bare(row.values[position]) for name, position in self.positions.items()}
        drill = row.drill
        units = {name: self.units.get(unit, unit) for name, at in self.positions.items() if (unit := row.units[at])}
        is_balance = drill.kind == "movements"
        return Row(
            str(at if is_balance else drill.filters.get("id") or at),
            tuple(cells[self.positions[heading.id]] for heading in columns),
            values,
            None if is_balance else f"/d/{drill.source}/{drill.filters.get('id')}",
            units=units,
            behind=address_behind(self.report.report, drill.filters) if self.opens else None,
            group=self._key(row, group) if group else "",
            tones=row.tones,
        )

    # ---- groups

    @cached_property
    def _groupings(self) -> tuple[FilterOption, ...]:
        """The columns that rows may be gathered by: those that name something, one for each record looked at."""
        declared = [*self.report.group[:1], *self.report.filters]
        found: dict[tuple[str, ...], FilterOption] = {}
        for name in dict.fromkeys(declared):
            heading = self.table.headings[self.positions[name]]
            if heading.kind in NAMING:
                found.setdefault(self._record(name) or (name,), FilterOption(name, self._record_label(name)))
        return tuple(found.values()) if self.report.group else ()

    def _group(self, query: Query) -> str | None:
        """The column that rows are gathered by: the one asked for, or the one declared."""
        if query.group:
            return None if query.group == UNGROUPED else query.group
        return self.report.group[0] if self.report.group else None

    def _record(self, name: str) -> tuple[str, ...]:
        """The record that a column is read from (`item` of `item.code`); empty for the row's own fields."""
        column = self.report.column(name)
        return column.path[:-1] if column is not None and column.path is not None else ()

    def _record_label(self, name: str) -> Wording:
        """What the record is called that a column is read from; the heading of the column where it is none."""
        ledger, record = self.running.app.ledgers.get(self.report.source.ledger or ""), self._record(name)
        dimension = ledger.dimension(record[0]) if ledger is not None and record else None
        if dimension is not None:
            return worded(dimension.label, dimension.id)
        return self.table.headings[self.positions[name]].label

    def _folded(self, group: str | None) -> tuple[str, ...]:
        """The columns that the head of a group says once: its own, and what else is read from the same record."""
        if group is None:
            return ()
        record = self._record(group)
        return tuple(name for name in self.positions if name == group or (record and self._record(name) == record))

    def _key(self, row: TableRow, group: str) -> str:
        """What rows of one group have in common."""
        return str(bare(row.values[self.positions[group]]) or "")

    def _ordered(self, kept: list[Shown], order: str, group: str | None) -> list[Shown]:
        """Rows in the order asked for; groups stay together, in their own order or in that of their column."""
        name = order.removeprefix("-")
        declared = kept
        if name:
            at = self.positions[name]
            kept = sorted(kept, key=lambda pair: _sortable(pair[0].values[at], pair[1][at]), reverse=order[0] == "-")
        if group is None:
            return kept
        first: dict[str, int] = {}
        for row, _ in kept if name == group else declared:
            first.setdefault(self._key(row, group), len(first))
        return sorted(kept, key=lambda pair: first[self._key(pair[0], group)])

    def _heads(
        self, kept: Sequence[Shown], group: str, folded: Sequence[str], *, is_whole: bool
    ) -> dict[str, GroupHead]:
        """The head of every group: what it is, its totals over all pages, and what opens behind them."""
        gathered: dict[str, list[Shown]] = {}
        for pair in kept:
            gathered.setdefault(self._key(pair[0], group), []).append(pair)
        root = (self._record(group) or (group,))[0]
        heads = {}
        for key, pairs in gathered.items():
            totals = self._totals(row for row, _ in pairs)
            drill = pairs[0][0].drill
            heads[key] = GroupHead(
                text=" ".join(pairs[0][1][self.positions[name]] for name in folded).strip(),
                count=len(pairs),
                sums={name: self._total(name, by_unit) for name, by_unit in totals.items()},
                totals=_plain(totals),
                behind=address_behind(self.report.report, {root: drill.filters[root]})
                if is_whole and self.opens and root in drill.filters
                else None,
            )
        return heads

    # ---- totals

    def _totals(self, rows: Iterable[TableRow]) -> dict[str, dict[str, Decimal]]:
        """Exact totals of the summed columns, apart by unit."""
        summed = [(heading.id, self.positions[heading.id]) for heading in self.table.headings if heading.sum]
        totals: dict[str, dict[str, Decimal]] = {name: {} for name, _ in summed}
        for row in rows:
            for name, position in summed:
                value, unit = row.values[position], row.units[position]
                if isinstance(value, Decimal | int):
                    totals[name][unit] = totals[name].get(unit, Decimal(0)) + value
        return totals

    def _total(self, name: str, by_unit: Mapping[str, Decimal]) -> str:
        """A total as the page shows it, one line for each unit."""
        type_ = self.report.columns[self.positions[name]].formula.expression.type
        texts = [
            f"{self._text(type_, total, {})} {self.units.get(unit, unit)}".strip()
            for unit, total in sorted(by_unit.items())
        ]
        return "\n".join(texts)


def _plain(totals: Totals) -> dict[str, object]:
    """Totals for a program: one number, or one for each unit."""
    return {name: by_unit.get("") if set(by_unit) <= {""} else by_unit for name, by_unit in totals.items()}


def _says(cell: str, word: str) -> bool:
    """Whether a cell contains a word; a number is found with and without the commas between its thousands."""
    return word in cell.lower() or word in cell.replace(",", "").lower()


def _sortable(value: object, text: str) -> tuple[bool, object, str]:
    """Values in their own order where they have one; missing ones last; everything else by its text."""
    ordered = isinstance(value, Decimal | int) and not isinstance(value, bool)
    return (value is None, value if ordered else Decimal(0), text)
