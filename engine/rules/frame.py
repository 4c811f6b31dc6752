"""The working state of one evaluation: the scope that rules read and write, and what they had to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from engine.language.formula import Expression
from engine.language.problems import Place, Problem

if TYPE_CHECKING:
    from engine.rules.kinds.base import RuleKind

Path = tuple[str | int, ...]
Labels = Mapping[tuple[str, ...], object]
"""What paths are called, for sentences: ("line", "quantity") → a Label, or a mapping by language."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one rule had to say about one record or one of its lines.

    `outcome` is one of: holds, refused, warned, unknown, set, row, default, no_row, ambiguous, skipped. `seen` are the
    values of the names the formula read, as they were then; `result` is the value set or the truth found; `detail`
    carries what only one kind knows (a table: the row that hit and the runner-up). `trace` has the value of every
    sub-expression and is filled only when an explanation was asked for.
    """

    rule: RuleKind
    path: Path
    outcome: str
    result: object
    seen: tuple[tuple[str, object], ...] = ()
    detail: object = None
    trace: object = None

    @property
    def place(self) -> Place | None:
        """Where the rule is written."""
        return self.rule.place

    def sentence(self, language: str, labels: Labels | None = None) -> str:
        """The rule in words, `zh` or `en`; `labels` name the fields."""
        return self.rule.sentence(language, labels)


@dataclass(slots=True)
class Frame:
    """A copy of the scope that rules may change, with everything found so far.

    `scope` holds the record's values by field; lines are lists of dictionaries of their own, so that a derived value of
    a line is seen by the next rule. `line` is bound while a rule goes through lines.
    """

    scope: dict[str, object]
    explain: bool = False
    labels: Labels | None = None
    problems: list[Problem] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    changed: dict[str, object] = field(default_factory=dict)

    def each(self, lines: str | None) -> Iterator[Path]:
        """Once with an empty path, or once for each line of a lines field with `line` bound in the scope."""
        if lines is None:
            yield ()
            return
        rows = self.scope.get(lines)
        for index, row in enumerate(rows if isinstance(rows, list | tuple) else ()):
            self.scope["line"] = row
            yield (lines, index)
        self.scope.pop("line", None)

    def applies(self, rule: RuleKind, path: Path) -> bool:
        """Whether a rule has no `when` or it is true; unknown is not true. An explanation tells what was skipped."""
        if rule.when is None:
            return True
        expression = rule.when.expression
        truth = expression.evaluate(self.scope)
        if truth is not True and self.explain:
            self.step(rule, path, "skipped", truth, expression)
        return truth is True

    def set(self, path: Path, name: str, value: object) -> bool:
        """Write a derived value into the record or the line; says whether it is another value than before."""
        target = self.scope if not path else self.scope["line"]
        assert isinstance(target, dict)
        before = target.get(name)
        if same(before, value):
            return False
        target[name] = value
        changed = str(path[0]) if path else name
        self.changed[changed] = self.scope[changed]
        return True

    def step(
        self,
        rule: RuleKind,
        path: Path,
        outcome: str,
        result: object,
        expression: Expression | None,
        detail: object = None,
    ) -> None:
        """Keep what a rule had to say."""
        seen = () if expression is None else values_seen(expression, self.scope)
        trace = expression.trace(self.scope) if self.explain and expression is not None else None
        self.steps.append(Step(rule, path, outcome, result, seen, detail, trace))


def same(before: object, after: object) -> bool:
    """Whether two scope values are one value; references are compared by their ids."""
    return bare(before) == bare(after)


def bare(value: object) -> object:
    """A scope value as a record keeps it: a reference becomes its id, lines become a tuple of plain mappings."""
    if isinstance(value, Mapping):
        return value.get("id")
    if isinstance(value, list | tuple):
        return tuple(
            {name: bare(inner) for name, inner in row.items()} if isinstance(row, Mapping) else row for row in value
        )
    return value


def values_seen(expression: Expression, scope: Mapping[str, object]) -> tuple[tuple[str, object], ...]:
    """The names a formula read with the values they had, sorted by name; paths into lines are left out."""
    seen = []
    for written, path in _paths(expression):
        value: Any = scope
        for name in path:
            if value is None:
                break
            value = value.get(name) if isinstance(value, dict | Mapping) else _THROUGH_LINES
        if value is not _THROUGH_LINES and not isinstance(value, list | tuple):
            seen.append((written, bare(value)))
    return tuple(seen)


@lru_cache(maxsize=10_000)
def _paths(expression: Expression) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The paths of an expression as they are written, sorted; the same at every evaluation."""
    return tuple((".".join(path), path) for path in sorted(expression.paths))


_THROUGH_LINES = object()
