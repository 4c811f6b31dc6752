"""Which other records the formulas of a document look at, and the nested values they see.

The paths are known when a package is loaded, so a document of one line and of a hundred lines is served by the same
number of reads: one per entity and depth of reference, never one per line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from pydantic import BaseModel

from engine.entities.changes import CellRange
from engine.entities.fields.base import FieldKind
from engine.entities.fields.lines import LinesField
from engine.entities.fields.reference import ReferenceField
from engine.entities.record import Record
from engine.entities.schema import Entity
from engine.language.formula import Formula
from engine.language.template import TextTemplate
from engine.ledgers.cells import Shelf
from engine.operations.pool import PEOPLE, Key, Pool
from engine.packages.schema import App

Path = tuple[str, ...]
ReadMany = Callable[[str, frozenset[str]], Mapping[str, Record]]


def formulas_in(part: object) -> Iterator[Formula | TextTemplate]:
    """Every formula and text template declared anywhere inside a part of a package."""
    if isinstance(part, Formula | TextTemplate):
        yield part
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from formulas_in(getattr(part, name))
    elif isinstance(part, Mapping):
        for value in part.values():
            yield from formulas_in(value)
    elif isinstance(part, tuple | list):
        for value in part:
            yield from formulas_in(value)


def parts_about(app: App, entity: str) -> Iterator[object]:
    """The parts whose formulas are judged on a document of this entity."""
    yield app.entities[entity]
    for table in (app.forms, app.rules, app.workflows):
        if entity in table:
            yield table[entity]
    yield from (posting for posting in app.postings.values() if posting.entity == entity)
    yield from (notice for notice in app.notices.values() if notice.entity == entity)
    for role in app.roles.values():
        yield from (grant for grant in role.grants if grant.entity == entity)
    series = app.entities[entity].series
    if series and series in app.series:
        yield app.series[series]


@lru_cache(maxsize=512)
def reference_paths(app: App, entity: str) -> tuple[Path, ...]:
    """The paths of references that some formula looks through, shorter ones first: ("lines", "item"), ..."""
    formulas = (formula for part in parts_about(app, entity) for formula in formulas_in(part))
    paths = (path for formula in formulas for path in formula_paths(formula))
    return paths_through(app, entity, (*paths, *ledger_paths(app, entity)))


def paths_through(app: App, entity: str, paths: Iterable[Path]) -> tuple[Path, ...]:
    """The references that paths of formulas look through, shorter ones first."""
    found: set[Path] = set()
    for path in paths:
        for canonical in canonical_paths(app.entities[entity], path):
            found.update(looked_through(app, entity, canonical))
    return tuple(sorted(found, key=lambda path: (len(path), path)))


def ledger_paths(app: App, entity: str) -> Iterator[Path]:
    """What ledgers look at behind the dimensions that postings fill: `item.step` of `line.item` is `line.item.step`."""
    for posting in app.postings.values():
        if posting.entity != entity:
            continue
        for entry in posting.entries:
            ledger = app.ledgers[entry.ledger]
            behind = [path for formula in formulas_in(ledger) for path in formula_paths(formula) if len(path) > 1]
            behind += [
                tuple(measure.unit.split(".")) for measure in ledger.measures if measure.unit and "." in measure.unit
            ]
            for _, side in entry.sides:
                for name, formula in side.items():
                    dimension = ledger.dimension(name)
                    is_document = dimension is not None and dimension.is_document(formula, entity)
                    for start in ((),) if is_document else formula.expression.paths:
                        yield from ((*start, *path[1:]) for path in behind if path[0] == name)


@lru_cache(maxsize=512)
def people_looked_at(app: App, entity: str) -> tuple[str, ...]:
    """Which of `created_by` and `changed_by` some formula about an entity looks behind: `created_by.name`."""
    formulas = (formula for part in parts_about(app, entity) for formula in formulas_in(part))
    roots = {path[0] for formula in formulas for path in formula_paths(formula) if len(path) > 1}
    return tuple(name for name in PEOPLE if name in roots)


def formula_paths(formula: Formula | TextTemplate) -> Iterable[Path]:
    """The dotted paths a bound formula reads."""
    return formula.paths if isinstance(formula, TextTemplate) else formula.expression.paths


def canonical_paths(entity: Entity, path: Path) -> Iterator[Path]:
    """The same path from the document's root: `line.item.step` is ("lines", "item", "step") of each lines field."""
    if path[0] != "line":
        yield path
        return
    for lines in entity.lines:
        yield (lines.id, *path[1:])


def looked_through(app: App, entity: str, path: Path) -> Iterator[Path]:
    """The prefixes of a path that end in a reference which the path goes on behind."""
    fields: Mapping[str, FieldKind] = app.entities[entity].by_id
    for end in range(1, len(path)):
        field = fields.get(path[end - 1])
        if field is None:
            return
        if isinstance(field, ReferenceField):
            yield path[:end]
            fields = app.entities[field.to].by_id
        elif isinstance(field, LinesField):
            fields = field.by_id
        else:
            return


def fields_read(app: App, entity: str) -> frozenset[tuple[str, str]]:
    """The fields of other records that work on a document reads: behind its references, and what those are named by."""
    found: set[tuple[str, str]] = set()
    paths = [
        path for part in parts_about(app, entity) for formula in formulas_in(part) for path in formula_paths(formula)
    ]
    for path in (*paths, *ledger_paths(app, entity)):
        for canonical in canonical_paths(app.entities[entity], path):
            found.update(_behind(app, entity, canonical))
    for _, field in app.entities[entity].every_field():
        if isinstance(field, ReferenceField):
            named = app.entities[field.to]
            found.update((named.entity, name) for name in named.identity)
            for path in named.title.paths if named.title else ():
                found.add((named.entity, path[0]))
                found.update(_behind(app, named.entity, path))
    return frozenset(found)


