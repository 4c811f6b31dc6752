"""`formwork check`: everything that is wrong with packages, before they run."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.here import Here
from engine.cli.places import app_folders, load_app, sources_of
from engine.cli.speak import DONE, PROBLEMS, LanguageOption, counted, language, note, stop
from engine.language.problems import Problem
from engine.language.render import render_concise, render_json, render_sarif, render_text
from engine.packages.layers import arrange_folder
from engine.packages.scenario import check_stories, read_scenarios, read_seeds


class Format(StrEnum):
    """How problems are written."""

    text = "text"
    concise = "concise"
    json = "json"
    sarif = "sarif"


def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[APP]...", help="Apps, or folders of apps; default: this folder, or apps", show_default=False
        ),
    ] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How problems are written")] = Format.text,
    chosen: LanguageOption = None,
) -> None:
    """Check apps: every mistake with file, line, column and remedy. 检查应用包。

    Example: formwork check apps/food --format concise
    """
    del chosen
    sources: dict[str, str] = {}
    found: list[Problem] = []
    folders = list(app_folders(paths))
    for folder in folders:
        problems, texts = problems_in(folder)
        sources |= texts
        found += [problem for problem in problems if problem not in found]
    _write(found, sources, format)
    errors = sum(problem.severity == "error" for problem in found)
    warnings = sum(problem.severity == "warning" for problem in found)
    note(
        f"检查了 {len(folders)} 个应用：{errors} 个错误，{warnings} 个警告",
        f"{counted(len(folders), 'app')} checked: {counted(errors, 'error')}, {counted(warnings, 'warning')}",
    )
    stop(PROBLEMS if errors else DONE)


def problems_in(folder: Path) -> tuple[list[Problem], dict[str, str]]:
    """Everything wrong with one app, its scenarios and seeds; and the texts by file name, both as seen from here."""
    app, problems = load_app(folder)
    layers, _ = arrange_folder(folder)
    found = list(problems)
    if app is not None:
        found += check_stories(app, app.layers[-1])
    else:  # what a scenario names cannot be looked up in an app that could not be read
        found += (*read_scenarios(layers[-1])[1], *read_seeds(layers[-1])[1])
    here = Here(folder)
    return list(here.problems(found)), {here.file(name): text for name, text in sources_of(layers).items()}


def _write(problems: list[Problem], sources: dict[str, str], format: Format) -> None:
    """The answer, on standard output."""
    match format:
        case Format.text:
            text = render_text(problems, sources, language(), colour=typer.get_text_stream("stdout").isatty())
        case Format.concise:
            text = render_concise(problems, language())
        case Format.json:
            text = render_json(problems, language())
        case Format.sarif:
            text = render_sarif(problems, language())
    if text:
        typer.echo(text.rstrip("\n"))
