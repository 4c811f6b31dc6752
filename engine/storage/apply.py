"""Writing a batch of accepted decisions: a few statements, one per table, however many rows there are.

Several decisions of a batch may touch the same row; what is written is its last state, once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from engine.entities.changes import (
    CancelDue,
    Change,
    CloseTask,
    CounterKey,
    GrainKey,
    Issue,
    OpenTask,
    Post,
    Publish,
    Remove,
    Save,
    Send,
    SetDue,
    SetLevel,
    SetSetting,
)
from engine.storage import alerts, due, journal, outbox, packages, settings, tasks
from engine.storage.bulk import Update
from engine.storage.decide import Effects
from engine.storage.load import balance_id, counter_id
from engine.storage.state import Loaded, RecordKey
from engine.storage.system_tables import COUNTER
from engine.storage.tables import Tables

UPDATE_COUNTERS = Update(COUNTER, ["value"])


class Batch:
    """The accepted decisions of one transaction, gathered table by table."""

    def __init__(self, loaded: Loaded, now: datetime) -> None:
        self.loaded = loaded
        self.now = now
        self.rows: dict[RecordKey, dict[str, Any] | None] = {}
        self.lines: dict[RecordKey, dict[str, list[dict[str, Any]]]] = {}
        self.amounts: dict[GrainKey, dict[str, int]] = {}
        self.counters: dict[CounterKey, int] = {}
        self.postings: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.cells: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
        self.others: list[tuple[Change, str]] = []
        self.journal: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self._pending: list[list[dict[str, Any]]] = []

    def add(self, effects: Effects, changes: Sequence[Change], actor: str, entries: Sequence[dict[str, Any]]) -> None:
        """Take in one decision; `entries` are its rows of the journal, the first of which explains its postings."""
        self.rows.update(effects.rows)
        for key, record in effects.records.items():
            if record is None:
                self.rows[key] = None
        for key, lines in effects.lines.items():
            self.lines.setdefault(key, {}).update(lines)
        self.amounts.update(effects.amounts)
        self.counters.update(effects.counters)
        for ledger, cells in effects.cells.items():
            self.cells[ledger].update(cells)
        for ledger, row in effects.postings:
            self.postings[ledger].append(row)
        self._pending += [[row for _, row in effects.postings], *([] for _ in entries[1:])]
        self.journal += entries
        self.others.extend(
            (change, actor) for change in changes if not isinstance(change, Save | Remove | Post | Issue)
        )

    def write(self, connection: Connection, tables: Tables, known: set[str]) -> set[str]:
        """Write everything; gives back the keys of the cells that exist from now on."""
        heads = self._chain(connection)
        self._write_records(connection, tables)
        made = self._write_ledgers(connection, tables, known)
        UPDATE_COUNTERS.run(
            connection,
            [{"id": counter_id(key), "value": value} for key, value in sorted(self.counters.items(), key=repr)],
        )
        for kinds, write in _OTHERS:
            found = [(change, actor) for change, actor in self.others if isinstance(change, kinds)]
            if found:
                write(connection, found, self.now)
        journal.write(connection, self.journal, heads)
        return made

    def _chain(self, connection: Connection) -> dict[str, journal.Head]:
        """Give every journal entry its place, and every posting the number of the entry that explains it."""
        heads = journal.read_heads(connection, (row["chain"] for row in self.journal))
        for row, postings in zip(self.journal, self._pending, strict=True):
            heads[row["chain"]] = journal.chained(row, heads.get(row["chain"]))
            for posting in postings:
                posting["_entry"] = row["entry"]
        return heads

    def _write_records(self, connection: Connection, tables: Tables) -> None:
        """Insert, update and delete records with their lines, entity by entity."""
        grouped: dict[str, list[RecordKey]] = defaultdict(list)
        for key in sorted(self.rows):
            grouped[key[0]].append(key)
        for entity, keys in grouped.items():
            self._write_entity(connection, tables, entity, keys)

    def _write_entity(self, connection: Connection, tables: Tables, entity: str, keys: Sequence[RecordKey]) -> None:
        """One entity: lines that go, the records, lines that come."""
        table = tables.entities[entity]
        existing = {key for key in keys if self.loaded.records.get(key) is not None}
        removed = [key for key in keys if self.rows[key] is None and key in existing]
        for child in table.children:
            stale = [
                key[1] for key in keys if key in existing and (key in removed or child.name in self.lines.get(key, {}))
            ]
            if stale:
                connection.execute(child.removal, {"ids": stale})
        if removed:
            connection.execute(table.removal, {"ids": [key[1] for key in removed]})
        table.insert.run(connection, [row for key in keys if key not in existing and (row := self.rows[key])])
        changed = [(row, self.loaded.records[key]) for key in keys if key in existing and (row := self.rows[key])]
        found = table.update.run(connection, [{**row, "was": old.version} for row, old in changed if old is not None])
        assert found == len(changed), f"{found} of {len(changed)} locked rows of {entity} were found"
        for child in table.children:
            lines = [self.lines.get(key, {}).get(child.name, ()) for key in keys if self.rows[key] is not None]
            child.insert.run(connection, [row for rows in lines for row in rows])

    def _write_ledgers(self, connection: Connection, tables: Tables, known: set[str]) -> set[str]:
        """New cells, postings and balances, ledger by ledger."""
        made: set[str] = set()
        for ledger in sorted(self.cells):
            missing = sorted(cell for cell in self.cells[ledger] if f"{ledger}#{cell}" not in known)
            tables.ledgers[ledger].insert_cells.run(connection, [self.cells[ledger][cell] for cell in missing])
            made.update(f"{ledger}#{cell}" for cell in missing)
        for ledger in sorted(self.postings):
            tables.ledgers[ledger].insert_postings.run(connection, self.postings[ledger])
        balances: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for key, amounts in self.amounts.items():
            table = tables.ledgers[key.ledger]
            version = self.loaded.balance_versions[key] + 1
            balances[key.ledger].append({"_id": balance_id(table, key), "_version": version, **amounts})
        for ledger in sorted(balances):
            rows = sorted(balances[ledger], key=lambda row: row["_id"])
            tables.ledgers[ledger].update_balances.run(connection, rows)
        return made


Writer = Callable[[Connection, Sequence[tuple[Any, str]], datetime], None]

_OTHERS: tuple[tuple[tuple[type, ...], Writer], ...] = (
    ((SetDue, CancelDue), due.write),
    ((Send,), outbox.write),
    ((SetLevel,), alerts.write),
    ((OpenTask, CloseTask), tasks.write),
    ((SetSetting,), settings.write),
    ((Publish,), packages.write),
)
