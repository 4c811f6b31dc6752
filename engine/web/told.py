"""Problems for people: the ids among their parameters (entity, action, field, unit) by what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.language.catalogue import hint, message
from engine.language.problems import Problem, Refused
from engine.operations.listing import worded
from engine.operations.names import named
from engine.packages.schema import App
from engine.web.incoming import Incoming

Wording = Mapping[str, str]
ACTIONS: Mapping[str, Wording] = {
    "list": {"zh": "查看列表", "en": "see the list"},
    "open": {"zh": "打开", "en": "open"},
    "create": {"zh": "新建", "en": "create"},
    "edit": {"zh": "修改", "en": "change"},
    "approve": {"zh": "审批", "en": "approve"},
    "reject": {"zh": "拒绝", "en": "reject"},
}


def message_of(problem: Problem, incoming: Incoming) -> str:
    """One sentence that says what is wrong."""
    return message(in_words(problem, incoming), incoming.language)


def hint_of(problem: Problem, incoming: Incoming) -> str | None:
    """What to do about it."""
    return hint(in_words(problem, incoming), incoming.language)


def in_words(problem: Problem, incoming: Incoming) -> Problem:
    """The same problem with names instead of ids; as it is where no package is published."""
    try:
        app = incoming.app
    except Refused:
        return problem
    about = problem.parameters.get("entity") or incoming.path.get("entity")
    entity = about if isinstance(about, str) and about in app.entities else None
    found = {
        name: _called(app, entity, name, value)
        for name, value in problem.parameters.items()
        if isinstance(value, str) and name in {"entity", "action", "transition", "field", "unit", "target"}
    }
    return replace(problem, parameters={**problem.parameters, **found}) if found else problem


def _called(app: App, entity: str | None, name: str, value: str) -> object:
    """What one id is called; the id itself where it has no name."""
    if name == "entity" and value in app.entities:
        return worded(app.entities[value].label, value)
    if name in ("action", "transition"):
        workflow = app.workflows.get(entity or "")
        transition = workflow.transition(value) if workflow is not None else None
        return worded(transition.label, value) if transition is not None else ACTIONS.get(value, value)
    if name == "field" and entity is not None:
        found = named(app, entity, tuple(value.split(".")))
        return found.label if found is not None else value
    if name in ("unit", "target") and app.units is not None:
        return next(
            (
                {language: unit.title(language) for language in ("zh", "en")}
                for unit in app.units.units
                if unit.id == value
            ),
            value,
        )
    return value
