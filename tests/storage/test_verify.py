"""Verification finds each kind of damage done past the engine, and names the row."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from engine.storage import attachments, journal
from engine.storage.database import Database
from engine.storage.tables import Tables
from engine.storage.verify import verify
from engine.storage.work import Work
from tests.storage import samples as s


@pytest.fixture
def busy(work: Work, database: Database, now: datetime) -> Database:
    """A database with three posted receipts, two seals and a file."""
    for number in range(3):
        record = s.receipt(f"r{number}", [s.line(1, "1.5"), s.line(2, "2")])
        work.run([s.intent(f"k{number}", s.posting(record), reads=s.posting_reads(record))], now)
        if number < 2:
            assert journal.seal(database, now + timedelta(seconds=number)) == 1
    work.run([s.intent("again", lambda _: s.decision(s.moved("r0", {"i1": "1"})))], now)
    with database.write() as connection:
        attachments.put(connection, "a1", "x.txt", "text/plain", b"content", "ann", now)
    return database


def test_nothing_is_found_where_nothing_is_wrong(busy: Database, tables: Tables, now: datetime) -> None:
    assert verify(busy, tables) == ()
    assert journal.seal(busy, now) == 2
    assert journal.seal(busy, now) == 0
    assert verify(busy, tables) == ()


@pytest.mark.parametrize(
    ("damage", "code", "told"),
    [
        ("UPDATE l_stock_balance SET quantity = quantity + 1 WHERE item = 'i2' AND _grain = 'cell'", "STO-140", "i2"),
        ("UPDATE l_stock_posting SET quantity = 0 WHERE _document = 'r1' AND _number = 1", "STO-140", "i1"),
        ("DELETE FROM l_stock_posting WHERE _document = 'r1' AND _number = 1", "STO-140", "i1"),
        ("DELETE FROM l_stock_balance WHERE item = 'i2' AND _grain = 'item'", "STO-140", "i2"),
        ("UPDATE s_journal SET actor = 'eve' WHERE document = 'r1'", "STO-141", "r1"),
        ("UPDATE s_journal SET body = '{}' WHERE document = 'r0' AND entry = 1", "STO-141", "r0"),
        ("DELETE FROM s_journal WHERE document = 'r0' AND entry = 1", "STO-142", "r0"),
        ("DELETE FROM s_journal WHERE document = 'r2'", "STO-143", "receipt/r2"),
        ("UPDATE s_seal SET sealed_at = 0 WHERE epoch = 1", "STO-144", "1"),
        ("DELETE FROM s_seal WHERE epoch = 1", "STO-144", "2"),
        ("DELETE FROM s_seal_head WHERE epoch = 2", "STO-144", "2"),
        ("UPDATE l_stock_posting SET _entry = 9 WHERE _document = 'r2' AND _number = 0", "STO-148", "r2"),
        ("DELETE FROM l_stock_cell WHERE place = 'store' AND item = 'i1'", "STO-148", "r0"),
        ("UPDATE s_blob SET size = 0, content = CAST('other' AS {bytes})", "STO-147", ""),
    ],
)
def test_damage_is_named(busy: Database, tables: Tables, damage: str, code: str, told: str) -> None:
    statement = damage.replace("{bytes}", "BLOB" if busy.dialect == "sqlite" else "BYTEA")
    with busy.write() as connection:
        assert connection.execute(text(statement)).rowcount >= 1
    problems = verify(busy, tables)
    first = next(problem for problem in problems if problem.code == code)
    assert told in " ".join(map(str, first.parameters.values()))


def test_a_journal_rewritten_as_a_whole_is_given_away_by_its_seal(busy: Database, tables: Tables) -> None:
    with busy.write() as connection:
        [row] = [row for row in journal.entries(connection) if row["document"] == "r1"]
        forged = {**row, "actor": "eve"}
        hash_ = journal.hash_of(forged)
        connection.execute(text("UPDATE s_journal SET actor = 'eve', hash = :h WHERE document = 'r1'"), {"h": hash_})
        connection.execute(text("UPDATE s_chain SET hash = :h WHERE chain = 'receipt/r1'"), {"h": hash_})
    [problem] = verify(busy, tables)
    assert (problem.code, problem.parameters["epoch"]) == ("STO-145", 2)


def test_lines_without_their_record_are_named(busy: Database, tables: Tables) -> None:
    if busy.path is not None:
        unchecked = sqlite3.connect(busy.path)
        unchecked.execute("DELETE FROM e_receipt WHERE id = 'r1'")
        unchecked.commit()
        unchecked.close()
    else:
        with busy.write() as connection:
            connection.execute(text('ALTER TABLE "e_receipt__lines" DROP CONSTRAINT "e_receipt__lines__record_fkey"'))
            connection.execute(text("DELETE FROM e_receipt WHERE id = 'r1'"))
    found = verify(busy, tables)
    assert [(problem.code, problem.parameters["document"]) for problem in found] == [("STO-149", "r1")]


def test_a_loose_sqlite_table_is_named(busy: Database, tables: Tables) -> None:
    if busy.dialect == "sqlite":
        with busy.write() as connection:
            connection.execute(text("CREATE TABLE e_loose (id TEXT)"))
        assert [problem.parameters["table"] for problem in verify(busy, tables)] == ["e_loose"]
