"""The folders of apps that commands work on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.speak import refuse
from engine.language.problems import Problem, Refused
from engine.packages.files import PackageFiles
from engine.packages.layers import arrange_folder
from engine.packages.load import load_folder
from engine.packages.schema import App
from engine.storage.filters import pushable

MANIFEST = "app.yaml"
AppArgument = Annotated[
    Path, typer.Argument(help="Folder of an app, such as apps/food", metavar="APP", show_default=False)
]


def app_folder(path: Path) -> Path:
    """The folder of one app; refused when it is none."""
    if not path.exists():
        refuse("CLI-101", path=str(path))
    if not path.is_dir() or not (path / MANIFEST).is_file():
        refuse("CLI-102", path=str(path))
    return path


def app_folders(paths: list[Path]) -> Iterator[Path]:
    """The folders of apps that paths mean: an app itself, or a folder of apps."""
    for path in paths:
        if not path.exists():
            refuse("CLI-101", path=str(path))
        if (path / MANIFEST).is_file():
            yield path
            continue
        inner = sorted(manifest.parent for manifest in path.glob(f"*/{MANIFEST}")) if path.is_dir() else []
        if not inner:
            refuse("CLI-112", path=str(path))
        yield from inner


def layers_in(folder: Path) -> tuple[PackageFiles, ...]:
    """The layers of the app in a folder, lowest first; refused when one is missing or holds what no package may."""
    layers, problems = arrange_folder(app_folder(folder))
    errors = tuple(problem for problem in problems if problem.severity == "error")
    if errors:
        raise Refused(errors)
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
    """The app in a folder; refused with everything that is wrong with it."""
    app, problems = load_app(folder)
    if app is None:
        raise Refused(problem for problem in problems if problem.severity == "error")
    return app
