"""What people call records by: an identity of one field or of several, a unique field, the number of a document.

Of an identity that has a reference in it (a batch: its item and its number) the plain part alone is a name too, as
long as only one record has it. Which of the found ones may be seen is for the caller to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import Connection

from engine.entities.fields.base import Handle, ParseContext
from engine.entities.fields.reference import ReferenceField
from engine.entities.schema import Entity
from engine.operations.site import Running
from engine.storage import records

FindReferences = Callable[[str, Sequence[str]], Mapping[str, str]]
"""(entity, texts) → the ids of the records that these texts name; texts that name nothing are left out."""


def named_by(
    connection: Connection,
    running: Running,
    entity: Entity,
    handles: Iterable[Handle],
    find_references: FindReferences,
    language: str = "en",
) -> dict[Handle, tuple[str, ...]]:
    """The ids of the records that each handle may mean; a few statements, however many handles there are."""
    if entity.kind == "document" and not entity.identity:
        numbers = [handle for handle in handles if isinstance(handle, str)]
        having = records.numbered(connection, running.tables, entity.entity, numbers)
        return {number: having[number] for number in numbers if number in having}
    grouped: dict[tuple[str, ...], dict[Handle, Mapping[str, str]]] = {}
    for handle in handles:
        parts = parts_of(entity, handle)
        if parts:
            names = tuple(name for name in entity.identity if name in parts) or tuple(parts)
            grouped.setdefault(names, {})[handle] = parts
    found: dict[Handle, tuple[str, ...]] = {}
    for names, wanted in grouped.items():
        values = _values(running, entity, names, wanted, find_references, language)
        ids = records.find_all(connection, running.tables, entity.entity, names, set(values.values()))
        found |= {handle: ids[value] for handle, value in values.items() if value in ids}
    return found


def parts_of(entity: Entity, handle: Handle) -> Mapping[str, str]:
    """The parts of the identity that a handle states, or its unique field; nothing where it states neither."""
    if isinstance(handle, str):
        plain = [name for name in entity.identity if not isinstance(entity.by_id[name], ReferenceField)]
        return {plain[-1]: handle} if plain and (len(entity.identity) == 1 or len(plain) < len(entity.identity)) else {}
    given = dict(handle)
    return given if set(given) == set(entity.identity) or unique_field(entity, handle) else {}


def unique_field(entity: Entity, handle: Handle) -> str | None:
    """The field outside the identity that a handle names a record by, where no two records agree in it."""
    name = handle[0][0] if isinstance(handle, tuple) and len(handle) == 1 else ""
    return name if name in entity.by_id and name not in entity.identity and entity.by_id[name].unique else None


def _values(
    running: Running,
    entity: Entity,
    names: Sequence[str],
    wanted: Mapping[Handle, Mapping[str, str]],
    find_references: FindReferences,
    language: str,
) -> dict[Handle, tuple[object, ...]]:
    """The stated parts as the fields keep them; handles with a part that no field could hold are left out."""
    kept: dict[str, Mapping[str, object]] = {}
    for name in names:
        texts = sorted({parts[name] for parts in wanted.values()})
        field = entity.by_id[name]
        if isinstance(field, ReferenceField):
            kept[name] = find_references(field.to, texts)
        else:
            kept[name] = {text: identity_value(running, entity, name, text, language) for text in texts}
    values = {handle: tuple(kept[name].get(parts[name]) for name in names) for handle, parts in wanted.items()}
    return {handle: value for handle, value in values.items() if None not in value}


def identity_value(running: Running, entity: Entity, name: str, text: str, language: str = "en") -> object:
    """One value of an identity as its field keeps it; None for a text that the field cannot hold: nobody has that."""
    field = entity.by_id[name]
    column = field.column()
    if column is None or column.kind == "text":
        return text
    value, problems = field.parse(text, ParseContext(language, running.app.zone, running.units))
    return None if problems else value


def the_one(connection: Connection, running: Running, entity: str, handle: Handle) -> str | None:
    """The record that a handle names, whoever may see it: an id, or an identity that only one has. For stories."""
    declared = running.app.entities[entity]

    def references(target: str, texts: Sequence[str]) -> Mapping[str, str]:
        found = {text: the_one(connection, running, target, text) for text in texts}
        return {text: id for text, id in found.items() if id is not None}

    ids = named_by(connection, running, declared, (handle,), references).get(handle, ())
    if not ids and isinstance(handle, str) and records.get(connection, running.tables, entity, (handle,)):
        return handle
    return ids[0] if len(ids) == 1 else None
