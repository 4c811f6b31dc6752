"""The folders of apps that commands work on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.here import Here
from engine.cli.speak import refuse
from engine.language.problems import Problem, Refused
from engine.packages.files import PackageFiles
from engine.packages.layers import arrange_folder
from engine.packages.load import load_folder
from engine.packages.schema import App
from engine.storage.filters import pushable

MANIFEST = "app.yaml"
APPS = Path("apps")
AppArgument = Annotated[
    Path, typer.Argument(help="Folder of an app, such as apps/food", metavar="APP", show_default=False)
]


def app_folder(path: Path) -> Path:
    """The folder of one app; refused when it is none."""
    if not path.exists():
        refuse("CLI-101", path=str(path))
    if not is_app(path):
        refuse("CLI-102", path=str(path))
    return path


def app_folders(paths: Sequence[Path] | None) -> Iterator[Path]:
    """The folders of apps that paths mean: an app itself, a folder of apps, or anything inside an app.

    Without paths: the app in the present folder, else the folder `apps`.
    """
    here = Path()
    for path in paths or [here if is_app(here) else APPS]:
        if not path.exists():
            refuse("CLI-101", path=str(path))
        if is_app(path):
            yield path
            continue
        below = sorted(folder for folder in path.iterdir() if is_app(folder)) if path.is_dir() else []
        around = [folder for folder in path.parents if is_app(folder)][:1]
        if not below and not around:
            refuse("CLI-112", path=str(path))
        yield from below or around


def is_app(folder: Path) -> bool:
    """Whether a folder is that of an app. A folder that may not be looked into is told, not left out."""
    return folder.is_dir() and (folder / MANIFEST).is_file()


def layers_in(folder: Path) -> tuple[PackageFiles, ...]:
    """The layers of the app in a folder, lowest first; refused when one is missing or holds what no package may."""
    layers, problems = arrange_folder(app_folder(folder))
    errors = tuple(problem for problem in problems if problem.severity == "error")
    if errors:
        raise Refused(Here(folder).problems(errors))
    return layers


def sources_of(layers: tuple[PackageFiles, ...]) -> dict[str, str]:
    """The text of every file by the name that places use."""
    return {
        f"{layer.name}/{inside}": content.decode("utf-8-sig", "replace")
        for layer in layers
        for inside, content in layer.files.items()
    }


def load_app(folder: Path) -> tuple[App | None, tuple[Problem, ...]]:
    """The app in a folder, checked completely, also for what the database cannot judge."""
    return load_folder(app_folder(folder), pushable=pushable)


def sound_app(folder: Path) -> App:
    """The app in a folder; refused with everything that is wrong with it, by file names that an editor can open."""
    app, problems = load_app(folder)
    if app is None:
        raise Refused(Here(folder).problem(problem) for problem in problems if problem.severity == "error")
    return app
