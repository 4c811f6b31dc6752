"""Sites for the tests of operations: the food app, published and seeded, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import shutil
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
from tests.operations.depot import FOLDER, Depot
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


@pytest.fixture(scope="session")
def furnished_file(food: App, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A furnished site as a SQLite file, made once and copied for each test."""
    path = tmp_path_factory.mktemp("template") / "site.db"
    _furnish(f"sqlite:///{path}", food, furnish)
    return path


@pytest.fixture(scope="session")
def furnished_name(food: App, postgres_server: PostgresServer) -> str:
    """The name of a furnished PostgreSQL database, made once and copied for each test."""
    _furnish(postgres_server.create_database("furnished"), food, furnish)
    return "furnished"


def _furnish(url: str, app: App, fill: Callable[[Site], object]) -> None:
    site = open_site(url, clock=Clock(NOW))
    migrate(site, app, False)
    publish(site, app.layers, "test")
    fill(site)
    site.close()


@pytest.fixture
def furnished_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a furnished database of the test's own."""
    yield from _copied(dialect, request, tmp_path, "furnished")


def _copied(dialect: str, request: pytest.FixtureRequest, tmp_path: Path, template: str) -> Iterator[str]:
    """A copy of a database that was furnished once."""
    if dialect == "sqlite":
        path = tmp_path / f"{template}.db"
        shutil.copyfile(request.getfixturevalue(f"{template}_file"), path)
        yield f"sqlite:///{path}"
        return
    name = request.getfixturevalue(f"{template}_name")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create_database(template=name)
    yield url
    server.drop_database(url)


@pytest.fixture
def world(furnished_url: str, clock: Clock) -> Iterator[World]:
    """The food app with a company, people, places, partners and items."""
    site = open_site(furnished_url, clock=clock)
    yield World(site)
    site.close()


@pytest.fixture(scope="session")
def depot_app() -> App:
    """The app of the depot, loaded once."""
    app, problems = load_folder(FOLDER, pushable=pushable)
    assert app is not None, problems
    return app


@pytest.fixture(scope="session")
def depot_file(depot_app: App, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A furnished depot as a SQLite file."""
    path = tmp_path_factory.mktemp("depot") / "site.db"
    _furnish(f"sqlite:///{path}", depot_app, lambda site: Depot(site).furnish())
    return path


@pytest.fixture(scope="session")
def depot_name(depot_app: App, postgres_server: PostgresServer) -> str:
    """The name of a furnished depot on PostgreSQL."""
    url = postgres_server.create_database("depot")
    _furnish(url, depot_app, lambda site: Depot(site).furnish())
    return "depot"


@pytest.fixture
def depot(dialect: str, request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Depot]:
    """The depot with its items, supplier and places."""
    for url in _copied(dialect, request, tmp_path, "depot"):
        site = open_site(url, clock=clock)
        yield Depot(site)
        site.close()
