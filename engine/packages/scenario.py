"""Scenarios (given / when / then) and seeds: documents as people would type them, in YAML.

    scenario: receipt_short
    label: {zh: …, en: …}
    covers: [C054]
    clock: 2026-03-02 09:00
    given:                                   # records that are there; saved in this order, by whoever may do all
      - {entity: item, values: {code: FLOUR, name: Flour, unit: kg, step: "0.001"}}
    when:                                    # what people do, each at the clock of the scenario or `at` its own
      - {id: enter, by: keeper, entity: goods_receipt, values: {…}, transition: post}
      - {id: again, by: finance, document: enter, transition: reverse, at: 2026-03-03 09:00}
      - {id: no, by: manager, document: order, decide: reject, opinion: Too much}      # answers an open task
    then:                                    # what is true afterwards
      - {of: enter, state: posted, values: {total: "12.00"}}
      - {of: again, refused: [LED-101]}
      - {ledger: stock, grain: cell, key: {item: FLOUR, place: MAIN}, amounts: {quantity: "25.000"}}

References are written as identities (codes), never as ids. A seed is a list of `given` records under `records`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints

from engine.language.declared import Declared, Identifier, Label, validate
from engine.language.problems import Problem
from engine.language.source import read_source
from engine.packages.files import PackageFiles

SCENARIO_FOLDER = "scenarios"
SEED_FOLDER = "seed"
MORNING = "09:00"
ENDINGS = (".yaml", ".yml", ".json")

CLOCK = r"^(\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?|[+-]\d{1,4}d( \d{2}:\d{2})?)$"
Clock = Annotated[str, StringConstraints(pattern=CLOCK)]
"""A day (nine in the morning), a day and time in the app's zone, an instant with its offset, or `-20d` from now."""

Capability = Annotated[str, StringConstraints(pattern=r"^C\d{3}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,3}-\d{3}$")]


class Given(Declared):
    """A record that is there before anything happens, brought through the same door as every other."""

    id: Identifier | None = Field(default=None, description="Name by which later steps speak of it")
    entity: Identifier = Field(description="Entity of the record")
    values: dict[str, Any] = Field(default={}, description="Its values as typed; references as codes")
    transitions: tuple[Identifier, ...] = Field(default=(), description="Transitions it then goes through")
    by: Identifier | None = Field(default=None, description="Seeds: log-in of the person who does it")
    at: Clock | None = Field(default=None, description="When; default: the clock of the scenario")


class When(Declared):
    """One thing a person does: a new record, or a step with an earlier one."""

    id: Identifier = Field(description="Name by which `then` and later steps speak of it")
    by: Identifier = Field(description="Role of the person")
    entity: Identifier | None = Field(default=None, description="A new record of this entity")
    document: Identifier | None = Field(default=None, description="Or an earlier record, by its id in the scenario")
    values: dict[str, Any] = Field(default={}, description="What is typed; of an earlier record: what is changed")
    transition: Identifier | None = Field(default=None, description="Transition taken; default: only saved")
    decide: Literal["approve", "reject"] | None = Field(default=None, description="Or the answer to its open task")
    opinion: str = Field(default="", description="What is said about it")
    at: Clock | None = Field(default=None, description="When; default: the clock of the scenario")


class Then(Declared):
    """One thing that is true afterwards: about the outcome of a step (`of`), or about a balance (`ledger`)."""

    id: Identifier | None = Field(default=None, description="Name of the expectation, for the report")
    of: Identifier | None = Field(default=None, description="Step that is looked at")
    refused: tuple[Code, ...] | None = Field(default=None, description="It was refused with exactly these codes")
    warned: tuple[Code, ...] | None = Field(default=None, description="It went through with exactly these warnings")
    state: Identifier | None = Field(default=None, description="State of the record afterwards")
    number: str | None = Field(default=None, description="Number it was given")
    values: dict[str, Any] = Field(default={}, description="Values it has, written as people type them")
    ledger: Identifier | None = Field(default=None, description="Ledger whose balance is looked at")
    grain: Identifier | None = Field(default=None, description="Grain of the balance")
    key: dict[Identifier, Any] = Field(default={}, description="Its dimensions; references as codes")
    amounts: dict[Identifier, Any] = Field(default={}, description="The exact amounts by measure")


class Scenario(Declared):
    """A story that must come true, with the capabilities it proves."""

    scenario: Identifier = Field(description="Id of the scenario, also the name of its file")
    label: Label | None = Field(default=None, description="What it shows")
    covers: tuple[Capability, ...] = Field(default=(), description="Capabilities it proves: [C004]")
    clock: Clock = Field(description="When it plays")
    seed: tuple[Identifier, ...] = Field(default=(), description="Seeds that are brought before `given`")
    given: tuple[Given, ...] = Field(default=(), description="Records that are there")
    when: tuple[When, ...] = Field(description="What people do", min_length=1)
    then: tuple[Then, ...] = Field(description="What is true afterwards", min_length=1)

    def problems(self) -> Iterator[Problem]:
        """What the shape alone cannot say: names of earlier steps, and one thing at a time."""
        known = [given.id for given in self.given if given.id]
        for step in self.when:
            if (step.entity is None) == (step.document is None):
                yield Problem("IMP-132", {}, step.place)
            elif step.document is not None and step.document not in known:
                yield Problem("IMP-130", {"name": step.document, "known": tuple(known)}, step.place)
            known.append(step.id)
        for expected in self.then:
            if (expected.of is None) == (expected.ledger is None) or (expected.ledger and not expected.grain):
                yield Problem("IMP-131", {}, expected.place)
            elif expected.of is not None and expected.of not in known:
                yield Problem("IMP-130", {"name": expected.of, "known": tuple(known)}, expected.place)


class Seed(Declared):
    """Records for a demonstration, brought in the order written."""

    seed: Identifier = Field(description="Id of the seed; files are read in the order of their names")
    clock: Clock | None = Field(default=None, description="When records are made that do not say `at`")
    records: tuple[Given, ...] = Field(description="The records")


M = TypeVar("M", bound=Declared)


def instant_of(clock: str, zone: str, now: datetime) -> datetime:
    """The instant in UTC that a clock text means in a zone. Raises ValueError for a day that does not exist.

    `now` is what days such as `-20d` count from: the clock of the scenario, or the present instant for a seed.
    """
    day, _, time = clock.replace("T", " ", 1).partition(" ")
    if day.endswith("d"):
        day = (now.astimezone(ZoneInfo(zone)).date() + timedelta(days=int(day[:-1]))).isoformat()
    moment = datetime.fromisoformat(f"{day} {time or MORNING}")
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def read_scenarios(files: PackageFiles) -> tuple[tuple[Scenario, ...], tuple[Problem, ...]]:
    """The scenarios of one layer, in the order of their files, and everything wrong with them."""
    found, problems = _read(files, SCENARIO_FOLDER, Scenario)
    return found, (*problems, *(problem for scenario in found for problem in scenario.problems()))


def read_seeds(files: PackageFiles) -> tuple[tuple[Seed, ...], tuple[Problem, ...]]:
    """The seeds of one layer, in the order of their files, and everything wrong with them."""
    return _read(files, SEED_FOLDER, Seed)


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
        if path.parts[0] != folder or path.suffix not in ENDINGS:
            continue
        node, wrong = read_source(f"{files.name}/{inside}", files.files[inside].decode("utf-8-sig", "replace"))
        problems += wrong
        if node is None or any(problem.severity == "error" for problem in wrong):
            continue
        read, wrong = validate(model, node, (folder, path.stem))
        problems += wrong
        if read is not None:
            found.append(read)
    return tuple(found), tuple(problems)
