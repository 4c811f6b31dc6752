"""Deadlines and messages: written with the data, claimed once, tried again, left for people in the end."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from engine.entities.changes import CancelDue, Send, SetDue
from engine.storage import due, outbox
from engine.storage.database import Database
from engine.storage.work import Work
from tests.storage import samples as s


def put(work: Work, now: datetime, key: str, *changes) -> None:
    work.run([s.intent(key, lambda _: s.decision(*changes))], now)[0].result()


def keys(rows) -> list[str]:
    return [row.key for row in rows]


def test_what_is_due_is_claimed_once_and_comes_back_when_its_lease_ends(
    work: Work, database: Database, now: datetime
) -> None:
    later = now + timedelta(hours=1)
    put(work, now, "k1", SetDue("b", "close", now, {"n": 1}), SetDue("a", "close", now), SetDue("c", "close", later))
    rows = due.claim(database, now)
    assert keys(rows) == ["a", "b"]
    assert rows[1].body == {"n": 1}
    assert due.claim(database, now) == ()
    assert keys(due.claim(database, now + due.LEASE)) == ["a", "b"]
    assert keys(due.claim(database, later)) == ["a", "b", "c"]


def test_what_is_set_again_or_cancelled_in_the_same_batch_counts_last(
    work: Work, database: Database, now: datetime
) -> None:
    put(work, now, "k1", SetDue("a", "x", now), SetDue("b", "x", now), SetDue("a", "y", now))
    put(work, now, "k2", CancelDue("b"), CancelDue("never there"))
    assert [(row.key, row.kind) for row in due.claim(database, now)] == [("a", "y")]


def test_a_handled_row_goes_unless_it_was_set_for_another_time(work: Work, database: Database, now: datetime) -> None:
    put(work, now, "k1", SetDue("a", "x", now), SetDue("b", "x", now))
    first, second = due.claim(database, now)
    put(work, now, "k2", SetDue("b", "x", now + timedelta(days=1)))
    due.finish(database, first)
    due.finish(database, second)
    with database.read() as connection:
        assert keys(due.waiting(connection)) == ["b"]


def test_a_failing_row_comes_back_later_and_later_and_stays_for_people(
    work: Work, database: Database, now: datetime
) -> None:
    put(work, now, "k1", SetDue("a", "x", now))
    time = now
    for attempt in range(due.MOST_ATTEMPTS):
        [row] = due.claim(database, time)
        assert row.attempts == attempt
        due.fail(database, row, time, "broken")
        wait = min(due.LONGEST_WAIT, due.FIRST_WAIT * 2**attempt)
        assert due.claim(database, time + wait - timedelta(seconds=1)) == ()
        time += wait
    assert due.claim(database, time + timedelta(days=99)) == ()
    with database.read() as connection:
        assert due.waiting(connection) == ()


def test_two_processes_never_claim_the_same_row(work: Work, database: Database, now: datetime) -> None:
    put(work, now, "k1", *(SetDue(f"d{n:03}", "x", now) for n in range(100)))
    claimed: list[str] = []

    def claim_all() -> None:
        while rows := due.claim(database, now, limit=7):
            claimed.extend(keys(rows))

    threads = [threading.Thread(target=claim_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == [f"d{n:03}" for n in range(100)]


def test_messages_are_written_once_and_handed_over_until_taken(work: Work, database: Database, now: datetime) -> None:
    message = Send("m1", "mail", ("ann@x", "bob@x"), "主题", "text")
    put(work, now, "k1", message)
    put(work, now, "k2", message)
    [row] = outbox.claim(database, now)
    assert (row.to, row.subject, row.attempts) == (("ann@x", "bob@x"), "主题", 0)
    outbox.fail(database, row, now, "no route")
    assert outbox.claim(database, now) == ()
    [row] = outbox.claim(database, now + timedelta(seconds=10))
    outbox.sent(database, row.key, now)
    assert outbox.claim(database, now + timedelta(days=9)) == ()
    with database.read() as connection:
        assert keys(outbox.messages(connection)) == ["m1"]


def test_a_refused_decision_sets_no_deadline(work: Work, database: Database, now: datetime) -> None:
    work.run([s.intent("k", lambda _: s.decision(SetDue("a", "x", now), s.Save(s.item("z"), 4)))], now)
    work.run([s.intent("k2", lambda _: s.decision(SetDue("a", "x", now)))], now, rehearse=True)
    assert due.claim(database, now) == ()
