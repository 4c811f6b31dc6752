"""Which documents belong together: those that a document refers to, and those that refer to it.

The references themselves are the link, in the document or in its lines; nothing else is kept. What the reader may not
open, or a field that is hidden from the reader, makes no link.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement

from engine.access.decide import policy
from engine.entities.fields.reference import ReferenceField
from engine.entities.record import Record
from engine.entities.schema import Entity
from engine.operations.case import Case
from engine.operations.listing import Wording, worded
from engine.operations.related import Related
from engine.operations.rows import row_condition, where_open
from engine.operations.site import Running
from engine.operations.titles import gather_for_titles, title_of
from engine.operations.tones import tone_of
from engine.operations.view import look
from engine.storage import records
from engine.storage.records import Order, Page

MOST = 50
"""Links of one sort that a page shows, the newest first."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A document that belongs to the one that is shown."""

    entity: str
    id: str
    called: Wording
    title: str
    number: str | None
    state: str | None
    state_called: Wording | None
    tone: str


@dataclass(frozen=True, slots=True)
class Links:
    """What a document was made from, and what became of it; `more` says that there are others still."""

    made_from: tuple[Linked, ...] = ()
    became: tuple[Linked, ...] = ()
    more: bool = False


def links_of(case: Case, readable: frozenset[str]) -> Links:
    """The documents that belong to a stored one, with a number of statements that depends on the package only.

    `readable` are the fields of the document that the reader sees.
    """
    seeker = _Seeker(case, case.site.running(case.connection))
    before, after = seeker.referred_to(readable), seeker.referring()
    return Links(seeker.told(before[:MOST]), seeker.told(after[:MOST]), max(len(before), len(after)) > MOST)


class _Seeker:
    """Finds the documents around one, by the package that is published now."""

    def __init__(self, case: Case, running: Running) -> None:
        self.case, self.running = case, running
        self.related = Related(running.app, look(case.site, case.connection, case.actor, running).read)

    def referred_to(self, readable: frozenset[str]) -> list[Record]:
        """The documents that this one names in fields that the reader sees."""
        assert self.case.before is not None
        wanted: dict[str, set[str]] = {}
        for path, target in _references(self.case.entity):
            if path in readable and self._is_document(target):
                wanted.setdefault(target, set()).update(_held(self.case.before, path))
        own = self.case.before.id
        found: list[Record] = []
        for entity, ids in wanted.items():
            others = ids - {own} if entity == self.case.entity.entity else ids
            found += self._documents(entity, [records.among(self.running.tables, entity, others)]) if others else ()
        return sorted(found, key=_age, reverse=True)

    def referring(self) -> list[Record]:
        """The documents that name this one in a field that the reader sees there."""
        assert self.case.before is not None
        found: list[Record] = []
        for entity in self.running.app.entities.values():
            paths = [path for path, target in _references(entity) if target == self.case.entity.entity]
            if paths and self._is_document(entity.entity):
                conditions = [self._names_it(entity.entity, path) for path in paths]
                found += self._documents(entity.entity, [records.any_of(conditions)])
        return sorted((each for each in found if each.id != self.case.before.id), key=_age, reverse=True)

    def _names_it(self, entity: str, path: str) -> ColumnElement[bool]:
        """The condition that a document names this one in a field, and that the reader sees the field there."""
        found = policy(self.running.app.roles, self.case.actor, entity, "open")
        open_ = where_open(self.case.connection, self.running, found, path, self.case.actor, self.case.now)
        return records.all_of((records.holds(self.running.tables, entity, path, self.case.id), *open_))

    def _documents(self, entity: str, where: Sequence[ColumnElement[bool]]) -> Sequence[Record]:
        """The documents of an entity that meet a condition and that the reader may open, the newest first."""
        found = policy(self.running.app.roles, self.case.actor, entity, "open")
        if not found.allowed:
            return ()
        visible = row_condition(self.case.connection, self.running, found, entity, self.case.actor, self.case.now)
        newest = (Order(("created_at",), descending=True),)
        return records.list_records(
            self.case.connection,
            self.running.tables,
            entity,
            where=(*where, *visible),
            order=newest,
            page=Page(MOST + 1),
        )

    def _is_document(self, entity: str) -> bool:
        """Whether an entity is one of documents, in the package of today."""
        declared = self.running.app.entities.get(entity)
        return declared is not None and declared.kind == "document"

    def told(self, found: Sequence[Record]) -> tuple[Linked, ...]:
        """Documents as a page names them."""
        gather_for_titles(self.running, self.related, found)
        return tuple(self._told(each) for each in found)

    def _told(self, record: Record) -> Linked:
        entity = self.running.app.entities[record.entity]
        workflow = self.running.app.workflows.get(record.entity)
        state = workflow.state(record.state) if workflow is not None else None
        return Linked(
            entity=record.entity,
            id=record.id,
            called=worded(entity.label, entity.entity),
            title=title_of(self.running, self.related, record),
            number=record.number,
            state=record.state,
            state_called=worded(state.label, state.id) if state is not None else None,
            tone=tone_of(workflow, state.id) if workflow is not None and state is not None else "neutral",
        )


def _references(entity: Entity) -> Iterator[tuple[str, str]]:
    """The references of an entity and of its lines: path, and the entity referred to."""
    for path, field in entity.every_field():
        if isinstance(field, ReferenceField):
            yield path, field.to


def _held(record: Record, path: str) -> Iterator[str]:
    """The ids that a document holds under a path."""
    lines, _, name = path.rpartition(".")
    rows = record.lines(lines) if lines else (record.values,)
    yield from (value for row in rows if isinstance(value := row.get(name), str))


def _age(record: Record) -> tuple[str, str]:
    """What newer documents have more of."""
    return (record.created_at.isoformat() if record.created_at is not None else "", record.id)
