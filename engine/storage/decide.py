"""Taking one decision into the batch: judged by version, uniqueness and range, before any SQL is written.

A decision is taken whole or not at all; what it would write is encoded here, so that a number beyond 64 bits is a
problem of that one decision and never an error of the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from engine.entities.changes import Balance, Change, CounterKey, GrainKey, Issue, Post, Remove, Save
from engine.entities.columns import OutOfRange
from engine.entities.record import Record, Value
from engine.language.problems import Problem
from engine.storage.canonical import cell_id
from engine.storage.columns import days, microseconds
from engine.storage.state import NeedMore, ReadSet, RecordKey, State, UniqueKey
from engine.storage.tables import EntityTable, LedgerTable, Tables


@dataclass(slots=True)
class Effects:
    """What one decision does to the rows that later decisions of the batch may look at."""

    records: dict[RecordKey, Record | None] = field(default_factory=dict)
    rows: dict[RecordKey, dict[str, Any]] = field(default_factory=dict)
    lines: dict[RecordKey, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    balances: dict[GrainKey, Balance] = field(default_factory=dict)
    amounts: dict[GrainKey, dict[str, int]] = field(default_factory=dict)
    counters: dict[CounterKey, int] = field(default_factory=dict)
    claims: dict[UniqueKey, str] = field(default_factory=dict)
    postings: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    cells: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def take(state: State, tables: Tables, changes: Sequence[Change], actor: str, package: str) -> Effects:
    """The effects of a decision's changes on the state, with every problem found; the state itself is not touched."""
    effects = Effects()
    for change in changes:
        match change:
            case Save():
                _take_save(effects, state, tables.entities[change.record.entity], change, actor, package)
            case Remove():
                _take_remove(effects, state, change)
            case Post():
                _take_post(effects, state, tables, change)
            case Issue():
                _take_issue(effects, state, change)
            case _:
                pass  # no later decision looks at due rows, messages, settings or packages
    return effects


def _take_save(effects: Effects, state: State, table: EntityTable, change: Save, actor: str, package: str) -> None:
    """Check the version and the unique values of a record and encode its rows."""
    key = (change.record.entity, change.record.id)
    before = effects.records.get(key) or _before(state, key, change.expected)
    problem = _version_problem(before, change.record.entity, change.record.id, change.expected)
    if problem is not None:
        effects.problems.append(problem)
        return
    record = replace(
        change.record,
        version=(change.expected or 0) + 1,
        package=change.record.package or package,
        created_at=before.created_at if before else state.now,
        created_by=before.created_by if before else actor,
        changed_at=state.now,
        changed_by=actor,
    )
    effects.records[key] = record
    effects.rows[key] = encode_record(table, record, effects.problems)
    effects.lines[key] = {
        child.name: encode_lines(table, child.name, record, effects.problems)
        for child in table.children
        if before is None or _rows(before, child.name) != _rows(record, child.name)
    }
    _claim(effects, state, table, record.id, effects.rows[key], state.stored(key))


def _before(state: State, key: RecordKey, expected: int | None) -> Record | None:
    """The record as it stands; a new one need not have been looked for."""
    if expected is None and not state.knows(key):
        return None
    return state.record(*key)


def _version_problem(before: Record | None, entity: str, id: str, expected: int | None) -> Problem | None:
    """Somebody else was faster: says who and when."""
    if before is None:
        return None if expected is None else Problem("STO-121", {"entity": entity, "id": id})
    if expected is None:
        return Problem("STO-122", {"entity": entity, "id": id})
    if before.version == expected:
        return None
    changed_at: datetime | str = before.changed_at or "?"
    return Problem(
        "STO-120",
        {"entity": entity, "id": id, "by": before.changed_by or "?", "at": changed_at, "version": before.version},
    )


def encode_record(table: EntityTable, record: Record, problems: list[Problem]) -> dict[str, Any]:
    """A record's own row as stored; a value that does not fit its column is a problem at its field."""
    values = (
        record.id,
        record.version,
        record.state,
        record.number,
        record.package,
        record.created_at,
        record.created_by,
        record.changed_at,
        record.changed_by,
    )
    row: dict[str, Any] = {}
    encoders = table.codec.encoders
    for (name, encode), value in zip(encoders, values, strict=False):
        row[name] = encode(value)
    for name, encode in encoders[len(values) :]:
        try:
            row[name] = encode(record.values.get(name))
        except OutOfRange:
            row[name] = None
            problems.append(_misfit(record.values.get(name), (name,)))
    return row


def encode_lines(table: EntityTable, name: str, record: Record, problems: list[Problem]) -> list[dict[str, Any]]:
    """The rows of one kind of lines as stored."""
    child = next(each for each in table.children if each.name == name)
    rows: list[dict[str, Any]] = []
    for position, line in enumerate(_rows(record, name)):
        row: dict[str, Any] = {"_record": record.id, "id": line["id"], "_position": position}
        for column, encode in child.codec.encoders:
            try:
                row[column] = encode(line.get(column))
            except OutOfRange:
                row[column] = None
                problems.append(_misfit(line.get(column), (name, position, column)))
        rows.append(row)
    return rows