def _behind(app: App, entity: str, path: Path) -> Iterator[tuple[str, str]]:
    """The steps of a path that are fields of other records."""
    for prefix in looked_through(app, entity, path):
        target = target_of(app, entity, prefix)
        yield target, path[len(prefix)]


def target_of(app: App, entity: str, path: Path) -> str:
    """The entity at the end of a path of references."""
    fields: Mapping[str, FieldKind] = app.entities[entity].by_id
    target = entity
    for step in path:
        field = fields[step]
        if isinstance(field, LinesField):
            fields = field.by_id
        elif isinstance(field, ReferenceField):
            target = field.to
            fields = app.entities[target].by_id
    return target


class Related:
    """The records that one walk rests on. Whatever a formula of its document looks at is among them.

    `made` are the keys of those that the walk itself is about to make: seen like the others, but not read anywhere.
    """

    def __init__(self, app: App, read: ReadMany, pool: Pool | None = None) -> None:
        self.app = app
        self.records: dict[Key, Record] = {}
        self._read = read
        self.made: set[Key] = set()
        self._pool = pool or Pool(app)
        self._shares = pool is not None
        self._elsewhere = False

    def read_from(self, read: ReadMany) -> None:
        """Read what is still missing from elsewhere from now on."""
        self._read, self._elsewhere = read, True

    def take(self, found: Mapping[Key, Record]) -> None:
        """Rest on records that another walk read in the same view."""
        self.records.update(found)

    def make(self, record: Record) -> None:
        """Take in a record that is about to be made."""
        self._leave_pool()
        self._keep(record)
        self.made.add((record.entity, record.id))

    def stored(self) -> Mapping[Key, Record]:
        """The records that were read, which what is decided rests on."""
        return (
            {key: record for key, record in self.records.items() if key not in self.made} if self.made else self.records
        )

    def add(self, found: Iterable[Record]) -> None:
        """Take over records that were read elsewhere, and read what formulas look at behind them."""
        by_entity: dict[str, list[Mapping[str, object]]] = {}
        for each in found:
            by_entity.setdefault(each.entity, []).append(each.values)
            self._keep(each)
        for entity, many in by_entity.items():
            self.gather(entity, *many)

    def gather(self, entity: str, *many: Mapping[str, object]) -> None:
        """Read what the formulas of documents with these values look at, one depth of reference after the other."""
        for path in reference_paths(self.app, entity):
            self.load_paths(entity, many, path)

    def load_paths(self, entity: str, many: Iterable[Mapping[str, object]], path: Path) -> set[Key]:
        """Read the records at the end of one path of references of many records of an entity, in one statement."""
        ids = {id for values in many for id in self._ids(entity, values, path)}
        target = target_of(self.app, entity, path)
        self.load(target, ids)
        return {(target, id) for id in ids}

    def load(self, entity: str, ids: Iterable[str]) -> None:
        """Read the records of one entity that are not there yet, in one statement."""
        missing = frozenset(id for id in ids if (entity, id) not in self.records)
        if missing:
            for record in self._read(entity, missing).values():
                self._keep(record)

    def view(self, entity: str, id: object) -> Mapping[str, object] | None:
        """A record as formulas see it; only its id where no formula looks further."""
        return self._pool.view(entity, id)

    @property
    def shelves(self) -> dict[CellRange, tuple[Shelf, Mapping[Key, Record]]]:
        """The cells of ledgers as formulas saw them so far: to be asked first, and to be added to."""
        return self._pool.shelves

    def expand(self, entity: Entity, values: Mapping[str, object]) -> dict[str, object]:
        """Values with every reference, also inside lines, replaced by the record's view."""
        return self._pool.expand(entity, values)

    def _leave_pool(self) -> None:
        """See no more than this walk rests on: what it makes, or finds elsewhere, is not for other walks."""
        if self._shares:
            self._pool, self._shares = Pool(self.app, dict(self.records)), False

    def _keep(self, record: Record) -> None:
        """Note that the walk rests on a record."""
        self.records[record.entity, record.id] = record
        if self._elsewhere and not self._pool.knows(record):
            self._leave_pool()
        self._pool.put(record)

    def _ids(self, entity: str, values: Mapping[str, object], path: Path) -> set[str]:
        """The ids found at the end of a path, through lines and through records read before."""
        level: list[Mapping[str, object]] = [values]
        fields: Mapping[str, FieldKind] = self.app.entities[entity].by_id
        ids: set[str] = set()
        for depth, step in enumerate(path):
            field = fields[step]
            following: list[Mapping[str, object]] = []
            for value in (holder.get(step) for holder in level):
                if isinstance(field, LinesField) and isinstance(value, tuple):
                    following.extend(value)
                elif isinstance(value, str) and depth == len(path) - 1:
                    ids.add(value)
                elif isinstance(field, ReferenceField) and isinstance(value, str) and (field.to, value) in self.records:
                    following.append(self.records[field.to, value].values)
            level = following
            if isinstance(field, LinesField):
                fields = field.by_id
            elif isinstance(field, ReferenceField):
                fields = self.app.entities[field.to].by_id
        return ids
