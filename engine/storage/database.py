"""The way to a database: how it is opened, and how a transaction begins and ends.

SQLite: write-ahead log, full synchronisation, foreign keys on; a write begins with BEGIN IMMEDIATE. PostgreSQL: writes
in READ COMMITTED, reads in one snapshot (REPEATABLE READ, read only); no prepared statements are kept, so that a
pooler in transaction mode may stand in between.
"""

from __future__ import annotations

import contextlib
import select
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError

from engine.language.problems import Problem, Refused
from engine.storage.faults import DRIVER_ERRORS, Faulted, fault_of
from engine.storage.file_lock import ServerLock, serve_alone

Dialect = Literal["sqlite", "postgresql"]
FaultHook = Callable[[str], None]

BUSY_MILLISECONDS = 2_000
POOL_SIZE = 16


class Database:
    """One tenant's database, open. Safe to share between threads.

    `hook` is for tests: it is called at "begin", "locked", "commit" and "committed" and may raise a driver's error.
    """

    def __init__(self, engine: Engine, dialect: Dialect, path: Path | None) -> None:
        self.engine = engine
        self.dialect: Dialect = dialect
        self.path = path
        self.hook: FaultHook | None = None
        self._inside = threading.local()
        self._writing = threading.Lock() if dialect == "sqlite" else contextlib.nullcontext()
        if dialect == "sqlite":
            self._writer: Engine = engine.execution_options(begin_statement="BEGIN IMMEDIATE")
            self._reader: Engine = engine
        else:
            self._writer = engine
            self._reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of the database; what is raised by the database becomes `Refused`."""
        try:
            with self._reader.connect() as connection:
                yield connection
        except DRIVER_ERRORS as error:
            fault = fault_of(error)
            if fault is None:
                raise
            raise Refused((Faulted(fault).problem(),)) from error

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits when the block ends; what is raised by the database becomes `Refused`."""
        try:
            with self.transaction() as connection:
                yield connection
        except Faulted as faulted:
            raise Refused((faulted.problem(),)) from faulted

    @contextmanager
    def transaction(self, *, keep: bool = True) -> Iterator[Connection]:
        """A write transaction whose failures are `Faulted`; with `keep` False it is rolled back at the end."""
        at_commit = False
        nested = self.dialect == "sqlite" and getattr(self._inside, "open", False)
        assert not nested, "a transaction is open already in this thread: SQLite would wait for itself"
        self._inside.open = True
        try:
            with self._writing:
                self.reach("begin")
                with self._writer.connect() as connection:
                    yield connection
                    if not keep:
                        connection.rollback()
                        return
                    at_commit = True
                    self.reach("commit")
                    connection.commit()
                    self.reach("committed")
        except DRIVER_ERRORS as error:
            fault = fault_of(error)
            if fault is None:
                raise
            raise Faulted(fault, at_commit=at_commit) from error
        finally:
            self._inside.open = False

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()

    def move_to(self, path: Path) -> None:
        """Of a scratch file: use another file with the same tables. What was worked out for them stays worked out."""
        self.close()
        self.path = path

    def reach(self, stage: str) -> None:
        """Say that a transaction has come to a stage, so that a test may let it fail there."""
        if self.hook is not None:
            self.hook(stage)


def open_scratch(path: Path) -> Database:
    """A SQLite file that is thrown away after use: nobody waits for the disk. See `Database.move_to`."""
    database: Database

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(str(database.path), check_same_thread=False)

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, hide_parameters=True)
    event.listen(engine, "connect", _prepare_scratch)
    event.listen(engine, "begin", _begin_sqlite)
    database = Database(engine, "sqlite", path)
    return database


def open_database(url: str) -> Database:
    """The database at an address (`sqlite:///file` or `postgresql://…`); refused when it is of neither kind."""
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise Refused((Problem("STO-110", {"address": url}),)) from error
    match address.get_backend_name():
        case "sqlite":
            return _open_sqlite(address)
        case "postgresql":
            return _open_postgresql(address)
        case _:
            raise Refused((Problem("STO-110", {"address": address.render_as_string()}),))


def _open_sqlite(address: URL) -> Database:
    """SQLite in a file. An address without a file would be a database per connection, which nobody wants."""
    if not address.database or address.database == ":memory:":
        raise Refused((Problem("STO-110", {"address": str(address)}),))
    path = Path(address.database)
    if not path.parent.is_dir():
        raise Refused((Problem("STO-111", {"folder": str(path.parent)}),))
    engine = create_engine(address, pool_size=POOL_SIZE, max_overflow=POOL_SIZE, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Database(engine, "sqlite", path)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Pragmas of every new connection; transactions are begun by us and not by the driver."""
    connection.isolation_level = None
    for pragma in ("foreign_keys=ON", f"busy_timeout={BUSY_MILLISECONDS}", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_scratch(connection: sqlite3.Connection, record: object) -> None:
    """The same, without waiting for the disk."""
    _prepare_sqlite(connection, record)
    connection.execute("PRAGMA synchronous=OFF")


def _begin_sqlite(connection: Connection) -> None:
    """Begin: readers deferred, writers with the write lock at once (a later upgrade could fail for ever)."""
    if connection.get_execution_options().get("begin_statement") == "BEGIN IMMEDIATE":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("BEGIN")


def _open_postgresql(address: URL) -> Database:
    """PostgreSQL through psycopg."""
    engine = create_engine(
        address.set(drivername="postgresql+psycopg"),
        isolation_level="READ COMMITTED",
        connect_args={"prepare_threshold": None, "application_name": "formwork"},
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        hide_parameters=True,
    )
    event.listen(engine, "checkout", _check_alive)
    return Database(engine, "postgresql", None)


def _check_alive(connection: Any, _record: object, _proxy: object) -> None:
    """Let the pool replace a connection that the server has closed: its socket can be read though nothing was asked."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN | select.POLLHUP)
    if waiting.poll(0):
        raise DisconnectionError("the server closed this connection")


def hold_server_lock(database: Database) -> ServerLock | None:
    """Become the one server of a SQLite file; refused when another serves it. PostgreSQL needs no such lock."""
    return None if database.path is None else serve_alone(database.path)
