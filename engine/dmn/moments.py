"""Constants of time in FEEL text: dates, times, dates and times, durations; read when a file is brought, not later."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.dmn.terms import NULL, Term, day, length, number, typed
from engine.dmn.types import INSTANT, MONTHS, TIME
from engine.language.calculations import day_from_text
from engine.language.durations import read_clock, read_duration, read_months
from engine.language.values import is_zone

_CLOCK = r"\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?"
_ZONE = r"Z|[+-]\d{2}:\d{2}|@[A-Za-z_/+-]+\d*"
_INSTANT = re.compile(rf"(?P<day>\d{{4}}-\d{{2}}-\d{{2}})(?:T(?P<clock>{_CLOCK})(?P<zone>{_ZONE})?)?", re.ASCII)


def date_constant(text: str) -> Term:
    """`date("2026-01-31")`; null for a day that there is not. Of a date and time the day alone."""
    found = _INSTANT.fullmatch(text)
    return day(found["day"]) if found and day_from_text(found["day"]) else NULL


def instant_constant(text: str) -> Term:
    """`date and time("2026-01-31T08:30:00")`, in UTC. One without a zone is taken as UTC, a day as its beginning."""
    found = _INSTANT.fullmatch(text)
    if found is None or day_from_text(found["day"]) is None:
        return NULL
    clock = (found["clock"] or "00:00:00")[:15]
    zone = found["zone"] or "Z"
    try:
        if zone.startswith("@"):
            if not is_zone(zone[1:]):
                return NULL
            local = datetime.fromisoformat(f"{found['day']}T{clock}").replace(tzinfo=ZoneInfo(zone[1:]))
        else:
            local = datetime.fromisoformat(f"{found['day']}T{clock}{zone.replace('Z', '+00:00')}")
        iso = local.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return NULL
    return Term(INSTANT, f"instant('{iso}')", nullable=False, constant=iso)


def clock_constant(text: str) -> Term:
    """`time("08:30:00")`, as the length since midnight."""
    found = read_clock(text.partition("@")[0])
    return typed(duration_term(found), TIME) if found is not None else NULL


def duration_constant(text: str) -> Term:
    """`duration("P1DT2H")` or `duration("P1Y")`: a length of time, or a number of months."""
    months = read_months(text)
    if months is not None:
        return typed(number(str(months)), MONTHS)
    found = read_duration(text)
    return duration_term(found) if found is not None else NULL


def duration_term(span: timedelta) -> Term:
    """A length of time as the sum of its parts, a negative one of negative parts."""
    sign, span = (-1, -span) if span < timedelta(0) else (1, span)
    minutes, seconds = divmod(span.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = {"days": span.days, "hours": hours, "minutes": minutes, "seconds": seconds}
    return length({function: sign * count for function, count in parts.items()})


def moment_constant(text: str) -> Term:
    """`@"…"`: whichever of them the text is."""
    if re.match(r"-?P", text):
        return duration_constant(text)
    if "T" in text:
        return instant_constant(text)
    return date_constant(text) if re.match(r"-?\d{4,}-", text) else clock_constant(text)


CONSTANTS: Mapping[str, Callable[[str], Term]] = {
    "date": date_constant,
    "date and time": instant_constant,
    "time": clock_constant,
    "duration": duration_constant,
}
"""Functions of FEEL that make a moment of a text."""
