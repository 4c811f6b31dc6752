"""Cross checks of forms, rules, import mappings and notices: the entity and the fields they speak about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.language.problems import Problem
from engine.packages.look import Look
from engine.packages.notices import BUILT_IN_CHANNELS


def field_paths(entity: Any) -> dict[str, Any]:
    """The fields of an entity by path: `supplier`, `lines`, `lines.item`."""
    paths: dict[str, Any] = {}
    for field in entity.fields:
        paths[field.id] = field
        paths.update({f"{field.id}.{inner.id}": inner for inner in getattr(field, "fields", ())})
    return paths


def entities_exist(look: Look) -> Iterator[Problem]:
    """REF-301: a form, mapping, notice or schedule about an entity that does not exist; REF-303: rules, workflows."""
    for attribute in ("forms", "mappings", "notices", "postings", "schedules"):
        for part_id, part in getattr(look.app, attribute).items():
            if part.entity not in (None, *look.app.entities) and not look.poison.has("entities", part.entity):
                yield look.unknown("REF-301", part.entity, look.app.entities, (attribute, part_id, "entity"))
    for attribute, key in (("rules", "rules"), ("workflows", "workflow")):
        for part_id in getattr(look.app, attribute):
            if part_id not in look.app.entities and not look.poison.has("entities", part_id):
                yield look.unknown("REF-303", part_id, look.app.entities, (attribute, part_id, key), part=key)


def form_fields(look: Look) -> Iterator[Problem]:
    """REF-302: a form places or changes a field that its entity does not have; REF-324: it places one twice."""
    for part_id, form in look.app.forms.items():
        entity = look.app.entities.get(form.entity)
        if entity is None:
            continue
        known = field_paths(entity)
        placed: set[str] = set()
        for section in form.sections:
            for position, name in enumerate(section.fields):
                path = ("forms", part_id, "sections", section.id, "fields", str(position))
                if name not in known:
                    yield look.unknown("REF-302", name, known, path, entity=form.entity)
                elif name in placed:
                    yield look.at("REF-324", path, name=name)
                placed.add(name)
        columns = [field.id for field in entity.fields if field.column() is not None]
        for position, name in enumerate(form.listed):
            if name not in columns:
                listed = ("forms", part_id, "list", str(position))
                yield look.unknown("REF-302", name, columns, listed, entity=form.entity)
        for field in form.fields:
            if field.id not in known:
                yield look.unknown(
                    "REF-302", field.id, known, ("forms", part_id, "fields", field.id, "id"), entity=form.entity
                )


def required_fields_placed(look: Look) -> Iterator[Problem]:
    """REF-340: a form with sections leaves out a field that must be filled and fills itself from nothing."""
    for part_id, form in look.app.forms.items():
        entity = look.app.entities.get(form.entity)
        if entity is None or not form.sections:
            continue
        placed = {name for section in form.sections for name in section.fields}
        for field in entity.fields:
            if field.id not in placed and _must_be_placed(look, form.entity, field):
                yield look.at("REF-340", ("forms", part_id, "sections"), name=field.id, entity=form.entity)


def fields_seen(look: Look) -> Iterator[Problem]:
    """REF-350: a form with sections shows a field nowhere, and does not speak of it under `fields` either."""
    for part_id, form in look.app.forms.items():
        entity = look.app.entities.get(form.entity)
        if entity is None or not form.sections:
            continue
        spoken_of = {name for section in form.sections for name in section.fields} | {each.id for each in form.fields}
        for field in entity.fields:
            if field.id not in spoken_of and not _must_be_placed(look, form.entity, field):
                path = ("entities", form.entity, "fields", field.id, "id")
                yield look.at("REF-350", path, name=field.id, form=part_id)


def _must_be_placed(look: Look, entity: str, field: Any) -> bool:
    """Whether nobody but the person at the form can give a field the value that it must have."""
    filled = field.default is not None or field.readonly or _derived(look, entity, field.id)
    return field.required and not filled


def _derived(look: Look, entity: str, field: str) -> bool:
    """Whether a rule sets the field."""
    ruleset = look.app.rules.get(entity)
    return ruleset is not None and any((field,) in rule.writes() for rule in ruleset.items)


def mapping_fields(look: Look) -> Iterator[Problem]:
    """REF-302: an import fills a field that is not there; REF-325: from no column; REF-304: an unknown transition.

    IMP-143, IMP-144: a record cannot be looked for by that field; IMP-145: nothing tells documents apart.
    """
    for part_id, mapping in look.app.mappings.items():
        entity = look.app.entities.get(mapping.entity)
        if entity is None:
            continue
        known = {path: field for path, field in field_paths(entity).items() if field.kind != "lines"}
        columns = [column.id for column in mapping.columns]
        for field in mapping.fields:
            path = ("mappings", part_id, "fields", field.id)
            if field.id not in known:
                yield look.unknown("REF-302", field.id, known, (*path, "id"), entity=mapping.entity)
                continue
            if field.value is None and field.id.rpartition(".")[2] not in columns:
                yield look.unknown("REF-325", field.id.rpartition(".")[2], columns, (*path, "id"))
            if field.by is not None:
                yield from _found_by(look, known[field.id], field.by, (*path, "by"))
        if mapping.key is None and not entity.identity:
            yield look.at("IMP-145", ("mappings", part_id), entity=mapping.entity)
        workflow = look.app.workflows.get(mapping.entity)
        transitions = [transition.id for transition in workflow.transitions] if workflow is not None else []
        if mapping.transition is not None and mapping.transition not in transitions:
            where = ("mappings", part_id, "transition")
            yield look.unknown("REF-304", mapping.transition, transitions, where, entity=mapping.entity)


def _found_by(look: Look, field: Any, by: str, path: tuple[str, ...]) -> Iterator[Problem]:
    """What is wrong with looking for a record by one of its fields."""
    if field.kind != "reference":
        yield look.at("IMP-144", path, field=field.id)
        return
    target = look.app.entities.get(field.to)
    if target is None:
        return
    unique = [each.id for each in target.fields if each.unique or target.identity == (each.id,)]
    if by not in target.by_id:
        yield look.unknown("REF-302", by, unique or target.by_id, path, entity=field.to)
    elif by not in unique:
        yield look.at("IMP-143", path, name=by, entity=field.to, known=tuple(unique))


def notice_channels(look: Look) -> Iterator[Problem]:
    """REF-314: a notice goes by a channel that neither the engine nor a plugin has."""
    known = (*BUILT_IN_CHANNELS, *look.app.plugins.channels)
    for part_id, notice in look.app.notices.items():
        if notice.channel not in known:
            yield look.unknown("REF-314", notice.channel, known, ("notices", part_id, "channel"))


def derived_twice(look: Look) -> Iterator[Problem]:
    """REF-326: two derive rules without a condition set the same field, so the first is never heard."""
    for part_id, ruleset in look.app.rules.items():
        first: dict[frozenset[tuple[str, ...]], str] = {}
        for rule in ruleset.items:
            if rule.kind != "derive" or rule.when is not None:
                continue
            other = first.setdefault(rule.writes(), rule.id)
            if other != rule.id:
                field = ".".join(next(iter(rule.writes())))
                yield look.at("REF-326", ("rules", part_id, "items", rule.id), rule=rule.id, other=other, field=field)
