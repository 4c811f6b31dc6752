"""What records, persons and roles are called, for pages and messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from engine.entities.record import Record
from engine.language.template import TextTemplate
from engine.operations.related import Related, formula_paths, looked_through
from engine.operations.site import Running
from engine.storage import records

if TYPE_CHECKING:
    from engine.operations.case import Case

Key = tuple[str, str]


def title_of(running: Running, related: Related, record: Record) -> str:
    """The title of a record: its template, otherwise its number or its identity, otherwise its id."""
    entity = running.app.entities[record.entity]
    text = entity.title.render(related.expand(entity, record.scope())) if entity.title else ""
    if text.strip():
        return text.strip()
    parts = [str(record.values[name]) for name in entity.identity if record.values.get(name)]
    return record.number or " ".join(parts) or record.id


def titles(connection: Connection, running: Running, keys: Iterable[Key]) -> dict[Key, str]:
    """The titles of many records, in one read per entity and depth; ids that are not there keep no title."""
    related = Related(running.app, lambda entity, ids: records.get(connection, running.tables, entity, sorted(ids)))
    wanted: dict[str, set[str]] = {}
    for entity, id in keys:
        wanted.setdefault(entity, set()).add(id)
    for entity, ids in wanted.items():
        related.load(entity, ids)
    found = {
        key: related.records[key]
        for entity, ids in wanted.items()
        for key in ((entity, id) for id in ids)
        if key in related.records
    }
    gather_for_titles(running, related, found.values())
    return {key: title_of(running, related, record) for key, record in found.items()}


def gather_for_titles(running: Running, related: Related, found: Iterable[Record]) -> None:
    """Read what the title templates of these records look through."""
    by_entity: dict[str, list[Mapping[str, object]]] = {}
    for record in found:
        by_entity.setdefault(record.entity, []).append(record.values)
    for entity, many in by_entity.items():
        template = running.app.entities[entity].title
        if isinstance(template, TextTemplate):
            for path in formula_paths(template):
                for prefix in looked_through(running.app, entity, path):
                    related.load_paths(entity, many, prefix)


def name_of_person(case: Case, person: str) -> str:
    """The name of a person for a message."""
    case.related.load("person", (person,))
    record = case.related.records.get(("person", person))
    return str(record.values.get("name") or person) if record else person


def title_of_role(case: Case, role: str) -> Mapping[str, str]:
    """The title of a role in both languages; its id where the package names none."""
    declared = case.running.app.roles.get(role)
    if declared is None or declared.label is None:
        return {"zh": role, "en": role}
    return declared.label.as_mapping()


def title_in_message(case: Case) -> Callable[[str, str], str]:
    """A function (entity, id) → title for messages of the ledgers."""

    def title(entity: str, id: str) -> str:
        case.related.load(entity, (id,))
        record = case.related.records.get((entity, id))
        return id if record is None else title_of(case.running, case.related, record)

    return title
