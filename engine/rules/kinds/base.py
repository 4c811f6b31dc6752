"""What every rule kind promises: it binds its formulas at load and gives its judgement on a frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar, Literal

from pydantic import Field

from engine.language.declared import Declared, FieldPath, Identifier, Label
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.scope import ROW_NAME, Scope, suggestion
from engine.language.types import FlagType, RecordType, RowsType, Type
from engine.rules.frame import Frame, Labels

Key = tuple[str, ...]
"""What a rule reads or writes, for the order of rules: ("total",) or ("lines", "amount")."""


class RuleKind(Declared):
    """A rule: something that must hold, or a value that follows from others."""

    phase: ClassVar[Literal["default", "value", "check"]]
    example: ClassVar[str]
    """One rule of the kind as people write it: for the reference, and for the tests every kind goes through."""

    id: Identifier = Field(description="Id of the rule, unique among the rules of the entity")
    label: Label | None = Field(default=None, description="What people read instead of the formula")
    when: Formula | None = Field(default=None, description="Condition under which the rule speaks; default: always")

    @property
    def lines(self) -> str | None:
        """The lines field whose lines are judged one by one, or None for the record as a whole."""
        return None

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """Read all formulas of the rule against the names of the entity; yields what is wrong with them."""
        inner, problems = line_scope(self, scope, self.lines)
        yield from problems
        if inner is not None:
            if self.when is not None:
                yield from self.when.bind(inner, FlagType)
            yield from self.bind_inner(inner)

    def bind_inner(self, scope: Scope) -> Iterator[Problem]:
        """Read the formulas of this kind; `scope` already knows `line` where the rule goes through lines."""
        raise NotImplementedError

    def reads(self) -> frozenset[Key]:
        """What the rule reads, once bound."""
        paths = (path for formula in self.formulas() for path in formula.expression.paths)
        return keys_of(paths, self.lines)

    def writes(self) -> frozenset[Key]:
        """What the rule sets; nothing for a check."""
        return frozenset()

    def offers(self) -> Mapping[str, Type]:
        """Names that the rule adds to the scope of the others; most rules add none."""
        return {}

    def formulas(self) -> Iterator[Formula]:
        """All formulas of the rule."""
        if self.when is not None:
            yield self.when

    def judge(self, frame: Frame) -> None:
        """Say what the rule has to say: set values, add problems, leave steps."""
        raise NotImplementedError

    def sentence(self, language: str, labels: Labels | None = None) -> str:
        """The rule in words: its label, otherwise its formulas as sentences; `labels` name the fields."""
        if self.label is not None:
            return self.label.text(language)
        return "; ".join(formula.expression.sentence(language, labels) for formula in self.formulas())


class SettingRule(RuleKind):
    """A rule that sets one field to the value of one formula."""

    set: FieldPath = Field(description="Field that gets the value: `total`, or `lines.amount` for every line")
    to: Formula = Field(description="The value")

    @property
    def lines(self) -> str | None:
        """The lines field of `set`, if it is a field of lines."""
        return self.set.partition(".")[0] if "." in self.set else None

    @property
    def target(self) -> str:
        """The name of the field that is set, without the lines field in front."""
        return self.set.rpartition(".")[2]

    def bind_inner(self, scope: Scope) -> Iterator[Problem]:
        """The value must have the type of the field."""
        expected, problems = type_of(self, scope, self.set)
        yield from problems
        yield from self.to.bind(scope, expected)

    def writes(self) -> frozenset[Key]:
        """The field that is set."""
        return frozenset({tuple(self.set.split("."))})

    def formulas(self) -> Iterator[Formula]:
        """The condition and the value."""
        yield from super().formulas()
        yield self.to


def line_scope(rule: RuleKind, scope: Scope, lines: str | None) -> tuple[Scope | None, tuple[Problem, ...]]:
    """The scope inside one line: everything of the record, and `line`. A problem when `lines` is no lines field."""
    if lines is None:
        return scope, ()
    found = scope.names.get(lines)
    if isinstance(found, RowsType):
        return scope.with_names({ROW_NAME: found.record}), ()
    known = [name for name, type_ in scope.names.items() if isinstance(type_, RowsType)]
    return None, (_unknown("RUL-511", rule, lines, known),)


def type_of(rule: RuleKind, scope: Scope, path: str) -> tuple[Type | None, tuple[Problem, ...]]:
    """The type of the field a path names, seen from inside its line; a problem when there is none."""
    lines, _, name = path.rpartition(".")
    record = scope.names.get(ROW_NAME) if lines else None
    fields = record.fields if isinstance(record, RecordType) else scope.names
    found = scope.type_of((ROW_NAME, name) if lines else (name,)) if name in fields else None
    if found is None or isinstance(found, RowsType | RecordType):
        known = [known for known, type_ in fields.items() if not isinstance(type_, RowsType | RecordType)]
        return None, (_unknown("RUL-512", rule, name, known),)
    return found, ()


def keys_of(paths: Iterable[tuple[str, ...]], lines: str | None) -> frozenset[Key]:
    """What paths read, as keys; `line.x` counts as a field of the lines the rule goes through."""
    written_out = ((lines, *path[1:]) if path[0] == ROW_NAME and lines is not None else path for path in paths)
    return frozenset(path[:2] for path in written_out)


def _unknown(code: str, rule: RuleKind, name: str, known: Iterable[str]) -> Problem:
    """A problem about a name that is not there, with what is there and what was probably meant."""
    allowed = tuple(known)
    parameters = {"rule": rule.id, "name": name, "allowed": allowed, "meant": suggestion(name, allowed)}
    return Problem(code, parameters, rule.place)
