"""Reading records: by id, as lists with conditions, order and pages, counted and summed. Never a write.

Conditions are SQL expressions made by `filters.to_sql` on the columns of `Tables.column`; a permission handed in as a
condition is part of every statement here, so a hidden row answers as if it did not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement as Condition
from sqlalchemy import Connection, Select, and_, false, func, or_, select, true, tuple_

from engine.entities.columns import LARGEST, to_stored
from engine.entities.record import Record
from engine.language.problems import Problem, Refused
from engine.storage.columns import decoder, storable
from engine.storage.load import with_lines
from engine.storage.tables import EntityTable, Path, Tables

Selection = Select[Any]
"""Ids that a condition is about, still in the database."""

AT_ONCE = 5_000
ESCAPE = "\\"


@dataclass(frozen=True, slots=True)
class Order:
    """One key to sort by: a path and a direction. Empty values come last either way."""

    path: Path
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list: `limit` rows after `offset`; limit None is everything."""

    limit: int | None = None
    offset: int = 0


EVERYTHING = Page()


def get(
    connection: Connection, tables: Tables, entity: str, ids: Iterable[str], where: Sequence[Condition[bool]] = ()
) -> dict[str, Record]:
    """Records by id with their lines; ids that are not there, or not visible, are left out."""
    table = tables.entities[entity]
    found: dict[str, Record] = {}
    wanted = [each for each in dict.fromkeys(ids) if storable(each)]
    for start in range(0, len(wanted), AT_ONCE):
        chosen = table.of_ids.where(*where) if where else table.of_ids
        rows = connection.execute(chosen, {"ids": wanted[start : start + AT_ONCE]}).all()
        found.update((record.id, record) for record in with_lines(connection, table, rows))
    return found


def get_one(
    connection: Connection, tables: Tables, entity: str, id: str, where: Sequence[Condition[bool]] = ()
) -> Record | None:
    """One record with its lines; None when it is not there or not visible."""
    return get(connection, tables, entity, (id,), where).get(id)


def list_records(
    connection: Connection,
    tables: Tables,
    entity: str,
    *,
    where: Sequence[Condition[bool]] = (),
    order: Sequence[Order] = (),
    page: Page = EVERYTHING,
    lines: bool = False,
) -> tuple[Record, ...]:
    """The records that meet all conditions, ordered (ids decide among equals); lines only when asked for."""
    table = tables.entities[entity]
    chosen = select(*table.selected).where(*where).order_by(*_ordering(tables, table, order))
    if page.limit is not None:
        chosen = chosen.limit(page.limit)
    if page.offset:
        chosen = chosen.offset(min(page.offset, LARGEST))
    rows = connection.execute(chosen).all()
    return tuple(with_lines(connection, table, rows) if lines else (table.decode(row, {}) for row in rows))


def count(connection: Connection, tables: Tables, entity: str, where: Sequence[Condition[bool]] = ()) -> int:
    """How many records meet all conditions."""
    chosen = select(func.count()).select_from(tables.entities[entity].table).where(*where)
    return int(connection.execute(chosen).scalar_one())


def counts(
    connection: Connection, tables: Tables, entity: str, path: Path, where: Sequence[Condition[bool]] = ()
) -> dict[Any, int]:
    """How many records that meet all conditions have each value at a path."""
    column = tables.column(entity, path)
    chosen = select(column, func.count()).select_from(tables.entities[entity].table).where(*where).group_by(column)
    decode = decoder(tables.kind(entity, path))
    rows = connection.execute(chosen).all()
    return {value if decode is None or value is None else decode(value): int(number) for value, number in rows}


def sums(
    connection: Connection, tables: Tables, entity: str, fields: Sequence[str], where: Sequence[Condition[bool]] = ()
) -> dict[str, Any]:
    """The sum of each numeric field over the records that meet all conditions; refused beyond 64 bits."""
    if not fields:
        return {}
    table = tables.entities[entity]
    chosen = select(*(func.sum(table.table.c[name]) for name in fields)).select_from(table.table).where(*where)
    row = connection.execute(chosen).one()
    return {name: total(table, name, value) for name, value in zip(fields, row, strict=True)}


def total(table: EntityTable, name: str, summed: Any) -> Any:
    """A summed column as a value; the database sums wider than it stores, so the range is judged here."""
    stored = int(summed or 0)
    if abs(stored) > LARGEST:
        raise Refused((Problem("STO-127", {"field": name}),))
    decode = decoder(table.columns[name].column)
    return stored if decode is None else decode(stored)


def find(
    connection: Connection, tables: Tables, entity: str, names: Sequence[str], values: Iterable[tuple[Any, ...]]
) -> dict[tuple[Any, ...], str]:
    """The id of the record that holds each tuple of values (of its identity, say); for imports and lookups in bulk."""
    return {value: ids[-1] for value, ids in find_all(connection, tables, entity, names, values).items()}


