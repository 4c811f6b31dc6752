"""What every kind of flow step promises: it binds its formulas at load, and says what its turn means when it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from engine.entities.changes import OpenTask
from engine.entities.record import Record
from engine.language.declared import Declared
from engine.language.problems import Place, Problem
from engine.language.scope import Scope
from engine.workflows.seen import Seen
from engine.workflows.who import AnyWho, Subject

Empty = Literal["to_admin", "refuse"]
"""What to do where nobody can decide: ask the administrators, or refuse to begin."""

Own = Literal["refuse", "allow", "manager_of_applicant"]
"""Whether the applicant may decide; or whose manager does instead."""


@dataclass(frozen=True, slots=True)
class Tell:
    """A notice of the package that is to reach people; `key` makes a repeat recognisable."""

    key: str
    notice: str
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """What a step may look at when its turn comes: the document, its people, the flow's own terms and its round.

    `able(person)` says whether a person could decide at all (is there, and has the grants).
    """

    record: Record
    scope: Mapping[str, object]
    subject: Subject
    flow: str
    round: int
    empty: Empty = "to_admin"
    own: Own = "refuse"
    able: Callable[[str], bool] = lambda _person: True

    def key(self, step: str) -> str:
        """The id of the task of a step: the same again only for the same round of the same document."""
        return f"{self.record.entity}:{self.record.id}:{self.flow}:{self.round}:{step}"

    def tell(self, step: str, notice: str, to: tuple[str, ...]) -> tuple[Tell, ...]:
        """A notice of a step to people; nothing where that is nobody."""
        return (Tell(f"{self.key(step)}:{self.record.version}", notice, to),) if to else ()


@dataclass(frozen=True, slots=True)
class Turned:
    """What the turn of a step means.

    `opens` is a task: the flow waits here. `steps` come next, before what follows. `end` ends the flow at once.
    `outcome` and `result` are what the trace says, `seen` what the step looked at.
    """

    outcome: str
    result: object = None
    seen: Seen = ()
    opens: OpenTask | None = None
    steps: tuple[FlowStepKind, ...] = ()
    tells: tuple[Tell, ...] = ()
    end: str | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Passed:
    """One line of the trace of a flow: which step had its turn, where it is written, what it saw, what came of it."""

    flow: str
    step: str
    word: str
    outcome: str
    result: object
    place: Place | None
    seen: Seen = ()


class FlowStepKind(Declared):
    """One step of an approval flow. Its first key is the word that names the kind; its value is the id of the step."""

    word: ClassVar[str]
    example: ClassVar[str]
    """One step of the kind as people write it: for the reference, and for the tests every kind goes through."""

    @property
    def id(self) -> str | None:
        """The id of the step in its flow; None for a kind that nothing speaks of."""
        named = getattr(self, self.word)
        return named if isinstance(named, str) else None

    @property
    def blocks(self) -> tuple[tuple[FlowStepKind, ...], ...]:
        """The lists of steps inside it."""
        return ()

    @property
    def named(self) -> tuple[AnyWho, ...]:
        """The people it names."""
        return ()

    @property
    def ends(self) -> bool:
        """Whether the flow always ends in it, so that nothing after it is ever reached."""
        return False

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """Read all formulas against the names of the entity; yields what is wrong with them."""
        for block in self.blocks:
            for step in block:
                yield from step.bind(scope)

    def take(self, turn: Turn) -> Turned:
        """What its turn means for a document as it stands."""
        raise NotImplementedError


def every_step(steps: tuple[FlowStepKind, ...]) -> Iterator[FlowStepKind]:
    """All steps, those inside others too, in the order written."""
    for step in steps:
        yield step
        for block in step.blocks:
            yield from every_step(block)
