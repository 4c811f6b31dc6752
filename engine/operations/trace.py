"""What the journal keeps of the reasons, and what people are told from it: rule, file, line, values, in zh and en."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.access.actor import Actor
from engine.language import tree
from engine.operations import trace_flow
from engine.operations.names import Path, labels_of, named
from engine.operations.related import formula_paths, formulas_in
from engine.operations.trace_draw import DRAW, draw_result, draw_sentence, mentioned_by_draw, stored_draw
from engine.operations.words import Words, may_see, paths_of
from engine.packages.schema import App
from engine.rules.bound_table import TableSaid
from engine.rules.frame import Step, bare
from engine.rules.kinds.base import RuleKind
from engine.rules.kinds.require import Check
from engine.workflows.flow_steps.base import Passed

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
    "drawn": {"zh": "拿取", "en": "takes"},
    **trace_flow.OUTCOMES,
}
GIVES = frozenset({"set", "row", "default", "no_row", "ambiguous"})
"""The outcomes of rules that set something."""

Stored = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Seen:
    """One value that a rule saw, as people read it."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One reason: which rule, where it is written, what it says, what it saw and what came out.

    `result` and `values` are exact, by the names that formulas use; `gives`, `given` and `saw` say the same in words:
    the field that was set, what it holds now, and what the rule looked at. `verdict` is one of `OUTCOMES`.
    """

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
    verdict: str = ""
    gives: str = ""
    given: str = ""
    saw: tuple[Seen, ...] = ()


def trace_of(judged: Walk) -> list[Mapping[str, Any]]:
    """The reasons of a walk in the form the journal stores: ids, places and values; the words are made when read."""
    stored = [stored_step(step) for step in judged.evaluation.trace]
    stored += [
        stored_draw(drawn, drawn.wanted.ledger, movements.posting)
        for movements in judged.movements
        for drawn in movements.drawn
    ]
    for moved in judged.advance.trace if judged.advance else ():
        if isinstance(moved, Passed):
            stored.append(trace_flow.stored(moved))
            continue
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


def stored_step(step: Step) -> Mapping[str, Any]:
    """One step of the rules in the form the journal stores."""
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
    if isinstance(step.detail, TableSaid):
        said["seen"] = {name: bare(value) for name, value in step.detail.inputs}
        if len(step.detail.rows) > 1:
            said["rows"] = [row for row, _ in step.detail.rows]
        if step.detail.left:
            said["left"] = list(step.detail.left)
        if step.detail.rows:
            said["row"], row_place = step.detail.rows[0]
            place = row_place or place  # a layer above may have written the rows anew, in a file of its own
        runner_up = step.detail.runner_up
        if runner_up is not None:
            column, seen = step.detail.inputs[runner_up.column] if runner_up.column is not None else (None, None)
            said["runner_up"] = {"row": runner_up.row, "column": column, "seen": bare(seen)}
    if place is not None:
        said |= {"file": place.file, "line": place.line}
    return said


def visible(app: App, actor: Actor, entity: str, readable: frozenset[str], steps: Stored) -> list[Mapping[str, Any]]:
    """The reasons without those that set a field this person may not see, and without values from such fields."""
    words = Words(app, entity, actor.language)
    kept: list[Mapping[str, Any]] = []
    for step in steps:
        if step.get("kind") == DRAW:
            read = [
                path for each in formulas_in(app.postings.get(str(step.get("posting")))) for path in formula_paths(each)
            ]
            kept += [step] if all(may_see(app, actor, entity, readable, path) for path in read) else []
            continue
        rule = _rule_of(words, step)
        set_here = [path for path in words.targets(rule) if path[0] in app.entities[entity].by_id]
        if all(may_see(app, actor, entity, readable, path) for path in set_here):
            seen = {
                name: value
                for name, value in step.get("seen", {}).items()
                if all(may_see(app, actor, entity, readable, path) for path in paths_of(rule, name))
            }
            kept.append({**step, "seen": seen})
    return kept


def mentioned(app: App, entity: str, steps: Stored) -> Iterator[tuple[str, str]]:
    """The records that reasons speak of, so that their titles are read at once."""
    words = Words(app, entity, "en")
    for step in steps:
        if step.get("kind") == DRAW:
            yield from mentioned_by_draw(app, step)
            continue
        rule = _rule_of(words, step)
        if trace_flow.is_of_flow(step):
            yield from (("person", person) for person in trace_flow.people_in(step))
        pairs = [(path, value) for name, value in step.get("seen", {}).items() for path in paths_of(rule, name)]
        for path, value in [*pairs, *zip(words.targets(rule), _results(step), strict=False)]:
            found = named(app, entity, path)
            if found is not None and found.to and isinstance(value, str):
                yield found.to, value


def told(words: Words, steps: Stored, scope: Mapping[str, object]) -> tuple[TraceStep, ...]:
    """Stored reasons in words, read with the package they were made under; `scope` has the document's values then."""
    return tuple(_told(words, step, _within(scope, tuple(step.get("path", ())))) for step in steps)


def _told(words: Words, step: Mapping[str, Any], scope: Mapping[str, object]) -> TraceStep:
    if step.get("kind") == DRAW:
        return _told_draw(words, step)
    name, kind, verdict = str(step.get("rule", "")), str(step.get("kind", "")), str(step.get("outcome"))
    rule = _rule_of(words, step)
    if trace_flow.is_of_flow(step):
        text, given = trace_flow.sentence(words, step), trace_flow.came_out(words, step)
        gives = text if given else ""
    else:
        text, (gives, given) = _sentence(words, rule, name), _came_out(words, rule, step, scope)
    return TraceStep(
        rule=name,
        kind=kind,
        file=str(step.get("file", "")),
        line=int(step.get("line") or 0),
        text=text,
        outcome=OUTCOMES.get(verdict, {words.language: verdict})[words.language],
        result=step.get("result"),
        path=tuple(step.get("path", ())),
        values=dict(step.get("seen", {})),
        detail=_detail(words, rule, step, scope),
        verdict=verdict,
        gives=gives,
        given=given,
        saw=tuple(_saw(words, rule, step, scope)),
    )


