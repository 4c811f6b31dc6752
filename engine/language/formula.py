"""A formula as packages write it: read with the file, bound to the names of its place, then evaluated many times.

`Formula` is a pydantic field type (`that: Formula`), so a formula that cannot be read is a problem of the file like
any other. `bind` then gives it names and types; from there on `expression` answers, explains and speaks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from engine.language.check import check
from engine.language.generate import generate
from engine.language.parse import Finding, Parsed, parse
from engine.language.problems import Place, Problem
from engine.language.scope import Scope
from engine.language.sentence import sentence
from engine.language.trace import Trace, trace
from engine.language.tree import Literal, Node, PathNames, Span, paths_of
from engine.language.types import ChoiceType, Expected, Type

__all__ = ["Expression", "Formula", "Scope", "Value"]

Value = int | Decimal | str | bool | date | datetime | timedelta | None
"""What a formula can give."""


class Expression:
    """A formula bound to its place: typed, and ready to be evaluated.

    `evaluate(scope)` takes the values of the names; it never raises for data, and no answer is None. `today()` and
    `now()` read scope["today"] and scope["now"].
    """

    __slots__ = ("evaluate", "paths", "text", "tree", "type")

    def __init__(self, text: str, tree: Node) -> None:
        self.text = text
        self.tree = tree
        self.type: Type = tree.type
        self.paths: frozenset[PathNames] = paths_of(tree)
        self.evaluate: Callable[[Mapping[str, Any]], Value] = self._first

    def _first(self, scope: Mapping[str, Any]) -> Value:
        """Compile at the first evaluation; later ones go straight to the generated function."""
        self.evaluate = generate(self.tree)
        value: Value = self.evaluate(scope)
        return value

    def trace(self, scope: Mapping[str, Any]) -> Trace:
        """Every sub-expression with its value, and why something is None."""
        return trace(self.tree, self.text, scope)

    def sentence(self, language: str, labels: Mapping[PathNames, object] | None = None) -> str:
        """The formula in words, "zh" or "en"; `labels` name the paths (Labels, or mappings by language)."""
        return sentence(self.tree, language, labels)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


class Formula:
    """The text of a formula, its place, and, once bound, its expression."""

    __slots__ = ("_expression", "_parsed", "place", "text")

    def __init__(self, text: str, place: Place | None = None) -> None:
        """Takes any text: `syntax()` says what is wrong with its grammar."""
        self.text = text
        self.place = place
        self._parsed = parse(text)
        self._expression: Expression | None = None

    @property
    def syntax(self) -> tuple[Finding, ...]:
        """What is wrong with the grammar; empty for a formula that can be bound."""
        return () if isinstance(self._parsed, Parsed) else self._parsed

    @property
    def expression(self) -> Expression:
        """The bound formula; asking before `bind` succeeded is a programmer's mistake."""
        assert self._expression is not None, f"formula is not bound: {self.text}"
        return self._expression

    @property
    def is_bound(self) -> bool:
        """Whether `bind` has succeeded."""
        return self._expression is not None

    def bind(self, scope: Scope, expected: Expected = None) -> tuple[Problem, ...]:
        """Give names and types. Either sets `expression` and answers (), or answers every problem found."""
        if not isinstance(self._parsed, Parsed):
            return self.problems(self._parsed)
        checked = check(self._parsed, scope, expected)
        if isinstance(checked, tuple):
            return self.problems(checked)
        self._expression = Expression(self.text, checked)
        return ()

    def bind_word(self, choice: ChoiceType) -> None:
        """Take the text as one of the choices of a closed list: a plain word where only such words make sense."""
        assert self.text in choice.choices, f"{self.text} is none of {choice.choices}"
        self._expression = Expression(self.text, Literal(Span(0, len(self.text)), choice, self.text))

    def problems(self, findings: tuple[Finding, ...]) -> tuple[Problem, ...]:
        """Findings as problems at their place in the file."""
        return tuple(Problem(one.code, one.parameters, part_of(self.place, self.text, one.span)) for one in findings)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Formula) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Formula({self.text!r})"

    def __str__(self) -> str:
        return self.text

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read from a text scalar; a bare number or flag such as `default: 0` is the formula of that literal."""
        return core_schema.no_info_plain_validator_function(
            validated, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Editors see text, a number or a flag."""
        return {"type": ["string", "number", "boolean"], "format": "formula"}


def validated(given: object) -> Formula:
    """What pydantic calls: the formula, or an error that `declared.validate` turns into a Problem."""
    if isinstance(given, Formula):
        return given
    text = text_of(given)
    if text is None:
        raise PydanticCustomError("formwork", "", {"code": "EXP-400", "parameters": {}})
    formula = Formula(text, getattr(given, "place", None))
    for finding in formula.syntax:
        raise refusal_of(finding)
    return formula


def text_of(given: object) -> str | None:
    """The formula text of a scalar: text as it is, numbers and flags as literals; None for anything else."""
    if isinstance(given, int | str):
        return str(given)
    return format(given, "f") if isinstance(given, Decimal) else None


def refusal_of(finding: Finding) -> PydanticCustomError:
    """A finding in the form that `declared.validate` understands."""
    span = finding.span
    context = {
        "code": finding.code,
        "parameters": dict(finding.parameters),
        "offset": span.start,
        "length": max(span.end - span.start, 1),
    }
    return PydanticCustomError("formwork", "", context)


def part_of(place: Place | None, text: str, span: Span) -> Place | None:
    """The part of a scalar's place that a span covers; the whole place where the scalar is folded or escaped."""
    if place is None or place.line != place.end_line:
        return place
    width = place.end_column - place.column
    quotes = width - len(text)
    if quotes not in (0, 2):
        return place
    start = place.column + quotes // 2 + span.start
    end = place.column + quotes // 2 + max(span.end, span.start + 1)
    return Place(place.file, place.line, start, place.line, end)
