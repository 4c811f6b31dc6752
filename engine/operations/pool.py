"""The records that were read in one view, each seen by formulas as one nested mapping with its references inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.entities.changes import CellRange
from engine.entities.fields.lines import LinesField
from engine.entities.record import Record
from engine.entities.schema import Entity
from engine.ledgers.cells import Shelf
from engine.packages.schema import App

Key = tuple[str, str]
"""The entity and the id of a record."""

PEOPLE = ("created_by", "changed_by")
"""What the engine keeps about who made and changed a record; formulas see them as references to persons."""


@dataclass(slots=True)
class Pool:
    """Records that were read, and how formulas see them. The walks of one view share it.

    A formula sees no further than the paths it is written with, so it sees the same whatever else was read.
    `shelves` are the cells of ledgers by their ranges, each with the records that it is made of.
    """

    app: App
    records: dict[Key, Record] = field(default_factory=dict)
    views: dict[Key, dict[str, object]] = field(default_factory=dict)
    shelves: dict[CellRange, tuple[Shelf, Mapping[Key, Record]]] = field(default_factory=dict)
    bare: set[Key] = field(default_factory=set)

    def knows(self, record: Record) -> bool:
        """Whether this very version of a record is here already."""
        known = self.records.get((record.entity, record.id))
        return known is not None and known.version == record.version

    def put(self, record: Record) -> None:
        """Keep a record; if it was seen before, as another version or by its id alone, all views are made anew."""
        key = (record.entity, record.id)
        if self.knows(record):
            return
        if key in self.records or key in self.bare:
            self.views.clear()
            self.shelves.clear()
            self.bare.clear()
        self.records[key] = record

    def view(self, entity: str, id: object) -> Mapping[str, object] | None:
        """A record as formulas see it; only its id where no formula looks further."""
        if not isinstance(id, str):
            return None
        known = self.views.get((entity, id))
        if known is not None:
            return known
        record = self.records.get((entity, id))
        if record is None:
            self.bare.add((entity, id))
            return {"id": id}
        view = self.views[entity, id] = {}
        view.update(self.expand(self.app.entities[entity], record.scope()))
        return view

    def expand(self, entity: Entity, values: Mapping[str, object]) -> dict[str, object]:
        """Values with every reference, also inside lines, replaced by the record's view."""
        seen = self._expand(entity, values)
        for name in PEOPLE:
            if isinstance(seen.get(name), str):
                seen[name] = self.view("person", seen[name])
        for lines in entity.lines:
            rows = seen[lines.id]
            seen[lines.id] = tuple([self._expand(lines, row) for row in rows]) if isinstance(rows, tuple) else ()
        return seen

    def _expand(self, holder: Entity | LinesField, values: Mapping[str, object]) -> dict[str, object]:
        """The values of a record or a line, all of its fields among them."""
        seen = {**holder.blank, **values}
        for name, target in holder.references.items():
            seen[name] = self.view(target, seen[name])
        return seen
