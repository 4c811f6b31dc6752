"""`formwork test`: run the scenarios of apps, each on a fresh site and on its own clock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.here import Here
from engine.cli.mutate import mutate_apps
from engine.cli.places import app_folders, sound_app
from engine.cli.speak import DONE, PROBLEMS, LanguageOption, counted, language, note, say, stop
from engine.language.catalogue import message
from engine.language.problems import Refused
from engine.operations.scenarios import Missed, ScenarioResult, run_scenarios, stories_of


class Format(StrEnum):
    """How verdicts are written."""

    text = "text"
    json = "json"


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


PathsArgument = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[APP]...", help="Apps, or folders of apps; default: this folder, or apps", show_default=False
    ),
]
OnlyOption = Annotated[
    list[str] | None,
    typer.Option("--only", help="Only this scenario (with --mutate: items below this path or file); several times"),
]
JobsOption = Annotated[
    int | None, typer.Option("--jobs", "-j", min=1, help="Processes; default: as many as there are cores")
]


def run(
    paths: PathsArgument = None,
    only: OnlyOption = None,
    all_layers: Annotated[
        bool, typer.Option("--all-layers", help="Also the scenarios of the layers that an app stands on")
    ] = False,
    jobs: JobsOption = None,
    mutate: Annotated[
        bool, typer.Option("--mutate", help="Take one configured item away at a time: would a scenario notice?")
    ] = False,
    covering: Annotated[
        list[str] | None, typer.Option("--covering", help="With --mutate: only what scenarios of this capability use")
    ] = None,
    format: Annotated[
        Format, typer.Option("--format", "-f", help="With --mutate: how verdicts are written")
    ] = Format.text,
    chosen: LanguageOption = None,
) -> None:
    """Run the scenarios (given / when / then) of apps. 运行应用的场景。

    Example: formwork test apps/food

    Example: formwork test apps/food --only receipt_posts_stock

    Example: formwork test apps/food --mutate --only rules.goods_receipt.items.not_expired
    """

    del chosen
    if mutate:
        stop(
            mutate_apps(app_folders(paths), only or (), covering or (), jobs or cores(), as_json=format is Format.json)
        )
    failed = count = 0
    for folder in app_folders(paths):
        app, here = sound_app(folder), Here(folder)
        try:
            stories = stories_of(app, only=only or (), all_layers=all_layers)
            if not stories:
                note(f"{folder} 还没有场景（scenarios/*.yaml）", f"{folder} has no scenarios yet (scenarios/*.yaml)")
            for result in run_scenarios(app, stories, jobs=jobs or cores()):
                count += 1
                failed += not result.passed
                for line in lines_of(result, here):
                    typer.echo(line)
        except Refused as refused:
            raise Refused(here.problems(refused.problems)) from refused
    say(f"{count} 个场景，{failed} 个未通过", f"{counted(count, 'scenario')}, {failed} failed")
    stop(PROBLEMS if failed else DONE)


def lines_of(result: ScenarioResult, here: Here) -> Iterator[str]:
    """A scenario as the terminal shows it: one line, and below it everything that did not come true."""
    scenario = result.scenario
    title = scenario.label.text(language()) if scenario.label else scenario.scenario
    yield f"{'✓' if result.passed else '✗'} {scenario.scenario}  {title}  {' '.join(scenario.covers)}".rstrip()
    for missed in result.missed:
        yield from lines_of_missed(missed, here)


def lines_of_missed(missed: Missed, here: Here) -> Iterator[str]:
    """`    apps/food/scenarios/x.yaml:24: enter: state: expected posted, found draft`, and the reasons."""
    where = f"{here.file(missed.place.file)}:{missed.place.line}: " if missed.place else ""
    words = ("应为", "实为", "，") if language() == "zh" else ("expected", "found", ", ")
    expected, found = worded(missed.expected), worded(missed.found)
    yield f"    {where}{missed.what}: {words[0]} {expected}{words[2]}{words[1]} {found}"
    for problem in missed.problems:
        path = f"{'.'.join(map(str, problem.path))}: " if problem.path else ""
        yield f"        {path}{message(problem, language())} [{problem.code}]"


ZH = {
    "done": "成功",
    "saved": "保存成功",
    "visible": "看得见",
    "hidden": "看不见",
    "rows": "能看到行",
    "a record": "有记录",
    "none": "没有",
    "no such value": "没有这个值",
    "nothing done": "什么都不做",
    "answered again": "原样再答一次",
    "done again": "又做了一次",
}
"""What is told of a step in words of the engine's own."""


def worded(text: str) -> str:
    """What was expected or found, in the reader's language where the engine said it."""
    if language() != "zh":
        return text
    return f"被拒绝{text.removeprefix('refused')}" if text.startswith("refused ") else ZH.get(text, text)
