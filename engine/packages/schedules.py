"""Schedules: what happens by the calendar rather than by a person: every day, on some weekdays, on a day of the month.

schedule: lapse_old_drafts
label: {zh: 清理旧草稿, en: Lapse old drafts}
at: "02:30"                         # in the zone of the app; every day, unless `weekdays` or `day` say less
weekdays: [mon, thu]
entity: goods_receipt
where: state == 'draft' and days_between(received_on, today()) > 30
take: cancel
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from engine.entities.misdeclared import misdeclared
from engine.language.declared import Declared, Identifier, Label
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.types import FlagType

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _time_of_day(text: str) -> str:
    """The text of a time, refused with the form it must have."""
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise misdeclared("PKG-295", text=text)
    return text


TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]


class Calendar(Declared):
    """When something happens: at a time of day, every day unless days of the week or a day of the month say less.

    A time that the clock skips in spring counts as the moment after the gap; one that it shows twice counts once. What
    was missed while nothing ran is made up for once, not once for every time that was missed.
    """

    at: TimeOfDay = Field(description="Time of day, 00:00 to 23:59, in the zone of the app")
    weekdays: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(
        default=(), description="Only on these days of the week"
    )
    day: Annotated[int, Field(ge=1, le=31)] | None = Field(
        default=None, description="Only on this day of the month; a shorter month takes its last day"
    )

    @model_validator(mode="after")
    def _one_calendar(self) -> Self:
        """Days of the week or a day of the month, not both."""
        if self.weekdays and self.day is not None:
            raise misdeclared("PKG-294", schedule=getattr(self, "schedule", self.at))
        return self

    def next_after(self, after: datetime, zone: str) -> datetime:
        """The first instant (UTC) later than `after` at which it is time again."""
        local = ZoneInfo(zone)
        hour, minute = map(int, self.at.split(":"))
        day = after.astimezone(local).date() - timedelta(days=1)
        while True:
            if self._falls_on(day):
                due = datetime.combine(day, time(hour, minute), local).astimezone(UTC)
                if due > after:
                    return due
            day += timedelta(days=1)

    def _falls_on(self, day: date) -> bool:
        """Whether the calendar has this day."""
        if self.day is not None:
            return day.day == min(self.day, monthrange(day.year, day.month)[1])
        return not self.weekdays or WEEKDAYS[day.weekday()] in self.weekdays


class Schedule(Calendar):
    """A transition that is taken at set times for every document of an entity that meets a condition."""

    schedule: Identifier = Field(description="Id of the schedule")
    label: Label | None = Field(default=None, description="What people read")
    entity: Identifier = Field(description="Entity whose documents are looked at")
    where: Formula | None = Field(default=None, description="Which documents; default: all from which it can be taken")
    take: Identifier = Field(description="Transition that is taken")

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """The condition is true or false, over the fields of a document."""
        if self.where is not None:
            yield from self.where.bind(scope, FlagType)
