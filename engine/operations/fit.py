"""Whether calculated values fit their fields: what a rule gave is judged like what a person types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.entities.fields.base import FieldKind, ParseContext
from engine.entities.fields.lines import LinesField
from engine.entities.record import Record
from engine.entities.schema import Entity
from engine.language.problems import Problem
from engine.operations.case import Case
from engine.rules.evaluate import Evaluation


def fit_context(case: Case, scope: Mapping[str, object]) -> ParseContext:
    """What fitting a value needs; `scope` has the names of its record or line."""
    return ParseContext(case.actor.language, case.running.app.zone, case.running.units, scope)


def fitted(case: Case, entity: Entity, record: Record, evaluation: Evaluation) -> tuple[Record, list[Problem]]:
    """The record with the values that rules gave, and a problem for each that its field cannot keep exactly."""
    problems: list[Problem] = []
    context = fit_context(case, evaluation.scope)
    for name, value in evaluation.values.items():
        kind = entity.by_id[name]
        if not isinstance(kind, LinesField):
            problems += _misfits(kind, value, context, (name,))
            continue
        before = {str(line["id"]): line for line in record.lines(name)}
        views: Any = evaluation.scope[name]
        for number, line in enumerate(value):  # type: ignore[arg-type, var-annotated]
            within = replace(context, scope={**evaluation.scope, **views[number], "line": views[number]})
            old = before.get(str(line["id"]), {})
            for inner in kind.fields:
                if line.get(inner.id) is not old.get(inner.id):
                    problems += _misfits(inner, line.get(inner.id), within, (name, number, inner.id))
    return record.with_values(evaluation.values), problems  # type: ignore[arg-type]


def _misfits(kind: FieldKind, value: Any, context: ParseContext, path: tuple[str | int, ...]) -> list[Problem]:
    """What keeps a calculated value out of its field: digits that would be lost, limits, 64 bits."""
    if value is None:
        return []
    found = list(kind.fit(value, context)[1]) or list(kind.judge(value, context.scope))
    return [replace(problem, path=(*path, *problem.path)) for problem in found]
