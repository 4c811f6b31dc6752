"""A moment in time."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, time, timedelta, timezone
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from engine.entities.columns import Column
from engine.entities.fields.base import FormatContext, Outcome, ParseContext, Raw, Sample, refused, shape
from engine.entities.fields.bounded import Bounded
from engine.entities.fields.date import FORMS, parse_day
from engine.entities.record import Value
from engine.language.types import InstantType, Type

_OFFSET = r"Z|[+-]\d{2}:?\d{2}(?::?\d{2})?"
_FORM = re.compile(
    rf"(?P<day>{FORMS})(?:T| +)(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})"
    r"(?::(?P<second>\d{2})(?:\.(?P<part>\d{1,6}))?)?"
    rf" ?(?P<offset>{_OFFSET})?",
    re.ASCII | re.IGNORECASE,
)


class InstantField(Bounded):
    """A moment, kept in UTC; typed with its offset (`2026-02-03T08:30+08:00`, `…Z`) or as local time of the zone.

    A local time that the zone skips, or has twice, is refused rather than guessed.
    """

    widget: ClassVar[str] = "instant"
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            {},
            ("2026-02-03T08:30:00Z", "2026-02-03 08:30", "2026/2/3 8:30:15.25", "2026-02-03T08:30:00+08:00"),
            (("2026-02-03", "VAL-132"), ("08:30", "VAL-132"), (1770107400, "VAL-132"), ("2026-02-03 25:00", "VAL-132")),
        ),
    )

    kind: Literal["instant"] = "instant"

    def type(self) -> Type:
        """An instant."""
        return InstantType()

    def read(self, raw: Raw, context: ParseContext) -> Outcome:
        """The moment in UTC."""
        if not isinstance(raw, str):
            return refused("VAL-132", text=shape(raw))
        found = parse_instant(raw, context.zone)
        return refused(found, text=raw) if isinstance(found, str) else (found, ())

    def format(self, value: Value, context: FormatContext) -> str:
        """Local time of the reader's zone; with its offset where the local time alone would not be read back."""
        if not isinstance(value, datetime):
            return ""
        local = value.astimezone(ZoneInfo(context.zone))
        text = _clock(local.replace(tzinfo=None))
        return text if parse_instant(text, context.zone) == value else local.isoformat()

    def to_json(self, value: Value) -> object:
        """ISO 8601 in UTC."""
        return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else None

    def column(self) -> Column:
        """Microseconds since 1970 in UTC."""
        return Column("instant")

    def json_schema(self) -> dict[str, object]:
        """A day, a time of day, and maybe an offset."""
        day = r"[0-9]{4}([-/.][0-9]{1,2}[-/.][0-9]{1,2}|年[0-9]{1,2}月[0-9]{1,2}[日号])"
        clock = r"([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
        return {"type": "string", "pattern": rf"^{day}(T| +){clock} ?({_OFFSET.replace('?:', '')})?$"}


def parse_instant(text: str, zone: str) -> datetime | str:
    """The moment a text names, in UTC, or the code of the problem (VAL-131 to VAL-134)."""
    match = _FORM.fullmatch(unicodedata.normalize("NFKC", text))
    if match is None:
        return "VAL-132"
    day = parse_day(match["day"])
    if isinstance(day, str):
        return "VAL-131"
    try:
        part = (match["part"] or "0").ljust(6, "0")
        local = datetime.combine(
            day, time(int(match["hour"]), int(match["minute"]), int(match["second"] or 0), int(part))
        )
    except ValueError:
        return "VAL-132"
    try:
        return _in_zone(local, zone) if match["offset"] is None else _at_offset(local, match["offset"])
    except OverflowError:
        return "VAL-131"


def _at_offset(local: datetime, offset: str) -> datetime | str:
    """The moment of a local time with its own offset."""
    if offset in {"Z", "z"}:
        return local.replace(tzinfo=UTC)
    digits = offset[1:].replace(":", "").ljust(6, "0")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]), seconds=int(digits[4:]))
    if ahead >= timedelta(days=1):
        return "VAL-132"
    return local.replace(tzinfo=timezone(-ahead if offset[0] == "-" else ahead)).astimezone(UTC)


def _in_zone(local: datetime, zone: str) -> datetime | str:
    """The one moment at which the clocks of a zone show a local time; VAL-133 where none does, VAL-134 where two do."""
    clocks = ZoneInfo(zone)
    moments = {local.replace(tzinfo=clocks, fold=fold).astimezone(UTC) for fold in (0, 1)}
    shown = [moment for moment in moments if moment.astimezone(clocks).replace(tzinfo=None, fold=0) == local]
    if len(shown) == 1:
        return shown[0]
    return "VAL-134" if shown else "VAL-133"


def _clock(local: datetime) -> str:
    """A local time as short as it is exact: seconds only where there are some."""
    exact = "minutes" if local.second == local.microsecond == 0 else "auto"
    return local.isoformat(sep=" ", timespec=exact)
