"""The small shop of `tests/sample_apps`, and a way to play a scenario of it with something changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from engine.operations.scenarios import ScenarioResult, Workshop, play, stories_of
from engine.packages.schema import App
from tests.sample_apps.load import changed, loaded

HEAD = """
scenario: told
clock: "2026-03-02 09:00"
seed: [people, goods]
"""

Tell = Callable[..., ScenarioResult]


@pytest.fixture(scope="session")
def shop() -> App:
    """The shop, loaded once."""
    return loaded("shop")


@pytest.fixture(scope="module")
def tell(shop: App, tmp_path_factory: pytest.TempPathFactory) -> Tell:
    """Plays a scenario that is written in a test, on the shop; `files` change the shop itself."""
    workshop = Workshop(shop, tmp_path_factory.mktemp("workshop"))

    def play_it(body: str, files: Mapping[str, str] = {}) -> ScenarioResult:
        app = changed("shop", {"scenarios/told.yaml": HEAD + body, **files})
        (story,) = stories_of(app, only=["told"])
        return play(Workshop(app, workshop.folder, on=workshop, furnished=not files), story)

    return play_it
