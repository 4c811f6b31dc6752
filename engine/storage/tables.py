"""The tables of an app's entities and ledgers, with the statements and conversions that every request needs prebuilt.

Columns that the engine keeps begin with an underscore, so that no field of a package can meet them; `id` is the one
reserved name. A pinned older package may know a column by a former name: `Present` leads to today's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Column as SqlColumn
from sqlalchemy import ColumnElement, ForeignKey, Index, MetaData, Select, Table, bindparam, select

from engine.entities.columns import Column
from engine.entities.record import Record
from engine.storage.bulk import Insert, Update
from engine.storage.columns import DATE_COLUMN, INSTANT_COLUMN, TEXT_COLUMN, decoder, encoder, sql_type
from engine.storage.shape import (
    ChildShape,
    ColumnShape,
    EntityShape,
    LedgerShape,
    Shape,
    child_table,
    entity_table,
    ledger_table,
    short_name,
)

WHOLE_COLUMN = Column("integer")
Path = tuple[str, ...]

SYSTEM_COLUMNS: Mapping[str, tuple[str, Column]] = {
    "id": ("id", TEXT_COLUMN),
    "version": ("_version", WHOLE_COLUMN),
    "state": ("_state", TEXT_COLUMN),
    "number": ("_number", TEXT_COLUMN),
    "package": ("_package", TEXT_COLUMN),
    "created_at": ("_created_at", INSTANT_COLUMN),
    "created_by": ("_created_by", TEXT_COLUMN),
    "changed_at": ("_changed_at", INSTANT_COLUMN),
    "changed_by": ("_changed_by", TEXT_COLUMN),
}
_REQUIRED = frozenset({"id", "version"})


@dataclass(frozen=True, slots=True)
class Present:
    """What became of the tables and columns that older packages know.

    `tables` and `columns` lead from a former name (columns: by any name their table ever had) to the present one;
    `kinds` says what every present column of entities stores. A column that is not among them was dropped.
    """

    tables: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[tuple[str, str], str] = field(default_factory=dict)
    kinds: Mapping[tuple[str, str], Column] = field(default_factory=dict)

    def table(self, name: str) -> str:
        """The present name of a table."""
        return self.tables.get(name, name)

    def column(self, table: str, name: str) -> str:
        """The present name of a column of a table (named as the older package does)."""
        return self.columns.get((table, name), name)

    def gone(self, table: str) -> bool:
        """Whether a table was dropped."""
        return bool(self.kinds) and not any(known == self.table(table) for known, _ in self.kinds)

    def living(self, table: str, columns: Sequence[ColumnShape]) -> tuple[ColumnShape, ...]:
        """The columns that still exist, each storing what it stores today."""
        if not self.kinds:
            return tuple(columns)
        there = self.table(table)
        kinds = {each.name: self.kinds.get((there, self.column(table, each.name))) for each in columns}
        return tuple(replace(each, column=kind) for each in columns if (kind := kinds[each.name]) is not None)


AS_DECLARED = Present()


class _Codec:
    """Converts rows of some columns: `encode` raises `OutOfRange`, `decode` never fails on what `encode` wrote."""

    def __init__(self, columns: Sequence[tuple[str, Column]]) -> None:
        self.encoders = [(name, encoder(column)) for name, column in columns]
        self.decoders = [(index, each) for index, (_, column) in enumerate(columns) if (each := decoder(column))]
        self.names = [name for name, _ in columns]

    def decode(self, stored: Sequence[Any]) -> list[Any]:
        """The values of a row, in the order of the columns."""
        values = list(stored)
        for index, each in self.decoders:
            if values[index] is not None:
                values[index] = each(values[index])
        return values


class ChildTable:
    """The lines under one field of an entity."""

    def __init__(self, shape: ChildShape, entity: str, metadata: MetaData, present: Present) -> None:
        self.name = shape.name
        logical = child_table(entity, shape.name)
        parent = present.table(entity_table(entity))
        columns = present.living(logical, shape.columns)
        self.table = Table(
            present.table(logical),
            metadata,
            SqlColumn("_record", sql_type(TEXT_COLUMN), ForeignKey(f"{parent}.id"), primary_key=True),
            SqlColumn("id", sql_type(TEXT_COLUMN), primary_key=True),
            SqlColumn("_position", sql_type(WHOLE_COLUMN), nullable=False),
            *(_column(each, logical, present) for each in columns),
            sqlite_strict=True,
        )
        _plain_indexes(self.table, logical, columns)
        self.columns = {each.name: each for each in columns}
        self.codec = _Codec([(each.name, each.column) for each in columns])
        self.of_records: Select[Any] = (
            select(*(self.table.c[name] for name in ("_record", "id", *self.codec.names)))
            .where(self.table.c["_record"].in_(bindparam("ids", expanding=True)))
            .order_by(self.table.c["_record"], self.table.c["_position"])
        )
        self.removal = self.table.delete().where(self.table.c["_record"].in_(bindparam("ids", expanding=True)))
        self.insert = Insert(self.table)

    def decode(self, row: Sequence[Any]) -> dict[str, Any]:
        """A row of `of_records` as a line."""
        line: dict[str, Any] = {"id": row[1]}
        line.update(zip(self.codec.names, self.codec.decode(row[2:]), strict=True))
        return line


class EntityTable:
    """One entity with its lines: the table, the statements that read it, and the way from rows to records."""

    def __init__(self, shape: EntityShape, metadata: MetaData, present: Present) -> None:
        self.name = shape.name
        logical = entity_table(shape.name)
        columns = present.living(logical, shape.columns)
        self.columns = {each.name: each for each in columns}
        self.table = Table(
            present.table(logical),
            metadata,
            *(
                SqlColumn(stored, sql_type(column), primary_key=name == "id", nullable=name not in _REQUIRED)
                for name, (stored, column) in SYSTEM_COLUMNS.items()
            ),
            *(_column(each, logical, present) for each in columns),
            sqlite_strict=True,
        )
        _plain_indexes(self.table, logical, columns)
        self.uniques = tuple(names for names in shape.uniques() if set(names) <= self.columns.keys())
        for names in self.uniques:
            name = short_name(f"ux_{logical}_{'_'.join(names)}")
            Index(name, *(self.table.c[each] for each in names), unique=True)
        self.children = tuple(
            ChildTable(each, shape.name, metadata, present)
            for each in shape.children
            if not present.gone(child_table(shape.name, each.name))
        )
        self.codec = _Codec([*SYSTEM_COLUMNS.values(), *((each.name, each.column) for each in columns)])
        self.selected = [self.table.c[name] for name in self.codec.names]
        chosen = select(*self.selected).where(self.table.c.id.in_(bindparam("ids", expanding=True)))
        self.of_ids: Select[Any] = chosen
        self.locked: Select[Any] = chosen.order_by(self.table.c.id).with_for_update()
        self.insert = Insert(self.table)
        self.update = Update(self.table, self.codec.names[1:], guard="_version")
        self.removal = self.table.delete().where(self.table.c.id.in_(bindparam("ids", expanding=True)))

    def decode(self, row: Sequence[Any], lines: Mapping[str, tuple[Any, ...]]) -> Record:
        """A row of `selected`, with its lines by field, as a record."""
        values = self.codec.decode(row)
        kept = len(SYSTEM_COLUMNS)
        identity, version, state, number, package, created_at, created_by, changed_at, changed_by = values[:kept]
        fields = dict(zip(self.codec.names[kept:], values[kept:], strict=True))
        fields.update(lines)
        return Record(
            self.name, identity, version, fields, state, number, package, created_at, created_by, changed_at, changed_by
        )


class LedgerTable:
    """One ledger: cells (each distinct tuple of dimension values once), postings (append-only), balances."""

    def __init__(self, shape: LedgerShape, metadata: MetaData) -> None:
        self.shape = shape
        self.name = shape.name
        self.dimensions = {each.name: each for each in shape.dimensions}
        self.measures = {each.name: each for each in shape.measures}
        self.grains = {each.name: each for each in shape.grains}
        self.cell = Table(
            ledger_table(shape.name, "cell"),
            metadata,
            SqlColumn("_id", sql_type(TEXT_COLUMN), primary_key=True),
            *(_column(each, "", AS_DECLARED) for each in shape.dimensions),
            sqlite_strict=True,
        )
        _plain_indexes(self.cell, self.cell.name, shape.dimensions)
        self.posting = self._posting(metadata)
        self.balance = Table(
            ledger_table(shape.name, "balance"),
            metadata,
            SqlColumn("_id", sql_type(TEXT_COLUMN), primary_key=True),
            SqlColumn("_grain", sql_type(TEXT_COLUMN), nullable=False),
            SqlColumn("_version", sql_type(WHOLE_COLUMN), nullable=False),
            *(_column(each, "", AS_DECLARED) for each in shape.dimensions),
            *(SqlColumn(each.name, sql_type(each.column), nullable=False) for each in shape.measures),
            sqlite_strict=True,
        )
        _plain_indexes(self.balance, self.balance.name, shape.dimensions)
        self.encoders = {each.name: encoder(each.column) for each in (*shape.dimensions, *shape.measures)}
        self.measure_codec = _Codec([(each.name, each.column) for each in shape.measures])
        self._statements()

    def _posting(self, metadata: MetaData) -> Table:
        """The append-only table: who moved what is found by document and journal entry."""
        table = Table(
            ledger_table(self.name, "posting"),
            metadata,
            SqlColumn("_document", sql_type(TEXT_COLUMN), primary_key=True),
            SqlColumn("_entry", sql_type(WHOLE_COLUMN), primary_key=True, autoincrement=False),
            SqlColumn("_number", sql_type(WHOLE_COLUMN), primary_key=True, autoincrement=False),
            SqlColumn("_entity", sql_type(TEXT_COLUMN), nullable=False),
            SqlColumn("_line", sql_type(TEXT_COLUMN)),
            SqlColumn("_posting", sql_type(TEXT_COLUMN), nullable=False),
            SqlColumn("_transition", sql_type(TEXT_COLUMN), nullable=False),
            SqlColumn("_cell", sql_type(TEXT_COLUMN), nullable=False),
            SqlColumn("_grains", sql_type(TEXT_COLUMN), nullable=False),
            SqlColumn("_effective", sql_type(DATE_COLUMN), nullable=False),
            SqlColumn("_recorded", sql_type(INSTANT_COLUMN), nullable=False),
            *(SqlColumn(each.name, sql_type(each.column), nullable=False) for each in self.shape.measures),
            sqlite_strict=True,
        )
        Index(short_name(f"ix_{table.name}__cell"), table.c["_cell"], table.c["_recorded"])
        return table

    def _statements(self) -> None:
        """Everything the unit of work runs on these tables."""
        self.insert_cells = Insert(self.cell, "keep")
        self.insert_postings = Insert(self.posting)
        self.insert_balances = Insert(self.balance, "keep")
        self.update_balances = Update(self.balance, ["_version", *self.measures])
        wanted = self.balance.c["_id"].in_(bindparam("ids", expanding=True))
        measures = [self.balance.c[name] for name in self.measures]
        self.locked_balances: Select[Any] = (
            select(self.balance.c["_id"], self.balance.c["_version"], *measures)
            .where(wanted)
            .order_by(self.balance.c["_id"])
            .with_for_update()
        )


@dataclass(frozen=True)
class Tables:
    """All tables of one shape. Built once per published package and shared by every request."""

    shape: Shape
    metadata: MetaData
    entities: Mapping[str, EntityTable]
    ledgers: Mapping[str, LedgerTable]

    def column(self, entity: str, path: Path) -> ColumnElement[Any]:
        """The SQL column a formula's path means, through references where it has several parts.

        A part after a reference is read by a subquery on the entity pointed to; an unknown path is a programmer's
        mistake, because names were checked when the package was loaded.
        """
        here = self.entities[entity]
        name, rest = path[0], path[1:]
        if not rest:
            return here.table.c[SYSTEM_COLUMNS[name][0] if name in SYSTEM_COLUMNS else name]
        target = here.columns[name].to
        assert target is not None, f"{entity}.{name} is no reference"
        return self.follow(here.table.c[name], target, rest)

    def follow(self, pointer: ColumnElement[Any], entity: str, path: Path) -> ColumnElement[Any]:
        """The value found by following a reference column to another entity."""
        there = self.entities[entity]
        other = there.table.alias()
        name, rest = path[0], path[1:]
        found = other.c[SYSTEM_COLUMNS[name][0] if name in SYSTEM_COLUMNS else name]
        if rest:
            target = there.columns[name].to
            assert target is not None, f"{entity}.{name} is no reference"
            return self._looked_up(select(self.follow(found, target, rest)), other, pointer)
        return self._looked_up(select(found), other, pointer)

    @staticmethod
    def _looked_up(value: Select[Any], other: Any, pointer: ColumnElement[Any]) -> ColumnElement[Any]:
        """A scalar subquery that looks up the row a pointer names."""
        return value.where(other.c.id == pointer).correlate_except(other).scalar_subquery()

    def kind(self, entity: str, path: Path) -> Column:
        """What the column at a path stores."""
        here = self.entities[entity]
        if len(path) == 1:
            return SYSTEM_COLUMNS[path[0]][1] if path[0] in SYSTEM_COLUMNS else here.columns[path[0]].column
        target = here.columns[path[0]].to
        assert target is not None, f"{entity}.{path[0]} is no reference"
        return self.kind(target, path[1:])


def tables_for(shape: Shape, present: Present = AS_DECLARED) -> Tables:
    """The tables of a shape. `present` (see `migrate.renames_of`) lets an older package's shape read today's tables."""
    metadata = MetaData()
    living = [each for each in shape.entities if not present.gone(entity_table(each.name))]
    entities = {each.name: EntityTable(each, metadata, present) for each in living}
    ledgers = {each.name: LedgerTable(each, metadata) for each in shape.ledgers}
    return Tables(shape, metadata, entities, ledgers)


def _column(shape: ColumnShape, table: str, present: Present) -> SqlColumn[Any]:
    """The SQL column of a field; always nullable, because "required" is a rule."""
    stored = present.column(table, shape.name)
    return SqlColumn(stored, sql_type(shape.column), key=shape.name, info={"column": shape.column})


def _plain_indexes(table: Table, logical: str, columns: Sequence[ColumnShape]) -> None:
    """The plain indexes that columns ask for, named after the declared table even where it has a former name."""
    for each in columns:
        if each.indexed:
            Index(short_name(f"ix_{logical}_{each.name}"), table.c[each.name])
