"""The turns of approval steps in the trace: what the journal keeps of them, and how people are told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.entities.task import MayAct
from engine.operations.listing import Wording, worded
from engine.operations.names import labels_of
from engine.operations.words import Words
from engine.packages.schema import App
from engine.rules.frame import bare
from engine.workflows.flow_steps.approve import JOINTS, Approve
from engine.workflows.flow_steps.base import FlowStepKind, Passed
from engine.workflows.flow_steps.route import Route

OUTCOMES: Mapping[str, Mapping[str, str]] = {
    "asked": {"zh": "请人决定：", "en": "asks"},
    "approved": {"zh": "同意", "en": "approved"},
    "rejected": {"zh": "拒绝", "en": "rejected"},
    "case": {"zh": "走这条路：", "en": "takes the way"},
    "no_case": {"zh": "没有一条路符合", "en": "no way applies"},
    "told": {"zh": "通知", "en": "tells"},
    "ended": {"zh": "流程结束", "en": "the flow ends"},
}
"""What came of the turn of a step, in words."""

ELSE = {"zh": "其他情况", "en": "otherwise"}
FLOW = {"zh": "审批", "en": "Approval"}

Stored = Mapping[str, Any]


def stored(passed: Passed) -> Stored:
    """The turn of one step as the journal keeps it."""
    place = {"file": passed.place.file, "line": passed.place.line} if passed.place else {}
    return {
        "rule": passed.step,
        "kind": passed.word,
        "flow": passed.flow,
        "outcome": passed.outcome,
        "result": _kept(passed.result),
        "seen": {name: bare(value) for name, value in passed.seen},
        **place,
    }


def is_of_flow(step: Stored) -> bool:
    """Whether a stored reason is the turn of a step of an approval flow."""
    return "flow" in step


def people_in(step: Stored) -> Iterator[str]:
    """The persons that the turn of a step speaks of."""
    result = step.get("result")
    for each in result if isinstance(result, list | tuple) else ():
        person = each.get("person") if isinstance(each, Mapping) else each
        if isinstance(person, str):
            yield person


def sentence(words: Words, step: Stored) -> str:
    """What the step is called; steps without a name of their own go by their flow."""
    declared = _declared(words.app, words.entity, step)
    label = getattr(declared, "label", None)
    if label is not None:
        return str(label.text(words.language))
    if isinstance(declared, Approve):
        return declared.called(lambda role: _role_title(words, role))[words.language]
    return _flow_label(words, step)


def came_out(words: Words, step: Stored) -> str:
    """What came of it, besides the outcome itself: who is asked or told, which way was taken."""
    outcome, result = step.get("outcome"), step.get("result")
    if outcome in ("asked", "told"):
        return _people(words, result if isinstance(result, list | tuple) else ()) or "—"
    declared = _declared(words.app, words.entity, step)
    if outcome == "case" and isinstance(declared, Route) and isinstance(result, int):
        when = declared.cases[result - 1].when
        labels = labels_of(words.app, words.entity)
        return ELSE[words.language] if when is None else when.expression.sentence(words.language, labels)
    return ""


def _kept(result: object) -> object:
    """A result as JSON says it."""
    if isinstance(result, MayAct):
        return {"role": result.role} if result.role is not None else {"person": result.person}
    return [_kept(each) for each in result] if isinstance(result, tuple) else result


def _people(words: Words, asked: Any) -> str:
    """Roles by their titles, persons by their names."""
    named: list[str] = []
    for each in asked:
        role, person = (each.get("role"), each.get("person")) if isinstance(each, Mapping) else (None, each)
        if role is not None:
            named.append(_role_title(words, str(role))[words.language])
        elif person is not None:
            named.append(words.titles.get(("person", str(person)), str(person)))
    return JOINTS[words.language].join(dict.fromkeys(named))


def _role_title(words: Words, role: str) -> Wording:
    declared = words.app.roles.get(role)
    return worded(declared.label if declared is not None else None, role)


def _declared(app: App, entity: str, step: Stored) -> FlowStepKind | None:
    """The step as the package declares it."""
    workflow = app.workflows.get(entity)
    flow = workflow.flow(str(step.get("flow"))) if workflow is not None else None
    name = step.get("rule")
    return next((each for each in flow.every_step if each.id == name), None) if flow is not None else None


def _flow_label(words: Words, step: Stored) -> str:
    workflow = words.app.workflows.get(words.entity)
    flow = workflow.flow(str(step.get("flow"))) if workflow is not None else None
    return flow.label.text(words.language) if flow is not None and flow.label is not None else FLOW[words.language]
