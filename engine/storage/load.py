"""Reading a read set under lock: few statements, every lock in one order (table, then key).

Tables sort as entities (`e_`), ledgers (`l_`), counters (`s_`), so a hot counter row is always locked last. Rows that
are counted on (balances, counters) are made first where they are missing, because only a row that exists can be
locked. On SQLite the whole database is locked already and FOR UPDATE is left out by the dialect.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, not_, or_, select, tuple_

from engine.entities.changes import Balance, CellRange, CounterKey, GrainKey
from engine.entities.record import Record
from engine.storage.bulk import Insert
from engine.storage.canonical import key_text
from engine.storage.columns import decoder
from engine.storage.state import Loaded, ReadSet, RecordKey, UniqueKey
from engine.storage.system_tables import COUNTER
from engine.storage.tables import EntityTable, LedgerTable, Tables

INSERT_COUNTERS = Insert(COUNTER, "keep")
LOCK_COUNTERS = (
    select(COUNTER.c.id, COUNTER.c.value)
    .where(COUNTER.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(COUNTER.c.id)
    .with_for_update()
)


def load(connection: Connection, tables: Tables, reads: ReadSet, known: set[str]) -> tuple[Loaded, set[str]]:
    """The rows of a read set. `known` holds keys of rows that exist for sure; the keys made now are given back."""
    loaded = Loaded()
    made: set[str] = set()
    locked = reads.records
    for entity, ids in _grouped(locked):
        _take_records(loaded, entity, ids, read_entities(connection, tables.entities[entity], ids, lock=True))
    balances: dict[str, list[GrainKey]] = defaultdict(list)
    loaded.ranges = balances_in(connection, tables, reads.ranges)
    for key in reads.balances.union(*loaded.ranges.values()):
        balances[key.ledger].append(key)
    for ledger in sorted(balances):
        made |= _load_balances(connection, tables.ledgers[ledger], balances[ledger], known, loaded)
    if reads.counters:
        made |= _load_counters(connection, reads.counters, known, loaded)
    for entity, ids in _grouped(reads.shared - locked):
        _take_records(loaded, entity, ids, read_entities(connection, tables.entities[entity], ids, lock=False))
    if reads.unique:
        loaded.holders.update(holders(connection, tables, reads.unique))
    return loaded, made


def read_entities(connection: Connection, table: EntityTable, ids: Sequence[str], *, lock: bool) -> list[Record]:
    """The records with these ids, each with its lines: one statement, and one for each kind of lines."""
    rows = connection.execute(table.locked if lock else table.of_ids, {"ids": ids}).all()
    return with_lines(connection, table, rows)


def with_lines(connection: Connection, table: EntityTable, rows: Sequence[Any]) -> list[Record]:
    """Rows of an entity's table as records, the lines fetched with one statement for each kind."""
    if not rows:
        return []
    lines: dict[str, dict[str, tuple[Any, ...]]] = {row[0]: {} for row in rows}
    for child in table.children:
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in connection.execute(child.of_records, {"ids": list(lines)}):
            found[row[0]].append(child.decode(row))
        for owner, kept in lines.items():
            kept[child.name] = tuple(found.get(owner, ()))
    return [table.decode(row, lines[row[0]]) for row in rows]


def balances_in(
    connection: Connection, tables: Tables, ranges: Iterable[CellRange]
) -> dict[CellRange, tuple[GrainKey, ...]]:
    """The keys of the balances in some ranges that are not empty; of a range that has none of these, the emptied ones.

    One statement for each grain and set of dimensions, and another one where some range is empty: a fact then has to
    know what there was. They are found before they are locked; a balance that comes into being meanwhile can only add
    to what is there.
    """
    grouped: dict[tuple[str, str, tuple[str, ...]], list[CellRange]] = defaultdict(list)
    for each in ranges:
        grouped[each.ledger, each.grain, tuple(name for name, _ in each.fixed)].append(each)
    found: dict[CellRange, tuple[GrainKey, ...]] = {}
    for (ledger, grain, names), wanted in sorted(grouped.items()):
        table = tables.ledgers[ledger]
        by = table.grains[grain].by
        places = [by.index(name) for name in names]
        there: dict[tuple[Any, ...], list[GrainKey]] = defaultdict(list)
        sought = wanted
        for empty in (False, True):
            for key in _keys_in(connection, table, grain, sought, empty=empty) if sought else ():
                there[tuple([key[place] for place in places])].append(GrainKey(ledger, grain, key))
            sought = [each for each in wanted if tuple([value for _, value in each.fixed]) not in there]
        for each in wanted:
            found[each] = tuple(sorted(there.get(tuple([value for _, value in each.fixed]), ()), key=repr))
    return found


