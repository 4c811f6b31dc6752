"""What a business switches: dated values by scope. Which value counts is up to the reader's day and scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from engine.entities.changes import SetSetting
from engine.storage.bulk import Insert
from engine.storage.columns import days, from_days, from_microseconds, microseconds
from engine.storage.system_tables import SETTING

WRITE_SETTINGS = Insert(SETTING, "replace")
EVERYWHERE = ("everywhere", "")


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A value (as text; the package says its type) that a setting has in a scope from a day on. None ends a value."""

    setting: str
    scope: str
    scope_id: str
    start: date
    value: str | None
    changed_at: datetime
    changed_by: str


def write(connection: Connection, changes: Sequence[tuple[SetSetting, str]], now: datetime) -> None:
    """Set dated values; the same setting, scope and day again replaces the value (the journal keeps the former)."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for change, actor in changes:
        key = (change.setting, change.scope, change.scope_id, days(change.start))
        names = ("setting", "scope", "scope_id", "start")
        written = {"value": change.value, "changed_at": microseconds(now), "changed_by": actor}
        rows[key] = {**dict(zip(names, key, strict=True)), **written}
    WRITE_SETTINGS.run(connection, [rows[key] for key in sorted(rows)])


def read(connection: Connection) -> tuple[SettingRow, ...]:
    """Every value ever set, by setting, scope and day."""
    order = (SETTING.c.setting, SETTING.c.scope, SETTING.c.scope_id, SETTING.c.start)
    return tuple(
        SettingRow(
            row.setting,
            row.scope,
            row.scope_id,
            from_days(row.start),
            row.value,
            from_microseconds(row.changed_at),
            row.changed_by,
        )
        for row in connection.execute(select(SETTING).order_by(*order))
    )


def effective(
    rows: Sequence[SettingRow], setting: str, day: date, scopes: Sequence[tuple[str, str]] = ()
) -> str | None:
    """The value that counts on a day: that of the first scope that has one, narrowest first, then everywhere.

    Within a scope the latest start on or before the day counts; a value of None means "as in the wider scope".
    """
    for scope in (*scopes, EVERYWHERE):
        found = [
            row for row in rows if row.setting == setting and (row.scope, row.scope_id) == scope and row.start <= day
        ]
        if found and (latest := max(found, key=lambda row: row.start)).value is not None:
            return latest.value
    return None
