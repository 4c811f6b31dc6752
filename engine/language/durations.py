"""Lengths of time as ISO 8601 writes them: `P2DT3H` is a duration, `P1Y6M` a number of months; and times of day.

The two sorts never mix: nobody knows how many days a month has before the month is known.
"""

from __future__ import annotations

import re
from datetime import timedelta

_DURATION = re.compile(
    r"(?P<sign>-?)P(?:(?P<days>\d{1,7})D)?(?:T(?:(?P<hours>\d{1,9})H)?(?:(?P<minutes>\d{1,10})M)?"
    r"(?:(?P<seconds>\d{1,11})(?:\.(?P<part>\d{1,6}))?S)?)?",
    re.ASCII,
)
_MONTHS = re.compile(r"(?P<sign>-?)P(?:(?P<years>\d{1,6})Y)?(?:(?P<months>\d{1,7})M)?", re.ASCII)
_CLOCK = re.compile(
    r"(?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2})(?:\.(?P<part>\d{1,6}))?"
    r"(?P<offset>Z|[+-]\d{2}:\d{2})?",
    re.ASCII,
)


def read_duration(text: str) -> timedelta | None:
    """The length that `P2DT3H4M5.6S` stands for; None for anything else, also beyond what a calendar can hold."""
    found = _DURATION.fullmatch(text)
    if found is None or text.lstrip("-") == "P" or text.endswith("T"):
        return None
    count = {name: int(found[name] or 0) for name in ("days", "hours", "minutes", "seconds")}
    try:
        length = timedelta(**count, microseconds=int((found["part"] or "0").ljust(6, "0")))
    except OverflowError:
        return None
    return -length if found["sign"] else length


def read_months(text: str) -> int | None:
    """The number of months that `P1Y6M` stands for; None for anything else."""
    found = _MONTHS.fullmatch(text)
    if found is None or text.lstrip("-") == "P":
        return None
    months = int(found["years"] or 0) * 12 + int(found["months"] or 0)
    return -months if found["sign"] else months


def read_clock(text: str) -> timedelta | None:
    """The time of day that `08:30:00` stands for, as the length since midnight; with an offset that of UTC."""
    found = _CLOCK.fullmatch(text)
    if found is None or int(found["hour"]) > 23 or int(found["minute"]) > 59 or int(found["second"]) > 59:
        return None
    clock = timedelta(
        hours=int(found["hour"]),
        minutes=int(found["minute"]),
        seconds=int(found["second"]),
        microseconds=int((found["part"] or "0").ljust(6, "0")),
    )
    offset = found["offset"]
    if offset in (None, "Z"):
        return clock
    ahead = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
    return (clock + ahead if offset[0] == "-" else clock - ahead) % timedelta(days=1)


def written_duration(length: timedelta) -> str:
    """`P2DT3H4M5.6S`, without parts that are zero; `PT0S` for nothing."""
    sign, length = ("-", -length) if length < timedelta(0) else ("", length)
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    part = f"{length.microseconds:06}".rstrip("0")
    clock = "".join(
        f"{count}{unit}"
        for count, unit in ((hours, "H"), (minutes, "M"), (f"{seconds}.{part}" if part else seconds, "S"))
        if count != 0
    )
    days = f"{length.days}D" if length.days else ""
    return f"{sign}P{days}{'T' + clock if clock else ''}" if days or clock else "PT0S"


def written_months(months: int) -> str:
    """`P1Y6M`, without parts that are zero; `P0M` for none."""
    years, rest = divmod(abs(months), 12)
    text = f"{f'{years}Y' if years else ''}{f'{rest}M' if rest else ''}"
    return f"{'-' if months < 0 else ''}P{text or '0M'}"


def written_clock(clock: timedelta) -> str:
    """`08:30:00`, the time of day that a length since midnight stands for."""
    clock %= timedelta(days=1)
    minutes, seconds = divmod(clock.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    part = f".{clock.microseconds:06}".rstrip("0") if clock.microseconds else ""
    return f"{hours:02}:{minutes:02}:{seconds:02}{part}"