def _keys_in(
    connection: Connection, table: LedgerTable, grain: str, wanted: Sequence[CellRange], *, empty: bool
) -> list[tuple[Any, ...]]:
    """The keys of all balances of a grain that are empty or are not, and have some of the values wanted."""
    columns = [table.balance.c[name] for name in table.grains[grain].by]
    filled = or_(*(table.balance.c[name] != 0 for name in table.measures))
    chosen = select(*columns).where(table.balance.c["_grain"] == grain, not_(filled) if empty else filled)
    for position, (name, _) in enumerate(wanted[0].fixed):
        values = sorted({table.encoders[name](each.fixed[position][1]) for each in wanted}, key=repr)
        chosen = chosen.where(table.balance.c[name].in_(values))
    decoders = [decoder(table.dimensions[name].column) for name in table.grains[grain].by]
    return [
        tuple(
            value if decode is None or value is None else decode(value)
            for decode, value in zip(decoders, row, strict=True)
        )
        for row in connection.execute(chosen)
    ]


def balance_id(table: LedgerTable, key: GrainKey) -> str:
    """The key of a balance row: its grain and the values of the grain's dimensions as stored."""
    by = table.grains[key.grain].by
    return key_text(key.grain, *(table.encoders[name](value) for name, value in zip(by, key.key, strict=True)))


def counter_id(key: CounterKey) -> str:
    """The key of a counter row."""
    return key_text(key.series, *key.key)


def holders(connection: Connection, tables: Tables, wanted: Iterable[UniqueKey]) -> dict[UniqueKey, str | None]:
    """Who holds each unique value: one statement for each set of unique columns asked for."""
    found: dict[UniqueKey, str | None] = {}
    grouped: dict[tuple[str, tuple[str, ...]], set[tuple[str | int, ...]]] = defaultdict(set)
    for entity, names, values in wanted:
        grouped[entity, names].add(values)
        found[entity, names, values] = None
    for entity, names in sorted(grouped):
        table = tables.entities[entity].table
        columns = [table.c[name] for name in names]
        sought: Any = bindparam("sought", expanding=True)
        matching = columns[0].in_(sought) if len(columns) == 1 else tuple_(*columns).in_(sought)
        wanted_values = sorted(grouped[entity, names], key=repr)
        given: list[Any] = [each[0] for each in wanted_values] if len(columns) == 1 else list(wanted_values)
        for holder, *held in connection.execute(select(table.c.id, *columns).where(matching), {"sought": given}):
            found[entity, names, tuple(held)] = holder
    return found


def _grouped(keys: Iterable[RecordKey]) -> list[tuple[str, list[str]]]:
    """Record keys by entity, entities and ids sorted."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for entity, record in keys:
        grouped[entity].append(record)
    return [(entity, sorted(grouped[entity])) for entity in sorted(grouped)]


def _take_records(loaded: Loaded, entity: str, ids: Sequence[str], found: Sequence[Record]) -> None:
    """Note what was found, and what was looked for in vain."""
    loaded.records.update(dict.fromkeys((entity, each) for each in ids))
    loaded.records.update(((entity, record.id), record) for record in found)


def _load_balances(
    connection: Connection, table: LedgerTable, keys: Sequence[GrainKey], known: set[str], loaded: Loaded
) -> set[str]:
    """Lock the balances of one ledger, made first where missing; gives back the ids made."""
    ids = {balance_id(table, key): key for key in keys}
    missing = sorted(row for row in ids if f"{table.name}:{row}" not in known)
    table.insert_balances.run(connection, [_empty_balance(table, row, ids[row]) for row in missing])
    rows = connection.execute(table.locked_balances, {"ids": sorted(ids)}).all()
    if len(rows) < len(ids):  # a row that was known is gone: the database was restored or repaired
        known.clear()
        return _load_balances(connection, table, keys, known, loaded)
    for row, version, *amounts in rows:
        values = table.measure_codec.decode(amounts)
        loaded.balances[ids[row]] = Balance(dict(zip(table.measures, values, strict=True)))
        loaded.balance_versions[ids[row]] = version
    return {f"{table.name}:{row}" for row in missing}


def _empty_balance(table: LedgerTable, id: str, key: GrainKey) -> dict[str, Any]:
    """The row of a balance that was never posted to."""
    by = dict(zip(table.grains[key.grain].by, key.key, strict=True))
    dimensions = {name: table.encoders[name](by.get(name)) for name in table.dimensions}
    return {"_id": id, "_grain": key.grain, "_version": 0, **dimensions, **dict.fromkeys(table.measures, 0)}


def _load_counters(connection: Connection, keys: Iterable[CounterKey], known: set[str], loaded: Loaded) -> set[str]:
    """Lock counters, made first where missing; gives back the ids made."""
    ids = {counter_id(key): key for key in keys}
    missing = sorted(row for row in ids if f"counter:{row}" not in known)
    INSERT_COUNTERS.run(connection, [{"id": row, "series": ids[row].series, "value": 0} for row in missing])
    for row, value in connection.execute(LOCK_COUNTERS, {"ids": sorted(ids)}):
        loaded.counters[ids[row]] = value
    return {f"counter:{row}" for row in missing}
