"""Reading ledgers: what lies where, how it came there, and sums over both.

A row's dimension that is a reference can be followed to its record, so that a report may show, filter and group by
"item.name" without a statement per row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, Table, func, literal, select

from engine.entities.changes import Balance, Entry, GrainKey
from engine.entities.columns import LARGEST, Column
from engine.language.problems import Problem, Refused
from engine.storage.columns import DATE_COLUMN, INSTANT_COLUMN, TEXT_COLUMN, decoder
from engine.storage.load import balance_id
from engine.storage.records import EVERYTHING, Page, contains
from engine.storage.tables import LedgerTable, Path, Tables

Source = Literal["balance", "movements"]

MOVEMENT_COLUMNS: Mapping[str, tuple[str, Column]] = {
    "document": ("_document", TEXT_COLUMN),
    "entity": ("_entity", TEXT_COLUMN),
    "line": ("_line", TEXT_COLUMN),
    "posting": ("_posting", TEXT_COLUMN),
    "transition": ("_transition", TEXT_COLUMN),
    "effective": ("_effective", DATE_COLUMN),
    "recorded": ("_recorded", INSTANT_COLUMN),
    "entry": ("_entry", Column("integer")),
}


@dataclass(frozen=True, slots=True)
class Movement:
    """One posting row: which document put how much into which cell, when it counts and when it was written."""

    entity: str
    document: str
    entry: int
    line: str | None
    posting: str
    transition: str
    effective: date
    recorded: datetime
    cell: Mapping[str, Any]
    deltas: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LedgerRows:
    """Where a report on a ledger reads from: the rows of one grain's balances, or all movements."""

    tables: Tables
    ledger: str
    source: Source
    grain: str = ""

    @property
    def table(self) -> LedgerTable:
        """The ledger's tables."""
        return self.tables.ledgers[self.ledger]

    def column(self, path: Path) -> ColumnElement[Any]:
        """The SQL column of a path: a dimension, a measure, something of the movement, or through a reference."""
        name, rest = path[0], path[1:]
        pointer = self._own(name)
        if not rest:
            return pointer
        target = self.table.dimensions[name].to
        assert target is not None, f"{self.ledger}.{name} is no reference"
        return self.tables.follow(pointer, target, rest)

    def kind(self, path: Path) -> Column:
        """What the column at a path stores."""
        name, rest = path[0], path[1:]
        if rest:
            target = self.table.dimensions[name].to
            assert target is not None, f"{self.ledger}.{name} is no reference"
            return self.tables.kind(target, rest)
        found = self.table.dimensions.get(name) or self.table.measures.get(name)
        return MOVEMENT_COLUMNS[name][1] if found is None else found.column

    def chosen(self, columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
        """A selection from these rows."""
        if self.source == "balance":
            return select(*columns).select_from(self.table.balance).where(self.table.balance.c["_grain"] == self.grain)
        posting, cell = self.table.posting, self.table.cell
        return select(*columns).select_from(posting.join(cell, posting.c["_cell"] == cell.c["_id"]))

    def counted_in(self, grain: str) -> ColumnElement[bool]:
        """The condition that a movement counted in a grain when it was posted."""
        return contains(literal(" ").concat(self.table.posting.c["_grains"]).concat(" "), f" {grain} ")

    def lies_at(self, dimension: str, value: Any) -> ColumnElement[bool]:
        """The condition that a dimension has a value, or none."""
        column = self._own(dimension)
        return column.is_(None) if value is None else column == self.table.encoders[dimension](value)

    def one_of(self, ids: Select[Any]) -> ColumnElement[bool]:
        """The condition that a balance is one of those whose ids a selection gives (see `load.balance_id`)."""
        return self.table.balance.c["_id"].in_(ids)

    def _own(self, name: str) -> ColumnElement[Any]:
        """A column of the ledger's own tables."""
        tables: tuple[Table, ...] = (self.table.balance,)
        if self.source == "movements":
            tables = (self.table.posting, self.table.cell)
            name = MOVEMENT_COLUMNS[name][0] if name in MOVEMENT_COLUMNS else name
        return next(table.c[name] for table in tables if name in table.c)


def rows(
    connection: Connection,
    source: LedgerRows,
    columns: Sequence[Path],
    *,
    where: Sequence[ColumnElement[bool]] = (),
    order: Sequence[tuple[Path, bool]] = (),
    page: Page = EVERYTHING,
) -> list[tuple[Any, ...]]:
    """The values at some paths for each row that meets all conditions. `order` pairs a path with "descending"."""
    chosen = _ordered(source, source.chosen([source.column(path) for path in columns]).where(*where), order)
    if page.limit is not None:
        chosen = chosen.limit(page.limit)
    decoders = [decoder(source.kind(path)) for path in columns]
    return [_decode(decoders, row) for row in connection.execute(chosen.offset(page.offset) if page.offset else chosen)]


def groups(
    connection: Connection,
    source: LedgerRows,
    by: Sequence[Path],
    summed: Sequence[Path],
    *,
    where: Sequence[ColumnElement[bool]] = (),
) -> list[tuple[Any, ...]]:
    """Rows grouped by some paths, with the sums of others behind; refused when a sum goes beyond 64 bits."""
    keys = [source.column(path) for path in by]
    totals = [func.sum(source.column(path)) for path in summed]
    chosen = source.chosen([*keys, *totals]).where(*where)
    if keys:
        chosen = chosen.group_by(*keys).order_by(*(key.nulls_last() for key in keys))
    decoders = [decoder(source.kind(path)) for path in (*by, *summed)]
    found: list[tuple[Any, ...]] = []
    for row in connection.execute(chosen):
        numbers = [_whole(value, summed[index]) for index, value in enumerate(row[len(by) :])]
        found.append(_decode(decoders, (*row[: len(by)], *numbers)))
    return found


def count(connection: Connection, source: LedgerRows, where: Sequence[ColumnElement[bool]] = ()) -> int:
    """How many rows meet all conditions."""
    return int(connection.execute(source.chosen([func.count()]).where(*where)).scalar_one())


def sum_of_first(
    connection: Connection,
    source: LedgerRows,
    path: Path,
    first: int,
    *,
    where: Sequence[ColumnElement[bool]] = (),
    order: Sequence[tuple[Path, bool]] = (),
) -> Any:
    """The sum of one measure over the first rows of `rows` with the same conditions and order."""
    chosen = _ordered(source, source.chosen([source.column(path).label("amount")]).where(*where), order)
    part = chosen.limit(first).subquery()
    summed = _whole(connection.execute(select(func.sum(part.c.amount))).scalar_one(), path)
    decode = decoder(source.kind(path))
    return summed if decode is None else decode(summed)


def balance(connection: Connection, tables: Tables, key: GrainKey) -> Balance:
    """What lies in one grain now, read without a lock."""
    table = tables.ledgers[key.ledger]
    columns = [table.balance.c[name] for name in table.measures]
    chosen = select(*columns).where(table.balance.c["_id"] == balance_id(table, key))
    row = connection.execute(chosen).first()
    if row is None:
        return Balance({})
    return Balance(dict(zip(table.measures, table.measure_codec.decode(row), strict=True)))


def balances_of(connection: Connection, tables: Tables, keys: Iterable[GrainKey]) -> dict[GrainKey, Balance]:
    """What lies in some balances now, read without a lock, one statement for each ledger; empty ones are left out."""
    grouped: dict[str, dict[str, GrainKey]] = {}
    for key in keys:
        grouped.setdefault(key.ledger, {})[balance_id(tables.ledgers[key.ledger], key)] = key
    found: dict[GrainKey, Balance] = {}
    for ledger, ids in sorted(grouped.items()):
        table = tables.ledgers[ledger]
        columns = [table.balance.c[name] for name in table.measures]
        for id, *amounts in connection.execute(
            select(table.balance.c["_id"], *columns).where(table.balance.c["_id"].in_(sorted(ids)))
        ):
            values = table.measure_codec.decode(amounts)
            found[ids[id]] = Balance(dict(zip(table.measures, values, strict=True)))
    return found


def posted_by(
    connection: Connection, tables: Tables, ledgers: Iterable[str], document: str, posting: str
) -> tuple[Entry, ...]:
    """What a document moved by one posting, as it was written: what a reversal takes back."""
    found: list[Entry] = []
    for ledger in ledgers:
        table = tables.ledgers[ledger]
        moved, cell = table.posting, table.cell
        columns = [moved.c["_line"], moved.c["_grains"], *(cell.c[name] for name in table.dimensions)]
        chosen = (
            select(*columns, *(moved.c[name] for name in table.measures))
            .select_from(moved.join(cell, moved.c["_cell"] == cell.c["_id"]))
            .where(moved.c["_document"] == document, moved.c["_posting"] == posting)
            .order_by(moved.c["_entry"], moved.c["_number"])
        )
        kinds = [each.column for each in (*table.dimensions.values(), *table.measures.values())]
        decoders = [decoder(kind) for kind in kinds]
        width = len(table.dimensions)
        for line, grains, *stored in connection.execute(chosen):
            values = _decode(decoders, stored)
            deltas = {name: value for name, value in zip(table.measures, values[width:], strict=True) if value}
            found.append(Entry(ledger, values[:width], deltas, line, tuple(grains.split())))
    return tuple(found)


def movements(connection: Connection, tables: Tables, ledger: str, entity: str, document: str) -> tuple[Movement, ...]:
    """Everything a document posted to a ledger, in the order of writing."""
    table = tables.ledgers[ledger]
    posting, cell = table.posting, table.cell
    named = [posting.c[name] for name, _ in MOVEMENT_COLUMNS.values()]
    dimensions = [cell.c[name] for name in table.dimensions]
    measures = [posting.c[name] for name in table.measures]
    chosen = (
        select(*named, *dimensions, *measures)
        .select_from(posting.join(cell, posting.c["_cell"] == cell.c["_id"]))
        .where(posting.c["_document"] == document, posting.c["_entity"] == entity)
        .order_by(posting.c["_entry"], posting.c["_number"])
    )
    kinds = [kind for _, kind in MOVEMENT_COLUMNS.values()]
    kinds += [each.column for each in (*table.dimensions.values(), *table.measures.values())]
    decoders = [decoder(kind) for kind in kinds]
    found: list[Movement] = []
    for row in connection.execute(chosen):
        values = _decode(decoders, row)
        head = dict(zip(MOVEMENT_COLUMNS, values, strict=False))
        tail = values[len(MOVEMENT_COLUMNS) :]
        width = len(table.dimensions)
        places = dict(zip(table.dimensions, tail[:width], strict=True))
        amounts = dict(zip(table.measures, tail[width:], strict=True))
        found.append(Movement(**head, cell=places, deltas=amounts))
    return tuple(found)


def _ordered(source: LedgerRows, chosen: Select[Any], order: Sequence[tuple[Path, bool]]) -> Select[Any]:
    """A selection in an order in which no two rows are equal."""
    for path, descending in order:
        key = source.column(path)
        chosen = chosen.order_by((key.desc() if descending else key.asc()).nulls_last())
    return chosen.order_by(*_identity(source))


def _identity(source: LedgerRows) -> list[ColumnElement[Any]]:
    """The columns that decide the order among equal rows."""
    table = source.table
    if source.source == "balance":
        return [table.balance.c["_id"]]
    return [table.posting.c[name] for name in ("_document", "_entry", "_number")]


def _decode(decoders: Sequence[Callable[[Any], Any] | None], row: Sequence[Any]) -> tuple[Any, ...]:
    """A row's stored values as values."""
    return tuple(
        value if decode is None or value is None else decode(value) for decode, value in zip(decoders, row, strict=True)
    )


def _whole(summed: Any, path: Path) -> int:
    """A sum as a 64-bit integer; PostgreSQL sums wider than it stores, so the range is judged here."""
    stored = int(summed or 0)
    if abs(stored) > LARGEST:
        raise Refused((Problem("STO-127", {"field": ".".join(path)}),))
    return stored
