"""Evaluates the rules of an entity on one record: the values that follow, all problems, and the reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.language.exact import exactly
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.rules.frame import Frame, Labels, Step, bare
from engine.rules.schema import RuleSet


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the rules said.

    `values` are the fields that got another value, as a record keeps them (references as ids); a lines field is there
    whole when any of its lines changed. `problems` have paths into the record. `trace` has one step for each rule that
    had a say, in the order judged. `scope` is the scope with the new values, for what comes after the rules.
    """

    values: Mapping[str, object]
    problems: tuple[Problem, ...]
    trace: tuple[Step, ...]
    scope: Mapping[str, object]

    @property
    def refused(self) -> bool:
        """Whether any problem is an error."""
        return any(problem.severity == "error" for problem in self.problems)


def evaluate(
    rules: RuleSet | None, scope: Mapping[str, object], *, explain: bool = False, labels: Labels | None = None
) -> Evaluation:
    """Judge all rules: defaults and derived values in the order of what they read, then checks.

    `scope` holds the record's values and whatever formulas may see (`actor`, `settings`, `today`, `now`); it is not
    changed. With `explain` each step also carries the value of every sub-expression, tables their runner-up, and rules
    that were skipped have a step too. `labels` name the fields where a formula itself is the message.
    """
    if rules is None:
        return Evaluation({}, (), (), scope)
    frame = Frame({name: _own_lines(value) for name, value in scope.items()}, explain, labels)
    with exactly():
        for rule in rules.plan.rules:
            rule.judge(frame)
    values = {name: bare(value) for name, value in frame.changed.items()}
    return Evaluation(values, tuple(frame.problems), tuple(frame.steps), frame.scope)


def bind(rules: RuleSet, scope: Scope) -> Iterator[Problem]:
    """Read all formulas of a rule set against the names of its entity; circles between rules are problems too."""
    offered = {name: type_ for rule in rules.items for name, type_ in rule.offers().items()}
    inner = scope.with_names(offered)
    found = [problem for rule in rules.items for problem in rule.bind(inner)]
    yield from found
    if not found:
        yield from rules.plan.problems


def _own_lines(value: object) -> object:
    """Lines as a list of dictionaries of their own, anything else as it is."""
    if isinstance(value, tuple) and value and isinstance(value[0], Mapping):
        return [dict(row) for row in value]
    return value
