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


@pytest.fixture(scope="session")
def furnished_file(food: App, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A furnished site as a SQLite file, made once and copied for each test."""
    path = tmp_path_factory.mktemp("template") / "site.db"
    _furnish(f"sqlite:///{path}", food)
    return path


@pytest.fixture(scope="session")
def furnished_name(food: App, postgres_server: PostgresServer) -> str:
    """The name of a furnished PostgreSQL database, made once and copied for each test."""
    _furnish(postgres_server.create_database("furnished"), food)
    return "furnished"


def _furnish(url: str, app: App) -> None:
    site = open_site(url, clock=Clock(NOW))
    migrate(site, app, False)
    publish(site, app.layers, "test")
    furnish(site)
    site.close()


@pytest.fixture
def furnished_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a furnished database of the test's own."""
    if dialect == "sqlite":
        path = tmp_path / "furnished.db"
        shutil.copyfile(request.getfixturevalue("furnished_file"), path)
        yield f"sqlite:///{path}"
        return
    name = request.getfixturevalue("furnished_name")
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
def orders_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with orders to approve as a SQLite file, made once and copied for each test."""
    path = tmp_path_factory.mktemp("template") / "orders.db"
    _begin(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def orders_name(postgres_server: PostgresServer) -> str:
    """The name of a PostgreSQL database with orders to approve, made once and copied for each test."""
    _begin(postgres_server.create_database("orders"))
    return "orders"


def _begin(url: str) -> None:
    site = open_site(url, clock=Clock(NOW))
    app = order_app()
    migrate(site, app, False)
    publish(site, app.layers, "test")
    people(site)
    site.close()


@pytest.fixture
def orders_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of the test's own with orders to approve."""
    if dialect == "sqlite":
        path = tmp_path / "orders.db"
        shutil.copyfile(request.getfixturevalue("orders_file"), path)
        yield f"sqlite:///{path}"
        return
    name = request.getfixturevalue("orders_name")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create_database(template=name)
    yield url
    server.drop_database(url)


@pytest.fixture
def orders(orders_url: str, clock: Clock) -> Iterator[Orders]:
    """The little app in which managers approve orders, with its companies and people."""
    site = open_site(orders_url, clock=clock)
    yield Orders(site)
    site.close()
