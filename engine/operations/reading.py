"""What reading a form needs from the site: language, zone, units, constants, and the records that texts may name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.entities.record import Record
from engine.forms.read import Named, ReadContext
from engine.operations.case import Case
from engine.operations.identities import named_by
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
        ids = {id for among in by_identity.values() for id in among}
        seen = records.get(case.connection, case.running.tables, entity, sorted(ids), where)
        known |= seen
        for each, among in by_identity.items():
            visible = [id for id in among if id in seen]
            found |= {each: visible[0]} if len(visible) == 1 else {}
    _keep(case, entity, known)
    return found


def _find_by_identity(case: Case, entity: str, wanted: Sequence[Named]) -> dict[Named, tuple[str, ...]]:
    """The ids behind identity texts and pairs; a reference among the pairs is found as the actor sees it."""
    if not wanted:
        return {}

    def references(target: str, texts: Sequence[str]) -> Mapping[str, str]:
        found = _find(case, target, [(target, text) for text in texts])
        return {text: id for (_, text), id in found.items() if isinstance(text, str)}

    declared, language = case.running.app.entities[entity], case.actor.language
    handles = [handle for _, handle in wanted]
    ids = named_by(case.connection, case.running, declared, handles, references, language)
    return {(entity, handle): among for handle, among in ids.items()}


def _keep(case: Case, entity: str, found: Mapping[str, Record]) -> None:
    """Remember what was read: formulas look at the same records, and they are judged again under lock."""
    for id, record in found.items():
        case.related.keep(entity, id, record)
