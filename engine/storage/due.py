"""Deadlines and schedules as rows: written with the business data, claimed with a lease, tried again with back-off.

A due row is claimed by setting a lease, so that two processes never handle it at once and a dead process's rows come
back by themselves. Its effect happens once because the handler's own unit of work removes the row (`CancelDue`) in the
same commit, under an idempotency key made from the row's key and time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, select, update

from engine.entities.changes import CancelDue, SetDue
from engine.storage.bulk import Insert
from engine.storage.canonical import canonical, from_canonical
from engine.storage.columns import from_microseconds, microseconds
from engine.storage.database import Database
from engine.storage.system_tables import DUE

WRITE_DUE = Insert(DUE, "replace")
REMOVE_DUE = delete(DUE).where(DUE.c.key.in_(bindparam("keys", expanding=True)))

LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 12
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class DueRow:
    """Something that is due. `attempts` counts the tries that failed before, `problem` says why the last one did."""

    key: str
    kind: str
    due: datetime
    body: Mapping[str, Any]
    attempts: int
    problem: str | None = None


def write(connection: Connection, changes: Sequence[tuple[SetDue | CancelDue, str]], _now: datetime) -> None:
    """Set and cancel due rows; the last word on a key counts."""
    last = {change.key: change for change, _ in changes}
    cancelled = sorted(key for key, change in last.items() if isinstance(change, CancelDue))
    if cancelled:
        connection.execute(REMOVE_DUE, {"keys": cancelled})
    wanted = sorted((change for change in last.values() if isinstance(change, SetDue)), key=lambda each: each.key)
    WRITE_DUE.run(connection, [_row(change) for change in wanted])


def claim(database: Database, now: datetime, limit: int = 50, lease: timedelta = LEASE) -> tuple[DueRow, ...]:
    """Take up to `limit` rows that are due and nobody works on, earliest first."""
    with database.write() as connection:
        rows = claim_rows(connection, DUE, now, limit, lease)
    return tuple(
        DueRow(row["key"], row["kind"], from_microseconds(row["due"]), from_canonical(row["body"]), row["attempts"])
        for row in rows
    )


def claim_rows(
    connection: Connection, table: Table, now: datetime, limit: int, lease: timedelta
) -> list[Mapping[Any, Any]]:
    """Lease rows of a table that has `key`, `due`, `dead` and `leased_until`; those being claimed are skipped."""
    moment = microseconds(now)
    free = (
        select(table)
        .where(table.c.dead == 0, table.c.due <= moment, table.c.leased_until <= moment)
        .order_by(table.c.due, table.c.key)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows: list[Mapping[Any, Any]] = [row._mapping for row in connection.execute(free)]
    if rows:
        leased = update(table).where(table.c.key.in_([row["key"] for row in rows]))
        connection.execute(leased.values(leased_until=microseconds(now + lease)))
    return rows


def finish(database: Database, row: DueRow) -> None:
    """Remove a handled row, unless it was set again for another time meanwhile."""
    with database.write() as connection:
        connection.execute(delete(DUE).where(DUE.c.key == row.key, DUE.c.due == microseconds(row.due)))


def fail(database: Database, row: DueRow, now: datetime, problem: str) -> None:
    """Give a row back to be tried later; after many tries it is left for people to look at (`dead`)."""
    with database.write() as connection:
        values = after_failure(row.attempts, now, problem)
        chosen = update(DUE).where(DUE.c.key == row.key, DUE.c.due == microseconds(row.due))
        connection.execute(chosen.values(**values))


def after_failure(attempts: int, now: datetime, problem: str) -> dict[str, Any]:
    """The columns of a row after one more failed try: when it comes back, or that it does not."""
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2**attempts)
    return {
        "attempts": attempts + 1,
        "leased_until": microseconds(now + wait),
        "problem": problem,
        "dead": int(attempts + 1 >= MOST_ATTEMPTS),
    }


def waiting(connection: Connection) -> tuple[DueRow, ...]:
    """Every row that is still to come, earliest first."""
    rows = connection.execute(select(DUE).where(DUE.c.dead == 0).order_by(DUE.c.due, DUE.c.key))
    return tuple(
        DueRow(row.key, row.kind, from_microseconds(row.due), from_canonical(row.body), row.attempts, row.problem)
        for row in rows
    )


def _row(change: SetDue) -> dict[str, Any]:
    """A due row as stored, fresh: no tries, no lease."""
    return {
        "key": change.key,
        "kind": change.kind,
        "due": microseconds(change.due),
        "body": canonical(change.body),
        "attempts": 0,
        "leased_until": 0,
        "problem": None,
        "dead": 0,
    }
