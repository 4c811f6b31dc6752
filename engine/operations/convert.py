"""Beginning a document from another one: which conversions a person is offered, and what the new form is filled with.

Always by the package that is published now, whatever older package the source lives under: what begins is new work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from engine.access.decide import policy, visible_fields
from engine.conversions.convert import Scope, convert, may_take, open_keys
from engine.conversions.schema import SOURCE, Conversion
from engine.entities.changes import GrainKey
from engine.entities.fields.base import FieldKind, Raw
from engine.entities.fields.lines import LinesField
from engine.entities.record import Record
from engine.language.formula import Formula
from engine.language.problems import Problem, Refused
from engine.operations.case import Case
from engine.operations.listing import Wording, worded
from engine.operations.related import Path, Related, paths_through
from engine.operations.rows import visible_where
from engine.operations.site import Running
from engine.operations.titles import gather_for_titles, title_of
from engine.operations.view import look
from engine.operations.words import may_see
from engine.storage import records
from engine.storage.balances import balances_of


@dataclass(frozen=True, slots=True)
class ConversionOffer:
    """A document that may be begun from the one that is shown: `target` is its entity."""

    conversion: str
    label: Wording
    target: str


def offered_conversions(case: Case) -> tuple[ConversionOffer, ...]:
    """The conversions of a stored document whose condition holds and whose target the actor may create."""
    running = case.site.running(case.connection)
    named = [each for each in running.app.conversions.values() if each.source == case.entity.entity]
    mine = [each for each in named if policy(running.app.roles, case.actor, each.target, "create").allowed]
    source = _today(case, running) if mine else None
    if source is None:
        return ()
    return tuple(
        ConversionOffer(each.conversion, worded(each.label, each.conversion), each.target)
        for each in mine
        if may_take(each, _scope(source, each, case.constants({})))
    )


def begun(case: Case, conversion: str, id: str) -> dict[str, Raw]:
    """What the form of a new document is filled with. Nothing is written.

    Raises `Refused`: CNV-103 no such conversion into this entity, ACC-112 a source that is not there or hidden,
    CNV-101 its condition does not hold, CNV-102 no line of it comes along.
    """
    found = case.running.app.conversions.get(conversion)
    if found is None or found.target != case.entity.entity:
        raise Refused((Problem("CNV-103", {"name": conversion}),))
    source = _source(case, case.running, found.source, id)
    if source is None:
        raise Refused((Problem("ACC-112", {}),))
    scope = _scope(source, found, case.constants({}))
    if not may_take(found, scope):
        raise Refused((Problem("CNV-101", _told(source, found)),))
    seen = _seen_fields(source, scope)
    values = convert(found, scope, _amounts(source, found, scope), lambda formula: _may_see(source, seen, formula))
    if found.lines is not None and not values[found.lines.into]:
        raise Refused((Problem("CNV-102", _told(source, found)),))
    return {name: _raw(case.entity.by_id[name], value) for name, value in values.items() if value is not None}


def _today(case: Case, running: Running) -> Case | None:
    """A case of a stored document under the package of today."""
    if running is case.running:
        return case
    assert case.before is not None
    return (
        _source(case, running, case.entity.entity, case.before.id)
        if case.entity.entity in running.app.entities
        else None
    )


def _source(case: Case, running: Running, entity: str, id: str) -> Case | None:
    """A case of the source, as far as the actor may open it; None when it is not there, or hidden."""
    where = visible_where(case.connection, running, case.actor, entity, "open", case.now)
    record = None if where is None else records.get_one(case.connection, running.tables, entity, id, where)
    if record is None:
        return None
    view = look(case.site, case.connection, case.actor, running)
    related = Related(running.app, view.read, view.pool)
    return replace(case, view=view, entity=running.app.entities[entity], before=record, id=id, related=related)


def _record(source: Case) -> Record:
    """The source as it is stored."""
    assert source.before is not None
    return source.before


def _scope(source: Case, conversion: Conversion, constants: Mapping[str, object]) -> Scope:
    """What the formulas of a conversion see: the source with its references, and the present day and person."""
    record, entity = _record(source), source.entity.entity
    for path in paths_through(source.running.app, entity, _paths(source, conversion.formulas())):
        source.related.load_paths(entity, (record.values,), path)
    return {**source.scope(record), **constants}


def _paths(source: Case, formulas: Iterable[Formula]) -> Iterator[Path]:
    """The paths of formulas from the root of the source: `source.supplier.kind` is `supplier.kind`."""
    own = SOURCE in source.entity.by_id
    for formula in formulas:
        for path in formula.expression.paths:
            if path[0] != SOURCE or own:
                yield path
            elif len(path) > 1:
                yield path[1:]


def _seen_fields(source: Case, scope: Scope) -> frozenset[str]:
    """The fields of the source that the actor sees."""
    found = policy(source.running.app.roles, source.actor, source.entity.entity, "open")
    return visible_fields(found, scope, [path for path, _ in source.entity.every_field()])


def _may_see(source: Case, seen: frozenset[str], formula: Formula) -> bool:
    """Whether the actor sees everything in the source, and behind it, that a formula reads."""
    app, entity = source.running.app, source.entity.entity
    return all(may_see(app, source.actor, entity, seen, path) for path in _paths(source, (formula,)))


def _amounts(source: Case, conversion: Conversion, scope: Scope) -> list[Decimal]:
    """What is open of each line of the source, read in one statement."""
    named = conversion.lines.open if conversion.lines is not None else None
    if named is None:
        return []
    grain = source.running.app.ledgers[named.ledger].grain(named.grain)
    assert grain is not None  # checked when the package was loaded
    keys = [
        GrainKey(named.ledger, named.grain, tuple(key[name] for name in grain.by))  # type: ignore[misc]
        for key in open_keys(conversion, scope)
    ]
    held = balances_of(source.connection, source.running.tables, keys)
    return [held[key].amount(named.measure) if key in held else Decimal(0) for key in keys]


def _told(source: Case, conversion: Conversion) -> dict[str, object]:
    """The source and the conversion in words."""
    gather_for_titles(source.running, source.related, (_record(source),))
    title = title_of(source.running, source.related, _record(source))
    return {"source": title, "conversion": worded(conversion.label, conversion.conversion)}


def _raw(field: FieldKind, value: Any) -> Raw:
    """A value as a person would have typed it."""
    if not isinstance(field, LinesField):
        return field.to_json(value)  # type: ignore[return-value]
    kinds = {inner.id: inner for inner in field.fields}
    return [{name: _raw(kinds[name], inner) for name, inner in row.items() if inner is not None} for row in value]
