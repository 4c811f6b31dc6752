"""Taking the steps of a plan: each by itself, recorded, so that a run that broke off goes on where it stopped.

Only one process migrates a database at a time; the web never does. Structure and data are never changed in the same
transaction, and every step is computed anew from the database as it is, so a step taken twice does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from alembic.operations import Operations, ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, column, delete, func, insert, select, table, update

from engine.entities.columns import Column
from engine.language.problems import Problem, Refused
from engine.storage.bulk import Insert
from engine.storage.canonical import sha256
from engine.storage.columns import microseconds
from engine.storage.database import Database
from engine.storage.faults import RETRIED, Faulted
from engine.storage.file_lock import hold_file
from engine.storage.plan import LiveReaders, Plan, Step, plan, stored_kinds
from engine.storage.shape import Shape
from engine.storage.system_tables import SCHEMA_COLUMN, SCHEMA_STEP, STATE, SYSTEM
from engine.storage.tables import Present, tables_for

TRIES = 8
LOCK_ROW = "migration"
SHAPE_ROW = "schema"

KEEP_STATE = Insert(STATE, "keep")
WRITE_STATE = Insert(STATE, "replace")
WRITE_COLUMNS = Insert(SCHEMA_COLUMN, "replace")

Progress = Callable[[int, int, Step], None]


def apply(
    database: Database,
    planned: Plan,
    now: datetime,
    *,
    allow_destructive: bool = False,
    progress: Progress | None = None,
) -> Plan:
    """Take the steps of a plan and give back those that were taken.

    Refused, with nothing changed, when data would be lost without `allow_destructive`, when something stands in the
    way, or when the database needs other steps by now than those that were shown.
    """
    with _alone(database):
        fresh = plan(database, planned.shape, planned.live_readers)
        shown = {(step.kind, step.table, step.column, step.to) for step in planned.steps}
        unseen = any((step.kind, step.table, step.column, step.to) not in shown for step in fresh.steps)
        _refuse(fresh, (Problem("MIG-603"),) if unseen else (), allow_destructive)
        return _take_all(database, fresh, now, progress)


def migrate(
    database: Database,
    shape: Shape,
    now: datetime,
    *,
    allow_destructive: bool = False,
    live_readers: LiveReaders | None = None,
    progress: Progress | None = None,
) -> Plan:
    """Plan and apply in one go, where nobody wants to see the plan first."""
    with _alone(database):
        planned = plan(database, shape, live_readers)
        _refuse(planned, (), allow_destructive)
        return _take_all(database, planned, now, progress)


def _refuse(planned: Plan, more: tuple[Problem, ...], allow_destructive: bool) -> None:
    """Raise what stands in the way of a plan, before anything is changed."""
    lost = () if allow_destructive else tuple(_needs_flag(step) for step in planned.destructive)
    if problems := (*planned.problems, *lost, *more):
        raise Refused(problems)


def _take_all(database: Database, planned: Plan, now: datetime, progress: Progress | None) -> Plan:
    """Take the steps of a plan, and note that the database fits its shape."""
    for number, step in enumerate(planned.steps, 1):
        if progress is not None:
            progress(number, len(planned.steps), step)
        _take(database, step, planned.shape, now)
    with database.write() as connection:
        _finish(connection, planned.shape)
    return planned


def is_current(database: Database, shape: Shape) -> bool:
    """Whether the database was migrated to this shape (and this engine): one row is read, nothing is compared."""
    try:
        with database.read() as connection:
            found = connection.execute(select(STATE.c.value).where(STATE.c.name == SHAPE_ROW)).scalar_one_or_none()
    except Refused as refused:
        if [problem.code for problem in refused.problems] == ["STO-109"]:
            return False
        raise
    return bool(found == schema_digest(shape))


def schema_digest(shape: Shape) -> str:
    """A fingerprint of the shape together with the engine's own tables."""
    own = [(each.name, [(part.name, str(part.type)) for part in each.columns]) for each in SYSTEM.sorted_tables]
    return sha256(f"{shape.digest}{own}")


def renames_of(connection: Connection) -> Present:
    """What became of the names that older packages know, from the steps taken so far."""
    tables: dict[str, str] = {}
    columns: dict[tuple[str, str], str] = {}
    renamed = select(SCHEMA_STEP).where(SCHEMA_STEP.c.renamed_to.is_not(None)).order_by(SCHEMA_STEP.c.number)
    for row in connection.execute(renamed):
        aliases = [name for name, now in tables.items() if now == row.table_name] + [row.table_name]
        if row.column_name is None:
            tables.update(dict.fromkeys(aliases, row.renamed_to))
            continue
        for alias in aliases:
            former = [name for (known, name), now in columns.items() if (known, now) == (alias, row.column_name)]
            columns.update({(alias, name): row.renamed_to for name in (*former, row.column_name)})
    return Present(tables, columns, stored_kinds(connection))


def _needs_flag(step: Step) -> Problem:
    """Why a step that loses data is not taken."""
    return Problem("MIG-601", {"table": step.table, "column": step.column or "", "rows": step.rows})


