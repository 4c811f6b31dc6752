"""Loads the apps of this folder for tests, as they are or with something changed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from engine.packages.files import PackageFiles, read_folder
from engine.packages.load import load
from engine.packages.schema import App
from engine.storage.filters import pushable

FOLDER = Path(__file__).parent


@cache
def files_of(name: str) -> PackageFiles:
    """The files of a sample app."""
    return read_folder(FOLDER / name)


def changed(name: str, files: Mapping[str, str | None]) -> App:
    """A sample app with other files: a text replaces or adds a file, None leaves it out."""
    own = files_of(name)
    kept = {path: content for path, content in own.files.items() if path not in files}
    added = {path: text.encode() for path, text in files.items() if text is not None}
    app, problems = load([PackageFiles(own.name, {**kept, **added})], pushable=pushable)
    assert app is not None, problems
    return app


@cache
def loaded(name: str) -> App:
    """A sample app as it is."""
    return changed(name, {})
