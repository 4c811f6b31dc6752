"""Lays rows out as a table with groups and exact totals, and says how each number is opened. No SQL, no HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from functools import cmp_to_key, partial
from typing import Any

from engine.reports.schema import Report, ReportColumn

Total = Mapping[str, Decimal]
"""A total for each unit that occurs, largest unit name last; the unit is "" where there is none."""

_EXACT = Context(prec=100)
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Heading:
    """One column of the table: its id, its label in both languages, the kind of its values."""

    id: str
    label: Mapping[str, str]
    kind: str
    sum: bool


@dataclass(frozen=True, slots=True)
class Drill:
    """What opens behind a row: the source and, as name → value, what the document or the movements must have."""

    kind: str
    source: str
    grain: str | None
    filters: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: values and units by column, what opens behind it, and which columns warn (`warning` or `danger`)."""

    values: tuple[object, ...]
    units: tuple[str, ...]
    drill: Drill
    tones: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that share the values of the group columns so far, with their totals; groups may hold groups."""

    column: str
    value: object
    rows: tuple[TableRow, ...]
    groups: tuple[Group, ...]
    totals: Mapping[str, Total]


@dataclass(frozen=True, slots=True)
class Table:
    """A report laid out: headings, all rows in order, groups (none without `group`), totals of all rows."""

    headings: tuple[Heading, ...]
    rows: tuple[TableRow, ...]
    groups: tuple[Group, ...]
    totals: Mapping[str, Total]


def layout(report: Report, rows: Iterable[Mapping[str, object]], by: Sequence[str] = ()) -> Table:
    """The table of a bound report over the rows of its source, each a scope of the names of the source.

    `by` are the dimensions that keep the balances of its grain apart, if it shows balances. Rows for which `where` is
    not true are left out (a source that already filtered changes nothing). Missing values count for nothing in totals
    and come last in order.
    """
    where = report.where.expression.evaluate if report.where is not None else None
    kept = [_row(report, row, by) for row in rows if where is None or where(row) is True]
    order: Callable[[TableRow, TableRow], int] = partial(_compare, report)
    ordered = tuple(sorted(kept, key=cmp_to_key(order)))
    summed = [position for position, column in enumerate(report.columns) if column.sum]
    totals = _totals(report, summed, ordered)
    return Table(headings(report), ordered, _groups(report, summed, report.group, ordered), totals)


def headings(report: Report) -> tuple[Heading, ...]:
    """The columns of a bound report. The kind of a value is the name of its type, such as `quantity`."""
    return tuple(
        Heading(
            column.id,
            {language: column.label.text(language) if column.label else column.id for language in ("zh", "en")},
            type(column.formula.expression.type).__name__.removesuffix("Type").lower(),
            column.sum,
        )
        for column in report.columns
    )


def drill(report: Report, row: Mapping[str, object], by: Sequence[str] = ()) -> Drill:
    """What opens behind a row: balances open their movements (in the same cell of the dimensions `by`), movements and
    lines their document, records themselves."""
    source = report.source
    if source.entity is not None:
        return Drill("record", source.entity, None, {"id": bare(row.get("id"))})
    assert source.ledger is not None
    if source.movements:
        return Drill("document", str(row.get("entity", "")), None, {"id": bare(row.get("document"))})
    return Drill("movements", source.ledger, source.grain, {name: bare(row.get(name)) for name in by})


def _row(report: Report, row: Mapping[str, object], by: Sequence[str]) -> TableRow:
    """The values of one row."""
    values = tuple(column.formula.expression.evaluate(row) for column in report.columns)
    units = tuple(
        str(column.unit.expression.evaluate(row) or "") if column.unit is not None else "" for column in report.columns
    )
    tones = {column.id: tone for column in report.columns if (tone := _tone(column, row))}
    return TableRow(values, units, drill(report, row, by), tones)


def _tone(column: ReportColumn, row: Mapping[str, object]) -> str:
    """How a cell is to be seen: as a danger, as a warning, or as any other."""
    for tone, condition in (("danger", column.danger), ("warning", column.warning)):
        if condition is not None and condition.expression.evaluate(row) is True:
            return tone
    return ""


def _groups(report: Report, summed: Sequence[int], by: Sequence[str], rows: Sequence[TableRow]) -> tuple[Group, ...]:
    """Rows gathered by the first group column, in the order of their first row, and inside by the next."""
    if not by:
        return ()
    position = next(index for index, column in enumerate(report.columns) if column.id == by[0])
    gathered: dict[object, list[TableRow]] = {}
    for row in rows:
        gathered.setdefault(row.values[position], []).append(row)
    return tuple(
        Group(by[0], value, tuple(inside), _groups(report, summed, by[1:], inside), _totals(report, summed, inside))
        for value, inside in gathered.items()
    )


def _totals(report: Report, summed: Sequence[int], rows: Sequence[TableRow]) -> Mapping[str, Total]:
    """The exact sum of every summed column, kept apart by unit."""
    totals: dict[str, Total] = {}
    for position in summed:
        sums: dict[str, Decimal] = {}
        for row in rows:
            value: Any = row.values[position]
            if value is not None:
                unit = row.units[position]
                sums[unit] = _EXACT.add(sums.get(unit, _ZERO), Decimal(value))
        totals[report.columns[position].id] = dict(sorted(sums.items()))
    return totals


def _compare(report: Report, left: TableRow, right: TableRow) -> int:
    """Order two rows by the declared columns, group columns first; rows without a value come last either way."""
    positions = {column.id: index for index, column in enumerate(report.columns)}
    for name in (
        *(name for name in report.group if name not in {key.lstrip("-") for key in report.order}),
        *report.order,
    ):
        index = positions[name.lstrip("-")]
        first: Any = left.values[index]
        second: Any = right.values[index]
        if first == second:
            continue
        if first is None or second is None:
            return 1 if first is None else -1
        return (1 if first > second else -1) * (-1 if name.startswith("-") else 1)
    return 0


def bare(value: object) -> object:
    """A reference as its id."""
    return value.get("id") if isinstance(value, Mapping) else value
