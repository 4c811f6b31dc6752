"""When things happen in a story: a day, a time in the app's zone, an instant, or so many days from its beginning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, StringConstraints

from engine.entities.misdeclared import misdeclared

MORNING = "09:00"
PATTERN = r"^(\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?|[+-]\d{1,4}d( \d{2}:\d{2})?)$"
SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)


def instant_of(clock: str, zone: str, now: datetime) -> datetime:
    """The instant in UTC that a clock text means in a zone. Raises ValueError for a day that does not exist.

    `now` is what days such as `-20d` count from: the clock of the scenario, or the present instant for a seed.
    """
    day, _, time = clock.replace("T", " ", 1).partition(" ")
    if day.endswith("d"):
        day = (now.astimezone(ZoneInfo(zone)).date() + timedelta(days=int(day[:-1]))).isoformat()
    moment = datetime.fromisoformat(f"{day} {time or MORNING}")
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _exists(clock: str) -> str:
    """The text, refused (PKG-312) when no calendar has that day or no day that time."""
    try:
        instant_of(clock, "UTC", SOME_DAY)
    except ValueError:
        raise misdeclared("PKG-312", text=clock) from None
    return clock


Clock = Annotated[str, StringConstraints(pattern=PATTERN), AfterValidator(_exists)]
"""A day (nine in the morning), a day and time in the app's zone, an instant with its offset, or `-20d` from now."""
