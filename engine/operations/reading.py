"""What reading a form needs from the site: language, zone, units, constants, and the records that texts may name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.entities.fields.base import ParseContext
from engine.entities.record import Record
from engine.forms.read import Named, ReadContext
from engine.operations.case import Case
from engine.operations.rows import visible_where
from engine.storage import records


def read_context(case: Case) -> ReadContext:
    """Everything `forms.read` asks for, for one submission."""
    known = case.before.values if case.before else {}
    return ReadContext(
        language=case.actor.language,
        zone=case.zone(case.company(known)),
        units=case.running.units,
        resolve=lambda named: resolve(case, named),
        new_id=case.site.new_id,
        scope=case.constants(known),
        draft=case.submission.transition is None and case.entity.entity in case.running.app.workflows,
    )


def resolve(case: Case, named: Sequence[Named]) -> Mapping[Named, Mapping[str, object] | None]:
    """The records that people named, by id or by identity: a few statements per entity, however many are named.

    A record that the actor may not see is not found, exactly as if it did not exist.
    """
    by_entity: dict[str, list[Named]] = {}
    for each in named:
        by_entity.setdefault(each[0], []).append(each)
    found: dict[Named, str] = {}
    for entity, wanted in by_entity.items():
        found.update(_find(case, entity, wanted))
    for entity in by_entity:
        case.related.gather_views(entity, {id for (where, _), id in found.items() if where == entity})
    return {each: case.related.view(each[0], id) for each, id in found.items()}


def _find(case: Case, entity: str, wanted: Sequence[Named]) -> dict[Named, str]:
    """The ids of the named records of one entity, as far as the actor may see them."""
    where = visible_where(case.connection, case.running, case.actor, entity, "list", case.now)
    if where is None:
        return {}
    texts = [handle for _, handle in wanted if isinstance(handle, str)]
    known = {id: record for id in texts if (record := case.related.visible.get((entity, id))) is not None}
    missing = [text for text in texts if text not in known]
    if missing:
        known |= records.get(case.connection, case.running.tables, entity, missing, where)
    found: dict[Named, str] = {(entity, id): id for id in known}
    by_identity = _find_by_identity(case, entity, [each for each in wanted if each not in found])
    if by_identity:
        seen = records.get(case.connection, case.running.tables, entity, by_identity.values(), where)
        known |= seen
        found |= {each: id for each, id in by_identity.items() if id in seen}
    _keep(case, entity, known)
    return found


def _find_by_identity(case: Case, entity: str, wanted: Sequence[Named]) -> dict[Named, str]:
    """The ids behind identity texts (one field) and pairs (several fields)."""
    names = case.running.app.entities[entity].identity
    values: dict[tuple[object, ...], Named] = {}
    for each in wanted:
        handle = each[1]
        given = (
            {names[0]: handle}
            if isinstance(handle, str) and len(names) == 1
            else {}
            if isinstance(handle, str)
            else dict(handle)
        )
        if names and set(given) == set(names):
            typed = tuple(identity_value(case, entity, name, given[name]) for name in names)
            if None not in typed:
                values[typed] = each
    if not values:
        return {}
    ids = records.find(case.connection, case.running.tables, entity, names, values)
    return {values[key]: id for key, id in ids.items()}


def identity_value(case: Case, entity: str, name: str, text: str) -> object:
    """One value of an identity as its field keeps it; None for a text that the field cannot hold: nobody has that."""
    field = case.running.app.entities[entity].by_id[name]
    column = field.column()
    if column is None or column.kind == "text":
        return text
    value, problems = field.parse(text, ParseContext(case.actor.language, case.running.app.zone, case.running.units))
    return None if problems else value


def _keep(case: Case, entity: str, found: Mapping[str, Record]) -> None:
    """Remember what was read: formulas look at the same records, and they are judged again under lock."""
    for id, record in found.items():
        case.related.keep(entity, id, record)
