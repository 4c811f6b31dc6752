"""Would a story notice? Takes one thing after another out of an app and plays the stories in which it had a say.

What had a say in which story is recorded once. For each item the app is loaded without it: that may be refused, which
is as good as a story that fails. Otherwise its stories are played until one fails; where none does, the item survived:
nobody would notice if it were not there.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

from engine.language.problems import Place, Problem, Refused
from engine.operations.scenarios import ScenarioResult, Told, play, run_scenarios, stories_of
from engine.operations.story.exercised import Part, touches
from engine.operations.story.workshop import Workshop
from engine.packages.files import PackageFiles
from engine.packages.load import Prepared, finish, prepare
from engine.packages.mutate import Item, items_of, mutant
from engine.packages.schema import App
from engine.storage.filters import pushable

Fate = Literal["refused", "failed", "survived", "idle"]
"""refused: the check finds it. failed: a story does. survived: nobody noticed. idle: no story has to do with it."""

Choose = Callable[[Item], bool]


def everything(_item: Item) -> bool:
    """Every item is meant."""
    return True


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the app without one item; `by` are the codes of the check or the story that failed."""

    path: str
    place: Place
    fate: Fate
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """A story with the parts that had a say in it."""

    told: Told
    exercised: frozenset[Part]


def mutations(
    app: App, *, chosen: Choose = everything, covering: Sequence[str] = (), jobs: int = 1
) -> Iterator[Verdict]:
    """The verdict on every chosen item of an app, in the order written, each as soon as it is there.

    `covering` are capabilities: only items that had a say in a story about one of them. Raises `Refused` when a story
    cannot be read, or fails although nothing was taken away (PKG-318).
    """
    stories = stories_of(app)
    results = tuple(run_scenarios(app, stories, jobs=jobs))
    recorded = tuple(Recorded(told, _sound(each).exercised) for told, each in zip(stories, results, strict=True))
    meant = [each for each in recorded if set(each.told.scenario.covers) & set(covering)]
    items = [
        (number, item)
        for number, item in enumerate(items_of(app))
        if chosen(item) and (not covering or _stories(item, meant))
    ]
    with tempfile.TemporaryDirectory(prefix="formwork-") as folder:
        if jobs > 1 and len(items) > jobs:
            yield from _in_processes(app, recorded, [number for number, _ in items], Path(folder), jobs)
            return
        judge = _Judge(app, recorded, Path(folder))
        for _, item in items:
            yield judge.verdict(item)


def _sound(result: ScenarioResult) -> ScenarioResult:
    """A story that comes true; refused is one that does not, because then nothing could be learned from it."""
    if not result.passed:
        scenario = result.scenario
        raise Refused((Problem("PKG-318", {"name": scenario.scenario}, scenario.place),))
    return result


def _stories(item: Item, recorded: Sequence[Recorded]) -> list[Recorded]:
    """The stories in which an item had a say: those about refusals and warnings first, then the shorter ones."""
    found = [each for each in recorded if touches(each.exercised, item.attribute, item.part, item.items)]
    return sorted(found, key=lambda each: (not _is_about_refusals(each.told), len(each.exercised)))


def _is_about_refusals(told: Told) -> bool:
    """Whether something is refused or warned about in a story: what forbids something shows only there."""
    wanted = {"refused", "warned", "hidden"}
    return any(wanted & each.model_fields_set for each in told.scenario.then)


@dataclass(slots=True)
class _Judge:
    """Judges items of one app, one after another, in a folder that is thrown away."""

    app: App
    recorded: Sequence[Recorded]
    folder: Path
    prepared: Prepared = field(init=False)
    workshop: Workshop = field(init=False)

    def __post_init__(self) -> None:
        self.prepared = prepare(self.app.layers)
        self.workshop = Workshop(self.app, self.folder)

    def verdict(self, item: Item) -> Verdict:
        """What becomes of the app without the item."""
        app, problems = mutant(self.prepared, item, pushable)
        if app is None:
            codes = sorted({problem.code for problem in problems if problem.severity == "error"})
            return Verdict(item.path, item.place, "refused", tuple(codes))
        stories = _stories(item, self.recorded)
        if not stories:
            return Verdict(item.path, item.place, "idle")
        like, anew = (Workshop(app, self.folder, on=self.workshop, furnished=furnished) for furnished in (True, False))
        for each in stories:
            template = self.workshop.template(each.told.layer, each.told.scenario)
            seeded = touches(template.exercised, item.attribute, item.part, item.items)
            if not play(anew if seeded else like, each.told).passed:
                return Verdict(item.path, item.place, "failed", (each.told.scenario.scenario,))
        return Verdict(item.path, item.place, "survived")


def _in_processes(
    app: App, recorded: Sequence[Recorded], numbers: Sequence[int], folder: Path, jobs: int
) -> Iterator[Verdict]:
    """The same by several processes, in the same order."""
    heard = {(each.told.layer.name, each.told.scenario.scenario): each.exercised for each in recorded}
    with ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (app.layers, heard, folder)) as pool:
        yield from pool.map(_verdict_on, numbers)


_here: dict[str, tuple[_Judge, tuple[Item, ...]]] = {}
"""The judge and the items of this process, when it works for another one."""


def _begin(layers: tuple[PackageFiles, ...], heard: dict[tuple[str, str], frozenset[Part]], folder: Path) -> None:
    """Get ready to judge: read the app, its stories and what had a say in them."""
    app, problems = finish(prepare(layers), pushable)
    if app is None:
        raise Refused(problems)
    recorded = [Recorded(told, heard[told.layer.name, told.scenario.scenario]) for told in stories_of(app)]
    _here["judge"] = (_Judge(app, recorded, Path(tempfile.mkdtemp(dir=folder))), items_of(app))


def _verdict_on(number: int) -> Verdict:
    """The verdict on one item in this process."""
    judge, items = _here["judge"]
    return judge.verdict(items[number])
