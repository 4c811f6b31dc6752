"""Lists and lookups: filter, search, order and page in SQL, with the actor's row grants in the same WHERE."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, or_

from engine.access.actor import Actor
from engine.access.decide import policy
from engine.entities.fields.base import FieldKind, FormatContext, ParseContext
from engine.entities.fields.choice import ChoiceField
from engine.entities.fields.reference import ReferenceField
from engine.entities.record import SYSTEM_FIELDS, Record
from engine.entities.schema import Entity
from engine.language.problems import Problem, Refused
from engine.operations.listing import Column, Filter, FilterOption, Listing, Query, Row, value_text, worded
from engine.operations.rows import row_condition, visible_where
from engine.operations.site import Running, Site
from engine.operations.titles import titles
from engine.storage import records
from engine.storage.records import Order, Page

MOST_COLUMNS = 8
NUMBER = Column("number", {"zh": "单号", "en": "Number"})
STATE = Column("state", {"zh": "状态", "en": "State"}, "state")
TONES = {"start": "neutral", "open": "info", "final": "success"}


def browse(site: Site, actor: Actor, entity: str, query: Query) -> Listing:
    """One page of the records that the actor may list. Raises `Refused` (OPS-103, ACC-110, OPS-131)."""
    with site.reading() as (connection, running):
        if entity not in running.app.entities:
            raise Refused((Problem("OPS-103", {"entity": entity}),))
        found = policy(running.app.roles, actor, entity, "list")
        if not found.allowed:
            raise Refused((Problem("ACC-110", {"entity": entity, "action": "list", "roles": ""}),))
        return _Browsing(site, running, connection, actor, running.app.entities[entity]).page(query)


def lookup(site: Site, actor: Actor, entity: str, text: str, limit: int = 20) -> tuple[FilterOption, ...]:
    """The records whose searchable fields contain what was typed, by what people know them by."""
    with site.reading() as (connection, running):
        where = (
            visible_where(connection, running, actor, entity, "list", site.clock())
            if entity in running.app.entities
            else None
        )
        if where is None:
            return ()
        declared = running.app.entities[entity]
        names = searchable(declared)
        condition = (*where, records.search(running.tables, entity, text, names)) if text.strip() and names else where
        found = records.list_records(
            connection, running.tables, entity, where=condition, order=default_order(declared), page=Page(limit)
        )
        named = titles(connection, running, ((entity, record.id) for record in found))
    return tuple(
        FilterOption(handle(declared, record), {"zh": named[entity, record.id], "en": named[entity, record.id]})
        for record in found
    )


def handle(entity: Entity, record: Record) -> str:
    """What people type to mean a record: its identity where that is one text, otherwise its id."""
    if len(entity.identity) == 1 and record.values.get(entity.identity[0]):
        return str(record.values[entity.identity[0]])
    return record.id


def searchable(entity: Entity) -> list[str]:
    """The text columns that a search looks at: those marked so, and the identity."""
    texts = [field for field in entity.fields if (column := field.column()) is not None and column.kind == "text"]
    plain = [field for field in texts if field.kind in ("text", "choice")]
    return [field.id for field in plain if field.searchable or field.id in entity.identity] or [
        field.id for field in plain[:3]
    ]


def default_order(entity: Entity) -> tuple[Order, ...]:
    """Masters by identity, documents newest first."""
    if entity.kind == "document":
        return (Order(("created_at",), descending=True),)
    return tuple(Order((name,)) for name in entity.identity)


class _Browsing:
    """One list being read."""

    def __init__(self, site: Site, running: Running, connection: Connection, actor: Actor, entity: Entity) -> None:
        self.running, self.connection, self.actor, self.entity = running, connection, actor, entity
        self.now: datetime = site.clock()
        self.policy = policy(running.app.roles, actor, entity.entity, "list")
        self.workflow = running.app.workflows.get(entity.entity)
        seen = self.policy.readable([field.id for field in entity.fields])
        self.fields: tuple[FieldKind, ...] = tuple(field for field in entity.fields if field.id in seen)

    def page(self, query: Query) -> Listing:
        """The page asked for."""
        where = [
            *row_condition(self.connection, self.running, self.policy, self.entity.entity, self.actor, self.now),
            *self._asked(query),
        ]
        name, tables = self.entity.entity, self.running.tables
        order = self._order(query.order) or default_order(self.entity)
        start = (query.page - 1) * query.size
        found = records.list_records(
            self.connection, tables, name, where=where, order=order, page=Page(query.size, start)
        )
        total = (
            len(found) if not start and len(found) < query.size else records.count(self.connection, tables, name, where)
        )
        columns = self._columns()
        return Listing(
            columns=columns,
            rows=self._rows(columns, found),
            total=total,
            sums=self._sums(where),
            page=query.page,
            size=query.size,
            filters=self._filters(query),
            create=policy(self.running.app.roles, self.actor, name, "create").allowed,
        )

    def _columns(self) -> tuple[Column, ...]:
        """Number, the first fields, state."""
        own = [field for field in self.fields if field.kind not in ("lines", "attachment")][:MOST_COLUMNS]
        columns = [
            Column(field.id, worded(field.label, field.id), field.kind, "right" if field.numeric else "left")
            for field in own
        ]
        head = [NUMBER] if self.entity.kind == "document" else []
        return (*head, *columns, *([STATE] if self.workflow else []))

    def _rows(self, columns: Sequence[Column], found: Sequence[Record]) -> tuple[Row, ...]:
        """Rows with the titles of what they refer to."""
        by_id = self.entity.by_id
        references = [(name, field.to) for name, field in by_id.items() if isinstance(field, ReferenceField)]
        keys = {
            (target, str(record.values[name]))
            for record in found
            for name, target in references
            if record.values.get(name)
        }
        named = titles(self.connection, self.running, keys)
        context = FormatContext(self.actor.language, self.running.app.zone, named)
        return tuple(self._row(columns, record, context) for record in found)

    def _row(self, columns: Sequence[Column], record: Record, context: FormatContext) -> Row:
        cells: list[str] = []
        values: dict[str, object] = {"number": record.number, "state": record.state, "version": record.version}
        scope = record.scope()
        for column in columns:
            if column is NUMBER:
                cells.append(record.number or "")
            elif column is STATE:
                cells.append(self._state(record.state)[0])
            else:
                field = self.entity.by_id[column.id]
                cells.append(
                    field.format(
                        record.values.get(column.id),
                        FormatContext(context.language, context.zone, context.titles, scope),
                    )
                )
                values[column.id] = field.to_json(record.values.get(column.id))
        return Row(record.id, tuple(cells), values, tone=self._state(record.state)[1])

    def _state(self, state: str | None) -> tuple[str, str]:
        """The label and the tone of a state."""
        declared = self.workflow.state(state) if self.workflow else None
        if declared is None or self.workflow is None:
            return state or "", "neutral"
        tone = "final" if declared.final else "start" if declared.id == self.workflow.first else "open"
        return (declared.label.text(self.actor.language) if declared.label else declared.id), TONES[tone]

    def _sums(self, where: Sequence[ColumnElement[bool]]) -> dict[str, str]:
        """Totals of amounts of money in one currency, over everything that matches."""
        names = [field.id for field in self.fields if field.kind == "money" and not field.paths()]
        found = records.sums(self.connection, self.running.tables, self.entity.entity, names, where)
        return {name: value_text(value, self.actor.language, self.running.app.zone) for name, value in found.items()}

    def _order(self, asked: str) -> tuple[Order, ...]:
        """The order asked for, if it is by something that may be seen."""
        name = asked.removeprefix("-")
        known = {field.id for field in self.fields if field.column() is not None} | {"number", "state", "created_at"}
        return (Order((name,), asked.startswith("-")),) if name in known else ()

    def _filters(self, query: Query) -> tuple[Filter, ...]:
        """The filters above the list: state, choices and flags as lists, references as text."""
        filters: list[Filter] = []
        if self.workflow is not None:
            options = tuple(FilterOption(state.id, worded(state.label, state.id)) for state in self.workflow.states)
            filters.append(Filter("state", STATE.label, options, query.filters.get("state")))
        for field in self.fields:
            if isinstance(field, ChoiceField):
                options = tuple(FilterOption(one.id, worded(one.label, one.id)) for one in field.choices)
                filters.append(Filter(field.id, worded(field.label, field.id), options, query.filters.get(field.id)))
            elif isinstance(field, ReferenceField):
                filters.append(Filter(field.id, worded(field.label, field.id), (), query.filters.get(field.id)))
        return tuple(filters[:5])

    def _asked(self, query: Query) -> list[ColumnElement[bool]]:
        """The conditions of the address. Raises `Refused` (OPS-131) for a filter that is not there or not visible."""
        name, tables = self.entity.entity, self.running.tables
        conditions: list[ColumnElement[bool]] = []
        names = [each for each in searchable(self.entity) if any(field.id == each for field in self.fields)]
        if query.search.strip() and (names or self.entity.kind == "document"):
            found = [records.search(tables, name, query.search, names)] if names else []
            if self.entity.kind == "document":
                found.append(records.contains(tables.column(name, ("number",)), query.search.strip()))
            conditions.append(or_(*found))
        for each, text in query.filters.items():
            conditions.append(self._filtered(each, text))
        return conditions

    def _filtered(self, name: str, text: str) -> ColumnElement[bool]:
        """One filter: a value, or with `_from` and `_to` the ends of a range."""
        tables, entity = self.running.tables, self.entity.entity
        if name in ("state", "number"):
            return records.equals(tables, entity, (name,), text)
        base, end = next(((name.removesuffix(end), end) for end in ("_from", "_to") if name.endswith(end)), (name, ""))
        field = next((field for field in self.fields if field.id in (name, base)), None)
        if field is None or field.column() is None:
            allowed = tuple(field.id for field in self.fields if field.column() is not None)
            raise Refused((Problem("OPS-131", {"name": name, "allowed": ("state", "number", *allowed)}),))
        if isinstance(field, ReferenceField):
            return tables.column(entity, (field.id,)).in_(self._referred(field.to, text))
        value, problems = field.parse(
            text, ParseContext(self.actor.language, self.running.app.zone, self.running.units)
        )
        if problems:
            raise Refused(problems)
        if field.id == name:
            return records.equals(tables, entity, (name,), value)
        column, stored = tables.column(entity, (base,)), records.encode(tables, entity, (base,), value)
        return column >= stored if end == "_from" else column <= stored

    def _referred(self, target: str, text: str) -> list[str]:
        """The ids of the visible records that a reference filter means: by id, identity or words."""
        where = visible_where(self.connection, self.running, self.actor, target, "list", self.now)
        if where is None:
            return []
        declared, tables = self.running.app.entities[target], self.running.tables
        exact = [records.equals(tables, target, ("id",), text)]
        if len(declared.identity) == 1:
            exact.append(records.equals(tables, target, (declared.identity[0],), text))
        found = records.list_records(self.connection, tables, target, where=(*where, or_(*exact)), page=Page(2))
        if not found and searchable(declared):
            words = records.search(tables, target, text, searchable(declared))
            found = records.list_records(self.connection, tables, target, where=(*where, words), page=Page(500))
        return [record.id for record in found]


def known_names(entity: Entity) -> tuple[str, ...]:
    """Every name a record can be asked for."""
    return (*SYSTEM_FIELDS, *(field.id for field in entity.fields))
