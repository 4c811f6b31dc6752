"""Which rows have reached which level of an alert, and since when: what was told already is not told again.

Every judgement that changes something is a numbered round of its alert; the number is a counter, so that two processes
that judge at once cannot both be right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, select

from engine.entities.changes import CounterKey, SetLevel
from engine.storage.bulk import Insert
from engine.storage.columns import from_microseconds, microseconds
from engine.storage.load import counter_id
from engine.storage.system_tables import ALERT_STATE, COUNTER

AT_ONCE = 5_000
SUBJECT = "alert"
"""What the journal calls an alert, whose chain the rounds stand in."""

WRITE_LEVELS = Insert(ALERT_STATE, "replace")
REMOVE_LEVELS = delete(ALERT_STATE).where(
    ALERT_STATE.c.alert == bindparam("named"), ALERT_STATE.c.row.in_(bindparam("rows", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Reached:
    """The level that a row has reached, and since when."""

    level: str
    since: datetime


def write(connection: Connection, changes: Sequence[tuple[SetLevel, str]], now: datetime) -> None:
    """Keep the levels that rows have reached, forget those of rows that left all of them."""
    last = {(change.alert, change.row): change for change, _ in changes}
    gone: dict[str, list[str]] = {}
    kept: list[dict[str, Any]] = []
    for (alert, row), change in sorted(last.items()):
        if change.level is None:
            gone.setdefault(alert, []).append(row)
        else:
            at = {"alert": alert, "row": row, "level": change.level}
            kept.append({**at, "since": microseconds(now), "package": change.package})
    for alert, rows in gone.items():
        for start in range(0, len(rows), AT_ONCE):
            connection.execute(REMOVE_LEVELS, {"named": alert, "rows": rows[start : start + AT_ONCE]})
    WRITE_LEVELS.run(connection, kept)


def reached(connection: Connection, alert: str) -> dict[str, Reached]:
    """Every row of an alert that has reached a level."""
    chosen = select(ALERT_STATE.c.row, ALERT_STATE.c.level, ALERT_STATE.c.since).where(ALERT_STATE.c.alert == alert)
    return {row: Reached(level, from_microseconds(since)) for row, level, since in connection.execute(chosen)}


def rows_of(alert: str) -> Select[Any]:
    """A selection of the rows of an alert that have reached a level, to look for records or balances with."""
    return select(ALERT_STATE.c.row).where(ALERT_STATE.c.alert == alert)


def alerts_with_rows(connection: Connection) -> frozenset[str]:
    """The alerts of which some row has reached a level."""
    return frozenset(connection.scalars(select(ALERT_STATE.c.alert).distinct()))


def round_key(alert: str) -> CounterKey:
    """The counter of the rounds of an alert. No series has a colon in its name."""
    return CounterKey(f"alert:{alert}", ())


def round_of(connection: Connection, alert: str) -> int:
    """The number of the last round of an alert; 0 before the first."""
    chosen = select(COUNTER.c.value).where(COUNTER.c.id == counter_id(round_key(alert)))
    return int(connection.scalar(chosen) or 0)
