"""What a list can be asked in its address: filters and search, offered above the list and turned into conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import ColumnElement, not_, or_

from engine.entities.fields.base import FieldKind, ParseContext
from engine.entities.fields.choice import ChoiceField
from engine.entities.fields.reference import ReferenceField
from engine.entities.record import Value
from engine.language.problems import Problem, Refused
from engine.operations.listing import Filter, FilterOption, Query, StateTab, Wording, worded
from engine.operations.rows import visible_where
from engine.operations.seen import Seen, found_by, open_fields
from engine.operations.tones import tone_of
from engine.storage import records
from engine.storage.records import Page

MOST_FILTERS = 8
ME, NOT_ME = "me", "others"
"""The values of the filter by maker: what I made myself, and what others did. Who made what is not asked by a list."""

MADE_BY = (FilterOption(ME, {"zh": "我", "en": "Me"}), FilterOption(NOT_ME, {"zh": "别人", "en": "Others"}))
MADE_BY_LABEL: Wording = {"zh": "制单人", "en": "Made by"}
CREATED_BY = "created_by"
ENDS = ("_from", "_to")


class Filtering:
    """The filters of one list as one person may use them."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen

    def offered(self, query: Query) -> tuple[Filter, ...]:
        """The filters above the list: days as a span, choices and flags as lists, references by what people type."""
        asked = query.filters
        return tuple(self._offered(asked))[:MOST_FILTERS]

    def _offered(self, asked: Mapping[str, str]) -> Iterator[Filter]:
        seen = self.seen
        days = [field for field in seen.fields if field.kind == "date" and field.id in seen.open]
        for field in days[:1]:
            first, last = (asked.get(f"{field.id}{end}", asked.get(field.id)) for end in ENDS)
            yield Filter(field.id, worded(field.label, field.id), (), first, "date", until=last)
        for field in seen.fields:
            label, value = worded(field.label, field.id), asked.get(field.id)
            if isinstance(field, ReferenceField):
                yield Filter(field.id, label, (), value, "reference", to=field.to)
            elif isinstance(field, ChoiceField):
                options = tuple(FilterOption(one.id, worded(one.label, one.id)) for one in field.choices)
                yield Filter(field.id, label, options, value, "choice")
        if seen.workflow is not None:
            yield Filter(CREATED_BY, MADE_BY_LABEL, MADE_BY, asked.get(CREATED_BY), "choice")

    def states(self, query: Query) -> tuple[StateTab, ...]:
        """The states of the documents that meet all other conditions, with how many are in each, but not the empty."""
        seen, workflow = self.seen, self.seen.workflow
        if workflow is None:
            return ()
        chosen = query.filters.get("state", "")
        where = (*seen.where, *self.conditions(query, leave_out="state"))
        counts = records.counts(seen.connection, seen.running.tables, seen.name, ("state",), where)
        return tuple(
            StateTab(
                state.id,
                worded(state.label, state.id),
                counts.get(state.id, 0),
                tone_of(workflow, state.id),
                chosen=state.id == chosen,
            )
            for state in workflow.states
            if counts.get(state.id) or state.id == chosen
        )

    def conditions(self, query: Query, *, leave_out: str = "") -> list[ColumnElement[bool]]:
        """The conditions of the address. Raises `Refused` (OPS-131) for a filter that is not there or not visible."""
        seen = self.seen
        searched = found_by(seen.running, seen.entity, seen.open, query.search)
        found: list[ColumnElement[bool]] = [] if searched is None else [searched]
        for each, text in query.filters.items():
            if each != leave_out:
                found.extend(self._filtered(each, text))
        return found

    def _filtered(self, name: str, text: str) -> tuple[ColumnElement[bool], ...]:
        """One filter: a value, or with `_from` and `_to` the ends of a range. Rows that hide the field never match."""
        tables, entity = self.seen.running.tables, self.seen.name
        if name == CREATED_BY and text in (ME, NOT_ME):
            mine = records.equals(tables, entity, (name,), self.seen.actor.person)
            return (mine if text == ME else not_(mine),)
        if name in ("state", "number"):
            return (records.equals(tables, entity, (name,), text),)
        base, end = next(((name.removesuffix(end), end) for end in ENDS if name.endswith(end)), (name, ""))
        field = next((field for field in self.seen.fields if field.id in (name, base)), None)
        if field is None or field.column() is None:
            allowed = tuple(field.id for field in self.seen.fields if field.column() is not None)
            raise Refused((Problem("OPS-131", {"name": name, "allowed": ("state", "number", *allowed)}),))
        open_here = self.seen.partly.get(field.id, ())
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
            text, ParseContext(self.seen.actor.language, self.seen.running.app.zone, self.seen.running.units)
        )
        if problems:
            raise Refused(problems)
        return value

    def _referred(self, target: str, text: str) -> list[str]:
        """The ids of the visible records that a reference filter means: by id, identity or words."""
        where = visible_where(self.seen.connection, self.seen.running, self.seen.actor, target, "list", self.seen.now)
        if where is None:
            return []
        declared, tables = self.seen.running.app.entities[target], self.seen.running.tables
        open_ = open_fields(self.seen.running, self.seen.actor, declared)
        exact = [records.equals(tables, target, ("id",), text)]
        if len(declared.identity) == 1 and declared.identity[0] in open_:
            identity = declared.by_id[declared.identity[0]]
            value, problems = identity.parse(
                text, ParseContext(self.seen.actor.language, self.seen.running.app.zone, self.seen.running.units)
            )
            if value is not None and not problems:
                exact.append(records.equals(tables, target, (identity.id,), value))
        found = records.list_records(self.seen.connection, tables, target, where=(*where, or_(*exact)), page=Page(2))
        searched = found_by(self.seen.running, declared, open_, text)
        if not found and searched is not None:
            found = records.list_records(self.seen.connection, tables, target, where=(*where, searched), page=Page(500))
        return [record.id for record in found]
