"""Runs the stories people write beside an app: each on a fresh site, on its own clock, through the real walk."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.access.actor import Actor
from engine.entities.changes import GrainKey
from engine.entities.fields.base import FieldKind, ParseContext
from engine.entities.fields.lines import LinesField
from engine.entities.fields.reference import ReferenceField
from engine.entities.record import Record
from engine.language.catalogue import message
from engine.language.problems import Problem, Refused
from engine.operations.case import Submission
from engine.operations.identity import utc_now, uuid7
from engine.operations.people import player
from engine.operations.publish import migrate, publish
from engine.operations.site import Running, Site, open_site
from engine.operations.submit import Submitted, submit
from engine.packages.scenario import Given, Scenario, Then, When, instant_of, plain, read_scenarios, read_seeds
from engine.packages.schema import App
from engine.storage import balances, records
from engine.workflows.approve import DECISIONS

PLAYER = "scenario"
"""Whom the journal names for what a scenario does."""


@dataclass(slots=True)
class Clock:
    """A clock that shows what it was last set to."""

    now: datetime

    def __call__(self) -> datetime:
        """The instant it shows."""
        return self.now


@dataclass(frozen=True, slots=True)
class Missed:
    """One expectation that did not come true."""

    what: str
    expected: object
    found: object
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """What became of one scenario."""

    scenario: Scenario
    missed: tuple[Missed, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether everything came true."""
        return not self.missed

    def lines(self, language: str) -> Iterator[str]:
        """What did not come true, for the terminal."""
        for each in self.missed:
            words = ("应为", "实为") if language == "zh" else ("expected", "found")
            yield f"{each.what}: {words[0]} {each.expected}, {words[1]} {each.found}"
            for problem in each.problems:
                yield f"  {problem.code} {message(problem, language)}"


@dataclass(slots=True)
class _Played:
    """What one step came to."""

    entity: str
    done: Submitted | None = None
    refused: tuple[Problem, ...] | None = None


@dataclass(slots=True)
class _Story:
    """One scenario being played."""

    site: Site
    clock: Clock
    scenario: Scenario
    begun: datetime
    steps: dict[str, _Played] = field(default_factory=dict)
    missed: list[Missed] = field(default_factory=list)


def run_scenarios(app: App) -> tuple[ScenarioResult, ...]:
    """Run every scenario of the app's own layer. Raises `Refused` when one cannot be read."""
    found, problems = read_scenarios(app.layers[-1])
    if problems:
        raise Refused(problems)
    with tempfile.TemporaryDirectory(prefix="formwork-") as folder:
        template = Path(folder) / "template.db"
        site = open_site(f"sqlite:///{template}")
        migrate(site, app, allow_destructive=False)
        publish(site, app.layers, PLAYER)
        site.close()
        return tuple(_play(app, scenario, template, Path(folder)) for scenario in found)


def _play(app: App, scenario: Scenario, template: Path, folder: Path) -> ScenarioResult:
    """Play one scenario on a copy of the fresh site."""
    path = folder / f"{scenario.scenario}.db"
    shutil.copyfile(template, path)
    begun = instant_of(scenario.clock, app.zone, utc_now())
    clock = Clock(begun)
    site = open_site(f"sqlite:///{path}", clock=clock, new_id=uuid7)
    try:
        story = _Story(site, clock, scenario, begun)
        _prepare(story, app)
        for step in scenario.when if not story.missed else ():
            _take(story, step)
        for expected in scenario.then if not story.missed else ():
            story.missed += _look(story, expected)
        return ScenarioResult(scenario, tuple(story.missed))
    finally:
        site.close()


