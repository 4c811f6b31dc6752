"""Databases for the tests of storage: every test runs on SQLite and on a real PostgreSQL, never skipped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from engine.storage.database import Database, open_database
from engine.storage.tables import Tables
from engine.storage.work import Work
from tests.postgres import PostgresServer
from tests.storage.portable_sql import offences
from tests.storage.samples import NOW, migrated, sample_tables


@pytest.fixture(scope="session", autouse=True)
def only_portable_statements() -> Iterator[None]:
    """Every statement of every test in this folder is on the closed list."""
    seen: set[str] = set()

    def look(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if " filtered " not in statement:  # a table that the tests of filters make for themselves
            seen.add(statement)

    event.listen(Engine, "before_cursor_execute", look)
    yield
    event.remove(Engine, "before_cursor_execute", look)
    assert {statement: found for statement in seen if (found := offences(statement))} == {}


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for this test process."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    """The database a test runs on."""
    return str(request.param)


@pytest.fixture
def empty_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if dialect == "sqlite":
        yield f"sqlite:///{tmp_path / 'site.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create_database()
    yield url
    server.drop_database(url)


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    """An empty database."""
    database = open_database(empty_url)
    yield database
    database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the sample shape's tables, to be copied."""
    path = tmp_path_factory.mktemp("template") / "site.db"
    prepare(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """The name of a database with the sample shape's tables, to be copied."""
    prepare(postgres_server.create_database("template_of_tests"))
    return "template_of_tests"


def prepare(url: str) -> None:
    """Make the tables of the sample shape."""
    database = open_database(url)
    migrated(database)
    database.close()


@pytest.fixture
def url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with the sample shape's tables."""
    if dialect == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "copy.db")
        yield f"sqlite:///{tmp_path / 'copy.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    address = server.create_database(template=request.getfixturevalue("postgres_template"))
    yield address
    server.drop_database(address)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """A database with the sample shape's tables."""
    opened = open_database(url)
    yield opened
    opened.close()


@pytest.fixture
def tables() -> Tables:
    """The tables of the sample shape."""
    return sample_tables()


@pytest.fixture
def work(database: Database, tables: Tables) -> Work:
    """A unit of work that does not wait between tries."""
    return Work(database, tables, jitter=lambda: 0.5)


@pytest.fixture
def now() -> datetime:
    """The time of the tests."""
    return NOW.astimezone(UTC)
