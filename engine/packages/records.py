"""The entities, the actor and the settings of an app as the formula language sees them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine.entities.schema import Entity
from engine.language.scope import Scope
from engine.language.types import (
    ChoiceType,
    InstantType,
    IntegerType,
    RecordType,
    ReferenceType,
    TextType,
    Type,
)
from engine.packages.schema import App
from engine.workflows.schema import Workflow

ACTOR = RecordType(
    "actor",
    {
        "person": ReferenceType("person"),
        "name": TextType(),
        "company": ReferenceType("company"),
        "unit": ReferenceType("org_unit"),
        "language": TextType(),
    },
)
"""Whoever acts, as formulas see them."""


def record_types(app: App) -> Mapping[str, RecordType]:
    """Every entity by id, with its own fields and those the engine keeps (number, state, version, who and when)."""
    return MappingProxyType(
        {id: record_type(entity, app.workflows.get(id)) for id, entity in app.entities.items()}
    )


def record_type(entity: Entity, workflow: Workflow | None) -> RecordType:
    """One entity as formulas see it."""
    return RecordType(entity.entity, {**system_types(workflow), **{field.id: field.type() for field in entity.fields}})


def system_types(workflow: Workflow | None) -> Mapping[str, Type]:
    """What the engine itself keeps about every record."""
    state: Type = TextType()
    if workflow is not None:
        titles = {one.id: _wording(one.label, one.id) for one in workflow.states}
        state = ChoiceType(tuple(titles), titles)
    return {
        "id": TextType(),
        "number": TextType(),
        "state": state,
        "version": IntegerType(),
        "created_at": InstantType(),
        "created_by": ReferenceType("person"),
        "changed_at": InstantType(),
        "changed_by": ReferenceType("person"),
    }


def settings_type(app: App) -> RecordType:
    """The settings under the root name `settings`."""
    return RecordType("settings", {id: setting.type() for id, setting in app.settings.items()})


class Scopes:
    """The scope of every place of an app that takes formulas."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._roots: Mapping[str, Type] = {"actor": ACTOR, "settings": settings_type(app)}

    def free(self, names: Mapping[str, Type] | None = None) -> Scope:
        """The names given, with `actor`, `settings` and the functions of the plugins."""
        return Scope({**self._roots, **(names or {})}, self._app.records, self._app.plugins.functions)

    def document(self, entity: str) -> Scope | None:
        """The fields of an entity as names; None when the entity is not there."""
        record = self._app.records.get(entity)
        return None if record is None else self.free(record.fields)

    def line(self, entity: str, lines: str) -> Scope | None:
        """The document's names, and `line` for a row of one of its lines; None when there are no such lines."""
        scope = self.document(entity)
        found = scope.names.get(lines) if scope is not None else None
        record = getattr(found, "record", None)
        if scope is None or not isinstance(record, RecordType):
            return None
        return scope.with_names({"line": record})


def _wording(label: object, id: str) -> Mapping[str, str]:
    """A label in both languages; the id where there is none."""
    text = getattr(label, "text", None)
    return {language: text(language) if text else id for language in ("zh", "en")}
