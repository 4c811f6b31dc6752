"""Credentials, sessions and counted attempts are the same for every process and end at once."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest

from engine.language.problems import Refused
from engine.storage import people
from engine.storage.database import Database
from engine.storage.people import SessionRow

IDLE = timedelta(hours=1)


def begin(database: Database, token: str, now: datetime, person: str = "ann") -> None:
    with database.write() as connection:
        people.begin_session(connection, SessionRow(token, person, "csrf", now, now, now + timedelta(hours=8)))


def alive(database: Database, token: str, now: datetime) -> bool:
    with database.read() as connection:
        return people.session(connection, token, now, IDLE) is not None


@pytest.fixture
def known(database: Database, now: datetime) -> Database:
    """A database that knows Ann."""
    with database.read() as connection:
        assert not people.any_credential(connection)
    with database.write() as connection:
        people.set_credential(connection, "ann", "ann@x", "hash1", now)
    return database


def test_a_credential_is_found_by_login_and_person(known: Database, now: datetime) -> None:
    with known.read() as connection:
        found = people.credential_of(connection, "ann@x")
        assert found == people.credential_for(connection, "ann")
        assert found is not None
        assert (found.password_hash, found.changed_at, found.disabled) == ("hash1", now, False)
        assert people.credential_of(connection, "bob") is None
        assert people.any_credential(connection)


def test_a_login_belongs_to_one_person(known: Database, now: datetime) -> None:
    with pytest.raises(Refused) as refused, known.write() as connection:
        people.set_credential(connection, "bob", "ann@x", "hash", now)
    assert [problem.code for problem in refused.value.problems] == ["STO-107"]


def test_a_session_lives_until_it_is_idle_over_or_ended(known: Database, now: datetime) -> None:
    begin(known, "t1", now)
    assert alive(known, "t1", now + timedelta(minutes=59))
    assert not alive(known, "t1", now + IDLE)
    with known.write() as connection:
        people.touch_session(connection, "t1", now + timedelta(minutes=50))
    assert alive(known, "t1", now + timedelta(minutes=100))
    assert not alive(known, "t1", now + timedelta(hours=8))
    with known.write() as connection:
        people.end_session(connection, "t1")
    assert not alive(known, "t1", now)


@pytest.mark.parametrize("end", ["password", "disable", "all"])
def test_what_ends_a_right_ends_its_sessions(known: Database, now: datetime, end: str) -> None:
    begin(known, "t1", now)
    begin(known, "t2", now)
    with known.write() as connection:
        if end == "password":
            people.set_credential(connection, "ann", "ann@x", "hash2", now)
        elif end == "disable":
            people.disable(connection, "ann", disabled=True)
        else:
            people.end_sessions(connection, "ann", keep="t2")
    assert not alive(known, "t1", now)
    assert alive(known, "t2", now) == (end == "all")
    with known.read() as connection:
        assert len(people.sessions_of(connection, "ann")) == (1 if end == "all" else 0)


def test_a_stronger_hash_keeps_the_sessions(known: Database, now: datetime) -> None:
    begin(known, "t1", now)
    with known.write() as connection:
        people.rehash(connection, "ann", "hash2")
        assert people.remove_ended(connection, now) == 0
    assert alive(known, "t1", now)


def test_attempts_are_counted_together_and_begin_anew(database: Database, now: datetime) -> None:
    window = timedelta(minutes=15)
    counts: list[int] = []

    def attempt() -> None:
        for _ in range(5):
            with database.write() as connection:
                counts.append(people.count_attempt(connection, "login:ann", now, window)[0])

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == list(range(1, 21))
    with database.read() as connection:
        assert people.attempts(connection, "login:ann", now, window) == 20
        assert people.attempts(connection, "login:ann", now + window, window) == 0
    with database.write() as connection:
        assert people.count_attempt(connection, "login:ann", now + window, window) == (1, now + 2 * window)
        people.forget_attempts(connection, "login:ann")
    with database.read() as connection:
        assert people.attempts(connection, "login:ann", now + window, window) == 0
