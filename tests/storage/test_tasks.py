"""Tasks: opened and closed with the data, found by whoever may act, the same way the pure room says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import text

from engine.entities.changes import CloseTask, OpenTask, Send
from engine.entities.task import MayAct, Task
from engine.storage import migrate, outbox, tasks
from engine.storage.database import Database
from engine.storage.plan import plan
from engine.storage.system_tables import MAY_ACT, NOTICE, TASK
from engine.storage.work import Work
from engine.workflows.approve import is_asked
from tests.storage import samples as s

PLACES = (None, "c1", "c2")
UNITS = (None, "u1", "u2")


@dataclass(frozen=True)
class Held:
    role: str
    company: str | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Person:
    person: str
    roles: tuple[Held, ...] = ()


def put(work: Work, now: datetime, key: str, *changes, actor: str = "ann") -> None:
    work.run([s.intent(key, lambda _: s.decision(*changes), actor=actor)], now)[0].result()


def asked(id: str, *who: MayAct, document: str = "d1", barred: str | None = None, entity: str = "order") -> OpenTask:
    return OpenTask(id, entity, document, "approval", "lead", 1, who, barred)


def read(database: Database, document: str = "d1") -> tuple[Task, ...]:
    with database.read() as connection:
        return tasks.of_document(connection, "order", document)


def found(
    database: Database, person: str, roles: Sequence[Held] = (), entities: Sequence[str] = ("order",)
) -> list[str]:
    with database.read() as connection:
        condition = tasks.waits_for(person, roles, entities)
        ids = [task.id for task in tasks.waiting(connection, condition, 100)]
        assert tasks.count_waiting(connection, condition) == len(ids)
        return ids


def test_a_task_is_read_with_everything_that_was_asked(work: Work, database: Database, now: datetime) -> None:
    who = (MayAct("manager", "c1", "u1"), MayAct(person="max"))
    put(work, now, "k1", asked("t1", *who, barred="ann"))
    (task,) = read(database)
    assert task == Task("t1", "order", "d1", "approval", "lead", 1, "open", now, who, "ann")


def test_a_closed_task_keeps_who_when_and_what_and_waits_for_nobody(
    work: Work, database: Database, now: datetime
) -> None:
    later = now + timedelta(hours=1)
    put(work, now, "k1", asked("t1", MayAct(person="max")), asked("t2", MayAct(person="max")))
    put(
        work,
        later,
        "k2",
        CloseTask("t1", "approved", 2, "fine"),
        CloseTask("t2", "cancelled", 2, None, "withdraw"),
        actor="max",
    )
    first, second = read(database)
    assert (first.state, first.decided_by, first.decided_at, first.opinion, first.version) == (
        "approved",
        "max",
        later,
        "fine",
        2,
    )
    assert (second.state, second.reason, second.opinion, second.may_act) == ("cancelled", "withdraw", None, ())
    assert found(database, "max") == []


def test_nobody_closes_a_task_twice(work: Work, now: datetime) -> None:
    put(work, now, "k1", asked("t1", MayAct(person="max")))
    put(work, now, "k2", CloseTask("t1", "approved", 2))
    with pytest.raises(AssertionError):
        put(work, now, "k3", CloseTask("t1", "rejected", 3))


def test_tasks_stand_in_the_order_in_which_they_were_opened_and_closed(
    work: Work, database: Database, now: datetime
) -> None:
    put(work, now, "k1", asked("z"))
    put(work, now, "k2", CloseTask("z", "approved", 2), asked("m"))
    put(work, now, "k3", CloseTask("m", "approved", 3), asked("a"))
    assert [task.id for task in read(database)] == ["z", "m", "a"]


def test_what_waits_longest_comes_first_page_by_page(work: Work, database: Database, now: datetime) -> None:
    for number in range(5):
        put(
            work,
            now - timedelta(minutes=number),
            f"k{number}",
            asked(f"t{number}", MayAct(person="max"), document=f"d{number}"),
        )
    with database.read() as connection:
        condition = tasks.waits_for("max", (), ("order",))
        pages = [[task.id for task in tasks.waiting(connection, condition, 2, offset)] for offset in (0, 2, 4)]
    assert pages == [["t4", "t3"], ["t2", "t1"], ["t0"]]


def test_only_entities_on_which_somebody_may_decide_count(work: Work, database: Database, now: datetime) -> None:
    put(work, now, "k1", asked("t1", MayAct(person="max")), asked("t2", MayAct(person="max"), entity="leave"))
    assert found(database, "max", (), ("leave",)) == ["t2"]
    assert found(database, "max", (), ("leave", "order")) == ["t1", "t2"]
    assert found(database, "max", (), ()) == []


def test_the_query_and_the_room_agree_on_who_is_asked(work: Work, database: Database, now: datetime) -> None:
    whos = [MayAct(person="max"), MayAct(person="zed"), *(MayAct("lead", *place) for place in product(PLACES, UNITS))]
    open_ = [
        asked(f"t{number:03}", *who, document=f"d{number}", barred=barred)
        for number, (who, barred) in enumerate(
            [((one,), None) for one in whos] + [((one, whos[1]), "max") for one in whos] + [((), None)]
        )
    ]
    put(work, now, "k1", *open_)
    everything = [
        Task(t.id, t.entity, t.document, t.flow, t.step, t.round, "open", now, t.may_act, t.barred) for t in open_
    ]
    holding = [(), *(((Held("lead", *place),)) for place in product(PLACES, UNITS))]
    holding += [
        (Held("lead", "c1", "u1"), Held("lead", "c2", None)),
        (Held("other"),),
        (Held("other"), Held("lead", "c2")),
    ]
    for person, roles in product(("max", "zed", "nobody"), holding):
        told = [task.id for task in everything if is_asked(task, Person(person, roles))]
        assert found(database, person, roles) == told, (person, roles)


def test_local_messages_are_in_the_hands_of_each_and_others_are_not(
    work: Work, database: Database, now: datetime
) -> None:
    later = now + timedelta(minutes=1)
    put(work, now, "k1", Send("m1", "local", ("max", "zed", "max"), "One", "The first", ("order", "d1")))
    put(
        work,
        later,
        "k2",
        Send("m2", "local", ("max",), "Two", "The second"),
        Send("m3", "mail", ("max",), "Three", "x"),
    )
    put(work, later, "k3", Send("m1", "local", ("max",), "Again", "x"))
    with database.read() as connection:
        first, second = outbox.received(connection, "max", 10, 0)
        assert (first.subject, first.about, first.written_at) == ("Two", None, later)
        assert (second.subject, second.body, second.about) == ("One", "The first", ("order", "d1"))
        assert [each.key for each in outbox.received(connection, "max", 1, 1)] == ["m1"]
        assert (outbox.count_received(connection, "zed"), outbox.count_received(connection, "ann")) == (1, 0)
        assert [each.key for each in outbox.messages(connection)] == ["m1", "m2", "m3"]


def test_a_database_from_before_gets_the_tables(database: Database, now: datetime) -> None:
    with database.write() as connection:
        for table in (TASK, MAY_ACT, NOTICE):
            connection.execute(text(f"DROP TABLE {table.name}"))
        connection.execute(text("UPDATE s_state SET value = 'older' WHERE name = 'schema'"))
    assert not migrate.is_current(database, s.SHAPE)
    planned = plan(database, s.SHAPE)
    made = {step.table for step in planned.steps if step.kind == "create_table"}
    assert (made, planned.destructive) == ({"s_task", "s_may_act", "s_notice"}, ())
    migrate.apply(database, planned, now)
    assert migrate.is_current(database, s.SHAPE)
    assert read(database) == ()
