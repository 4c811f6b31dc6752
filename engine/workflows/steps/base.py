"""What every step kind promises: it binds its formulas at load and answers with the changes it asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from engine.entities.changes import Change
from engine.entities.record import Record
from engine.language.declared import Declared
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.workflows.who import Subject


@dataclass(frozen=True, slots=True)
class Asking:
    """What a step may look at when it is asked: the document, its scope, its people, the transition, the instant."""

    record: Record
    scope: Mapping[str, object]
    subject: Subject
    transition: str
    to: str
    now: datetime
    language: str = "zh"
    zone: str = "UTC"
    position: int = 0

    @property
    def key(self) -> str:
        """A text that is the same again only for the same step of the same transition of the same version."""
        return f"{self.record.entity}:{self.record.id}:{self.record.version}:{self.transition}:{self.position}"


Where = tuple[str | int, ...]
"""A place in the document: ("supplier",), ("lines", 2), ("lines", 2, "batch_code"); empty for the document itself."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A record of another entity that has to be there when the transition is done: found, or else made.

    It is known by the values of its identity. `values` is what is stated about it, `initial` what only a new one gets;
    references are ids. `at` is the line (or document) that wants it and `into` the reference there that is to hold its
    id; `sources` says for each value where in the document it comes from. `existing` says what becomes of a record
    that is there already: taken if it says the `same`, taken as it is, or refused.
    """

    entity: str
    at: Where
    values: Mapping[str, object]
    initial: Mapping[str, object]
    sources: Mapping[str, Where]
    into: str | None
    existing: Literal["same", "take", "refuse"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a step wants: changes for the unit of work, values to write into the document, records of other entities."""

    changes: tuple[Change, ...] = ()
    values: Mapping[str, object] | None = None
    wanted: tuple[Wanted, ...] = ()


class StepKind(Declared):
    """One thing that a transition brings about besides the new state. Its first key is the word that names the kind."""

    word: ClassVar[str]
    example: ClassVar[str]
    """One step of the kind as people write it: for the reference, and for the tests every kind goes through."""

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """Read all formulas against the names of the entity; yields what is wrong with them."""
        raise NotImplementedError

    def ask(self, asking: Asking) -> Asked:
        """What the step wants done."""
        raise NotImplementedError
