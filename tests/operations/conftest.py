"""Sites for the tests of operations: the food app, published and seeded, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.operations.publish import migrate, publish
from engine.operations.scenarios import Clock
from engine.operations.site import Site, open_site
from engine.packages.load import load_folder
from engine.packages.schema import App
from engine.storage.filters import pushable
from tests.operations.world import World, furnish
from tests.postgres import PostgresServer

APPS = Path(__file__).parents[2] / "apps"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # nine in the morning in Shanghai


@pytest.fixture(scope="session")
def food() -> App:
    """The food app, loaded once."""
    app, problems = load_folder(APPS / "food", pushable=pushable)
    assert app is not None, problems
    return app


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for this test process."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'site.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create_database()
    yield url
    server.drop_database(url)


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until a test moves it."""
    return Clock(NOW)


@pytest.fixture
def new_site(database_url: str, clock: Clock) -> Iterator[Callable[[App], Site]]:
    """Publishes an app into the empty database."""
    sites: list[Site] = []

    def make(app: App) -> Site:
        site = open_site(database_url, clock=clock)
        sites.append(site)
        migrate(site, app, False)
        publish(site, app.layers, "test")
        return site

    yield make
    for site in sites:
        site.close()


@pytest.fixture
def world(new_site: Callable[[App], Site], food: App) -> World:
    """The food app with a company, people, places, partners and items."""
    return furnish(new_site(food))
