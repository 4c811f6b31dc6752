"""`formwork test`: run the scenarios of apps, each on a fresh site and on its own clock."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.here import Here
from engine.cli.places import app_folders, sound_app
from engine.cli.progress import progress
from engine.cli.speak import DONE, PROBLEMS, LanguageOption, counted, language, note, say, stop
from engine.language.problems import Refused
from engine.operations.scenarios import run_scenarios


def run(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[APP]...", help="Apps, or folders of apps; default: this folder, or apps", show_default=False
        ),
    ] = None,
    chosen: LanguageOption = None,
) -> None:
    """Run the scenarios (given / when / then) of apps. 运行应用的场景。

    Example: formwork test apps/food
    """

    del chosen
    failed = count = 0
    for folder in app_folders(paths):
        app = sound_app(folder)
        try:
            with progress(f"{folder}", f"{folder}"):
                results = run_scenarios(app)
        except Refused as refused:
            raise Refused(Here(folder).problems(refused.problems)) from refused
        if not results:
            note(f"{folder} 还没有场景（scenarios/*.yaml）", f"{folder} has no scenarios yet (scenarios/*.yaml)")
        for result in results:
            count += 1
            mark = "✓" if result.passed else "✗"
            title = result.scenario.label.text(language()) if result.scenario.label else result.scenario.scenario
            typer.echo(f"{mark} {result.scenario.scenario}  {title}  {' '.join(result.scenario.covers)}".rstrip())
            for line in result.lines(language()):
                typer.echo(f"    {line}")
            failed += not result.passed
    say(f"{count} 个场景，{failed} 个未通过", f"{counted(count, 'scenario')}, {failed} failed")
    stop(PROBLEMS if failed else DONE)