def _prepare(story: _Story, app: App) -> None:
    """Bring the seeds and the given records; they must all go through."""
    seeds, problems = read_seeds(app.layers[-1])
    if problems:
        raise Refused(problems)
    wanted = [seed for seed in seeds if seed.seed in story.scenario.seed]
    given: list[Given] = [*(each for seed in wanted for each in seed.records), *story.scenario.given]
    for position, each in enumerate(given):
        story.clock.now = instant_of(each.at, app.zone, story.begun) if each.at else story.begun
        actor = _actor(story.site, None)
        try:
            done = _bring(story.site, actor, each, f"given-{position:05}")
        except Refused as refused:
            story.missed.append(
                Missed(
                    f"given {each.id or position + 1} ({each.entity})",
                    "saved",
                    _codes(refused.problems),
                    refused.problems,
                )
            )
            return
        if each.id:
            story.steps[each.id] = _Played(each.entity, done)
    story.clock.now = story.begun


def _bring(site: Site, actor: Actor, given: Given, key: str) -> Submitted:
    """One record: saved, then taken through its transitions."""
    first, *later = given.transitions or (None,)
    done = submit(site, actor, Submission(given.entity, None, first, plain(given.values), None, key))
    for transition in later:
        done = submit(
            site, actor, Submission(given.entity, done.id, transition, {}, done.version, f"{key}-{transition}")
        )
    return done


def _take(story: _Story, step: When) -> None:
    """One thing a person does."""
    app = story.site.app()
    story.clock.now = instant_of(step.at, app.zone, story.begun) if step.at else story.clock.now
    earlier = story.steps.get(step.document) if step.document else None
    entity = step.entity or (earlier.entity if earlier else "")
    id = earlier.done.id if earlier and earlier.done else None
    actor = _actor(story.site, step.by)
    transition = step.decide or step.transition
    version = _version(story.site, entity, id) if id is not None and transition in DECISIONS else None
    key = f"when-{step.id:>8}"
    asked = Submission(entity, id, transition, plain(step.values), version, key, str(step.opinion))
    try:
        story.steps[step.id] = _Played(entity, submit(story.site, actor, asked))
    except Refused as refused:
        story.steps[step.id] = _Played(entity, earlier.done if earlier else None, refused.problems)


def _version(site: Site, entity: str, id: str) -> int | None:
    """The version of a record that somebody who looks at it now sees: a decision is about what was looked at."""
    with site.reading() as (connection, running):
        record = records.get_one(connection, running.tables, entity, id)
    return record.version if record is not None else None


def _actor(site: Site, role: str | None) -> Actor:
    """Somebody who holds one role everywhere, or (None) all of them. Each role is another person's."""
    name = PLAYER if role is None else f"{PLAYER}-{role}"
    with site.reading() as (connection, running):
        return player(connection, running, name, running.app.roles if role is None else (role,), "en")


def _look(story: _Story, expected: Then) -> Iterator[Missed]:
    """What of one expectation did not come true."""
    if expected.of is not None:
        yield from _outcome(story, expected, story.steps[expected.of])
    elif expected.ledger is not None and expected.grain is not None:
        yield from _balance(story, expected)


def _outcome(story: _Story, expected: Then, played: _Played) -> Iterator[Missed]:
    """The outcome of a step: refused or not, warnings, state, number, values."""
    codes = _codes(played.refused or ())
    if expected.refused is not None:
        if sorted(expected.refused) != codes:
            yield Missed(f"{expected.of}: refused", sorted(expected.refused), codes, played.refused or ())
        return
    if played.refused is not None or played.done is None:
        yield Missed(f"{expected.of}", "done", f"refused {codes}", played.refused or ())
        return
    if expected.warned is not None and sorted(expected.warned) != _codes(played.done.warnings):
        yield Missed(
            f"{expected.of}: warned", sorted(expected.warned), _codes(played.done.warnings), played.done.warnings
        )
    with story.site.reading() as (connection, running):
        record = records.get_one(connection, running.tables, played.entity, played.done.id)
        if record is None:
            yield Missed(f"{expected.of}", "a record", "none")
            return
        for name in ("state", "number"):
            wanted = getattr(expected, name)
            if wanted is not None and wanted != getattr(record, name):
                yield Missed(f"{expected.of}: {name}", wanted, getattr(record, name))
        reading = _Reading(running, lambda entity, ids: records.get(connection, running.tables, entity, ids))
        yield from reading.differences(str(expected.of), record, expected.values)


