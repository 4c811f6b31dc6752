"""The tickets written by hand: what a careful programmer would do for this one file, in plain SQL and plain Python.

It writes the same rows as the import (documents, lines, postings, cells, balances, journal, chains, requests, due work)
with the same durability and as many tickets per commit, chooses the batches by their last day, and knows nothing of any
app: names, units, rules, rights and reasons are all in this file. It is what the import is measured against; that the
rows are the same, `tests.bench.imports` checks after every run.
"""

from __future__ import annotations

import csv
import hashlib
import json
import secrets
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

ZONE = ZoneInfo("Europe/London")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ACTOR, ONE = "operator", 1_000_000

COLUMNS = {
    "e_till_ticket": "id _version _state _number _package _created_at _created_by _changed_at _changed_by"
    " company place customer ticket sold_at",
    "e_till_ticket__lines": "_record id _position sold_as item quantity",
    "l_stock_posting": "_document _entry _number _entity _line _posting _transition _cell _grains _effective _recorded"
    " quantity",
    "l_stock_cell": "_id item place batch status",
    "s_journal": "chain entry entity document recorded_at actor on_behalf operation package request body previous hash",
    "s_chain": "chain entry hash unsealed",
    "s_request": "key fingerprint operation actor answered_at answer",
    "s_due": "key kind due body attempts leased_until problem dead",
}
"""The columns of the tables that are written, in the order in which the rows below state them."""


def dumps(value: object) -> str:
    """JSON with sorted names and no blanks, as the journal keeps it."""
    return ENCODER.encode(value)


ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def sha256(text: str) -> str:
    """A digest in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def new_id(milliseconds: int) -> str:
    """An id that sorts by the time it is made at (UUID version 7)."""
    number = (milliseconds << 80) | (7 << 76) | (secrets.randbits(12) << 64) | (2 << 62) | secrets.randbits(62)
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@dataclass
class Batch:
    """A batch of an item in the shop: what it may be sold until, and how much of it is left."""

    id: str
    last_day: int
    received_on: int
    code: str
    balance: str
    version: int
    left: int


@dataclass
class Rows:
    """What one commit writes, table by table."""

    tables: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: {name: [] for name in COLUMNS})
    batches: dict[str, Batch] = field(default_factory=dict)


class SQLite:
    """Plain statements on a SQLite file."""

    def __init__(self, url: str) -> None:
        self.connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL"):
            self.connection.execute(f"PRAGMA {pragma}")

    def begin(self) -> None:
        """Take the write lock."""
        self.connection.execute("BEGIN IMMEDIATE")

    def read(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows of a statement."""
        return self.connection.execute(statement.replace("%s", "?"), values).fetchall()

    def insert(self, table: str, rows: Sequence[tuple[Any, ...]], *, keep: bool = False) -> None:
        """Many rows; with `keep` those that are there already stay."""
        names = COLUMNS[table].split()
        marks, quoted = ", ".join("?" * len(names)), ", ".join(f'"{name}"' for name in names)
        either = " OR IGNORE" if keep else ""
        self.connection.executemany(f"INSERT{either} INTO {table} ({quoted}) VALUES ({marks})", rows)

    def update(self, rows: Iterable[tuple[int, int, str]]) -> None:
        """Quantity and version of balances."""
        self.connection.executemany("UPDATE l_stock_balance SET quantity = ?, _version = ? WHERE _id = ?", rows)

    def commit(self) -> None:
        """Make it last."""
        self.connection.execute("COMMIT")


class PostgreSQL:
    """Plain statements on PostgreSQL; many rows are copied in."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, prepare_threshold=None)

    def begin(self) -> None:
        """A transaction begins by itself."""

    def read(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows of a statement."""
        return self.connection.execute(statement, values).fetchall()  # type: ignore[arg-type]

    def insert(self, table: str, rows: Sequence[tuple[Any, ...]], *, keep: bool = False) -> None:
        """Many rows; with `keep` those that are there already stay."""
        names = COLUMNS[table].split()
        quoted = ", ".join(f'"{name}"' for name in names)
        with self.connection.cursor() as cursor:
            if keep:
                marks = ", ".join(["%s"] * len(names))
                statement = f"INSERT INTO {table} ({quoted}) VALUES ({marks}) ON CONFLICT DO NOTHING"
                cursor.executemany(statement, rows)  # type: ignore[arg-type]
                return
            with cursor.copy(f"COPY {table} ({quoted}) FROM STDIN") as copy:  # type: ignore[arg-type]
                for row in rows:
                    copy.write_row(row)

    def update(self, rows: Iterable[tuple[int, int, str]]) -> None:
        """Quantity and version of balances."""
        with self.connection.cursor() as cursor:
            cursor.executemany("UPDATE l_stock_balance SET quantity = %s, _version = %s WHERE _id = %s", list(rows))

    def commit(self) -> None:
        """Make it last."""
        self.connection.commit()


