"""The small shop of `tests/sample_apps`, and a way to play a scenario of it with something changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from engine.operations.scenarios import ScenarioResult, Workshop, play, stories_of
from engine.packages.files import PackageFiles, read_folder
from engine.packages.load import load
from engine.packages.schema import App
from engine.storage.filters import pushable

SHOP = Path(__file__).parents[2] / "sample_apps" / "shop"
HEAD = """
scenario: told
clock: "2026-03-02 09:00"
seed: [people, goods]
"""

Tell = Callable[..., ScenarioResult]


@pytest.fixture(scope="session")
def shop_files() -> PackageFiles:
    """The files of the shop."""
    return read_folder(SHOP)


@pytest.fixture(scope="session")
def shop(shop_files: PackageFiles) -> App:
    """The shop, loaded once."""
    app, problems = load([shop_files], pushable=pushable)
    assert app is not None, problems
    return app


@pytest.fixture(scope="module")
def tell(shop_files: PackageFiles, shop: App, tmp_path_factory: pytest.TempPathFactory) -> Tell:
    """Plays a scenario that is written in a test, on the shop; `files` change the shop itself."""
    workshop = Workshop(shop, tmp_path_factory.mktemp("workshop"))

    def play_it(body: str, files: Mapping[str, str] = {}) -> ScenarioResult:
        told = {"scenarios/told.yaml": HEAD + body, **files}
        changed = PackageFiles(
            shop_files.name, {**shop_files.files, **{name: text.encode() for name, text in told.items()}}
        )
        app, problems = load([changed], pushable=pushable)
        assert app is not None, problems
        (story,) = stories_of(app, only=["told"])
        return play(Workshop(app, workshop.folder, on=workshop, furnished=not files), story)

    return play_it
