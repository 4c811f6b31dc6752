"""Values that formulas saw and gave, in words: records by titles, choices by labels, amounts with their unit.

A value comes as it is at run time, or as the journal keeps it (numbers and days as text); both are told alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.access.actor import Actor
from engine.access.decide import policy
from engine.entities.fields.base import FieldKind, FormatContext, ParseContext, Raw
from engine.entities.fields.number import Number
from engine.language import tree
from engine.operations.listing import shown, unit_words, value_text
from engine.operations.names import Path, named
from engine.packages.schema import App
from engine.rules.kinds.base import RuleKind
from engine.rules.kinds.table import Table

Scope = Mapping[str, object]
Key = tuple[str, str]


@dataclass(frozen=True)
class Words:
    """Tells names and values of the formulas about one entity in one language."""

    app: App
    entity: str
    language: str
    titles: Mapping[Key, str] = field(default_factory=dict)

    def name(self, path: Path) -> str:
        """What a path is called; as it is written where it has no name."""
        found = named(self.app, self.entity, path)
        return found.label[self.language] if found is not None else ".".join(path)

    def value(self, path: Path, value: object, scope: Scope) -> str:
        """What a path held; `scope` is what the formula saw, with the line it was about."""
        found = named(self.app, self.entity, path)
        if value is None:
            return ""
        if found is None or isinstance(value, bool):
            return self.plain(value)
        if found.to:
            return self.titles.get((found.to, str(value)), str(value))
        if path == ("state",):
            return self.state(value)
        return self.plain(value) if found.field is None else self._of_field(found.field, value, _inside(scope, path))

    def plain(self, value: object) -> str:
        """A value of which nothing more is known."""
        if isinstance(value, tuple | list):
            return ("、" if self.language == "zh" else ", ").join(self.plain(each) for each in value)
        return value_text(value, self.language, self.app.zone)

    def state(self, state: object) -> str:
        """What a state is called."""
        workflow = self.app.workflows.get(self.entity)
        found = workflow.state(str(state)) if workflow is not None else None
        return found.label.text(self.language, found.id) if found is not None and found.label else str(state)

    def _of_field(self, kind: FieldKind, value: object, scope: Scope) -> str:
        read, problems = kind.parse(_raw(value), ParseContext(self.language, self.app.zone, scope=scope))
        if problems:
            return self.plain(value)
        text = shown(kind, read, FormatContext(self.language, self.app.zone, self.titles, scope))
        unit = kind.unit_in(scope) if isinstance(kind, Number) else None
        return f"{text} {unit_words(self.app, self.language).get(unit, unit)}" if unit else text

    def rule(self, rule: str) -> RuleKind | None:
        """The rule of the entity with an id."""
        items = self.app.rules[self.entity].items if self.entity in self.app.rules else ()
        return next((each for each in items if each.id == rule), None)

    def looked_at(self, rule: RuleKind | None, name: str) -> tuple[str, Path]:
        """A name among the values that a rule saw: what it is called, and its path. A table sees its columns."""
        for column in rule.inputs if isinstance(rule, Table) else ():
            if column.id == name:
                node = column.value.expression.tree
                path = node.names if isinstance(node, tree.Path) else ()
                spoken = column.label.text(self.language) if column.label is not None else ""
                return spoken or (self.name(path) if path else column.id), path
        path = tuple(name.split("."))
        return self.name(path), path

    def targets(self, rule: RuleKind | None) -> tuple[Path, ...]:
        """The paths of the fields that a rule sets, in the order of its results."""
        if isinstance(rule, Table):
            return tuple(tuple(each.set.split(".")) if each.set else (rule.id, each.id) for each in rule.outputs)
        return tuple(sorted(rule.writes())) if rule is not None else ()


def paths_of(rule: RuleKind | None, name: str) -> Iterable[Path]:
    """What lies behind a name among the values that a rule saw: a column of a table may read several paths."""
    for column in rule.inputs if isinstance(rule, Table) else ():
        if column.id == name:
            return column.value.expression.paths
    return (tuple(name.split(".")),)


def may_see(app: App, actor: Actor, entity: str, readable: frozenset[str], path: Path) -> bool:
    """Whether a value at a path may be shown: a field the actor sees, and behind a reference a field of that record."""
    fields = app.entities[entity].by_id
    name = path[0]
    if path == ("line", "id"):
        return True  # which line it is says nothing of what stands in it
    if name == "line" and len(path) > 1:
        owners = [lines.id for lines in app.entities[entity].lines if lines.field(path[1]) is not None]
        return any(_open(app, actor, entity, readable, (owner, *path[1:]), 2) for owner in owners)
    if name not in fields:
        return True
    is_lines = fields[name].kind == "lines" and len(path) > 1
    return _open(app, actor, entity, readable, path, 2 if is_lines else 1)


def _open(app: App, actor: Actor, entity: str, readable: frozenset[str], path: Path, own: int) -> bool:
    """The first `own` names are a field of the document; the others stand in records that it refers to."""
    if ".".join(path[:own]) not in readable:
        return False
    for end in range(own, len(path)):
        here = named(app, entity, path[:end])
        if here is None or here.to not in app.entities:
            return False
        declared = path[end] in app.entities[here.to].by_id
        if declared and not policy(app.roles, actor, here.to, "open").readable((path[end],)):
            return False
    return True


def _inside(scope: Scope, path: Path) -> Scope:
    """What the field at the end of a path sees around it: the record it stands in."""
    here: Any = scope
    if path[0] == "line" and isinstance(scope.get("line"), Mapping):
        line: Any = scope["line"]
        here, path = {**scope, **line}, path[1:]
    for name in path[:-1]:
        here = here.get(name) if isinstance(here, Mapping) else None
    return here if isinstance(here, Mapping) else {}


def _raw(value: object) -> Raw:
    """A value as a field reads it again."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if isinstance(value, str | int | Decimal | bool) else str(value)
