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

References are written as identities (codes), never as ids. A seed is a list of `given` records under `records`.
What can stand under `when` and `then` is in `story/acts.py` and `story/expectations.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Annotated, Any, TypeVar

from pydantic import Field, StringConstraints

from engine.language.declared import Declared, Identifier, Label, validate
from engine.language.problems import Problem
from engine.language.source import read_source
from engine.packages.files import PackageFiles
from engine.packages.layers import duplicates
from engine.packages.schema import App
from engine.packages.story.acts import AnyAct
from engine.packages.story.cast import Cast, Told
from engine.packages.story.clock import Clock, instant_of
from engine.packages.story.expectations import AnyExpectation

__all__ = [
    "Given",
    "Scenario",
    "Seed",
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
    by: Identifier | None = Field(default=None, description="Seeds: log-in of the person who does it")
    at: Clock | None = Field(default=None, description="When; default: the clock of the scenario")

    def check(self, cast: Cast) -> Iterator[Problem]:
        """The entity, its fields, the transitions, the person."""
        yield from cast.known("entity", self.entity, cast.app.entities, self.place_at("entity"))
        entity = self.entity if self.entity in cast.app.entities else None
        yield from cast.fields(entity, self, "values")
        for position, name in enumerate(self.transitions):
            yield from cast.transition(entity, name, self.place_at("transitions", position))
        yield from cast.known("log-in", self.by, sorted(cast.logins), self.place_at("by"))


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
    """Records for a demonstration, brought in the order written."""

    seed: Identifier = Field(description="Id of the seed; files are read in the order of their names")
    clock: Clock | None = Field(default=None, description="When records are made that do not say `at`")
    records: tuple[Given, ...] = Field(description="The records")


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
        for given in seed.records:
            yield from given.check(cast)
    scenarios, problems = read_scenarios(files)
    yield from problems
    for scenario in scenarios:
        yield from _check(app, scenario, seeds, frozenset(files.files))


def _check(app: App, scenario: Scenario, seeds: Sequence[Seed], files: frozenset[str]) -> Iterator[Problem]:
    """What a scenario names, in the order in which it is told."""
    wanted = seeds_of(scenario, seeds)
    given = {each.values.get(LOG_IN) for each in scenario.given if each.entity == PERSON}
    cast = Cast(app, people_in(wanted) | {str(name) for name in given if name}, files)
    yield from _named_like_its_file(scenario)
    for position, name in enumerate(scenario.seed):
        yield from cast.known("seed", name, [each.seed for each in seeds], scenario.place_at("seed", position))
    for record in scenario.given:
        yield from record.check(cast)
        if record.id is not None:
            cast.steps[record.id] = Told("given", record.entity)
    for act in scenario.when:
        yield from act.check(cast)
        if any(act.id == record.id for record in scenario.given):
            yield Problem("PKG-263", {"id": act.id}, act.place_at("id"))
        cast.steps[act.id] = act.told(cast)
    for expected in scenario.then:
        yield from expected.check(cast)


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
