"""What a story is played on: a fresh site with its own clock, and what every step of it came to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from engine.access.actor import Actor
from engine.entities.record import Record
from engine.language.problems import Place, Problem, Refused
from engine.operations.case import Case, Submission
from engine.operations.identities import the_one
from engine.operations.load_file import ImportReport, RefusedRow
from engine.operations.people import PERSON, actor_of, player
from engine.operations.site import Site
from engine.operations.stages import Walk
from engine.operations.story.exercised import Part, parts_of
from engine.operations.submit import Submitted
from engine.operations.trace import trace_of
from engine.packages.files import PackageFiles
from engine.packages.scenario import LOG_IN, instant_of
from engine.packages.story.acts import Somebody
from engine.storage import records

PLAYER = "scenario"
"""Who plays a scenario, where it does not say which person it is."""


@dataclass(slots=True)
class Clock:
    """A clock that shows what it was last set to."""

    now: datetime

    def __call__(self) -> datetime:
        """The instant it shows."""
        return self.now


@dataclass(frozen=True, slots=True)
class Missed:
    """One thing that did not come true: where it is expected, what it is about, and the reasons where there are any."""

    place: Place | None
    what: str
    expected: str
    found: str
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule or transition that had a say: where it is written, and the values it saw."""

    rule: str
    file: str
    line: int
    values: Mapping[str, object]


@dataclass(slots=True)
class Played:
    """What one step came to.

    `done` is the record as it was answered (of a refused step: the one it was about) and `reasons` is what had a say
    when it was refused; `brought` is the mapping and the file of an import; `seen` are the fields that an `open` showed
    and `count` how many records a list had.
    """

    entity: str = ""
    done: Submitted | None = None
    refused: tuple[Problem, ...] | None = None
    actor: Actor | None = None
    asked: Submission | None = None
    imported: ImportReport | None = None
    sent_back: tuple[RefusedRow, ...] = ()
    brought: tuple[str, Path] | None = None
    seen: frozenset[str] = frozenset()
    count: int | None = None
    reasons: tuple[Reason, ...] = ()


@dataclass(slots=True)
class Story:
    """One story being played: `layer` is where its files lie, `folder` is thrown away afterwards.

    `name` tells its requests from those of other stories on the same site; `player` is whom the journal names for what
    somebody with only a role does; `exercised` are the parts of the package that had a say so far.
    """

    site: Site
    clock: Clock
    name: str
    layer: PackageFiles
    folder: Path
    begun: datetime
    player: str = PLAYER
    played: dict[str, Played] = field(default_factory=dict)
    missed: list[Missed] = field(default_factory=list)
    exercised: set[Part] = field(default_factory=set)
    _judged: Walk | None = None
    _passed_over: frozenset[str] = frozenset()

    def watch(self, case: Case, judged: Walk) -> None:
        """Hear of a judgement: what had a say in it."""
        self._judged = judged
        self.exercised.update(part for part in parts_of(case, judged) if part[0] not in self._passed_over)

    @contextmanager
    def unseen(self, *sorts: str) -> Iterator[None]:
        """Within the block, parts of these sorts do not count as having had a say."""
        self._passed_over = frozenset(sorts)
        try:
            yield
        finally:
            self._passed_over = frozenset()

    def forget_judgement(self) -> None:
        """What had a say before is no reason of what comes now."""
        self._judged = None

    def reasons(self) -> tuple[Reason, ...]:
        """What had a say in the judgement that was made last."""
        return tuple(
            Reason(str(step["rule"]), str(step.get("file", "")), int(step.get("line") or 0), dict(step.get("seen", {})))
            for step in (trace_of(self._judged) if self._judged is not None else ())
        )

    def move_clock(self, at: str | None) -> None:
        """The instant of a step: as it says, else that of the step before."""
        if at is not None:
            self.clock.now = instant_of(at, self.site.app().zone, self.begun)

    def record(self, entity: str, id: str) -> Record | None:
        """A record as it stands now; None where there is none (its step was refused)."""
        with self.site.reading() as (connection, running):
            return records.get_one(connection, running.tables, entity, id)

    def who(self, somebody: Somebody) -> Actor:
        """The person of a step. Raises `Refused` (ACC-101) for one who could not sign in at that time."""
        with self.site.reading() as (connection, running):
            if somebody.login is None:
                roles = running.app.roles if somebody.by is None else (somebody.by,)
                name = self.player if somebody.by is None else f"{self.player}-{somebody.by}"  # a person for each role
                return player(connection, running, name, roles, "en")
            found = records.find(connection, running.tables, PERSON, (LOG_IN,), [(somebody.login,)])
            person = found.get((somebody.login,))
            actor = actor_of(connection, running, person, self.clock.now) if person is not None else None
        if actor is None:
            raise Refused((Problem("ACC-101", {}),))
        return actor

    def id_of(self, entity: str, name: str) -> str:
        """The id of the record that an earlier step left, or that has a code. Raises `Refused` (ACC-112)."""
        step = self.played.get(name)
        if step is not None and step.entity == entity and step.done is not None:
            return step.done.id
        with self.site.reading() as (connection, running):
            found = the_one(connection, running, entity, name)
        if found is None:
            raise Refused((Problem("ACC-112", {}),))
        return found


def codes_of(problems: Sequence[Problem]) -> list[str]:
    """The codes of problems, each once, in order."""
    return sorted({problem.code for problem in problems})


def listed(codes: Sequence[str]) -> str:
    """Codes as a report shows them."""
    return " ".join(codes) or "—"
