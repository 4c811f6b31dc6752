"""What every step kind promises: it binds its formulas at load and answers with the changes it asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

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


@dataclass(frozen=True, slots=True)
class Asked:
    """What a step wants: changes for the unit of work, and values to write into the document itself."""

    changes: tuple[Change, ...] = ()
    values: Mapping[str, object] | None = None


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
