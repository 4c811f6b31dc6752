"""Lists and lookups: filter, search, order and page in SQL, with the actor's row grants in the same WHERE."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, or_

from engine.access.actor import Actor
from engine.access.decide import check_action, policy
from engine.entities.fields.base import FieldKind, FormatContext, ParseContext
from engine.entities.fields.choice import ChoiceField
from engine.entities.fields.quantity import QuantityField
from engine.entities.fields.reference import ReferenceField
from engine.entities.record import SYSTEM_FIELDS, Record, Value
from engine.entities.schema import Entity
from engine.language.problems import Problem, Refused
from engine.operations.listing import Column, Filter, FilterOption, Listing, Query, Row, shown, unit_words, worded
from engine.operations.rows import open_everywhere, row_condition, visible_where, where_open
from engine.operations.site import Running, Site
from engine.operations.titles import titles
from engine.storage import records
from engine.storage.records import Order, Page
from engine.workflows.schema import Workflow

MOST_COLUMNS = 8
MOST_FILTERS = 6
LONGEST_SEARCH = 200
MOST_WORDS = 10
"""What is looked at of a search: each word is a condition of its own, and a database takes only so many."""

NUMBER = Column("number", {"zh": "单号", "en": "Number"})
MINE = Filter("created_by", {"zh": "制单人", "en": "Made by"})
ME = "me"
"""The one value of the filter: what I made myself. Who else made what is not asked by a list."""

STATE = Column("state", {"zh": "状态", "en": "State"}, "state")


def browse(site: Site, actor: Actor, entity: str, query: Query) -> Listing:
    """One page of the records that the actor may list. Raises `Refused` (OPS-103, ACC-110, OPS-131)."""
    with site.reading() as (connection, running):
        if entity not in running.app.entities:
            raise Refused((Problem("OPS-103", {"entity": entity}),))
        found = policy(running.app.roles, actor, entity, "list")
        refusals = check_action(found, running.app.roles)
        if refusals:
            raise Refused(refusals)
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
        declared, words = running.app.entities[entity], search_words(text)
        open_ = open_fields(running, actor, declared)
        names = searchable(declared, open_)
        condition = (*where, records.search(running.tables, entity, words, names)) if words and names else where
        order = default_order(declared, open_)
        found = records.list_records(connection, running.tables, entity, where=condition, order=order, page=Page(limit))
        named = titles(connection, running, ((entity, record.id) for record in found))
    return tuple(
        FilterOption(handle(declared, record, open_), {"zh": named[entity, record.id], "en": named[entity, record.id]})
        for record in found
    )


def open_fields(running: Running, actor: Actor, entity: Entity) -> frozenset[str]:
    """The fields of an entity that the actor may see in every row of its list: only they may be searched by."""
    found = policy(running.app.roles, actor, entity.entity, "list")
    return open_everywhere(found, (field.id for field in entity.fields))


def search_words(text: str) -> str:
    """The words of a search, as many as are looked for."""
    return " ".join(text[:LONGEST_SEARCH].split()[:MOST_WORDS])


def handle(entity: Entity, record: Record, open_: frozenset[str]) -> str:
    """What people type to mean a record: its identity where that is one text they may see, otherwise its id."""
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


def default_order(entity: Entity, open_: frozenset[str]) -> tuple[Order, ...]:
    """Masters by identity as far as it may be seen, documents newest first."""
    if entity.kind == "document":
        return (Order(("created_at",), descending=True),)
    return tuple(Order((name,)) for name in entity.identity if name in open_)


def tone_of(workflow: Workflow, state: str) -> str:
    """How a state is coloured: where documents begin, on their way, at their end, and given up or taken back."""
    declared = workflow.state(state)
    if declared is None or declared.id == workflow.first:
        return "neutral"
    if not declared.final:
        return "info"
    reached = [each for each in workflow.transitions if each.to == state]
    return "locked" if reached and all(each.confirm is not None for each in reached) else "success"


class _Browsing:
    """One list being read."""

    def __init__(self, site: Site, running: Running, connection: Connection, actor: Actor, entity: Entity) -> None:
        self.running, self.connection, self.actor, self.entity = running, connection, actor, entity
        self.now: datetime = site.clock()
        self.units = unit_words(running.app, actor.language)
        self.policy = policy(running.app.roles, actor, entity.entity, "list")
        self.workflow = running.app.workflows.get(entity.entity)
        seen = self.policy.readable([field.id for field in entity.fields])
        self.fields: tuple[FieldKind, ...] = tuple(field for field in entity.fields if field.id in seen)
        self.open = open_everywhere(self.policy, (field.id for field in self.fields))
        self.partly: dict[str, tuple[ColumnElement[bool], ...]] = {
            field.id: where_open(connection, running, self.policy, field.id, actor, self.now)
            for field in self.fields
            if field.id not in self.open
        }
        """Fields that are hidden in some of the rows, with the condition that they are not."""

    def page(self, query: Query) -> Listing:
        """The page asked for."""
        where = [
            *row_condition(self.connection, self.running, self.policy, self.entity.entity, self.actor, self.now),
            *self._asked(query),
        ]
        name, tables = self.entity.entity, self.running.tables
        order = self._order(query.order) or default_order(self.entity, self.open)
        start = (query.page - 1) * query.size
        found = records.list_records(
            self.connection, tables, name, where=where, order=order, page=Page(query.size, start)
        )
        total = (
            len(found) if not start and len(found) < query.size else records.count(self.connection, tables, name, where)
        )
        columns = self._columns()
        totals = self._totals(where)
        return Listing(
            columns=columns,
            rows=self._rows(columns, found),
            total=total,
            sums={name: self._total(name, value) for name, value in totals.items()},
            page=query.page,
            size=query.size,
            filters=self._filters(query),
            create=policy(self.running.app.roles, self.actor, name, "create").allowed,
            totals=totals,
        )

    def _columns(self) -> tuple[Column, ...]:
        """What names the record, its state, the first fields."""
        own = [field for field in self.fields if field.kind not in ("lines", "attachment")][:MOST_COLUMNS]
        columns = [
            Column(field.id, worded(field.label, field.id), field.kind, "right" if field.numeric else "left")
            for field in own
        ]
        columns = [NUMBER, *columns] if self.entity.kind == "document" else columns
        return (*columns[:1], *([STATE] if self.workflow else []), *columns[1:])

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
        hidden = self._hidden(columns, found)
        return tuple(self._row(columns, record, context, hidden.get(record.id, frozenset())) for record in found)

    def _hidden(self, columns: Sequence[Column], found: Sequence[Record]) -> dict[str, frozenset[str]]:
        """Which of the columns are hidden in which rows; nothing is asked where every field is open in every row."""
        hidden: dict[str, frozenset[str]] = {}
        table, entity = self.running.tables, self.entity.entity
        for name in (column.id for column in columns if column.id in self.partly):
            for start in range(0, len(found), records.AT_ONCE):
                part = found[start : start + records.AT_ONCE]
                here = table.column(entity, ("id",)).in_([record.id for record in part])
                seen = set(self.connection.scalars(records.select_ids(table, entity, (here, *self.partly[name]))))
                for record in part:
                    if record.id not in seen:
                        hidden[record.id] = hidden.get(record.id, frozenset()) | {name}
        return hidden

    def _row(self, columns: Sequence[Column], record: Record, context: FormatContext, hidden: frozenset[str]) -> Row:
        cells: list[str] = []
        units: dict[str, str] = {}
        values: dict[str, object] = {"number": record.number, "state": record.state, "version": record.version}
        scope = record.scope()
        for column in columns:
            if column is NUMBER:
                cells.append(record.number or "")
            elif column is STATE:
                cells.append(self._state(record.state)[0])
            elif column.id in hidden:
                cells.append("")
            else:
                field = self.entity.by_id[column.id]
                held = record.values.get(column.id)
                text = shown(field, held, FormatContext(context.language, context.zone, context.titles, scope))
                unit = field.unit_in(scope) if isinstance(field, QuantityField) and held is not None else None
                cells.append(f"{text} {self.units.get(unit, unit)}" if unit else text)
                values[column.id] = field.to_json(held)
                units |= {column.id: self.units.get(unit, unit)} if unit else {}
        return Row(record.id, tuple(cells), values, None, self._state(record.state)[1], units)

    def _state(self, state: str | None) -> tuple[str, str]:
        """The label and the tone of a state."""
        declared = self.workflow.state(state) if self.workflow else None
        if declared is None or self.workflow is None:
            return state or "", "neutral"
        tone = tone_of(self.workflow, declared.id)
        return (declared.label.text(self.actor.language) if declared.label else declared.id), tone

    def _totals(self, where: Sequence[ColumnElement[bool]]) -> dict[str, Decimal]:
        """Totals of amounts of money in one currency, over everything that matches."""
        names = [field.id for field in self.fields if field.kind == "money" and field.id in self.open]
        names = [name for name in names if not self.entity.by_id[name].paths()]
        return records.sums(self.connection, self.running.tables, self.entity.entity, names, where)

    def _total(self, name: str, value: Decimal) -> str:
        """A total as the page shows it."""
        return shown(self.entity.by_id[name], value, FormatContext(self.actor.language, self.running.app.zone))

    def _order(self, asked: str) -> tuple[Order, ...]:
        """The order asked for. Refused (OPS-131) by what is not there or hidden; none by what some rows hide."""
        name = asked.removeprefix("-")
        known = (*("number", "state", "created_at"), *(each.id for each in self.fields if each.column() is not None))
        if asked and name not in known:
            raise Refused((Problem("OPS-131", {"name": name, "allowed": known}),))
        return (Order((name,), asked.startswith("-")),) if asked and name not in self.partly else ()

    def _filters(self, query: Query) -> tuple[Filter, ...]:
        """The filters above the list: state, choices and flags as lists, references as text."""
        filters: list[Filter] = []
        if self.workflow is not None:
            options = tuple(FilterOption(state.id, worded(state.label, state.id)) for state in self.workflow.states)
            filters.append(Filter("state", STATE.label, options, query.filters.get("state")))
            myself = FilterOption(ME, {"zh": "我", "en": "Me"})
            filters.append(Filter(MINE.id, MINE.label, (myself,), query.filters.get(MINE.id)))
        for field in self.fields:
            if isinstance(field, ChoiceField):
                options = tuple(FilterOption(one.id, worded(one.label, one.id)) for one in field.choices)
                filters.append(Filter(field.id, worded(field.label, field.id), options, query.filters.get(field.id)))
            elif isinstance(field, ReferenceField):
                filters.append(Filter(field.id, worded(field.label, field.id), (), query.filters.get(field.id)))
        return tuple(filters[:MOST_FILTERS])

    def _asked(self, query: Query) -> list[ColumnElement[bool]]:
        """The conditions of the address. Raises `Refused` (OPS-131) for a filter that is not there or not visible."""
        name, tables = self.entity.entity, self.running.tables
        conditions: list[ColumnElement[bool]] = []
        names, words = searchable(self.entity, self.open), search_words(query.search)
        if words and (names or self.entity.kind == "document"):
            found = [records.search(tables, name, words, names)] if names else []
            if self.entity.kind == "document":
                found.append(records.contains(tables.column(name, ("number",)), words))
            conditions.append(or_(*found))
        for each, text in query.filters.items():
            conditions.extend(self._filtered(each, text))
        return conditions

    def _filtered(self, name: str, text: str) -> tuple[ColumnElement[bool], ...]:
        """One filter: a value, or with `_from` and `_to` the ends of a range. Rows that hide the field never match."""
        tables, entity = self.running.tables, self.entity.entity
        if name == MINE.id and text == ME:
            return (records.equals(tables, entity, (name,), self.actor.person),)
        if name in ("state", "number"):
            return (records.equals(tables, entity, (name,), text),)
        base, end = next(((name.removesuffix(end), end) for end in ("_from", "_to") if name.endswith(end)), (name, ""))
        field = next((field for field in self.fields if field.id in (name, base)), None)
        if field is None or field.column() is None:
            allowed = tuple(field.id for field in self.fields if field.column() is not None)
            raise Refused((Problem("OPS-131", {"name": name, "allowed": ("state", "number", *allowed)}),))
        open_here = self.partly.get(field.id, ())
        if isinstance(field, ReferenceField):
            return (*open_here, tables.column(entity, (field.id,)).in_(self._referred(field.to, text)))
        value = self._parsed(field, text)
        if field.id == name:
            return (*open_here, records.equals(tables, entity, (name,), value))
        if value is None:
            return open_here
        column, stored = tables.column(entity, (base,)), records.encode(tables, entity, (base,), value)
        return (*open_here, column >= stored if end == "_from" else column <= stored)

    def _parsed(self, field: FieldKind, text: str) -> Value:
        """A value of a filter as its field reads it. Raises `Refused` with what is wrong with it."""
        value, problems = field.parse(
            text, ParseContext(self.actor.language, self.running.app.zone, self.running.units)
        )
        if problems:
            raise Refused(problems)
        return value

    def _referred(self, target: str, text: str) -> list[str]:
        """The ids of the visible records that a reference filter means: by id, identity or words."""
        where = visible_where(self.connection, self.running, self.actor, target, "list", self.now)
        if where is None:
            return []
        declared, tables = self.running.app.entities[target], self.running.tables
        open_ = open_fields(self.running, self.actor, declared)
        exact = [records.equals(tables, target, ("id",), text)]
        if len(declared.identity) == 1 and declared.identity[0] in open_:
            identity = declared.by_id[declared.identity[0]]
            value, problems = identity.parse(
                text, ParseContext(self.actor.language, self.running.app.zone, self.running.units)
            )
            if value is not None and not problems:
                exact.append(records.equals(tables, target, (identity.id,), value))
        found = records.list_records(self.connection, tables, target, where=(*where, or_(*exact)), page=Page(2))
        names, words = searchable(declared, open_), search_words(text)
        if not found and names and words:
            condition = records.search(tables, target, words, names)
            found = records.list_records(self.connection, tables, target, where=(*where, condition), page=Page(500))
        return [record.id for record in found]


def known_names(entity: Entity) -> tuple[str, ...]:
    """Every name a record can be asked for."""
    return (*SYSTEM_FIELDS, *(field.id for field in entity.fields))
