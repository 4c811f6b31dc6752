"""Runs the stories people write beside an app: each on a fresh site, on its own clock, through the real walk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from engine.language.problems import Problem, Refused
from engine.language.suggest import close
from engine.operations.story.acts import take
from engine.operations.story.exercised import Part
from engine.operations.story.expectations import look, unspoken
from engine.operations.story.given import bring
from engine.operations.story.stage import Clock, Missed
from engine.operations.story.workshop import Workshop
from engine.packages.files import PackageFiles
from engine.packages.load import load
from engine.packages.scenario import Scenario, check_stories, read_scenarios
from engine.packages.schema import App
from engine.storage.filters import pushable

__all__ = ["Clock", "Missed", "ScenarioResult", "Told", "play", "run_scenarios", "stories_of"]

WORTH_A_PROCESS = 8
"""Scenarios for which one more process is begun; fewer are played before it is ready."""


@dataclass(frozen=True, slots=True)
class Told:
    """A scenario with the layer it stands in, whose seeds and files it may use."""

    layer: PackageFiles
    scenario: Scenario


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """What became of one scenario: what did not come true, and which parts of the package had a say in it."""

    scenario: Scenario
    missed: tuple[Missed, ...] = ()
    exercised: frozenset[Part] = frozenset()

    @property
    def passed(self) -> bool:
        """Whether everything came true."""
        return not self.missed


def stories_of(app: App, *, only: Sequence[str] = (), all_layers: bool = False) -> tuple[Told, ...]:
    """The scenarios of the app's own layer, or of all its layers, lowest first.

    Raises `Refused` with everything wrong with them, or PKG-317 for a name in `only` that no scenario has.
    """
    layers = app.layers if all_layers else app.layers[-1:]
    problems = [problem for layer in layers for problem in check_stories(app, layer)]
    if any(problem.severity == "error" for problem in problems):
        raise Refused(problems)
    found = tuple(Told(layer, scenario) for layer in layers for scenario in read_scenarios(layer)[0])
    names = [each.scenario.scenario for each in found]
    unknown = [name for name in only if name not in names]
    if unknown:
        raise Refused(Problem("PKG-317", {"name": name, "suggestions": close(name, names)}) for name in unknown)
    return tuple(each for each in found if not only or each.scenario.scenario in only)


def run_scenarios(app: App, stories: Sequence[Told] | None = None, *, jobs: int = 1) -> Iterator[ScenarioResult]:
    """Play scenarios (by default those of the app's own layer) in their order, each result as soon as it is there.

    With several jobs they are played by processes of their own. Raises `Refused` when one cannot be read.
    """
    told = stories_of(app) if stories is None else stories
    processes = min(jobs, len(told) // WORTH_A_PROCESS)
    with tempfile.TemporaryDirectory(prefix="formwork-") as folder:
        if processes > 1:
            yield from _in_processes(app, told, Path(folder), processes)
            return
        workshop = Workshop(app, Path(folder))
        for each in told:
            yield play(workshop, each)


def play(workshop: Workshop, told: Told) -> ScenarioResult:
    """Play one scenario: what is given, what happens, what must then be true."""
    scenario = told.scenario
    with workshop.story(told.layer, scenario) as story:
        bring(story, scenario.given, "given")
        for act in scenario.when if not story.missed else ():
            take(story, act)
        story.missed += unspoken(story, scenario)
        for expected in scenario.then if not story.missed else ():
            story.missed += look(story, expected)
        return ScenarioResult(scenario, tuple(story.missed), frozenset(story.exercised))


def _in_processes(app: App, told: Sequence[Told], folder: Path, processes: int) -> Iterator[ScenarioResult]:
    """The same by several processes, in the same order."""
    begin = (app.layers, folder, Workshop(app, folder).bare())
    with ProcessPoolExecutor(processes, get_context("spawn"), _begin, begin) as pool:
        names = [(each.layer.name, each.scenario.scenario) for each in told]
        for each, (missed, exercised) in zip(told, pool.map(_play_by_name, names), strict=True):
            yield ScenarioResult(each.scenario, missed, exercised)


_here: dict[str, tuple[Workshop, dict[tuple[str, str], Told]]] = {}
"""The workshop and the scenarios of this process, when it plays for another one."""


def _begin(layers: tuple[PackageFiles, ...], folder: Path, bare: Path) -> None:
    """Get ready to play: read the app, and find its scenarios by layer and name."""
    app, problems = load(layers, pushable=pushable)
    if app is None:
        raise Refused(problems)
    stories = {
        (layer.name, scenario.scenario): Told(layer, scenario)
        for layer in app.layers
        for scenario in read_scenarios(layer)[0]
    }
    _here["workshop"] = (Workshop(app, Path(tempfile.mkdtemp(dir=folder)), bare=bare), stories)


def _play_by_name(name: tuple[str, str]) -> tuple[tuple[Missed, ...], frozenset[Part]]:
    """Play a scenario in this process."""
    workshop, stories = _here["workshop"]
    result = play(workshop, stories[name])
    return result.missed, result.exercised
