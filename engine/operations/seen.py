"""An entity as one person sees it in lists: the fields of the list, those open in every row, and what people type."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, or_

from engine.access.actor import Actor
from engine.access.decide import policy
from engine.entities.fields.base import FieldKind
from engine.entities.record import Record
from engine.entities.schema import Entity
from engine.operations.rows import open_everywhere, row_condition, where_open
from engine.operations.site import Running
from engine.storage import records

LONGEST_SEARCH = 200
MOST_WORDS = 10
"""What is looked at of a search: each word is a condition of its own, and a database takes only so many."""


class Seen:
    """One entity as one actor may list it. `open` are the fields that are hidden in none of its rows.

    `partly` are the fields that are hidden in some of the rows, with the condition that they are not; `where` is the
    condition that a row may be listed at all.
    """

    def __init__(self, connection: Connection, running: Running, actor: Actor, entity: Entity, now: datetime) -> None:
        self.connection, self.running, self.actor, self.entity, self.now = connection, running, actor, entity, now
        self.name = entity.entity
        self.policy = policy(running.app.roles, actor, self.name, "list")
        self.workflow = running.app.workflows.get(self.name)
        readable = self.policy.readable([field.id for field in entity.fields])
        self.fields: tuple[FieldKind, ...] = tuple(field for field in entity.fields if field.id in readable)
        self.open = open_everywhere(self.policy, (field.id for field in self.fields))
        self.partly: dict[str, tuple[ColumnElement[bool], ...]] = {
            field.id: where_open(connection, running, self.policy, field.id, actor, now)
            for field in self.fields
            if field.id not in self.open
        }

    @property
    def where(self) -> tuple[ColumnElement[bool], ...]:
        """The condition that a row may be listed."""
        return row_condition(self.connection, self.running, self.policy, self.name, self.actor, self.now)


def open_fields(running: Running, actor: Actor, entity: Entity) -> frozenset[str]:
    """The fields of an entity that the actor may see in every row of its list: only they may be searched by."""
    found = policy(running.app.roles, actor, entity.entity, "list")
    return open_everywhere(found, (field.id for field in entity.fields))


def search_words(text: str) -> str:
    """The words of a search, as many as are looked for."""
    return " ".join(text[:LONGEST_SEARCH].split()[:MOST_WORDS])


def handle(entity: Entity, record: Record, open_: frozenset[str]) -> str:
    """What people type to mean a record: its identity where that is one text they may see, its number, or its id."""
    if entity.kind == "document" and not entity.identity and record.number:
        return record.number
    if len(entity.identity) == 1 and entity.identity[0] in open_ and record.values.get(entity.identity[0]):
        return str(record.values[entity.identity[0]])
    return record.id


def searchable(entity: Entity, open_: frozenset[str]) -> list[str]:
    """The text columns that a search looks at: of those the actor may see the ones marked so, and the identity."""
    texts = [field for field in entity.fields if (column := field.column()) is not None and column.kind == "text"]
    plain = [field for field in texts if field.kind in ("text", "choice") and field.id in open_]
    return [field.id for field in plain if field.searchable or field.id in entity.identity] or [
        field.id for field in plain[:3]
    ]


def found_by(running: Running, entity: Entity, open_: frozenset[str], text: str) -> ColumnElement[bool] | None:
    """The condition that a record says what was typed, in its texts or its number; None where nothing was typed."""
    names, words = searchable(entity, open_), search_words(text)
    conditions = [records.search(running.tables, entity.entity, words, names)] if names else []
    if entity.kind == "document":
        conditions.append(records.contains(running.tables.column(entity.entity, ("number",)), words))
    return or_(*conditions) if words and conditions else None
