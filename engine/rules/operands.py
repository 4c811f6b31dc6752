"""Turns the other sides of a cell's tests into exact values or bound formulas, once the type of the column is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from engine.language.formula import Formula
from engine.language.problems import Place, Problem
from engine.language.scope import Scope, suggestion
from engine.language.types import (
    AMOUNTS,
    ORDERED,
    ChoiceType,
    DateType,
    DurationType,
    FlagType,
    IntegerType,
    TextType,
    Type,
)
from engine.rules.cells import (
    ANYTHING,
    Compare,
    Malformed,
    Missing,
    Operand,
    Test,
    operands,
    read_cell,
    with_operands,
)

COLUMN_TYPES: tuple[type[Type], ...] = (*ORDERED, ChoiceType, TextType, FlagType)
"""Types a column of a table may have."""

_NUMBER = re.compile(r"[+-]?[0-9]+(_?[0-9]+)*(\.[0-9]+)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_WORD = re.compile(r"\w+")

Raw = str | int | Decimal | bool | None


class Wrong(Exception):
    """An other side that its column cannot have."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems)
        self.problems = problems


def bind_cell(
    raw: Raw, column: Type, scope: Scope, place: Place | None, where: Mapping[str, object]
) -> tuple[Test, tuple[Problem, ...]]:
    """The test of an input cell, ready to be asked, with everything that is wrong with it.

    `where` names table, row and column for the message.
    """
    try:
        test = read_cell(raw) if isinstance(raw, str) else _plain(raw)
    except Malformed as malformed:
        parameters = {**where, "part": malformed.part, "reason": _REASONS[malformed.reason]}
        return ANYTHING, (Problem("RUL-521", parameters, place),)
    problems: list[Problem] = []

    def bound(operator: str, operand: Operand) -> Operand:
        try:
            return bind_operand(operator, operand, column, scope, place, where)
        except Wrong as wrong:
            problems.extend(wrong.problems)
            return operand

    ordered = isinstance(column, ORDERED)
    if not ordered and any(operator not in ("=", "!=") for operator, _ in operands(test)):
        return test, (Problem("RUL-523", {**where, "type": column.wording, "part": str(raw)}, place),)
    return with_operands(test, bound), tuple(problems)


def bind_value(
    raw: Raw, column: Type | None, scope: Scope, place: Place | None, where: Mapping[str, object]
) -> tuple[Operand, tuple[Problem, ...]]:
    """The value of an output cell: a literal of the column's type, or a formula behind `=`; `-` and null: nothing."""
    if raw is None or raw == "-":
        return Operand("null"), ()
    if isinstance(raw, str) and raw.startswith("="):
        return _bound_formula(raw[1:].strip(), column, scope, place)
    if column is None:
        return Operand(str(raw), _unquoted(raw)), ()
    try:
        return _literal_only(raw, column, scope, place, where), ()
    except Wrong as wrong:
        return Operand(str(raw)), wrong.problems


def bind_operand(
    operator: str, operand: Operand, column: Type, scope: Scope, place: Place | None, where: Mapping[str, object]
) -> Operand:
    """An operand with its value or its formula; raises `Wrong`."""
    if operand.value is not None:
        return _typed(operand.text, operand.value, column, place, where)
    value = literal(operand.text, column)
    if value is not None:
        return _typed(operand.text, value, column, place, where)
    if isinstance(column, ChoiceType) and _WORD.fullmatch(operand.text) and operand.text not in scope.names:
        raise Wrong(_unknown_choice(operand.text, column, place, where))
    if isinstance(column, TextType) and operator == "=":
        return Operand(operand.text, operand.text)
    bound, problems = _bound_formula(operand.text, column, scope, place)
    if problems:
        raise Wrong(*problems)
    return bound