def _take(database: Database, step: Step, shape: Shape, now: datetime) -> None:
    """One step: its structure in a transaction of its own, its data and its record in another."""
    if step.operations or step.kind in {"rename_column", "rename_table"}:
        with database.write() as connection:
            operations = Operations(MigrationContext.configure(connection))
            for operation in step.operations or (_rename(step),):
                operations.invoke(operation)
    with database.write() as connection:
        if step.kind == "rescale_column":
            _rescale(connection, step)
        if step.kind != "create_table" or step.table not in _BEFORE_THE_RECORD:
            _record(connection, step, shape, now)


_BEFORE_THE_RECORD = {each.name for each in SYSTEM.sorted_tables}


def _rename(step: Step) -> ops.MigrateOperation:
    """The operation of a rename."""
    if step.kind == "rename_table":
        return ops.RenameTableOp(step.table, str(step.to))
    return ops.AlterColumnOp(step.table, str(step.column), modify_name=step.to)


def _rescale(connection: Connection, step: Step) -> None:
    """Let a column's integers mean the same number under another scale; the plan has seen that all of them fit."""
    name = str(step.column)
    value: Any = column(name)
    factor = 10 ** abs(step.power)
    after: Any = value * factor if step.power > 0 else value / factor
    changed = table(step.table, column(name))
    connection.execute(update(changed).where(value.is_not(None)).values({name: after}))


def _record(connection: Connection, step: Step, shape: Shape, now: datetime) -> None:
    """Note a step that was taken and what the columns store from now on."""
    last = connection.execute(select(func.max(SCHEMA_STEP.c.number))).scalar_one()
    renamed = step.to if step.kind in {"rename_column", "rename_table"} else None
    values = {
        "number": (last or 0) + 1,
        "kind": step.kind,
        "table_name": step.table,
        "column_name": step.column,
        "renamed_to": renamed,
        "rows_touched": step.rows,
        "done_at": microseconds(now),
        "shape": shape.digest,
    }
    connection.execute(insert(SCHEMA_STEP).values(values))
    here = SCHEMA_COLUMN.c.table_name == step.table
    if step.kind == "rename_table":
        connection.execute(update(SCHEMA_COLUMN).where(here).values(table_name=step.to))
    elif step.kind == "rename_column":
        chosen = update(SCHEMA_COLUMN).where(here, SCHEMA_COLUMN.c.column_name == step.column)
        connection.execute(chosen.values(column_name=step.to))
    elif step.kind == "drop_table":
        connection.execute(delete(SCHEMA_COLUMN).where(here))
    elif step.column is not None:
        _record_kind(connection, step, shape)


def _record_kind(connection: Connection, step: Step, shape: Shape) -> None:
    """Note what one column stores after a step."""
    connection.execute(
        delete(SCHEMA_COLUMN).where(
            SCHEMA_COLUMN.c.table_name == step.table, SCHEMA_COLUMN.c.column_name == step.column
        )
    )
    kind = _kinds(shape).get((step.table, str(step.column)))
    if step.kind != "drop_column" and kind is not None:
        WRITE_COLUMNS.run(connection, [_kind_row(step.table, str(step.column), kind)])


def _finish(connection: Connection, shape: Shape) -> None:
    """Note that the database fits the shape."""
    connection.execute(delete(SCHEMA_COLUMN))
    kinds = _kinds(shape)
    WRITE_COLUMNS.run(connection, [_kind_row(*name, kinds[name]) for name in sorted(kinds)])
    WRITE_STATE.run(connection, [{"name": SHAPE_ROW, "value": schema_digest(shape)}])


def _kinds(shape: Shape) -> dict[tuple[str, str], Column]:
    """What every declared column stores."""
    found = tables_for(shape).metadata.tables.values()
    return {
        (each.name, part.name): part.info["column"] for each in found for part in each.columns if "column" in part.info
    }


def _kind_row(table_name: str, column_name: str, kind: Column) -> Mapping[str, Any]:
    """A row of the table of kinds."""
    return {"table_name": table_name, "column_name": column_name, "kind": kind.kind, "scale": kind.scale}


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """Be the only one who migrates: a locked row on PostgreSQL, a locked file beside a SQLite database."""
    if database.path is not None:
        with hold_file(database.path, "migrate"):
            _make_lock_row(database)
            yield
        return
    _make_lock_row(database)
    with database.write() as connection:
        connection.execute(select(STATE).where(STATE.c.name == LOCK_ROW).with_for_update())
        yield


def _make_lock_row(database: Database) -> None:
    """Make the row to lock, and its table on an empty database, even when others do the same at this moment."""
    for attempt in range(1, TRIES + 1):
        try:
            with database.transaction() as connection:
                STATE.create(connection, checkfirst=True)
            with database.transaction() as connection:
                KEEP_STATE.run(connection, [{"name": LOCK_ROW, "value": ""}])
        except Faulted as faulted:
            if attempt == TRIES or faulted.fault not in RETRIED:
                raise Refused((faulted.problem(),)) from faulted
        else:
            return


def taken_steps(connection: Connection) -> Sequence[Any]:
    """Every step ever taken, oldest first."""
    return connection.execute(select(SCHEMA_STEP).order_by(SCHEMA_STEP.c.number)).all()
