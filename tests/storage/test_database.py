"""Opening a database, the two kinds of transaction, and the lock of a server."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from engine.language.problems import Refused
from engine.storage.database import Database, hold_server_lock, open_database
from engine.storage.system_tables import STATE


@pytest.mark.parametrize("address", ["data.db", "mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_an_address_of_another_kind_is_refused(address: str) -> None:
    with pytest.raises(Refused) as refused:
        open_database(address)
    assert [problem.code for problem in refused.value.problems] == ["STO-110"]


def test_a_missing_folder_and_a_missing_server_are_named(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        open_database(f"sqlite:///{tmp_path}/none/x.db")
    assert [problem.code for problem in refused.value.problems] == ["STO-111"]
    database = open_database(f"postgresql://nobody@/none?host={tmp_path}")
    with pytest.raises(Refused) as refused, database.read():
        pass
    assert [problem.code for problem in refused.value.problems] == ["STO-104"]
    database.close()


def test_a_read_sees_one_moment(database: Database) -> None:
    with database.read() as connection:
        assert connection.execute(select(STATE)).all() == []
        with database.write() as writing:
            writing.execute(insert(STATE).values(name="n", value="v"))
        assert connection.execute(select(STATE)).all() == []
    with database.read() as connection:
        assert len(connection.execute(select(STATE)).all()) == 1


def test_a_failing_block_writes_nothing(database: Database) -> None:
    def fail() -> None:
        with database.write() as connection:
            connection.execute(insert(STATE).values(name="n", value="v"))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with database.read() as connection:
        assert connection.execute(select(STATE)).all() == []


def test_sqlite_is_durable_and_checks_references(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/x.db")
    with database.read() as connection:
        pragmas = {
            name: connection.execute(text(f"SELECT * FROM pragma_{name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    database.close()


def test_postgresql_keeps_no_prepared_statements(database: Database) -> None:
    if database.dialect == "postgresql":
        with database.read() as connection:
            for _ in range(12):
                connection.execute(select(STATE)).all()
            assert connection.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one() == 0
            assert connection.execute(text("SHOW transaction_isolation")).scalar_one() == "repeatable read"
        with database.write() as connection:
            assert connection.execute(text("SHOW transaction_isolation")).scalar_one() == "read committed"


def test_a_sqlite_file_has_one_server_and_other_commands_write_beside_it(database: Database) -> None:
    lock = hold_server_lock(database)
    if database.dialect == "postgresql":
        assert lock is None
        return
    assert lock is not None
    other = open_database(database.engine.url.render_as_string())
    with pytest.raises(Refused) as refused:
        hold_server_lock(other)
    [problem] = refused.value.problems
    assert problem.code == "STO-112"
    assert str(problem.parameters["process"]).isdigit()
    with other.write() as connection:
        connection.execute(insert(STATE).values(name="n", value="v"))
    lock.release()
    again = hold_server_lock(other)
    assert again is not None
    again.release()
    other.close()
