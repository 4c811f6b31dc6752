"""A day of the calendar."""

from __future__ import annotations

import re
import unicodedata
from datetime import date as day
from typing import ClassVar, Literal

from engine.entities.columns import Column
from engine.entities.fields.base import FormatContext, Outcome, ParseContext, Raw, Sample, refused, shape
from engine.entities.fields.bounded import Bounded
from engine.entities.record import Scalar, Value
from engine.language.types import DateType, Type

FORMS = r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})[日号])"
_FORMS = re.compile(FORMS, re.ASCII)


def parse_day(text: str) -> day | str:
    """The day a text names, or the code of the problem: VAL-130 not a date, VAL-131 no such day."""
    match = _FORMS.fullmatch(unicodedata.normalize("NFKC", text).replace(" ", ""))
    if match is None:
        return "VAL-130"
    year, month, number = (int(part) for part in match.groups() if part is not None)
    try:
        return day(year, month, number)
    except ValueError:
        return "VAL-131"


class DateField(Bounded):
    """A day without a time. `2026-02-03`, `2026/2/3`, `2026.2.3` and `2026年2月3日` are the same day.

    The year always has four digits, so that no order of day and month has to be guessed.
    """

    widget: ClassVar[str] = "date"
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            {},
            ("2026-02-03", "2026/2/3", "2026.02.3", "2026年2月3日", "0001-01-01", "9999-12-31"),
            (("3/2/2026", "VAL-130"), ("26-2-3", "VAL-130"), (20260203, "VAL-130"), ("2026-13-01", "VAL-131")),
        ),
    )

    kind: Literal["date"] = "date"

    def type(self) -> Type:
        """A date."""
        return DateType()

    def read(self, raw: Raw, context: ParseContext) -> Outcome:
        """The day the text names."""
        if not isinstance(raw, str):
            return refused("VAL-130", text=shape(raw))
        found = parse_day(raw)
        return refused(found, text=raw) if isinstance(found, str) else (found, ())

    @classmethod
    def fixed(cls, written: object) -> Scalar:
        """A limit may be a fixed day."""
        found = parse_day(written) if isinstance(written, str) else ""
        return None if isinstance(found, str) else found

    def to_json(self, value: Value) -> object:
        """ISO 8601."""
        return value.isoformat() if isinstance(value, day) else None

    def format(self, value: Value, context: FormatContext) -> str:
        """ISO 8601 in every language: nobody has to guess which number is the month."""
        return value.isoformat() if isinstance(value, day) else ""

    def column(self) -> Column:
        """Days since 1970-01-01."""
        return Column("date")

    def json_schema(self) -> dict[str, object]:
        """The four ways to write a day; a day that does not exist is refused by `format: date` or by the server."""
        month, number = "(0?[1-9]|1[0-2])", "(0?[1-9]|[12][0-9]|3[01])"
        ways = [rf"-{month}-{number}", rf"/{month}/{number}", rf"\.{month}\.{number}", rf"年{month}月{number}[日号]"]
        return {"type": "string", "pattern": rf"^[0-9]{{4}}({'|'.join(ways)})$"}
