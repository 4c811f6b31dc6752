"""What has to change so that the database fits a shape: every step with the rows it touches, before any is taken.

The comparison is Alembic's; what it cannot know is added here: renamed tables and columns (`renamed_from`) and
columns whose integers mean something else than before (a scale, a day), which look alike to a database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from alembic.autogenerate import produce_migrations
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column as SqlColumn
from sqlalchemy import Connection, Inspector, MetaData, Table, column, func, inspect, select, table

from engine.entities.columns import LARGEST, Column
from engine.language.catalogue import message
from engine.language.problems import Problem
from engine.storage.database import Database
from engine.storage.shape import EntityShape, Shape, child_table, entity_table
from engine.storage.system_tables import SCHEMA_COLUMN, SYSTEM
from engine.storage.tables import Present, tables_for

StepKind = Literal[
    "drop_index",
    "drop_column",
    "drop_table",
    "retype_column",
    "create_table",
    "add_column",
    "rescale_column",
    "create_index",
    "rename_column",
    "rename_table",
]
ORDER: tuple[StepKind, ...] = StepKind.__args__  # type: ignore[attr-defined]
DESTRUCTIVE = frozenset({"drop_column", "drop_table", "retype_column"})
CODES: Mapping[str, str] = {kind: f"MIG-{611 + index}" for index, kind in enumerate(ORDER)}

LiveReaders = Mapping[tuple[str, str], Sequence[str]]
"""For a table and a column (both as in the database): the digests of the pinned packages that still read it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the database. `rows` are the rows it touches: for a drop, those that hold something."""

    kind: StepKind
    table: str
    column: str | None = None
    rows: int = 0
    to: str | None = None
    power: int = 0
    operations: tuple[ops.MigrateOperation, ...] = field(default=(), compare=False, repr=False)

    @property
    def destructive(self) -> bool:
        """Whether data is lost."""
        return self.kind in DESTRUCTIVE

    def description(self) -> Problem:
        """The step in words, for the plan that people read."""
        told = {"table": self.table, "column": self.column or "", "rows": self.rows, "to": self.to or ""}
        return Problem(CODES[self.kind], told)

    def __str__(self) -> str:
        return message(self.description(), "en")


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps from the database as it is to a shape, and what stands in their way."""

    shape: Shape
    steps: tuple[Step, ...]
    problems: tuple[Problem, ...] = ()
    live_readers: LiveReaders = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether the database fits already."""
        return not self.steps

    @property
    def destructive(self) -> tuple[Step, ...]:
        """The steps that lose data and need a flag."""
        return tuple(step for step in self.steps if step.destructive)


def plan(database: Database, shape: Shape, live_readers: LiveReaders | None = None) -> Plan:
    """Compare a database with a shape. Nothing is changed; the plan's problems say what would be refused and why."""
    readers = live_readers or {}
    with database.read() as connection:
        return _Comparison(connection, shape, readers).plan()


