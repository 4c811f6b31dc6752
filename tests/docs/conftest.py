"""A clone of the project with its demonstration, and somebody who has just come to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.cli.main import run
from tests.docs.newcomer import Newcomer, clone, quick_hashes


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder after `make demo`, made once; newcomers get copies."""
    folder = clone(tmp_path_factory.mktemp("clone"))
    made = ["demo", str(folder / "apps" / "food"), "--folder", str(folder / "var" / "demo"), "--no-serve"]
    with quick_hashes():
        assert run(made) == 0
    return folder


@pytest.fixture
def newcomer(
    demonstration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Newcomer]]:
    """`newcomer("zh")` has cloned the project, and the demonstration runs."""
    come: list[Newcomer] = []

    def one(language: str) -> Newcomer:
        folder = tmp_path / "formwork"
        shutil.copytree(demonstration, folder)
        come.append(Newcomer(folder, language, monkeypatch))
        return come[-1]

    with quick_hashes():
        yield one
    for each in come:
        each.close()
