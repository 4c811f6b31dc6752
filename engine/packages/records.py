"""The entities, the actor and the settings of an app as the formula language sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from engine.access.actor import actor_type
from engine.entities.schema import Entity
from engine.entities.schema import record_type as fields_type
from engine.language.declared import Label
from engine.language.scope import Scope
from engine.language.types import ChoiceType, RecordType, Type
from engine.packages.schema import App
from engine.workflows.schema import Workflow


def record_types(app: App) -> Mapping[str, RecordType]:
    """Every entity by id, with its own fields and those the engine keeps (number, state, version, who and when)."""
    types = {name: record_type(entity, app.workflows.get(name)) for name, entity in app.entities.items()}
    return MappingProxyType(types)


def record_type(entity: Entity, workflow: Workflow | None) -> RecordType:
    """One entity as formulas see it; its states are a choice where a workflow declares them."""
    plain = fields_type(entity)
    if workflow is None:
        return plain
    titles = {state.id: _wording(state.label, state.id) for state in workflow.states}
    return RecordType(plain.name, {**plain.fields, "state": ChoiceType(tuple(titles), titles)})


def settings_type(app: App) -> RecordType:
    """The settings under the root name `settings`."""
    return RecordType("settings", {part_id: setting.type() for part_id, setting in app.settings.items()})


class Scopes:
    """The scope of every place of an app that takes formulas."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._roots: Mapping[str, Type] = {"actor": actor_type(), "settings": settings_type(app)}

    def free(self, names: Mapping[str, Type] | None = None) -> Scope:
        """The names given, with `actor`, `settings` and the functions of the plugins."""
        return Scope({**self._roots, **(names or {})}, self._app.records, self._app.plugins.functions)

    def document(self, entity: str) -> Scope | None:
        """The fields of an entity as names; None when the entity is not there."""
        record = self._app.records.get(entity)
        return None if record is None else replace(self.free(record.fields), record=entity)

    def line(self, entity: str, lines: str) -> Scope | None:
        """The document's names, and `line` for a row of one of its lines; None when there are no such lines."""
        scope = self.document(entity)
        found = scope.names.get(lines) if scope is not None else None
        record = getattr(found, "record", None)
        if scope is None or not isinstance(record, RecordType):
            return None
        return scope.with_names({"line": record})


def _wording(label: Label | None, part_id: str) -> Mapping[str, str]:
    """A label in both languages; the id where there is none."""
    return label.as_mapping() if label is not None else {"zh": part_id, "en": part_id}
