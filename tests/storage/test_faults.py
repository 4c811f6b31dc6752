"""What the database refuses for its own reasons: retried, named, and never answered twice or not at all."""

from __future__ import annotations

import random
import sqlite3
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from engine.language.problems import Refused
from engine.storage import balances, journal
from engine.storage.database import Database, open_database
from engine.storage.faults import Fault, fault_of
from engine.storage.tables import Tables
from engine.storage.verify import verify
from engine.storage.work import TRIES, Work
from tests.postgres import PostgresServer
from tests.storage import samples as s


class Failing:
    """A hook that raises an error at a stage with a probability, from a seed."""

    def __init__(self, stage: str, error: Exception, probability: float, seed: int = 1) -> None:
        self.stage, self.error, self.probability = stage, error, probability
        self.random = random.Random(seed)
        self.raised = 0

    def __call__(self, stage: str) -> None:
        if stage == self.stage and self.random.random() < self.probability:
            self.raised += 1
            raise self.error


@pytest.mark.parametrize(
    ("stage", "error"),
    [
        ("commit", psycopg.errors.SerializationFailure()),
        ("locked", psycopg.errors.DeadlockDetected()),
        ("begin", psycopg.errors.LockNotAvailable()),
        ("commit", psycopg.OperationalError("connection lost")),
        ("committed", psycopg.OperationalError("connection lost")),
    ],
)
def test_a_fifth_of_all_transactions_fail_and_the_results_are_the_same(
    database: Database, tables: Tables, now: datetime, stage: str, error: Exception
) -> None:
    work = Work(database, tables, jitter=lambda: 0.0)
    failing = Failing(stage, error, 0.2)
    database.hook = failing
    for number in range(40):
        record = s.receipt(f"r{number}", [s.line(1, "2"), s.line(2, "0.5")])
        [outcome] = work.run([s.intent(f"k{number}", s.posting(record), reads=s.posting_reads(record))], now)
        assert outcome.result()["number"] == f"GR-{number + 1:05}"
        assert not outcome.replayed
    database.hook = None
    assert failing.raised > 3
    with database.read() as connection:
        assert balances.balance(connection, tables, s.grain("i2")).amount("quantity") == Decimal(20)
        assert journal.length(connection) == 40
    assert verify(database, tables) == ()


def test_what_never_succeeds_is_named_after_eight_tries(work: Work, database: Database, now: datetime) -> None:
    for error, code in (
        (psycopg.errors.SerializationFailure(), "STO-106"),
        (psycopg.errors.DiskFull(), "STO-102"),
        (psycopg.OperationalError("gone"), "STO-105"),
    ):
        failing = Failing("commit", error, 1.0)
        database.hook = failing
        with pytest.raises(Refused) as refused:
            work.run([s.intent("k", s.saving(s.item("a")))], now)
        assert [problem.code for problem in refused.value.problems] == [code]
        assert failing.raised == (1 if code == "STO-102" else TRIES)
    database.hook = None
    assert work.run([s.intent("k", s.saving(s.item("a")))], now)[0].answer


def test_pauses_grow_and_are_spread(database: Database, tables: Tables, now: datetime) -> None:
    pauses: list[float] = []
    work = Work(database, tables, jitter=lambda: 0.5, pause=pauses.append)
    database.hook = Failing("commit", psycopg.errors.SerializationFailure(), 1.0)
    with pytest.raises(Refused):
        work.run([s.intent("k", s.saving(s.item("a")))], now)
    assert len(pauses) == TRIES - 1
    assert pauses == sorted(pauses)
    assert sum(pauses) < 5


def test_a_mistake_of_the_program_is_not_hidden(database: Database) -> None:
    with pytest.raises(OperationalError if database.dialect == "sqlite" else Exception), database.read() as connection:
        connection.execute(text("SELEKT 1"))


def test_a_database_that_was_not_migrated_says_so(empty: Database, tables: Tables, now: datetime) -> None:
    with pytest.raises(Refused) as refused:
        Work(empty, tables, jitter=lambda: 0.0).run([s.intent("k", s.saving(s.item("a")))], now)
    assert [problem.code for problem in refused.value.problems] == ["STO-109"]


def test_a_full_sqlite_database_is_named_and_whole_afterwards(tmp_path: Path, tables: Tables, now: datetime) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'small.db'}")
    s.migrated(database)
    work = Work(database, tables, jitter=lambda: 0.0)
    with database.engine.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    limit_pages(database, pages + 20)

    def fill() -> None:
        for number in range(200):
            work.run([s.intent(f"k{number}", s.saving(s.item(f"a{number}", name="x" * 2000)))], now)

    with pytest.raises(Refused) as refused:
        fill()
    assert [problem.code for problem in refused.value.problems] == ["STO-102"]
    assert verify(database, tables) == ()
    database.close()


def limit_pages(database: Database, pages: int) -> None:
    """Let every further connection see a small disk."""
    database.engine.dispose()
    event.listen(database.engine, "connect", lambda raw, _: raw.execute(f"PRAGMA max_page_count={pages}"))


def test_a_server_that_was_restarted_is_used_again(tables: Tables, now: datetime) -> None:
    server = PostgresServer()
    with server:
        database = open_database(server.create_database("d"))
        s.migrated(database)
        work = Work(database, tables, jitter=lambda: 0.0)
        work.run([s.intent("k1", s.saving(s.item("a")))], now)
        server.stop()
        with pytest.raises(Refused) as refused:
            work.run([s.intent("k2", s.saving(s.item("b")))], now)
        assert [problem.code for problem in refused.value.problems] == ["STO-104"]
        server.start()
        assert work.run([s.intent("k2", s.saving(s.item("b")))], now)[0].answer
        with database.read() as connection:
            assert journal.length(connection) == 2
        database.close()


def test_faults_are_told_apart_by_their_codes() -> None:
    assert fault_of(psycopg.errors.UniqueViolation()) is Fault.DUPLICATE
    assert fault_of(psycopg.errors.TooManyConnections()) is Fault.BUSY
    assert fault_of(psycopg.errors.AdminShutdown()) is Fault.GONE
    assert fault_of(psycopg.errors.SyntaxError()) is None
    assert fault_of(ValueError()) is None
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT")
    connection.execute("INSERT INTO t VALUES (1)")
    for statement, fault in (
        ("INSERT INTO t VALUES (1)", Fault.DUPLICATE),
        ("INSERT INTO u VALUES (1)", Fault.NOT_MIGRATED),
        ("SELEKT", None),
    ):
        with pytest.raises(sqlite3.Error) as raised:
            connection.execute(statement)
        assert fault_of(raised.value) is fault
    connection.close()