def literal(text: str, column: Type) -> Raw | date:
    """The value that a text without any name or operator says; None when it says none."""
    if _NUMBER.fullmatch(text):
        number = text.replace("_", "")
        return Decimal(number) if "." in number else int(number)
    if _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None
    if _QUOTED.fullmatch(text):
        return text[1:-1]
    if text in ("true", "false", "True", "False"):
        return text.lower() == "true"
    return text if isinstance(column, ChoiceType) and text in column.choices else None


_REASONS: Mapping[str, Mapping[str, str]] = {
    "empty": {"zh": "缺少一个值", "en": "a value is missing"},
    "unclosed": {"zh": "括号没有配对", "en": "a bracket is not closed or not opened"},
    "open_end": {"zh": "区间缺少一端", "en": "a range lacks one of its ends"},
    "nested": {"zh": "not 不能嵌套", "en": "not(…) cannot stand inside not(…)"},
    "long": {"zh": "单元格太长", "en": "the cell is too long"},
    "quote": {"zh": "引号没有配对", "en": "a quote is not closed"},
}


def _plain(raw: int | Decimal | bool | None) -> Test:
    """The test of a cell that YAML already read as a number, yes/no or null."""
    return Missing() if raw is None else Compare("=", Operand(str(raw), raw))


def _typed(text: str, value: object, column: Type, place: Place | None, where: Mapping[str, object]) -> Operand:
    """An operand with an exact value; raises `Wrong` when the column has another type."""
    if isinstance(value, str) and isinstance(column, DateType) and _DAY.fullmatch(value):
        value = date.fromisoformat(value)
    if isinstance(column, ChoiceType) and isinstance(value, str) and value not in column.choices:
        raise Wrong(_unknown_choice(value, column, place, where))
    if not _fits(value, column):
        raise Wrong(Problem("RUL-522", {**where, "part": text, "type": column.wording}, place))
    exact = Decimal(value) if isinstance(column, AMOUNTS) and type(value) is int else value
    return Operand(text, exact)


def _fits(value: object, column: Type) -> bool:
    """Whether a literal has the type of the column."""
    match value:
        case bool():
            return isinstance(column, FlagType)
        case int() | Decimal():
            whole = isinstance(value, int) or value == value.to_integral_value()
            return isinstance(column, AMOUNTS) and (whole or not isinstance(column, IntegerType))
        case str():
            return isinstance(column, TextType | ChoiceType)
        case date():
            return isinstance(column, DateType)
        case _:
            return False


def _literal_only(raw: Raw, column: Type, scope: Scope, place: Place | None, where: Mapping[str, object]) -> Operand:
    """The literal of an output cell; plain text is text where the column is text."""
    if not isinstance(raw, str):
        return _typed(str(raw), raw, column, place, where)
    value = literal(raw, column)
    if value is None and isinstance(column, TextType):
        return Operand(raw, raw)
    if value is None and isinstance(column, ChoiceType):
        raise Wrong(_unknown_choice(raw, column, place, where))
    if value is None and isinstance(column, DurationType):
        bound, problems = _bound_formula(raw, column, scope, place)
        if problems:
            raise Wrong(*problems)
        return bound
    if value is None:
        raise Wrong(Problem("RUL-522", {**where, "part": raw, "type": column.wording}, place))
    return _typed(raw, value, column, place, where)


def _bound_formula(
    text: str, column: Type | None, scope: Scope, place: Place | None
) -> tuple[Operand, tuple[Problem, ...]]:
    """An operand that is a formula over the scope."""
    formula = Formula(text, place)
    problems = formula.bind(scope, column)
    return (Operand(text), problems) if problems else (Operand(text, None, formula.expression), ())


def _unquoted(raw: Raw) -> object:
    """The value of an output cell whose column has no declared type."""
    value = literal(raw, TextType()) if isinstance(raw, str) else raw
    return raw if value is None else value


def _unknown_choice(text: str, column: ChoiceType, place: Place | None, where: Mapping[str, object]) -> Problem:
    """A word that is none of the choices of the column, with what was probably meant."""
    meant = suggestion(text, column.choices)
    return Problem("RUL-524", {**where, "part": text, "allowed": column.choices, "meant": meant}, place)
