"""`deadline`: takes another transition by itself when it has not been taken in time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, ClassVar, Self
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from engine.entities.changes import SetDue
from engine.language.declared import Identifier
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.types import DateType, InstantType
from engine.workflows.steps.base import Asked, Asking, StepKind

After = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,5}(m|h|d)$")]
"""A length of time: 15m, 72h, 30d."""

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class Deadline(StepKind):
    """`{deadline: lapse, after: 72h, then: expire}`: unless the document moved on, `expire` is taken by itself.

    `after` counts from the transition; `at` is an instant, or a day whose end counts. It is forgotten as soon as the
    document reaches a state from which `then` does not start.
    """

    word: ClassVar[str] = "deadline"
    example: ClassVar[str] = "{deadline: slow, after: 72h, then: lapse}"

    deadline: Identifier = Field(description="Id of the deadline")
    after: After | None = Field(default=None, description="Length of time from now: 15m, 72h, 30d")
    at: Formula | None = Field(default=None, description="Instant or day, instead of `after`")
    then: Identifier = Field(description="Transition that is taken")

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.after is None) == (self.at is None):
            raise PydanticCustomError("formwork", "", {"code": "WFL-119", "parameters": {"deadline": self.deadline}})
        return self

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """`at` must be an instant or a day."""
        if self.at is not None:
            yield from self.at.bind(scope, (InstantType, DateType))

    def ask(self, asking: Asking) -> Asked:
        """A due row; none when `at` has no value."""
        due = self._due(asking)
        if due is None:
            return Asked()
        record = asking.record
        body = {"entity": record.entity, "id": record.id, "transition": self.then, "deadline": self.deadline}
        return Asked((SetDue(due_key(record.entity, record.id, self.deadline), "transition", due, body),))

    def _due(self, asking: Asking) -> datetime | None:
        """The instant at which the deadline is due."""
        if self.after is not None:
            count, unit = re.fullmatch(r"(\d+)(.)", self.after).groups()  # type: ignore[union-attr]
            return asking.now + int(count) * _UNITS[unit]
        assert self.at is not None
        value = self.at.expression.evaluate(asking.scope)
        if isinstance(value, datetime):
            return value
        return day_end(value, asking.zone) if isinstance(value, date) else None


def day_end(day: date, zone: str) -> datetime:
    """The instant in UTC at which a day is over in a zone."""
    return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(zone)).astimezone(UTC)


def due_key(entity: str, document: str, deadline: str) -> str:
    """The key of the due row of one deadline of one document."""
    return f"deadline:{entity}:{document}:{deadline}"
