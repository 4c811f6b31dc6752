"""Sites for the tests of operations: the food app, published and seeded, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.operations.publish import migrate, publish
from engine.operations.scenarios import Clock
from engine.operations.site import Site, open_site
from engine.packages.load import load_folder
from engine.packages.schema import App
from engine.storage.filters import pushable
from tests.operations.depot import Depot, furnished_depot
from tests.operations.orders import Orders, order_app, people
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
def dialect(request: pytest.FixtureRequest) -> str:
    """The database that a test runs on."""
    return str(request.param)


@pytest.fixture
def database_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if dialect == "sqlite":
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


Prepare = Callable[[str], None]
"""Makes a site behind a database address, once; tests get copies."""


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, Prepare], str]:
    """The prepared databases of this test process: a file on SQLite, a name on PostgreSQL."""
    return {}


@contextmanager
def copied(dialect: str, prepare: Prepare, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The address of a copy of a prepared database, of the test's own."""
    known: dict[tuple[str, Prepare], str] = request.getfixturevalue("templates")
    if dialect == "sqlite":
        if (dialect, prepare) not in known:
            path = request.getfixturevalue("tmp_path_factory").mktemp("template") / "site.db"
            prepare(f"sqlite:///{path}")
            known[dialect, prepare] = str(path)
        shutil.copyfile(known[dialect, prepare], folder / "copied.db")
        yield f"sqlite:///{folder / 'copied.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    if (dialect, prepare) not in known:
        name = f"template_{len(known)}"
        prepare(server.create_database(name))
        known[dialect, prepare] = name
    url = server.create_database(template=known[dialect, prepare])
    yield url
    server.drop_database(url)


def food_with_people(url: str) -> None:
    """The food app with a company, people, places, partners and items."""
    app, problems = load_folder(APPS / "food", pushable=pushable)
    assert app is not None, problems
    site = open_site(url, clock=Clock(NOW))
    migrate(site, app, False)
    publish(site, app.layers, "test")
    furnish(site)
    site.close()


def furnished_orders(url: str) -> None:
    """Orders to approve, with their companies and people."""
    site, app = open_site(url, clock=Clock(NOW)), order_app()
    migrate(site, app, False)
    publish(site, app.layers, "test")
    people(site)
    site.close()


@pytest.fixture
def furnished_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a furnished database of the test's own."""
    with copied(dialect, food_with_people, request, tmp_path) as url:
        yield url


@pytest.fixture
def world(furnished_url: str, clock: Clock) -> Iterator[World]:
    """The food app with a company, people, places, partners and items."""
    site = open_site(furnished_url, clock=clock)
    yield World(site)
    site.close()


@pytest.fixture
def depot(dialect: str, request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Depot]:
    """The depot with its items, supplier and places."""
    with copied(dialect, furnished_depot, request, tmp_path) as url:
        site = open_site(url, clock=clock)
        yield Depot(site)
        site.close()


@pytest.fixture
def orders(dialect: str, request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Orders]:
    """The little app in which managers approve orders, with its companies and people."""
    with copied(dialect, furnished_orders, request, tmp_path) as url:
        site = open_site(url, clock=clock)
        yield Orders(site)
        site.close()