def _balance(story: _Story, expected: Then) -> Iterator[Missed]:
    """A balance: its amounts, exactly."""
    with story.site.reading() as (connection, running):
        ledger = running.app.ledgers[str(expected.ledger)]
        grain = ledger.grain(str(expected.grain))
        assert grain is not None
        values: list[Any] = []
        for name in grain.by:
            dimension = ledger.dimension(name)
            raw = plain(expected.key.get(name))
            if dimension is not None and dimension.ref and isinstance(raw, str):
                identity = running.app.entities[dimension.ref].identity
                found = records.find(connection, running.tables, dimension.ref, identity, [(raw,)])
                raw = found.get((raw,), raw)
            elif dimension is not None and dimension.kind == "date" and isinstance(raw, str):
                raw = datetime.fromisoformat(raw).date()
            values.append(raw)
        held = balances.balance(connection, running.tables, GrainKey(ledger.ledger, grain.id, tuple(values)))
    for measure, amount in expected.amounts.items():
        if held.amount(measure) != Decimal(str(amount)):
            yield Missed(
                f"{ledger.ledger}.{grain.id} {dict(plain(expected.key))}: {measure}",
                str(amount),
                str(held.amount(measure)),
            )


class _Reading:
    """Compares what was expected, as people write it, with what a record holds."""

    def __init__(self, running: Running, read: Any) -> None:
        self.running, self.read = running, read

    def differences(self, step: str, record: Record, expected: Mapping[str, Any]) -> Iterator[Missed]:
        """Every value that is another than expected."""
        entity = self.running.app.entities[record.entity]
        for name, raw in expected.items():
            kind = entity.by_id.get(name)
            if kind is None:
                yield Missed(f"{step}: {name}", plain(raw), "no such field")
            elif isinstance(kind, LinesField):
                held: Any = record.values.get(name) or ()
                yield from self._lines(f"{step}: {name}", kind, held, list(raw))
            elif not self._same(kind, record.values.get(name), plain(raw), record.scope()):
                yield Missed(f"{step}: {name}", plain(raw), kind.to_json(record.values.get(name)))

    def _lines(
        self, what: str, kind: Any, held: Sequence[Mapping[str, Any]], expected: Sequence[Mapping[str, Any]]
    ) -> Iterator[Missed]:
        """Lines by position; only the fields that are written are compared."""
        if len(held) != len(expected):
            yield Missed(what, f"{len(expected)} lines", f"{len(held)} lines")
            return
        fields = {inner.id: inner for inner in kind.fields}
        for number, (line, wanted) in enumerate(zip(held, expected, strict=True)):
            for name, raw in wanted.items():
                if name not in fields:
                    yield Missed(f"{what}[{number}].{name}", plain(raw), "no such field")
                elif not self._same(fields[name], line.get(name), plain(raw), line):
                    yield Missed(f"{what}[{number}].{name}", plain(raw), fields[name].to_json(line.get(name)))

    def _same(self, kind: FieldKind, held: Any, raw: Any, scope: Mapping[str, Any]) -> bool:
        """Whether a value is the one that people wrote."""
        if isinstance(kind, ReferenceField) and isinstance(held, str) and raw != held:
            identity = self.running.app.entities[kind.to].identity
            found = self.read(kind.to, (held,)).get(held)
            return found is not None and len(identity) == 1 and found.values.get(identity[0]) == raw
        if isinstance(held, Decimal):
            return held == Decimal(str(raw))
        value, problems = kind.parse(raw, ParseContext("en", self.running.app.zone, self.running.units, scope))
        return not problems and value == held


def _codes(problems: Sequence[Problem]) -> list[str]:
    return sorted({problem.code for problem in problems})
