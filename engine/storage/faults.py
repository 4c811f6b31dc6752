"""What can go wrong in a database, named: no raw driver error leaves this room.

SQLite errors are told apart by their result codes (https://www.sqlite.org/rescode.html), PostgreSQL errors by their
SQLSTATE (PostgreSQL manual, appendix A).
"""

from __future__ import annotations

import sqlite3
from enum import Enum

import psycopg
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from engine.language.problems import Problem


class Fault(Enum):
    """The kinds of failure that callers treat differently; the value is the problem's code."""

    BUSY = "STO-101"
    FULL = "STO-102"
    INPUT_OUTPUT = "STO-103"
    GONE = "STO-104"
    UNKNOWN_OUTCOME = "STO-105"
    CONFLICT = "STO-106"
    DUPLICATE = "STO-107"
    TOO_LARGE = "STO-108"
    NOT_MIGRATED = "STO-109"


RETRIED = frozenset({Fault.BUSY, Fault.CONFLICT, Fault.DUPLICATE, Fault.GONE})


class Faulted(Exception):
    """A transaction that failed in the database. `at_commit` says that the failure came while committing."""

    def __init__(self, fault: Fault, *, at_commit: bool = False) -> None:
        super().__init__(fault.name)
        self.fault = fault
        self.at_commit = at_commit

    @property
    def unknown(self) -> bool:
        """Whether the transaction may have been committed all the same: the connection died while committing."""
        return self.at_commit and self.fault is Fault.GONE

    def problem(self) -> Problem:
        """What is told when nothing else can be done about it."""
        return Problem(Fault.UNKNOWN_OUTCOME.value if self.unknown else self.fault.value)


DRIVER_ERRORS = (DBAPIError, DisconnectionError, PoolTimeout, sqlite3.Error, psycopg.Error)

_SQLITE = {
    5: Fault.BUSY,
    6: Fault.BUSY,
    8: Fault.INPUT_OUTPUT,
    10: Fault.INPUT_OUTPUT,
    11: Fault.INPUT_OUTPUT,
    13: Fault.FULL,
    14: Fault.GONE,
    18: Fault.TOO_LARGE,
    26: Fault.INPUT_OUTPUT,
}
_SQLITE_DUPLICATE = {1555, 2067}
_SQLITE_WRONG_TYPE = 3091
_SQLITE_NO_TABLE = ("no such table", "no such column", "has no column named")

_POSTGRESQL = {
    "40001": Fault.CONFLICT,
    "40P01": Fault.CONFLICT,
    "55P03": Fault.BUSY,
    "53100": Fault.FULL,
    "58030": Fault.INPUT_OUTPUT,
    "23505": Fault.DUPLICATE,
    "42P07": Fault.DUPLICATE,
    "22003": Fault.TOO_LARGE,
    "42P01": Fault.NOT_MIGRATED,
    "42703": Fault.NOT_MIGRATED,
    "3D000": Fault.GONE,
    "25006": Fault.GONE,
    "54000": Fault.TOO_LARGE,
}
_POSTGRESQL_CLASS = {"08": Fault.GONE, "53": Fault.BUSY, "57": Fault.GONE, "58": Fault.INPUT_OUTPUT}


def fault_of(error: BaseException) -> Fault | None:
    """The kind of a driver's error, wrapped by SQLAlchemy or not; None for a mistake in the program itself."""
    if isinstance(error, PoolTimeout):
        return Fault.BUSY
    if isinstance(error, DisconnectionError):
        return Fault.GONE
    raw = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(raw, sqlite3.Error):
        return _sqlite_fault(raw)
    if isinstance(raw, psycopg.Error):
        return _postgresql_fault(raw)
    return Fault.GONE if isinstance(error, DBAPIError) and error.connection_invalidated else None


def _sqlite_fault(error: sqlite3.Error) -> Fault | None:
    """The kind of an error of SQLite by its result code; some say more in their text."""
    code = getattr(error, "sqlite_errorcode", None)
    text = str(error)
    if code in _SQLITE_DUPLICATE:
        return Fault.DUPLICATE
    if code == _SQLITE_WRONG_TYPE or "integer overflow" in text or isinstance(error, sqlite3.DataError):
        return Fault.TOO_LARGE
    if any(part in text for part in _SQLITE_NO_TABLE):
        return Fault.NOT_MIGRATED
    return None if code is None else _SQLITE.get(code & 0xFF)


def _postgresql_fault(error: psycopg.Error) -> Fault | None:
    """The kind of an error of PostgreSQL by its SQLSTATE; without one the connection itself failed."""
    state = error.sqlstate
    if isinstance(error, psycopg.DataError):
        return Fault.TOO_LARGE
    if state is None:
        return Fault.GONE if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) else None
    return _POSTGRESQL.get(state) or _POSTGRESQL_CLASS.get(state[:2])