class ByHand:
    """The loop. `bring` writes a file and gives back how many tickets went in and how many were refused."""

    def __init__(self, url: str, now: datetime) -> None:
        self.database: SQLite | PostgreSQL = SQLite(url) if url.startswith("sqlite") else PostgreSQL(url)
        self.now = (now - EPOCH) // timedelta(microseconds=1)
        read = self.database.read
        self.package = read("SELECT package FROM s_published ORDER BY number DESC LIMIT 1")[0][0]
        self.items = {name: (id, item) for id, name, item in read("SELECT id, till_name, item FROM e_till_item")}
        self.place, self.company = read("SELECT id, company FROM e_place WHERE code = 'EDINBURGH'")[0]
        self.customer, self.far = read("SELECT id, place FROM e_partner WHERE code = 'WALKIN'")[0]
        self.batches = self._batches()

    def _batches(self) -> dict[str, list[Batch]]:
        """What lies in the shop, by item, in the order in which it is to leave; what is used up is not among it."""
        found: dict[str, list[Batch]] = {}
        for item, *rest in self.database.read(
            "SELECT balance.item, batch.id, batch.last_day, batch.received_on, batch.code, balance._id,"
            " balance._version, balance.quantity FROM l_stock_balance balance JOIN e_batch batch ON"
            " batch.id = balance.batch WHERE balance.place = %s AND balance.status = 'ok'"
            " AND balance.quantity > 0"
            " ORDER BY batch.last_day, batch.received_on, batch.code",
            (self.place,),
        ):
            found.setdefault(item, []).append(Batch(*rest))
        return found

    def bring(self, file: Path, at_once: int) -> tuple[int, int]:
        """Write the tickets of a file, some at a time."""
        written = refused = 0
        with file.open(encoding="utf-8", newline="") as stream:
            tickets = groupby(csv.DictReader(stream), key=lambda row: row["Transaction"])
            many = ((number, list(rows)) for number, rows in tickets)
            while part := list(islice(many, at_once)):
                good = [each for each in part if all(row["Item"].strip() in self.items for row in each[1])]
                refused += len(part) - len(good)
                written += self._write(good)
        return written, refused

    def _write(self, tickets: Sequence[tuple[str, list[Mapping[str, str]]]]) -> int:
        """One commit."""
        database, rows = self.database, Rows()
        database.begin()
        keys = {f"import:till_tickets:{sha256(number)[:40]}": each for number, *each in ((n, n, r) for n, r in tickets)}
        marks = ", ".join(["%s"] * len(keys)) or "NULL"
        done = {key for (key,) in database.read(f"SELECT key FROM s_request WHERE key IN ({marks})", list(keys))}
        new = {key: each for key, each in keys.items() if key not in done}
        for key, (number, lines) in new.items():
            self._ticket(rows, key, number, lines)
        for table, found in rows.tables.items():
            database.insert(table, found, keep=table == "l_stock_cell")
        database.update((each.left, each.version + 1, each.balance) for each in rows.batches.values())
        database.commit()
        for each in rows.batches.values():
            each.version += 1
        return len(new)

    def _ticket(self, rows: Rows, key: str, number: str, lines: Sequence[Mapping[str, str]]) -> None:
        """The rows of one ticket."""
        milliseconds = time.time_ns() // 1_000_000
        id = new_id(milliseconds)
        local = datetime.strptime(f"{lines[0]['Date']} {lines[0]['Time']}", "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE)
        sold_at = local.astimezone(UTC)
        day = (local.date() - date(1970, 1, 1)).days
        written, trace = [], []
        for position, line in enumerate(lines):
            line_id = new_id(milliseconds)
            sold_as, item = self.items[line["Item"].strip()]
            rows.tables["e_till_ticket__lines"].append((id, line_id, position, sold_as, item, ONE))
            written.append({"id": line_id, "item": item, "quantity": "1", "sold_as": sold_as})
            at = next(at for at, each in enumerate(self.batches[item]) if each.last_day >= day)
            batch, passed = self.batches[item][at], self.batches[item][:at]
            trace.append(draw_of(position, batch, passed))
            batch.left -= ONE
            if not batch.left:
                self.batches[item].remove(batch)
            rows.batches[batch.id] = batch
            for side, (place, grain, amount) in enumerate(((self.place, "cell", -ONE), (self.far, "", ONE))):
                cell = {"batch": batch.id, "item": item, "place": place, "status": "ok"}
                named = ENCODER.encode(sorted(cell.items())).encode()
                cell_id = hashlib.blake2b(named, digest_size=16).hexdigest()
                rows.tables["l_stock_cell"].append((cell_id, item, place, batch.id, "ok"))
                posting = (id, 1, 2 * position + side, "till_ticket", line_id, "till_sale", "post", cell_id, grain)
                rows.tables["l_stock_posting"].append((*posting, day, self.now, amount))
        head = {"company": self.company, "customer": self.customer, "place": self.place, "ticket": number}
        made = (id, 1, "posted", None, self.package, self.now, ACTOR, self.now, ACTOR)
        moment = (sold_at - EPOCH) // timedelta(microseconds=1)
        row = (*made, self.company, self.place, self.customer, number, moment)
        rows.tables["e_till_ticket"].append(row)
        values = {**head, "lines": written, "sold_at": sold_at.isoformat().replace("+00:00", "Z")}
        body = dumps(
            {**MOVED, "changed": {name: [None, value] for name, value in values.items()}, "trace": [*trace, STEP]}
        )
        self._told(rows, key, id, body, dumps([number, lines]))

    def _told(self, rows: Rows, key: str, id: str, body: str, asked: str) -> None:
        """The journal's row with its place in the chain, and the row that makes a repeat recognisable."""
        chain = f"till_ticket/{id}"
        entry = (chain, 1, "till_ticket", id, self.now, ACTOR, None, "post", self.package, key, body, "")
        digest = sha256(dumps(entry))
        rows.tables["s_journal"].append((*entry, digest))
        rows.tables["s_chain"].append((chain, 1, digest, 1))
        answer = dumps({"id": id, "number": None, "state": "posted", "version": 1})
        rows.tables["s_request"].append((key, sha256(asked), "post", ACTOR, self.now, answer))
        rows.tables["s_due"].append((f"alert:low_stock:{id}:0", "alert", self.now, LOW_STOCK, 0, 0, None, 0))


MOVED = {"from": None, "number": None, "to": "posted", "transition": "post", "version": 1}
STEP = {"file": "trade/workflows/till_ticket.yaml", "kind": "transition", "line": 8, "outcome": "moved"}
STEP |= {"result": "posted", "rule": "post", "seen": {}}


LOW_STOCK = dumps({"alert": "low_stock", "once": "alert:low_stock"})


def portion(batch: Batch, pieces: int) -> dict[str, Any]:
    """So many pieces of a batch."""
    days = {"batch.last_day": batch.last_day, "batch.received_on": batch.received_on}
    order = {name: (date(1970, 1, 1) + timedelta(days=value)).isoformat() for name, value in days.items()}
    cell = {"batch": batch.id, "serial": None, "status": "ok"}
    return {"amount": str(pieces), "cell": cell, "order": {"batch.code": batch.code, **order}}


def draw_of(position: int, batch: Batch, passed: Sequence[Batch]) -> dict[str, Any]:
    """What the journal keeps of the choice of a batch, and of those that were past their last day."""
    return {
        "file": "trade/ledgers/stock.yaml",
        "kind": "draw",
        "ledger": "stock",
        "line": 33,
        "needed": "1",
        "outcome": "drawn",
        "passed": [{**portion(each, each.left // ONE), "reason": 1} for each in passed[:10]],
        "passed_over": len(passed),
        "path": ["lines", position],
        "posting": "till_sale",
        "result": [portion(batch, 1)],
        "rule": "outgoing",
    }
