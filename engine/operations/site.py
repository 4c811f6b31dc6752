"""A site: one tenant's database with the packages it has published. Built once per process, shared by all requests.

A site holds no state of its own but caches of what never changes (a package is known by its digest), so any number of
processes may serve one database, and each of them uses a newly published package from its next request on.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from threading import RLock
from typing import Any

from sqlalchemy import Connection

from engine.language.problems import Problem, Refused
from engine.language.units import UnitTable
from engine.operations.identity import utc_now, uuid7
from engine.operations.shape import shape_of
from engine.packages.files import PackageFiles
from engine.packages.load import load
from engine.packages.schema import App
from engine.storage import packages
from engine.storage.database import Database, open_database
from engine.storage.filters import pushable
from engine.storage.migrate import renames_of
from engine.storage.tables import Present, Tables, tables_for
from engine.storage.work import Work

Clock = Callable[[], datetime]
NewId = Callable[[], str]
Watch = Callable[[Any, Any], None]
"""Is shown every case and what was judged of it, for whoever has to know which parts of a package had a say."""


def unwatched(_case: Any, _judged: Any) -> None:
    """Nobody watches."""


class Running:
    """One published package with what is worked out from it once: its tables, its unit of work, its units."""

    def __init__(self, app: App, database: Database, renames: Present, tables: Tables | None = None) -> None:
        self.app = app
        self.tables: Tables = tables or tables_for(shape_of(app), renames)
        self.work = Work(database, self.tables, jitter=_jitter)

    @cached_property
    def units(self) -> UnitTable:
        """The units of the package with their exact ratios."""
        return self.app.units.table if self.app.units else UnitTable()


class Site:
    """One tenant. `clock` and `new_id` are handed in: nothing below asks the machine for either."""

    def __init__(self, database: Database, clock: Clock, new_id: NewId, watch: Watch = unwatched) -> None:
        self.database = database
        self.clock = clock
        self.new_id = new_id
        self.watch = watch
        self._apps: dict[str, App] = {}
        self._tables: dict[str, Tables] = {}
        self._running: dict[str, Running] = {}
        self._published: str | None = None
        self._loading = RLock()

    def know(self, app: App, tables: Tables | None = None) -> None:
        """Take over a package that this process has read before, with its tables: neither is then worked out again."""
        self._apps[app.digest] = app
        if tables is not None:
            self._tables[app.digest] = tables

    def app(self) -> App:
        """The package that new work uses, as published at this moment."""
        return self.running().app

    def app_at(self, digest: str) -> App:
        """A package that was ever published here, by its digest."""
        return self.running_at(digest).app

    def running(self, connection: Connection | None = None) -> Running:
        """The published package with its tables; OPS-101 on a site that has none yet."""
        if connection is None:
            with self.database.read() as reading:
                return self.running(reading)
        digest = packages.published_digest(connection)
        if digest is None:
            raise Refused((Problem("OPS-101", {}),))
        if digest != self._published:  # tables may have been renamed for it, so all are worked out anew
            with self._loading:
                self._published, self._running = digest, {}
        return self.running_at(digest, connection)

    def running_at(self, digest: str, connection: Connection | None = None) -> Running:
        """A published package with its tables, by its digest.

        Documents keep the rules and states they began under; who may see and do what is always what is published now,
        so an older package has today's roles.
        """
        known = self._running.get(digest)
        if known is not None:
            return known
        if connection is None:
            with self.database.read() as reading:
                return self.running_at(digest, reading)
        with self._loading:
            today = None if digest == self._published else self.running(connection).app
            if digest not in self._running:
                app = self._read(digest, connection)
                app = app if today is None else replace(app, roles=today.roles)
                renames, tables = renames_of(connection), self._tables.get(digest)
                self._running[digest] = Running(app, self.database, renames, tables)
            return self._running[digest]

    @contextmanager
    def reading(self) -> Iterator[tuple[Connection, Running]]:
        """One consistent view of the database and the package that is published in it."""
        with self.database.read() as connection:
            yield connection, self.running(connection)

    def _read(self, digest: str, connection: Connection) -> App:
        """Read a package from the database, with the same code that reads a folder."""
        if digest not in self._apps:
            stored = packages.load(connection, digest)
            if stored is None:
                raise Refused((Problem("OPS-102", {"digest": digest}),))
            app, problems = load(layers_of(stored.files), pushable=pushable)
            if app is None:
                raise Refused(problems)
            self._apps[digest] = app
        return self._apps[digest]

    def close(self) -> None:
        """Give back the connections."""
        self.database.close()


def layers_of(files: Mapping[str, bytes]) -> tuple[PackageFiles, ...]:
    """Stored files ("layer/path" → bytes) as the layers they came from."""
    layers: dict[str, dict[str, bytes]] = {}
    for path, content in files.items():
        layer, _, rest = path.partition("/")
        layers.setdefault(layer, {})[rest] = content
    return tuple(PackageFiles(name, inner) for name, inner in layers.items())


def files_of(layers: tuple[PackageFiles, ...]) -> dict[str, bytes]:
    """The layers of a package as they are stored: "layer/path" → bytes."""
    return {f"{layer.name}/{path}": content for layer in layers for path, content in layer.files.items()}


def open_site(url: str, *, clock: Clock = utc_now, new_id: NewId = uuid7) -> Site:
    """The site behind a database address (`sqlite:///file` or `postgresql://…`)."""
    return Site(open_database(url), clock, new_id)


def _jitter() -> float:
    """A share of a pause, from 0 to 1, so that writers that collided do not collide again."""
    return secrets.randbelow(1000) / 1000