def _told_draw(words: Words, step: Mapping[str, Any]) -> TraceStep:
    """A choice of what was taken."""
    gives, given, detail = draw_result(words, step)
    return TraceStep(
        rule=str(step.get("rule", "")),
        kind=DRAW,
        file=str(step.get("file", "")),
        line=int(step.get("line") or 0),
        text=draw_sentence(words, step),
        outcome=OUTCOMES["drawn"][words.language],
        result=step.get("result"),
        path=tuple(step.get("path", ())),
        detail=detail,
        verdict="drawn",
        gives=gives,
        given=given,
    )


def _rule_of(words: Words, step: Mapping[str, Any]) -> RuleKind | None:
    """The rule behind a reason; None for a transition and for the turn of an approval step."""
    is_rule = step.get("kind") != "transition" and not trace_flow.is_of_flow(step)
    return words.rule(str(step.get("rule", ""))) if is_rule else None


def _sentence(words: Words, rule: RuleKind | None, name: str) -> str:
    """The rule or transition in words."""
    language = words.language
    if rule is None:
        workflow = words.app.workflows.get(words.entity)
        transition = workflow.transition(name) if workflow is not None else None
        return transition.label.text(language, name) if transition is not None and transition.label else name
    labels = labels_of(words.app, words.entity)
    said = rule.sentence(language, labels)
    if isinstance(rule, Check) and isinstance(rule.that.expression.tree, tree.Path) and rule.label is None:
        said += {"zh": "为“是”", "en": " is yes"}[language]
    condition = rule.when.expression.sentence(language, labels) if rule.when is not None else ""
    if condition and said.startswith(f"{condition}; "):
        rest = said.removeprefix(f"{condition}; ")
        return {"zh": f"如果{condition}：{rest}", "en": f"If {condition}: {rest}"}[language]
    return said[:1].upper() + said[1:] if language == "en" else said


def _came_out(
    words: Words, rule: RuleKind | None, step: Mapping[str, Any], scope: Mapping[str, object]
) -> tuple[str, str]:
    """What was set, and to which value; nothing for a check."""
    if step.get("kind") == "transition":
        return words.name(("state",)), words.state(step.get("result"))
    pairs = list(zip(words.targets(rule), _results(step), strict=False)) if step.get("outcome") in GIVES else []
    comma = "；" if words.language == "zh" else "; "
    paths = [_of_line(path, step) for path, _ in pairs]
    values = [words.value(path, value, scope) for path, (_, value) in zip(paths, pairs, strict=True)]
    if len(pairs) > 1:
        values = [f"{words.name(path)} {value}" for path, value in zip(paths, values, strict=True)]
    return comma.join(words.name(path) for path in paths), comma.join(values)


def _saw(words: Words, rule: RuleKind | None, step: Mapping[str, Any], scope: Mapping[str, object]) -> Iterator[Seen]:
    """The values that a rule looked at."""
    for name, value in step.get("seen", {}).items():
        title, path = words.looked_at(rule, name)
        yield Seen(title, words.value(path, value, scope) if path else words.plain(value))


def _detail(words: Words, rule: RuleKind | None, step: Mapping[str, Any], scope: Mapping[str, object]) -> str:
    """Which row of a table it was, and why the next best was not taken."""
    row, other = step.get("row"), step.get("runner_up")
    parts = [{"zh": f"第 {row} 行", "en": f"row {row}"}[words.language]] if row is not None else []
    if rows := step.get("rows"):
        parts = [{"zh": f"第 {'、'.join(rows)} 行", "en": f"rows {', '.join(rows)}"}[words.language]]
    if left := step.get("left"):
        parts.append(
            {
                "zh": f"逐列剩下 {'、'.join(map(str, left))} 行",
                "en": f"rows left by column: {', '.join(map(str, left))}",
            }[words.language]
        )
    if other is not None and other["column"] is None:
        parts.append(
            {"zh": f"第 {other['row']} 行也符合，但排在后面", "en": f"row {other['row']} fits too, but comes later"}[
                words.language
            ]
        )
    elif other is not None:
        title, path = words.looked_at(rule, other["column"])
        held = (words.value(path, other["seen"], scope) if path else words.plain(other["seen"])) or "—"
        parts.append(
            {
                "zh": f"第 {other['row']} 行最接近，但{title}是{held}",
                "en": f"row {other['row']} is closest, but {title} is {held}",
            }[words.language]
        )
    return ("；" if words.language == "zh" else "; ").join(parts)


def _results(step: Mapping[str, Any]) -> tuple[Any, ...]:
    """What came out, one for each field that the rule sets."""
    result = step.get("result")
    return tuple(result) if isinstance(result, list | tuple) else (result,)


def _of_line(path: Path, step: Mapping[str, Any]) -> Path:
    """A field of lines as the rule saw it: ("line", "amount")."""
    at = step.get("path", ())
    return ("line", *path[1:]) if len(at) > 1 and path[0] == at[0] else path


def _within(scope: Mapping[str, object], path: tuple[str | int, ...]) -> Mapping[str, object]:
    """The scope of the line that a step was about."""
    lines: Any = scope.get(str(path[0])) if len(path) > 1 else None
    if isinstance(lines, list | tuple) and isinstance(path[1], int) and path[1] < len(lines):
        return {**scope, "line": lines[path[1]]}
    return scope