def find_all(
    connection: Connection, tables: Tables, entity: str, names: Sequence[str], values: Iterable[tuple[Any, ...]]
) -> dict[tuple[Any, ...], tuple[str, ...]]:
    """The ids of all records that hold each tuple of values, in the order of their ids."""
    table = tables.entities[entity]
    encoders = dict(table.codec.encoders)
    stored = {tuple(encoders[name](value) for name, value in zip(names, each, strict=True)): each for each in values}
    columns = [table.table.c[name] for name in names]
    found: dict[tuple[Any, ...], tuple[str, ...]] = {}
    keys = list(stored)
    for start in range(0, len(keys), AT_ONCE):
        part = keys[start : start + AT_ONCE]
        matching = columns[0].in_([key[0] for key in part]) if len(names) == 1 else tuple_(*columns).in_(part)
        chosen = select(table.table.c.id, *columns).where(matching).order_by(table.table.c.id)
        for holder, *held in connection.execute(chosen):
            value = stored[tuple(held)]
            found[value] = (*found.get(value, ()), holder)
    return found


def numbered(connection: Connection, tables: Tables, entity: str, numbers: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The ids of the documents that have each number; another company may have the same one."""
    table = tables.entities[entity].table
    wanted = [each for each in dict.fromkeys(numbers) if storable(each)]
    found: dict[str, tuple[str, ...]] = {}
    for start in range(0, len(wanted), AT_ONCE):
        chosen = select(table.c["_number"], table.c.id).where(table.c["_number"].in_(wanted[start : start + AT_ONCE]))
        for number, id in connection.execute(chosen.order_by(table.c.id)):
            found[number] = (*found.get(number, ()), id)
    return found


def search(tables: Tables, entity: str, text: str, fields: Sequence[str]) -> Condition[bool]:
    """The condition that one of some text fields contains each of the words typed, in any (ASCII) case."""
    table = tables.entities[entity].table
    columns = [table.c[name] for name in fields]
    return and_(true(), *(any_of(contains(column, word) for column in columns) for word in text.split()))


def any_of(conditions: Iterable[Condition[bool]]) -> Condition[bool]:
    """The condition that at least one of some conditions holds; none given means never."""
    return or_(false(), *conditions)


def all_of(conditions: Iterable[Condition[bool]]) -> Condition[bool]:
    """The condition that all of some conditions hold; none given means always."""
    return and_(true(), *conditions)


def among(tables: Tables, entity: str, ids: Iterable[str]) -> Condition[bool]:
    """The condition that a record is one of some ids."""
    return tables.entities[entity].table.c.id.in_(sorted(ids))


def contains(column: Condition[Any], word: str) -> Condition[bool]:
    """The condition that a text column contains a word; the word's own % and _ mean themselves."""
    escaped = word.lower().replace(ESCAPE, ESCAPE * 2).replace("%", ESCAPE + "%").replace("_", ESCAPE + "_")
    return func.lower(column).like(f"%{escaped}%", escape=ESCAPE)


def packages_in_use(
    connection: Connection, tables: Tables, entity: str, states: Sequence[str] | None = None
) -> frozenset[str]:
    """The digests of the packages that records of an entity carry, of all or of those in some states."""
    table = tables.entities[entity].table
    chosen = select(table.c["_package"]).distinct().where(table.c["_package"].is_not(None))
    if states is not None:
        chosen = chosen.where(table.c["_state"].in_(states))
    return frozenset(str(digest) for (digest,) in connection.execute(chosen))


def _ordering(tables: Tables, table: EntityTable, order: Sequence[Order]) -> list[Condition[Any]]:
    """The ORDER BY of a list; the same on both databases, whose own idea of where NULL sorts differs."""
    keys: list[Condition[Any]] = []
    for each in order:
        column = tables.column(table.name, each.path)
        keys.append((column.desc() if each.descending else column.asc()).nulls_last())
    return [*keys, table.table.c.id]


def encode(tables: Tables, entity: str, path: Path, value: Any) -> str | int | None:
    """A value as the column at a path stores it, to compare with."""
    return to_stored(tables.kind(entity, path), value)


def equals(tables: Tables, entity: str, path: Path, value: Any) -> Condition[bool]:
    """The condition that the column at a path has a value (or none)."""
    column = tables.column(entity, path)
    return column.is_(None) if value is None else column == encode(tables, entity, path, value)


def holds(tables: Tables, entity: str, path: str, value: str) -> Condition[bool]:
    """The condition that a text field (`paper`) or that field of some line (`lines.paper`) has a value."""
    lines, _, name = path.rpartition(".")
    if not lines:
        return equals(tables, entity, (name,), value)
    table = tables.entities[entity]
    child = next(each for each in table.children if each.name == lines)
    return table.table.c.id.in_(select(child.table.c["_record"]).where(child.table.c[name] == value))


def select_ids(tables: Tables, entity: str, where: Sequence[Condition[bool]]) -> Select[Any]:
    """The ids of the records that meet all conditions, to be used inside another condition."""
    return select(tables.entities[entity].table.c.id).where(*where)
