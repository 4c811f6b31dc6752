"""What every formula may see besides its document: who acts, the settings in force, the day and the instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from engine.access.actor import Actor, actor_scope
from engine.entities.record import Value
from engine.language.values import day_in_zone
from engine.operations.site import Running
from engine.packages.schema import App
from engine.packages.settings import Setting
from engine.storage import settings as stored_settings
from engine.storage.settings import SettingRow, effective


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """A zone by its IANA name."""
    return ZoneInfo(name)


def today_in(zone: str, now: datetime) -> date:
    """The calendar day of an instant in a zone."""
    return day_in_zone(now, zone)


def settings_in_force(
    app: App, rows: Sequence[SettingRow], day: date, scopes: Sequence[tuple[str, str]]
) -> dict[str, Value]:
    """The typed value of every setting on a day; the narrowest scope that has a value wins, then the default."""
    return {name: _value(setting, effective(rows, name, day, scopes)) for name, setting in app.settings.items()}


def settings_for(connection: Connection, running: Running, actor: Actor, day: date) -> Mapping[str, Value]:
    """The settings in force for whoever reads a list or a report: those of the actor's company."""
    if not running.app.settings:
        return {}
    scopes = [("company", actor.company)] if actor.company else []
    return settings_in_force(running.app, stored_settings.read(connection), day, scopes)


def _value(setting: Setting, stored: str | None) -> Value:
    """A stored or default text as a value of the setting's kind."""
    raw = setting.default if stored is None else stored
    value, problems = setting.value_of(raw)
    assert not problems, (setting.setting, raw, problems)  # a default is checked at load, a value when it is set
    return value


def constants(actor: Actor, settings: Mapping[str, Value], now: datetime, today: date) -> dict[str, object]:
    """The root names every formula has: `actor`, `settings`, `today()` and `now()`."""
    return {"actor": actor_scope(actor), "settings": settings, "today": today, "now": now}