def _misfit(value: object, path: tuple[str | int, ...]) -> Problem:
    """A value that its column cannot hold: a text with impossible characters, or a number of wrong size or scale."""
    if isinstance(value, str):
        return Problem("STO-128", path=path)
    return Problem("STO-124", {"value": str(value)}, path=path)


def _rows(record: Record, name: str) -> tuple[Mapping[str, Any], ...]:
    """The lines a record holds under a field."""
    found: Any = record.values.get(name)
    return () if found is None else found


def _claim(
    effects: Effects, state: State, table: EntityTable, id: str, row: Mapping[str, Any], stored: Record | None
) -> None:
    """Claim the unique values of a row unless it held them before; one that somebody holds is a problem naming who."""
    for names in table.uniques:
        values = tuple(row[name] for name in names)
        if None in values or (stored is not None and _held_before(table, names, values, stored)):
            continue
        key = (table.name, names, values)
        holder = effects.claims.get(key) or state.claimed(key)
        if holder is not None and holder != id:
            effects.problems.append(
                Problem(
                    "STO-123",
                    {"entity": table.name, "fields": names, "value": " ".join(map(str, values)), "holder": holder},
                    path=(names[0],),
                )
            )
        effects.claims[key] = id


def unique_key(tables: Tables, record: Record, names: tuple[str, ...]) -> UniqueKey:
    """The values of some fields of a record that together are unique, as the database knows them; none is empty."""
    encoders = dict(tables.entities[record.entity].codec.encoders)
    stored = (encoders[name](record.values[name]) for name in names)
    return record.entity, names, tuple(value for value in stored if value is not None)


def _held_before(table: EntityTable, names: tuple[str, ...], values: tuple[Any, ...], stored: Record) -> bool:
    """Whether the stored record has these values already."""
    encoders = dict(table.codec.encoders)
    return tuple(encoders[name](stored.values.get(name)) for name in names) == values


def _take_remove(effects: Effects, state: State, change: Remove) -> None:
    """Check the version of a record that goes."""
    problem = _version_problem(state.record(change.entity, change.id), change.entity, change.id, change.expected)
    if problem is not None:
        effects.problems.append(problem)
    effects.records[change.entity, change.id] = None


def _take_post(effects: Effects, state: State, tables: Tables, change: Post) -> None:
    """Add a posting's sums to its balances; a sum beyond 64 bits is a problem."""
    missing: set[GrainKey] = set()
    for key, sums in change.balances:
        try:
            before = effects.balances.get(key) or state.balance(key)
        except NeedMore:
            missing.add(key)
            continue
        table = tables.ledgers[key.ledger]
        after = {name: before.amount(name) + sums.get(name, Decimal(0)) for name in table.measures}
        effects.balances[key] = Balance(after)
        effects.amounts[key] = _encode_amounts(table, after, effects.problems, key.key)
    if missing:
        raise NeedMore(ReadSet(balances=frozenset(missing)))
    _encode_entries(effects, state, tables, change)


def _encode_entries(effects: Effects, state: State, tables: Tables, change: Post) -> None:
    """The posting rows and cells of a posting as stored, all but their place in the journal."""
    recorded, effective = microseconds(state.now), days(change.effective)
    for entry in change.entries:
        table = tables.ledgers[entry.ledger]
        cell, stored = _stored_cell(table, entry.cell)
        effects.cells.setdefault(table.name, {})[cell] = stored
        row = {
            "_document": change.document,
            "_number": len(effects.postings),
            "_entity": change.entity,
            "_line": entry.line,
            "_posting": change.posting,
            "_transition": change.transition,
            "_cell": cell,
            "_grains": " ".join(entry.grains),
            "_effective": effective,
            "_recorded": recorded,
            **_encode_amounts(table, entry.deltas, effects.problems, entry.cell),
        }
        effects.postings.append((table.name, row))


@lru_cache(maxsize=4_096)
def _stored_cell(table: LedgerTable, values: tuple[Value, ...]) -> tuple[str, Mapping[str, Any]]:
    """The id and the row of a cell; goods go through the same cells all day long."""
    dimensions = {name: table.encoders[name](value) for name, value in zip(table.dimensions, values, strict=True)}
    cell = cell_id(dimensions)
    return cell, {"_id": cell, **dimensions}


def _encode_amounts(
    table: LedgerTable, amounts: Mapping[str, Decimal], problems: list[Problem], key: tuple[Value, ...]
) -> dict[str, int]:
    """Amounts of each measure as stored."""
    stored: dict[str, Any] = {}
    for name in table.measures:
        try:
            stored[name] = table.encoders[name](amounts.get(name, Decimal(0)))
        except OutOfRange:
            where = " ".join("-" if part is None else str(part) for part in key)
            problems.append(Problem("STO-125", {"ledger": table.name, "key": where, "value": str(amounts[name])}))
    return stored


def _take_issue(effects: Effects, state: State, change: Issue) -> None:
    """Move a number series on; it never goes back."""
    before = effects.counters.get(change.counter)
    last = state.counter(change.counter) if before is None else before
    assert change.value > last, f"{change.counter} gave out {last}; {change.value} is no later number"
    effects.counters[change.counter] = change.value
