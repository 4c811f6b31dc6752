"""The inbox: the tasks of approval flows that wait for somebody, each with the document it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection

from engine.access.actor import Actor
from engine.entities.record import Record
from engine.entities.task import Task
from engine.operations.approval import step_words
from engine.operations.deciders import entities_decided
from engine.operations.listing import Wording, value_text, worded
from engine.operations.people import names_of
from engine.operations.rows import visible_where
from engine.operations.site import Running, Site
from engine.operations.titles import titles
from engine.storage import records, tasks

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One task that waits: the step, the document, who asks, since when (an instant, and a clock), and where to go."""

    task: str
    entity: str
    id: str
    title: str
    kind: Wording
    step: Wording
    applicant: str
    at: str
    when: str
    href: str


@dataclass(frozen=True, slots=True)
class Inbox:
    """One page of what waits for somebody, what waits longest first."""

    rows: tuple[Waiting, ...]
    total: int
    page: int
    size: int


def inbox(site: Site, actor: Actor, page: int, size: int) -> Inbox:
    """What waits for whoever asks: exactly what they may decide."""
    with site.reading() as (connection, running):
        condition = waits_for(running, actor)
        total = tasks.count_waiting(connection, condition)
        found = tasks.waiting(connection, condition, size, (page - 1) * size) if total else ()
        return Inbox(tuple(_rows(site, connection, running, actor, found)), total, page, size)


def count(site: Site, actor: Actor) -> int:
    """How many tasks wait for whoever asks."""
    with site.reading() as (connection, running):
        if not entities_decided(running.app, actor):
            return 0
        return tasks.count_waiting(connection, waits_for(running, actor))


def waits_for(running: Running, actor: Actor) -> ColumnElement[bool]:
    """The condition that a task waits for somebody who may also answer it."""
    return tasks.waits_for(actor.person, actor.roles, entities_decided(running.app, actor))


def _rows(
    site: Site, connection: Connection, running: Running, actor: Actor, found: Sequence[Task]
) -> Iterable[Waiting]:
    """Tasks with their documents, read with one statement for each entity among them."""
    documents = _documents(site, connection, running, actor, found)
    named = titles(connection, running, documents)
    names = names_of(connection, running, (record.created_by or "" for record in documents.values()))
    for task in found:
        record = documents.get((task.entity, task.document))
        if record is None:
            continue
        app = site.running_at(record.package, connection).app if record.package else running.app
        yield Waiting(
            task=task.id,
            entity=task.entity,
            id=task.document,
            title=named.get((task.entity, task.document), task.document),
            kind=worded(running.app.entities[task.entity].label, task.entity),
            step=step_words(app, task.entity, task.flow, task.step),
            applicant=names.get(record.created_by or "", ""),
            at=task.opened_at.isoformat(),
            when=value_text(task.opened_at, actor.language, running.app.zone),
            href=f"/d/{task.entity}/{task.document}",
        )


def _documents(
    site: Site, connection: Connection, running: Running, actor: Actor, found: Sequence[Task]
) -> Mapping[Key, Record]:
    """The documents that tasks are about, as far as the actor may open them."""
    wanted: dict[str, list[str]] = {}
    for task in found:
        wanted.setdefault(task.entity, []).append(task.document)
    documents: dict[Key, Record] = {}
    for entity, ids in wanted.items():
        where = visible_where(connection, running, actor, entity, "open", site.clock())
        if where is not None:
            read = records.get(connection, running.tables, entity, ids, where)
            documents |= {(entity, id): record for id, record in read.items()}
    return documents
