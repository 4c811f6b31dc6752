"""Scenarios (given / when / then) and seeds: documents as people would type them, in YAML.

    scenario: receipt_short
    label: {zh: …, en: …}
    covers: [C054]
    clock: 2026-03-02 09:00
    given:                                   # records that are there; saved in this order, by whoever may do all
      - {entity: item, values: {code: FLOUR, name: Flour, unit: kg, step: "0.001"}}
    when:                                    # what happens, each at the clock of the step before or `at` its own
      - {id: enter, by: keeper, entity: goods_receipt, values: {…}, transition: post}
      - {id: again, as: finance, document: enter, transition: reverse, at: 2026-03-03 09:00}
      - {id: no, by: manager, document: enter, decide: reject, opinion: Too much}      # answers an open task
      - {id: later, wake: true, at: "+30d 06:00"}
    then:                                    # what is true afterwards
      - {of: enter, state: posted, values: {total: "12.00"}}
      - {of: again, refused: [LED-101]}
      - {ledger: stock, grain: cell, key: {item: FLOUR, place: MAIN}, amounts: {quantity: "25.000"}}

References are written as identities (codes), never as ids. A seed has `given` records under `records`, and what then
happens under `when`, every so many days if it says so:

    seed: week
    clock: "-91d"
    every: 7
    when:
      - {id: order, as: buyer, entity: purchase_order, values: {…}, transition: submit}
      - {id: approved, as: manager, document: order, decide: approve, at: "+1d 10:00"}

What can stand under `when` and `then` is in `story/acts.py` and `story/expectations.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import PurePosixPath
from typing import Annotated, Any, TypeVar

from pydantic import Field, StringConstraints

from engine.language.declared import Declared, Identifier, Label, validate
from engine.language.problems import Problem
from engine.language.source import read_source
from engine.packages.files import PackageFiles
from engine.packages.layers import duplicates
from engine.packages.schema import App
from engine.packages.story.acts import Act, AnyAct
from engine.packages.story.cast import Cast, Told
from engine.packages.story.clock import Clock, instant_of
from engine.packages.story.expectations import AnyExpectation

__all__ = [
    "Given",
    "Scenario",
    "Seed",
    "check_scenario",
    "check_stories",
    "instant_of",
    "plain",
    "read_scenarios",
    "read_seeds",
    "seeds_of",
]

SCENARIO_FOLDER = "scenarios"
SEED_FOLDER = "seed"
PERSON, LOG_IN = "person", "code"
"""The entity whose records are people, and the field that they sign in by."""

ENDINGS = (".yaml", ".yml", ".json")

Capability = Annotated[str, StringConstraints(pattern=r"^C\d{3}$")]


class Given(Declared):
    """A record that is there before anything happens, brought through the same door as every other."""

    id: Identifier | None = Field(default=None, description="Name by which later steps speak of it")
    entity: Identifier = Field(description="Entity of the record")
    values: dict[str, Any] = Field(default={}, description="Its values as typed; references as codes")
    transitions: tuple[Identifier, ...] = Field(default=(), description="Transitions it then goes through")
    at: Clock | None = Field(default=None, description="When; default: the clock of the scenario")

    def check(self, cast: Cast) -> Iterator[Problem]:
        """The entity, its fields, the transitions."""
        yield from cast.known("entity", self.entity, cast.app.entities, self.place_at("entity"))
        entity = self.entity if self.entity in cast.app.entities else None
        yield from cast.fields(entity, self, "values")
        for position, name in enumerate(self.transitions):
            yield from cast.transition(entity, name, self.place_at("transitions", position))


class Scenario(Declared):
    """A story that must come true, with the capabilities it proves."""

    scenario: Identifier = Field(description="Id of the scenario, also the name of its file")
    label: Label | None = Field(default=None, description="What it shows")
    covers: tuple[Capability, ...] = Field(default=(), description="Capabilities it proves: [C004]")
    clock: Clock = Field(description="When it plays")
    seed: tuple[Identifier, ...] = Field(default=(), description="Seeds that are brought before `given`")
    given: tuple[Given, ...] = Field(default=(), description="Records that are there")
    when: tuple[AnyAct, ...] = Field(description="What happens", min_length=1)
    then: tuple[AnyExpectation, ...] = Field(description="What is true afterwards", min_length=1)


class Seed(Declared):
    """What a demonstration shows: records that are there, and what people then did up to today.

    The records of all seeds are brought first, in the order written. What happens in all of them follows in the order
    of time, in as many rounds as have begun; a round ends at the first step whose time has not come yet.
    """

    seed: Identifier = Field(description="Id of the seed; files are read in the order of their names")
    clock: Clock | None = Field(default=None, description="When `when` begins; default: the day of the demonstration")
    every: int | None = Field(default=None, ge=1, description="Days after which `when` happens again, up to today")
    records: tuple[Given, ...] = Field(default=(), description="Records that are there; a scenario brings only these")
    when: tuple[AnyAct, ...] = Field(default=(), description="What then happens in a demonstration")

    def rounds(self, zone: str, now: datetime) -> Iterator[tuple[datetime, tuple[tuple[datetime, Act], ...]]]:
        """Every round up to now: the instant at which it begins, and each step with its own, none before its
        predecessor's. Days such as `-91d` count from now, those of a step from the beginning of its round.
        """
        first = instant_of(self.clock, zone, now) if self.clock is not None else now
        for number in count() if self.every is not None else range(1):
            begun = first + timedelta(days=number * (self.every or 0))
            if begun > now:
                return
            yield begun, tuple(self._steps(zone, begun, now))

    def _steps(self, zone: str, begun: datetime, now: datetime) -> Iterator[tuple[datetime, Act]]:
        """The steps of one round with their instants."""
        at: datetime | None = None
        for act in self.when:
            asked = instant_of(act.at, zone, begun) if act.at is not None else at or begun
            at = asked if at is None else max(at, asked)
            if at > now:
                return
            yield at, act


M = TypeVar("M", bound=Declared)


def read_scenarios(files: PackageFiles) -> tuple[tuple[Scenario, ...], tuple[Problem, ...]]:
    """The scenarios of one layer, in the order of their files, and everything wrong with their writing."""
    return _read(files, SCENARIO_FOLDER, Scenario)


def read_seeds(files: PackageFiles) -> tuple[tuple[Seed, ...], tuple[Problem, ...]]:
    """The seeds of one layer, in the order of their files, and everything wrong with their writing."""
    return _read(files, SEED_FOLDER, Seed)


def check_stories(app: App, files: PackageFiles) -> Iterator[Problem]:
    """Everything wrong with the scenarios and seeds of one layer of an app: their writing, and what they name."""
    seeds, problems = read_seeds(files)
    yield from problems
    cast = Cast(app, people_in(seeds), frozenset(files.files))
    for seed in seeds:
        yield from _check_told(replace(cast, steps={}), seed.records, seed.when)
    scenarios, problems = read_scenarios(files)
    yield from problems
    for scenario in scenarios:
        yield from check_scenario(app, files, scenario, seeds)


def check_scenario(app: App, files: PackageFiles, scenario: Scenario, seeds: Sequence[Seed]) -> Iterator[Problem]:
    """What a scenario names that is not there, in the order in which it is told; `seeds` are those of its layer."""
    wanted = seeds_of(scenario, seeds)
    given = {each.values.get(LOG_IN) for each in scenario.given if each.entity == PERSON}
    cast = Cast(app, people_in(wanted) | {str(name) for name in given if name}, frozenset(files.files))
    yield from _named_like_its_file(scenario)
    for position, name in enumerate(scenario.seed):
        yield from cast.known("seed", name, [each.seed for each in seeds], scenario.place_at("seed", position))
    yield from _check_told(cast, scenario.given, scenario.when)
    for expected in scenario.then:
        yield from expected.check(cast)


def _check_told(cast: Cast, records: Sequence[Given], acts: Sequence[Act]) -> Iterator[Problem]:
    """What records and the steps after them name that is not there at that point; the cast then knows their names."""
    for record in records:
        yield from record.check(cast)
        if record.id is not None:
            cast.steps[record.id] = Told("given", record.entity)
    for act in acts:
        yield from act.check(cast)
        if any(act.id == record.id for record in records):
            yield Problem("PKG-263", {"id": act.id}, act.place_at("id"))
        cast.steps[act.id] = act.told(cast)


def _named_like_its_file(scenario: Scenario) -> Iterator[Problem]:
    """PKG-287 where the file of a scenario has another name than the scenario."""
    file = PurePosixPath(scenario.place.file) if scenario.place else None
    if file is not None and file.stem != scenario.scenario:
        parameters = {"key": "scenario", "written": scenario.scenario, "file": file.name}
        yield Problem("PKG-287", parameters, scenario.place_at("scenario"))


def seeds_of(scenario: Scenario, seeds: Sequence[Seed]) -> tuple[Seed, ...]:
    """The seeds that a scenario asks for, in the order of their files."""
    return tuple(seed for seed in seeds if seed.seed in scenario.seed)


def people_in(seeds: Sequence[Seed]) -> frozenset[str]:
    """The log-ins of the people that seeds make."""
    people = [each.values.get(LOG_IN) for seed in seeds for each in seed.records if each.entity == PERSON]
    return frozenset(str(name) for name in people if name)


def plain(value: object) -> Any:
    """A declared value as a door takes it: mappings, lists and scalars without the places of their source."""
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return str(value) if isinstance(value, str) else value


def _read(files: PackageFiles, folder: str, model: type[M]) -> tuple[tuple[M, ...], tuple[Problem, ...]]:
    """Every file of a folder read into a model; a file that cannot be read only leaves its problems."""
    found: list[M] = []
    problems: list[Problem] = []
    for inside in sorted(files.files):
        path = PurePosixPath(inside)
        if path.parent.as_posix() != folder or path.suffix not in ENDINGS:
            continue
        node, wrong = read_source(f"{files.name}/{inside}", files.files[inside].decode("utf-8-sig", "replace"))
        problems += wrong
        if node is None or any(problem.severity == "error" for problem in wrong):
            continue
        read, wrong = validate(model, node, (folder, path.stem))
        problems += wrong
        problems += duplicates(node, (folder, path.stem))
        if read is not None:
            found.append(read)
    return tuple(found), tuple(problems)