class _Comparison:
    """One comparison: first the renames that are still to come, then Alembic's view of everything else."""

    def __init__(self, connection: Connection, shape: Shape, readers: LiveReaders) -> None:
        self.connection = connection
        self.shape = shape
        self.readers = readers
        self.inspector: Inspector = inspect(connection)
        self.existing = set(self.inspector.get_table_names())
        self.problems: list[Problem] = []
        self.kinds = stored_kinds(connection) if SCHEMA_COLUMN.name in self.existing else {}

    def plan(self) -> Plan:
        """All steps in the order in which they are taken; renames come last, so that all others use former names."""
        renames = list(self._renames())
        former = Present(
            {str(step.to): step.table for step in renames if step.kind == "rename_table"},
            {
                (self._declared(step.table, renames), str(step.to)): str(step.column)
                for step in renames
                if step.kind == "rename_column"
            },
        )
        metadata = tables_for(self.shape, former).metadata
        steps = [*self._compared(metadata), *self._retyped(metadata), *renames]
        steps.sort(key=lambda step: ORDER.index(step.kind))
        for step in steps:
            self._judge(step)
        return Plan(self.shape, tuple(steps), tuple(self.problems), self.readers)

    def _renames(self) -> Iterator[Step]:
        """The tables and columns that exist under a former name only."""
        for entity in self.shape.entities:
            known = {each.name for each in self.shape.entities}
            name, former = entity_table(entity.name), entity_table(entity.renamed_from or entity.name)
            if entity.renamed_from in known:
                self.problems.append(Problem("MIG-606", {"name": entity.name, "former": entity.renamed_from}))
                former = name
            yield from self._renamed(name, former, entity.columns)
            for child in entity.children:
                yield from self._renamed(
                    child_table(entity.name, child.name),
                    self._former_child(entity, child.name, child.renamed_from),
                    child.columns,
                )

    def _former_child(self, entity: EntityShape, lines: str, renamed_from: str | None) -> str:
        """The name under which a table of lines exists: its entity or its field, or both, may have been renamed."""
        entities = [entity.name] if entity.renamed_from is None else [entity.name, entity.renamed_from]
        names = [lines] if renamed_from is None else [lines, renamed_from]
        candidates = [child_table(each, name) for each in entities for name in names]
        return next((each for each in candidates if each in self.existing), candidates[0])

    def _renamed(self, name: str, former: str, columns: Sequence[Any]) -> Iterator[Step]:
        """The rename of a table and of its columns."""
        present = name if name in self.existing else former
        if present not in self.existing:
            return
        there = {each["name"] for each in self.inspector.get_columns(present)}
        declared = {each.name for each in columns}
        for each in columns:
            if each.renamed_from is None or each.name in there or each.renamed_from not in there:
                continue
            if each.renamed_from in declared:
                told = {"name": f"{name}.{each.name}", "former": each.renamed_from}
                self.problems.append(Problem("MIG-606", told))
                continue
            rows = self._count(present, each.renamed_from)
            yield Step("rename_column", present, each.renamed_from, rows, each.name)
        if present != name:
            yield Step("rename_table", present, None, self._count(present), name)

    @staticmethod
    def _declared(name: str, renames: Sequence[Step]) -> str:
        """The declared name of a table that exists under a former one."""
        return next((str(step.to) for step in renames if step.kind == "rename_table" and step.table == name), name)

    def _compared(self, metadata: MetaData) -> Iterator[Step]:
        """What Alembic finds."""
        context = MigrationContext.configure(
            self.connection, opts={"compare_type": True, "include_object": _is_ours, "include_name": _is_ours_by_name}
        )
        script = produce_migrations(context, [SYSTEM, metadata])  # type: ignore[arg-type]
        for operation in _flat(script.upgrade_ops):
            yield self._step(operation)

    def _step(self, operation: ops.MigrateOperation) -> Step:
        """One of Alembic's operations as a step."""
        match operation:
            case ops.CreateTableOp():
                return Step("create_table", operation.table_name, operations=(operation,))
            case ops.DropTableOp():
                name = operation.table_name
                return Step("drop_table", name, rows=self._count(name), operations=(operation,))
            case ops.AddColumnOp():
                name, added = operation.table_name, operation.column
                return Step("add_column", name, added.name, self._count(name), operations=(operation,))
            case ops.DropColumnOp():
                name = operation.table_name
                dropped = operation.column_name
                return Step("drop_column", name, dropped, self._count(name, dropped), operations=(operation,))
            case ops.CreateIndexOp():
                name = str(operation.table_name)
                rows = self._count(name) if name in self.existing else 0
                return Step("create_index", name, rows=rows, to=operation.index_name, operations=(operation,))
            case ops.DropIndexOp():
                return Step("drop_index", str(operation.table_name), to=operation.index_name, operations=(operation,))
            case _:
                raise AssertionError(f"no step is known for {operation!r}")

    def _retyped(self, metadata: MetaData) -> Iterator[Step]:
        """Columns that store something else than before under the same name."""
        for found in metadata.tables.values():
            for each in found.columns:
                before, after = self.kinds.get((found.name, each.name)), each.info.get("column")
                if before is None or after is None or before == after or not self._has(found.name, each.name):
                    continue
                rows = self._count(found.name, each.name)
                power = _power(before, after)
                if power is not None:
                    yield Step("rescale_column", found.name, each.name, rows, _said(after), power)
                else:
                    yield from self._replaced(found, each, rows, after)

    def _replaced(self, found: Table, each: SqlColumn[Any], rows: int, after: Column) -> Iterator[Step]:
        """A column that is dropped and made anew, with its indexes around it."""
        stored = {index["name"] for index in self.inspector.get_indexes(found.name)}
        for index in found.indexes:
            if each.name in {part.name for part in index.columns} and index.name in stored:
                drop, create = ops.DropIndexOp.from_index(index), ops.CreateIndexOp.from_index(index)
                yield Step("drop_index", found.name, to=str(index.name), operations=(drop,))
                yield Step("create_index", found.name, rows=rows, to=str(index.name), operations=(create,))
        operations = (ops.DropColumnOp(found.name, each.name), ops.AddColumnOp(found.name, each._copy()))
        yield Step("retype_column", found.name, each.name, rows, _said(after), operations=operations)

    def _judge(self, step: Step) -> None:
        """What stands in the way of a step: older packages that read the column, rows that do not fit."""
        if step.kind in DESTRUCTIVE or step.kind == "rescale_column":
            for (name, read), digests in sorted(self.readers.items()):
                if name == step.table and step.column in {None, read} and digests:
                    told = {"table": name, "column": read, "packages": tuple(digests)}
                    self.problems.append(Problem("MIG-602", told))
        if step.kind == "rescale_column":
            self._judge_rescale(step)
        for operation in step.operations:
            if isinstance(operation, ops.CreateIndexOp) and operation.unique and step.table in self.existing:
                self._judge_unique(step.table, [str(getattr(each, "name", each)) for each in operation.columns])

    def _judge_rescale(self, step: Step) -> None:
        """Rows whose numbers would lose digits or leave 64 bits."""
        factor = 10 ** abs(step.power)
        value: Any = column(str(step.column))
        wrong = (func.abs(value) > LARGEST // factor) if step.power > 0 else (value % factor != 0)
        rows = self.connection.execute(select(func.count()).select_from(table(step.table)).where(wrong)).scalar_one()
        if rows:
            self.problems.append(Problem("MIG-604", {"table": step.table, "column": str(step.column), "rows": rows}))

    def _judge_unique(self, name: str, names: Sequence[str]) -> None:
        """Values that occur more than once where they have to be unique."""
        if not all(self._has(name, each) for each in names):
            return
        columns: list[Any] = [column(each) for each in names]
        doubled = (
            select(*columns, func.count()).select_from(table(name)).where(*(each.is_not(None) for each in columns))
        )
        chosen = doubled.group_by(*columns).having(func.count() > 1).order_by(*columns).limit(5)
        for row in self.connection.execute(chosen):
            told = {"table": name, "columns": tuple(names), "value": " ".join(map(str, row[:-1])), "rows": row[-1]}
            self.problems.append(Problem("MIG-605", told))

    def _has(self, name: str, column_name: str) -> bool:
        """Whether the database has a column."""
        return name in self.existing and any(each["name"] == column_name for each in self.inspector.get_columns(name))

    def _count(self, name: str, column_name: str | None = None) -> int:
        """The rows of a table, or those in which a column holds something."""
        counted = func.count() if column_name is None else func.count(column(column_name))
        return int(self.connection.execute(select(counted).select_from(table(name))).scalar_one())


def _flat(operation: Any) -> Iterator[ops.MigrateOperation]:
    """The operations inside containers."""
    for each in operation.ops:
        if isinstance(each, ops.ModifyTableOps):
            yield from _flat(each)
        else:
            yield each


def _is_ours(_item: object, _name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    """Foreign keys are part of a table's making and follow its renames; they are never compared."""
    return kind != "foreign_key_constraint"


def _is_ours_by_name(name: str | None, kind: str, _parents: Mapping[str, str | None]) -> bool:
    """Only tables with our prefixes are looked at; whatever else lies in the database is left alone."""
    return kind != "table" or (name or "").startswith(("e_", "l_", "s_"))


def stored_kinds(connection: Connection) -> dict[tuple[str, str], Column]:
    """What every column of entities and ledgers stores, as the last migration left it."""
    rows = connection.execute(select(SCHEMA_COLUMN))
    return {(row.table_name, row.column_name): Column(row.kind, row.scale) for row in rows}


def _power(before: Column, after: Column) -> int | None:
    """The power of ten that turns stored integers into those of another scale; None where the kinds are strangers."""
    whole = {"integer", "scaled"}
    return after.scale - before.scale if before.kind in whole and after.kind in whole else None


def _said(kind: Column) -> str:
    """A kind in words."""
    return f"{kind.kind}({kind.scale})" if kind.kind == "scaled" else kind.kind
