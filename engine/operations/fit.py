"""Whether calculated values fit their fields: what a rule gave is judged like what a person types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.entities.fields.base import FieldKind, ParseContext
from engine.entities.fields.lines import LinesField
from engine.entities.record import Record, Value
from engine.entities.schema import Entity
from engine.language.problems import Problem
from engine.operations.case import Case
from engine.rules.evaluate import Evaluation


def fit_context(case: Case, scope: Mapping[str, object]) -> ParseContext:
    """What fitting a value needs; `scope` has the names of its record or line."""
    return ParseContext(case.actor.language, case.running.app.zone, case.running.units, scope)


def fitted(case: Case, entity: Entity, record: Record, evaluation: Evaluation) -> tuple[Record, list[Problem]]:
    """The record with the values that rules gave, and a problem for each that its field cannot keep exactly.

    A value is kept in the form of its field: the number 95 of a decision table is an integer in an integer field.
    """
    problems: list[Problem] = []
    values: dict[str, Value] = {}
    context = fit_context(case, evaluation.scope)
    for name, value in evaluation.values.items():
        kind = entity.by_id[name]
        if not isinstance(kind, LinesField):
            values[name], wrong = _fit(kind, value, context, (name,))
            problems += wrong
            continue
        before = {str(line["id"]): line for line in record.lines(name)}
        views: Any = evaluation.scope[name]
        lines: list[Any] = []
        for number, line in enumerate(value):  # type: ignore[arg-type, var-annotated]
            within = replace(context, scope={**evaluation.scope, **views[number], "line": views[number]})
            old, kept = before.get(str(line["id"]), {}), dict(line)
            for inner in kind.fields:
                if line.get(inner.id) is not old.get(inner.id):
                    kept[inner.id], wrong = _fit(inner, line.get(inner.id), within, (name, number, inner.id))
                    problems += wrong
            lines.append(kept)
        values[name] = tuple(lines)
    return record.with_values(values), problems


def _fit(kind: FieldKind, value: Any, context: ParseContext, path: tuple[str | int, ...]) -> tuple[Any, list[Problem]]:
    """A calculated value as its field keeps it, and what keeps it out: digits that would be lost, limits, 64 bits."""
    if value is None:
        return None, []
    kept, wrong = kind.fit(value, context)
    found = list(wrong) or list(kind.judge(value, context.scope))
    return (value if found else kept), [replace(problem, path=(*path, *problem.path)) for problem in found]
