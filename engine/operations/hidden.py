"""What of a report somebody may not see: columns left out, values covered row by row, records that are not there.

A report shows no more than the lists behind it: the same field grants and row grants hold for its rows and for every
record that its columns look at through a reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection

from engine.access.actor import Actor
from engine.access.decide import Policy, policy
from engine.entities.fields.base import FieldKind
from engine.entities.fields.lines import LinesField
from engine.entities.fields.reference import ReferenceField
from engine.entities.record import Record
from engine.operations.rows import open_everywhere, row_condition, where_open
from engine.operations.site import Running
from engine.reports.schema import Report
from engine.storage import records

Path = tuple[str, ...]
NOTHING: frozenset[str] = frozenset()


class Hidden:
    """What one actor may not see of the entities that a report reads."""

    def __init__(self, running: Running, connection: Connection, actor: Actor, now: datetime, report: Report) -> None:
        self.running, self.connection, self.actor, self.now, self.report = running, connection, actor, now, report
        self._policies: dict[str, Policy] = {}
        self._open: dict[str, frozenset[str]] = {}

    def policy(self, entity: str) -> Policy:
        """What the actor may list of an entity."""
        if entity not in self._policies:
            self._policies[entity] = policy(self.running.app.roles, self.actor, entity, "list")
        return self._policies[entity]

    def open(self, entity: str) -> frozenset[str]:
        """The fields of an entity that are open in every row of it that the actor may list."""
        if entity not in self._open:
            self._open[entity] = open_everywhere(self.policy(entity), self._paths(entity))
        return self._open[entity]

    def narrowed(self) -> Report:
        """The report without the columns that read what the actor sees in no row."""
        kept = tuple(
            column
            for column in self.report.columns
            if not any(self.is_hidden(path) for formula in column.formulas for path in formula.expression.paths)
        )
        names = {column.id for column in kept}
        return self.report.model_copy(
            update={
                "columns": kept,
                "group": tuple(name for name in self.report.group if name in names),
                "order": tuple(name for name in self.report.order if name.lstrip("-") in names),
                "filters": tuple(name for name in self.report.filters if name in names),
            }
        )

    def is_hidden(self, path: Path) -> bool:
        """Whether a path of the report's formulas reads a field that the actor may not see."""
        source = self.report.source
        if source.entity is not None:
            lines = source.lines
            canonical = (lines, *path[1:]) if path[0] == "line" and lines is not None else path
            seen = self.policy(source.entity).readable(self._paths(source.entity))
            return self._reads_hidden(source.entity, canonical, seen)
        assert source.ledger is not None
        dimension = self.running.app.ledgers[source.ledger].dimension(path[0])
        if dimension is None or dimension.ref is None or len(path) == 1:
            return False
        return self._reads_hidden(dimension.ref, path[1:], self.open(dimension.ref), rows_too=True)

    def read(self, entity: str, ids: Iterable[str]) -> Mapping[str, Record]:
        """Records that a reference leads to: those that the actor may list, with the fields that are open in all."""
        found = self.policy(entity)
        if not found.allowed:
            return {}
        where = self._where(entity)
        read = records.get(self.connection, self.running.tables, entity, sorted(ids), where)
        closed = self._paths(entity) - self.open(entity)
        return {id: covered(record, closed) for id, record in read.items()} if closed else read

    def rows(self, found: Sequence[Record]) -> Sequence[Record]:
        """The records of the report's own entity, each without the values that its own grants hide."""
        assert self.report.source.entity is not None
        closed = self._paths(self.report.source.entity) - self.open(self.report.source.entity)
        if not closed:
            return found
        return [
            covered(record, {name for name in closed if record.id not in self._seen.get(name, NOTHING)})
            for record in found
        ]

    @cached_property
    def _seen(self) -> Mapping[str, frozenset[str]]:
        """For each field that is not open in all rows: the rows where it is."""
        entity = self.report.source.entity
        assert entity is not None
        found = self.policy(entity)
        seen: dict[str, frozenset[str]] = {}
        for name in found.readable(self._paths(entity)) - self.open(entity):
            open_here = where_open(self.connection, self.running, found, name, self.actor, self.now)
            ids = records.select_ids(self.running.tables, entity, (*self._where(entity), *open_here))
            seen[name] = frozenset(self.connection.scalars(ids))
        return seen

    def _where(self, entity: str) -> tuple[ColumnElement[bool], ...]:
        return row_condition(self.connection, self.running, self.policy(entity), entity, self.actor, self.now)

    def _paths(self, entity: str) -> frozenset[str]:
        return frozenset(path for path, _ in self.running.app.entities[entity].every_field())

    def _reads_hidden(self, entity: str, path: Path, open_: frozenset[str], *, rows_too: bool = False) -> bool:
        """Whether some step of a path is a field that is not open; `rows_too`: nor may rows behind it be hidden."""
        fields: Mapping[str, FieldKind] = self.running.app.entities[entity].by_id
        inside = ""
        for step in path:
            field = fields.get(step)
            if field is None:
                return False
            if f"{inside}{step}" not in open_:
                return True
            if isinstance(field, LinesField):
                inside, fields = f"{step}.", {each.id: each for each in field.fields}
            elif isinstance(field, ReferenceField):
                rows_hidden = rows_too and bool(self.policy(field.to).filters)
                open_ = NOTHING if rows_hidden else self.open(field.to)
                inside, fields = "", self.running.app.entities[field.to].by_id
        return False


def covered(record: Record, closed: Iterable[str]) -> Record:
    """A record without the values of some fields (`pay`, `lines.cost`)."""
    values: dict[str, Any] = dict(record.values)
    for path in closed:
        name, _, inner = path.partition(".")
        if not inner:
            values[name] = None
        elif isinstance(values.get(name), tuple):
            values[name] = tuple({**line, inner: None} for line in values[name])
    return replace(record, values=values)
