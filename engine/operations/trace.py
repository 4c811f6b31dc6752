"""What the journal keeps of the reasons, and what people are told from it: rule, file, line, values, in zh and en."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.operations.titles import labels_of
from engine.packages.schema import App
from engine.rules.frame import Step, bare
from engine.rules.kinds.table import TableSaid

if TYPE_CHECKING:
    from engine.operations.stages import Walk

OUTCOMES: Mapping[str, Mapping[str, str]] = {
    "holds": {"zh": "成立", "en": "holds"},
    "refused": {"zh": "不成立，被拒绝", "en": "does not hold: refused"},
    "warned": {"zh": "不成立，提醒", "en": "does not hold: a warning"},
    "unknown": {"zh": "缺少数值，无法判断", "en": "unknown, a value is missing"},
    "set": {"zh": "得出", "en": "gives"},
    "row": {"zh": "命中一行，得出", "en": "one row applies and gives"},
    "default": {"zh": "没有命中，用默认值", "en": "no row applies; the default is"},
    "no_row": {"zh": "没有命中任何一行", "en": "no row applies"},
    "ambiguous": {"zh": "命中多行", "en": "several rows apply"},
    "skipped": {"zh": "条件不符，跳过", "en": "does not apply"},
    "moved": {"zh": "状态改为", "en": "moved to"},
}


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One reason as people read it: which rule, where it is written, what it says, what it saw and what came out."""

    rule: str
    kind: str
    file: str
    line: int
    text: str
    outcome: str
    result: object
    path: tuple[str | int, ...] = ()
    values: Mapping[str, object] = field(default_factory=dict)
    detail: str = ""


def trace_of(judged: Walk) -> list[Mapping[str, Any]]:
    """The reasons of a walk in the form the journal stores: ids, places and values; the words are made when read."""
    stored = [_stored(step) for step in judged.evaluation.trace]
    for moved in judged.advance.trace if judged.advance else ():
        place = {"file": moved.place.file, "line": moved.place.line} if moved.place else {}
        seen = {name: bare(value) for name, value in moved.seen}
        stored.append(
            {
                "rule": moved.transition,
                "kind": "transition",
                "outcome": "moved",
                "result": moved.to,
                "seen": seen,
                **place,
            }
        )
    return stored


def _stored(step: Step) -> Mapping[str, Any]:
    """One step of the rules."""
    place = step.place
    said: dict[str, Any] = {
        "rule": step.rule.id,
        "kind": getattr(step.rule, "kind", ""),
        "outcome": step.outcome,
        "result": bare(step.result),
        "seen": {name: bare(value) for name, value in step.seen},
    }
    if step.path:
        said["path"] = list(step.path)
    if place is not None:
        said |= {"file": place.file, "line": place.line}
    if isinstance(step.detail, TableSaid):
        said["seen"] = {name: bare(value) for name, value in step.detail.inputs}
        if step.detail.rows:
            said["row"], row_line = step.detail.rows[0]
            said["line"] = row_line or said.get("line")
        runner_up = step.detail.why_not()
        if runner_up is not None:
            said["runner_up"] = dict(runner_up)
    return said


def told(app: App, entity: str, stored: Sequence[Mapping[str, Any]], language: str) -> tuple[TraceStep, ...]:
    """Stored reasons in words, read with the package they were made under."""
    return tuple(_told(app, entity, step, language) for step in stored)


def _told(app: App, entity: str, step: Mapping[str, Any], language: str) -> TraceStep:
    rule = str(step.get("rule", ""))
    row = step.get("row")
    detail = {"zh": f"第 {row} 行", "en": f"row {row}"}[language] if row is not None else ""
    runner_up = step.get("runner_up", {}).get(language)
    if runner_up:
        detail = f"{detail}; {runner_up}" if detail else str(runner_up)
    return TraceStep(
        rule=rule,
        kind=str(step.get("kind", "")),
        file=str(step.get("file", "")),
        line=int(step.get("line") or 0),
        text=next(_sentences(app, entity, rule, str(step.get("kind", "")), language), rule),
        outcome=OUTCOMES.get(str(step.get("outcome")), {language: str(step.get("outcome"))})[language],
        result=step.get("result"),
        path=tuple(step.get("path", ())),
        values=dict(step.get("seen", {})),
        detail=detail,
    )


def _sentences(app: App, entity: str, rule: str, kind: str, language: str) -> Iterator[str]:
    """The rule or transition in words."""
    if kind == "transition":
        transition = app.workflows[entity].transition(rule) if entity in app.workflows else None
        if transition is not None and transition.label is not None:
            yield transition.label.text(language)
        return
    for each in app.rules[entity].items if entity in app.rules else ():
        if each.id == rule:
            yield each.sentence(language, labels_of(app.entities[entity]))
