"""`formwork coverage`: which capabilities the scenarios prove, and which of those wanted are missing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.here import Here
from engine.cli.places import app_folders, sound_app
from engine.cli.speak import DONE, PROBLEMS, LanguageOption, counted, language, refuse, say, stop
from engine.language.problems import Refused
from engine.operations.coverage import Coverage, coverage
from engine.packages.schema import App

CAPABILITY = re.compile(r"(?<![\w-])C\d{3}(?![\w-])")


class Format(StrEnum):
    """How the answer is written."""

    text = "text"
    json = "json"


def cover(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[APP|ID]...",
            help="Apps or folders of apps (default: this folder, or apps), and ids such as C021 that are wanted",
            show_default=False,
        ),
    ] = None,
    wanted: Annotated[
        Path | None, typer.Option("--wanted", help="File with the ids that are wanted, wherever they stand in it")
    ] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How the answer is written")] = Format.text,
    chosen: LanguageOption = None,
) -> None:
    """List the capabilities that scenarios prove (covers: [C021]), and what is missing. 场景覆盖了哪些能力。

    Example: formwork coverage apps/food C054 C061
    """
    del chosen
    ids = [each for each in what or () if CAPABILITY.fullmatch(each)]
    paths = [Path(each) for each in what or () if not CAPABILITY.fullmatch(each)]
    if wanted is not None:
        ids += ids_in(wanted)
    apps: list[App] = []
    here: dict[str, Here] = {}
    for folder in app_folders(paths):
        app = sound_app(folder)
        apps.append(app)
        here[app.name] = Here(folder)
    found = _found(apps, ids, here)
    if format is Format.json:
        typer.echo(json.dumps(as_json(found, here), ensure_ascii=False, indent=2))
    else:
        _show(found, len(ids))
    stop(PROBLEMS if found.missing else DONE)


def ids_in(file: Path) -> list[str]:
    """The ids in a file; refused when there is no such file or no id in it."""
    if not file.is_file():
        refuse("CLI-101", path=str(file))
    found = list(dict.fromkeys(CAPABILITY.findall(file.read_text(encoding="utf-8", errors="replace"))))
    if not found:
        refuse("CLI-140", path=str(file))
    return found


def _found(apps: Iterable[App], ids: Iterable[str], here: dict[str, Here]) -> Coverage:
    try:
        return coverage(apps, ids)
    except Refused as refused:
        raise Refused(
            (here[problem.place.file.split("/")[0]].problem(problem) if problem.place else problem)
            for problem in refused.problems
        ) from refused


def _show(found: Coverage, wanted: int) -> None:
    """One line for each capability with its scenarios; then what is missing; then how many."""
    for id, proofs in found.proofs.items():
        names = ", ".join(f"{proof.app}/{proof.scenario}" for proof in proofs)
        typer.echo(f"{id}  {len(proofs)}  {names}")
    for id in found.missing:
        typer.echo(f"{id}  {'没有场景' if language() == 'zh' else 'no scenario'}")
    number = len(found.proofs)
    if wanted:
        say(
            f"{number} 项能力有场景，{len(found.missing)} 项没有",
            f"{counted(number, 'id')} covered, {len(found.missing)} missing",
        )
    else:
        say(f"{number} 项能力有场景", f"{counted(number, 'id')} covered")


def as_json(found: Coverage, here: dict[str, Here]) -> dict[str, object]:
    """The answer for programs."""
    return {
        "covered": {
            id: [
                {
                    "app": proof.app,
                    "scenario": proof.scenario,
                    "file": here[proof.app].file(proof.place.file) if proof.place else None,
                    "line": proof.place.line if proof.place else None,
                }
                for proof in proofs
            ]
            for id, proofs in found.proofs.items()
        },
        "missing": list(found.missing),
    }
