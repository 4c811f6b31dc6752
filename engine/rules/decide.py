"""Takes a decision: reads what is handed in, judges the rules, and says what came out and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from engine.entities.fields.base import ParseContext, Raw
from engine.language.durations import written_duration
from engine.language.problems import Problem
from engine.rules.decision import Decision
from engine.rules.evaluate import Evaluation, evaluate
from engine.rules.frame import Step
from engine.rules.kinds.base import Key
from engine.rules.values.records import read_fields, written


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision says: results by name as JSON can say them (numbers exact), problems, and one step per item.

    With a value that cannot be read nothing is judged: `results` is then empty and `problems` name the inputs. Where a
    rule refuses something, results that rest on it are withheld: they are there, and missing.
    """

    results: Mapping[str, object]
    problems: tuple[Problem, ...]
    steps: tuple[Step, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether any problem is an error."""
        return any(problem.severity == "error" for problem in self.problems)


def decide(
    decision: Decision, raw: Mapping[str, Raw], clock: Mapping[str, object], *, explain: bool = False
) -> Decided:
    """Decide on the values handed in by id or label; one that is not handed in is missing, as in a formula.

    `clock` holds `today` and `now` and whatever else formulas find in a scope. A value of the wrong type, or outside
    the limits of its declaration, is a problem with the path of the input.
    """
    values, problems = read_fields(decision.inputs, raw, ParseContext())
    scope: dict[str, Any] = {**clock, **dict.fromkeys(field.id for field in decision.results), **values}
    limits = tuple(
        replace(problem, path=(field.id, *problem.path))
        for field in decision.inputs
        if values[field.id] is not None
        for problem in field.judge(values[field.id], scope)
    )
    if problems or limits:
        return Decided({}, (*problems, *limits))
    judged = evaluate(decision.rules, scope, explain=explain)
    doubtful = withheld(decision, judged)
    found = {name: value for name, value in judged.scope.items() if name not in doubtful}
    results = {field.id: written(field, found.get(field.id)) for field in decision.results}
    if not results:
        results = {name: plain(found.get(name)) for name in decision.offered}
    return Decided(results, judged.problems, judged.trace)


def withheld(decision: Decision, judged: Evaluation) -> frozenset[str]:
    """The names that rest on what a rule refused: what a table gives that is at odds, what a requirement looked at."""
    refusing = {problem.parameters.get("rule") for problem in judged.problems if problem.severity == "error"}
    refusing |= {step.rule.id for step in judged.trace if step.outcome == "refused"}
    doubtful: set[Key] = set()
    for rule in decision.items:
        if rule.id in refusing:
            doubtful |= rule.writes() or rule.reads()
    for later in decision.rules.plan.rules:
        if later.reads() & doubtful:
            doubtful |= later.writes()
    return frozenset(key[0] for key in doubtful) - {field.id for field in decision.inputs}


def plain(value: Any) -> object:
    """A value that no declaration describes, as JSON says it; numbers stay exact numbers."""
    match value:
        case Mapping():
            return {str(name): plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case timedelta():
            return written_duration(value)
        case _:
            return value
