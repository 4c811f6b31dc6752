"""A task: the question that an approval flow puts to people about one document, and the answer it got."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

TaskState = Literal["open", "approved", "rejected", "cancelled"]


@dataclass(frozen=True, slots=True)
class MayAct:
    """Who may decide: one person, or everyone who holds a role for a company and unit (None: wherever it is held)."""

    role: str | None = None
    company: str | None = None
    unit: str | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One task as stored.

    `round` counts how often the flow was begun for the document. `may_act` is known while the task is open; `barred`
    is a person who may not decide although named (the applicant). Once it is closed, `decided_by` and `decided_at` say
    who ended it, `opinion` what was said, `reason` which transition made it pointless, `version` the version of the
    document that was written with it.
    """

    id: str
    entity: str
    document: str
    flow: str
    step: str
    round: int
    state: TaskState
    opened_at: datetime
    may_act: tuple[MayAct, ...] = ()
    barred: str | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    on_behalf: str | None = None
    opinion: str | None = None
    reason: str | None = None
    version: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still waits for an answer."""
        return self.state == "open"
