"""Lists and lookups: filter, search, order and page in SQL, with the actor's row grants in the same WHERE."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import ColumnElement

from engine.access.actor import Actor
from engine.access.decide import check_action, policy
from engine.entities.fields.base import FormatContext
from engine.entities.fields.quantity import QuantityField
from engine.entities.fields.reference import ReferenceField
from engine.entities.record import SYSTEM_FIELDS, Record
from engine.entities.schema import Entity
from engine.language.problems import Problem, Refused
from engine.operations.filtering import Filtering
from engine.operations.listing import Column, FilterOption, Listing, Query, Row, shown, unit_words, worded
from engine.operations.rows import visible_where
from engine.operations.seen import Seen, found_by, handle, open_fields
from engine.operations.site import Site
from engine.operations.titles import titles
from engine.operations.tones import tone_of
from engine.storage import records
from engine.storage.records import Order, Page

MOST_COLUMNS = 8

NUMBER = Column("number", {"zh": "单号", "en": "Number"})
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
        return _Browsing(Seen(connection, running, actor, running.app.entities[entity], site.clock())).page(query)


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
        open_ = open_fields(running, actor, declared)
        searched = found_by(running, declared, open_, text)
        condition = where if searched is None else (*where, searched)
        order = default_order(declared, open_)
        found = records.list_records(connection, running.tables, entity, where=condition, order=order, page=Page(limit))
        named = titles(connection, running, ((entity, record.id) for record in found))
    return tuple(
        FilterOption(handle(declared, record, open_), {"zh": named[entity, record.id], "en": named[entity, record.id]})
        for record in found
    )


def default_order(entity: Entity, open_: frozenset[str]) -> tuple[Order, ...]:
    """Masters by identity as far as it may be seen, documents newest first."""
    if entity.kind == "document":
        return (Order(("created_at",), descending=True),)
    return tuple(Order((name,)) for name in entity.identity if name in open_)


class _Browsing:
    """One list being read."""

    def __init__(self, seen: Seen) -> None:
        self.seen, self.filtering = seen, Filtering(seen)
        self.running, self.connection, self.actor, self.entity = seen.running, seen.connection, seen.actor, seen.entity
        self.units = unit_words(seen.running.app, seen.actor.language)
        self.workflow = seen.workflow

    def page(self, query: Query) -> Listing:
        """The page asked for."""
        where = [*self.seen.where, *self.filtering.conditions(query)]
        name, tables = self.entity.entity, self.running.tables
        order = self._order(query.order) or default_order(self.entity, self.seen.open)
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
            filters=self.filtering.offered(query),
            states=self.filtering.states(query),
            create=policy(self.running.app.roles, self.actor, name, "create").allowed,
            totals=totals,
        )

    def _columns(self) -> tuple[Column, ...]:
        """What names the record, its state, and the fields that its form declares for lists, or else the first ones."""
        form = self.running.app.forms.get(self.entity.entity)
        listed = form.listed if form is not None else ()
        by_id = {field.id: field for field in self.seen.fields}
        own = [by_id[name] for name in listed if name in by_id] or [
            field for field in self.seen.fields if field.column() is not None and not getattr(field, "multiline", False)
        ][:MOST_COLUMNS]
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
        for name in (column.id for column in columns if column.id in self.seen.partly):
            for start in range(0, len(found), records.AT_ONCE):
                part = found[start : start + records.AT_ONCE]
                here = table.column(entity, ("id",)).in_([record.id for record in part])
                seen = set(self.connection.scalars(records.select_ids(table, entity, (here, *self.seen.partly[name]))))
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
        names = [field.id for field in self.seen.fields if field.kind == "money" and field.id in self.seen.open]
        names = [name for name in names if not self.entity.by_id[name].paths()]
        return records.sums(self.connection, self.running.tables, self.entity.entity, names, where)

    def _total(self, name: str, value: Decimal) -> str:
        """A total as the page shows it."""
        return shown(self.entity.by_id[name], value, FormatContext(self.actor.language, self.running.app.zone))

    def _order(self, asked: str) -> tuple[Order, ...]:
        """The order asked for. Refused (OPS-131) by what is not there or hidden; none by what some rows hide."""
        name = asked.removeprefix("-")
        known = (
            *("number", "state", "created_at"),
            *(each.id for each in self.seen.fields if each.column() is not None),
        )
        if asked and name not in known:
            raise Refused((Problem("OPS-131", {"name": name, "allowed": known}),))
        return (Order((name,), asked.startswith("-")),) if asked and name not in self.seen.partly else ()


def known_names(entity: Entity) -> tuple[str, ...]:
    """Every name a record can be asked for."""
    return (*SYSTEM_FIELDS, *(field.id for field in entity.fields))
