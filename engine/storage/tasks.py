"""Tasks of approval flows: what was asked and answered about each document, and what waits for whom.

The rows that say who may act are there only while a task is open, so that the question "what waits for me" stays an
index look-up however many tasks there ever were.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, delete, false, func, or_, select

from engine.entities.changes import CloseTask, OpenTask
from engine.entities.task import MayAct, Task
from engine.storage.bulk import Insert, Update
from engine.storage.columns import from_microseconds, microseconds
from engine.storage.system_tables import MAY_ACT, TASK
from engine.storage.tables import Tables

OPEN = "open"
CLOSING = ("state", "decided_at", "decided_by", "opinion", "reason", "version")

INSERT_TASKS = Insert(TASK)
INSERT_MAY_ACT = Insert(MAY_ACT)
CLOSE_TASKS = Update(TASK, CLOSING, guard="state")
FORGET_WHO = delete(MAY_ACT).where(MAY_ACT.c.task.in_(bindparam("tasks", expanding=True)))
READ_WITH_WHO = select(TASK, MAY_ACT).select_from(TASK.outerjoin(MAY_ACT, MAY_ACT.c.task == TASK.c.id))

Changed = Sequence[tuple[OpenTask | CloseTask, str]]


class Held(Protocol):
    """A role that somebody holds: for one company and unit, or for all where these are None."""

    @property
    def role(self) -> str:
        """Id of the role."""

    @property
    def company(self) -> str | None:
        """Id of the company, None for all."""

    @property
    def unit(self) -> str | None:
        """Id of the organisation unit, None for all."""


def write(connection: Connection, changes: Changed, now: datetime) -> None:
    """Open and close tasks. Nobody closes one twice: its document's row is locked, and its version was judged."""
    opened = [change for change, _ in changes if isinstance(change, OpenTask)]
    closed = [(change, actor) for change, actor in changes if isinstance(change, CloseTask)]
    INSERT_TASKS.run(connection, [_task_row(change, microseconds(now)) for change in opened])
    INSERT_MAY_ACT.run(connection, [row for change in opened for row in _may_act_rows(change)])
    found = CLOSE_TASKS.run(connection, [_closing_row(change, actor, microseconds(now)) for change, actor in closed])
    assert found == len(closed), f"{found} of {len(closed)} tasks were open"
    if closed:
        connection.execute(FORGET_WHO, {"tasks": sorted(change.task for change, _ in closed)})


def of_document(connection: Connection, entity: str, document: str) -> tuple[Task, ...]:
    """Every task that a document ever had, in the order in which they were opened; one statement.

    Of those opened at one instant the one that was closed with an earlier version comes first.
    """
    chosen = READ_WITH_WHO.where(TASK.c.entity == entity, TASK.c.document == document)
    found = _tasks(connection.execute(chosen.order_by(TASK.c.opened_at, TASK.c.id, MAY_ACT.c.number)))
    return tuple(sorted(found, key=lambda task: (task.opened_at, task.version is None, task.version or 0)))


def waits_for(person: str, roles: Iterable[Held], entities: Iterable[str]) -> ColumnElement[bool]:
    """The condition that a task waits for somebody: named, or holding a named role, and not barred.

    `entities` are those on which the person may decide at all.
    """
    wanted = sorted(entities)
    if not wanted:
        return false()
    named = or_(MAY_ACT.c.person == person, *_held(roles))
    return and_(
        TASK.c.id.in_(select(MAY_ACT.c.task).where(named)),
        TASK.c.entity.in_(wanted),
        or_(TASK.c.barred.is_(None), TASK.c.barred != person),
    )


def waiting(connection: Connection, condition: ColumnElement[bool], limit: int, offset: int = 0) -> tuple[Task, ...]:
    """One page of the tasks that wait for somebody, those that wait longest first; who else may act is not read."""
    chosen = select(TASK).where(condition).order_by(TASK.c.opened_at, TASK.c.id).limit(limit).offset(offset)
    return tuple(_task(row, ()) for row in connection.execute(chosen))


def count_waiting(connection: Connection, condition: ColumnElement[bool]) -> int:
    """How many tasks wait for somebody."""
    return int(connection.execute(select(func.count()).select_from(TASK).where(condition)).scalar_one())


def asked_about(tables: Tables, entity: str, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition that a record of an entity has a task that meets a condition."""
    documents = select(TASK.c.document).where(TASK.c.entity == entity, condition)
    return tables.entities[entity].table.c.id.in_(documents)


def _held(roles: Iterable[Held]) -> list[ColumnElement[bool]]:
    """One condition for each role and unit held, over all companies that it is held for."""
    companies: dict[tuple[str, str | None], set[str | None]] = defaultdict(set)
    for held in roles:
        companies[held.role, held.unit].add(held.company)
    conditions = []
    for (role, unit), places in sorted(companies.items(), key=repr):
        parts = [MAY_ACT.c.role == role]
        if None not in places:
            named = MAY_ACT.c.company.in_(sorted(place for place in places if place is not None))
            parts.append(or_(MAY_ACT.c.company.is_(None), named))
        if unit is not None:
            parts.append(or_(MAY_ACT.c.unit.is_(None), MAY_ACT.c.unit == unit))
        conditions.append(and_(*parts))
    return conditions


def _tasks(rows: Iterable[Row[Any]]) -> tuple[Task, ...]:
    """Rows of tasks joined with who may act, as tasks."""
    found: dict[str, Row[Any]] = {}
    who: dict[str, list[MayAct]] = defaultdict(list)
    for row in rows:
        found.setdefault(row.id, row)
        if row.task is not None:
            who[row.id].append(MayAct(row.role, row.company, row.unit, row.person))
    return tuple(_task(row, tuple(who[id])) for id, row in found.items())


def _task(row: Row[Any], may_act: tuple[MayAct, ...]) -> Task:
    """One row as a task."""
    return Task(
        id=row.id,
        entity=row.entity,
        document=row.document,
        flow=row.flow,
        step=row.step,
        round=row.round,
        state=row.state,
        opened_at=from_microseconds(row.opened_at),
        may_act=may_act,
        barred=row.barred,
        decided_at=None if row.decided_at is None else from_microseconds(row.decided_at),
        decided_by=row.decided_by,
        on_behalf=row.on_behalf,
        opinion=row.opinion,
        reason=row.reason,
        version=row.version,
    )


def _task_row(change: OpenTask, now: int) -> dict[str, Any]:
    """A task as stored, open."""
    return {
        "id": change.id,
        "entity": change.entity,
        "document": change.document,
        "flow": change.flow,
        "step": change.step,
        "round": change.round,
        "state": OPEN,
        "opened_at": now,
        "barred": change.barred,
        **dict.fromkeys(("on_behalf", *CLOSING[1:])),
    }


def _may_act_rows(change: OpenTask) -> list[dict[str, Any]]:
    """Who may act, one row each."""
    return [
        {
            "task": change.id,
            "number": number,
            "role": each.role,
            "company": each.company,
            "unit": each.unit,
            "person": each.person,
        }
        for number, each in enumerate(change.may_act)
    ]


def _closing_row(change: CloseTask, actor: str, now: int) -> dict[str, Any]:
    """What closing a task writes."""
    return {
        "id": change.task,
        "was": OPEN,
        "state": change.state,
        "decided_at": now,
        "decided_by": actor,
        "opinion": change.opinion,
        "reason": change.reason,
        "version": change.version,
    }
