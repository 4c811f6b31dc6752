"""Three-valued operators for the generated fallback: what an expression means when something in it is missing.

Each function takes values or None and never raises for data: a missing operand makes the result None, except where
`and`, `or`, `is None`, `coalesce` and `if` say otherwise. `trace.py` and `second_opinion.py` say the same in their own
words; tests hold the three together.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from engine.language.exact import Undefined, divide, power

Scope = Mapping[str, Any]
Row = Mapping[str, Any]

# What data of the wrong kind or size can make an operator raise; the answer is then None.
DATA_ERRORS = (ArithmeticError, TypeError, AttributeError, LookupError, ValueError)


def read(start: object, names: tuple[str, ...]) -> Any:
    """Follow a path through mappings; None as soon as something is missing on the way."""
    for name in names:
        if not isinstance(start, Mapping):
            return None
        start = start.get(name)
    return None if isinstance(start, float) else start


def identity(value: Any) -> Any:
    """The id of a referenced record; an id stays as it is."""
    return value.get("id") if isinstance(value, Mapping) else value


def binary(compute: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """An operator on present values, made to give None for missing or unfit ones."""

    def lifted(left: Any, right: Any) -> Any:
        if left is None or right is None:
            return None
        try:
            return compute(left, right)
        except DATA_ERRORS:
            return None

    return lifted


OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": divide,
    "**": power,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
LIFTED = {sign: binary(compute) for sign, compute in OPERATORS.items()}


def negate(value: Any) -> Any:
    """Unary minus."""
    try:
        return None if value is None else -value
    except DATA_ERRORS:
        return None


def conjunction(*values: bool | None) -> bool | None:
    """Kleene and."""
    if any(value is False for value in values):
        return False
    return None if any(value is None for value in values) else True


def disjunction(*values: bool | None) -> bool | None:
    """Kleene or."""
    if any(value is True for value in values):
        return True
    return None if any(value is None for value in values) else False


def negation(value: bool | None) -> bool | None:
    """Kleene not."""
    return None if value is None else not value


def member(value: Any, items: Iterable[Any], wanted: object) -> bool | None:
    """Whether the value is among the items, compared with `wanted`; None for a missing value."""
    return None if value is None else (value in items) is wanted


def choose(condition: bool | None, then: Any, otherwise: Any) -> Any:
    """`if`: None where the condition is unknown."""
    return None if condition is None else then if condition else otherwise


def first_present(*values: Any) -> Any:
    """`coalesce`."""
    for value in values:
        if value is not None:
            return value
    return None


def apply(run: Callable[..., Any], *arguments: Any) -> Any:
    """A function on present arguments; None where one is missing or the function has no answer."""
    if any(argument is None for argument in arguments):
        return None
    try:
        return run(*arguments)
    except DATA_ERRORS:
        return None


def sure(value: Any) -> Any:
    """The value, or Undefined in place of None: sends the fast path to the fallback."""
    if value is None:
        raise Undefined("missing")
    return value


def bound(scope: Scope, name: str) -> Callable[..., Any]:
    """The reading function that the scope brought along under "functions"."""
    functions: Mapping[str, Callable[..., Any]] = scope["functions"]
    return functions[name]


def total(rows: Iterable[Row] | None, body: Callable[[Row], Any], zero: Any) -> Any:
    """Sum over rows; None where one is missing; zero without rows."""
    result = zero
    add = LIFTED["+"]
    for row in rows or ():
        result = add(result, body(row))
    return result


def extreme(pick: Callable[..., Any], rows: Iterable[Row] | None, body: Callable[[Row], Any]) -> Any:
    """The smallest or largest over rows; None without rows or where one is missing."""
    values = [body(row) for row in rows or ()]
    return apply(pick, values) if values and not any(value is None for value in values) else None


def some(rows: Iterable[Row] | None, body: Callable[[Row], bool | None]) -> bool | None:
    """Kleene any."""
    return disjunction(*(body(row) for row in rows or ()))


def every(rows: Iterable[Row] | None, body: Callable[[Row], bool | None]) -> bool | None:
    """Kleene all."""
    return conjunction(*(body(row) for row in rows or ()))


def count(rows: Iterable[Row] | None, body: Callable[[Row], bool | None] | None) -> int:
    """How many rows there are, or for how many the condition is known to hold."""
    return sum(1 for row in rows or () if body is None or body(row) is True)


def whole_amount(value: Any) -> Any:
    """A whole number as the Decimal that a decimal, quantity or money must be."""
    return Decimal(value) if type(value) is int else value


def whole_number(value: Any) -> Any:
    """A Decimal without a fraction as the int that an integer must be."""
    return int(value) if isinstance(value, Decimal) else value
