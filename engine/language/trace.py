"""Typed tree + scope → every sub-expression with its value, and a note wherever something became None.

This walker shares nothing with the generated code but the tree and the functions of the table; that it always agrees
with it is what the agreement tests hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, Inexact, localcontext
from typing import Any

from engine.language import tree
from engine.language.exact import EXACT, Undefined, divide, power
from engine.language.tree import Node, Span
from engine.language.types import (
    DecimalType,
    DurationType,
    IntegerType,
    MoneyType,
    QuantityType,
    ReferenceType,
    Wording,
)

NOTES: Mapping[str, Wording] = {
    "missing": {"zh": "没有值", "en": "there is no value"},
    "undefined": {"zh": "没有结果(例如除以 0)", "en": "there is no answer (division by zero, for example)"},
    "digits": {"zh": "结果超过 100 位数字，不截断", "en": "the exact result needs more than 100 digits and is not cut"},
    "unfit": {"zh": "值的种类与声明不符", "en": "the value is not of the declared kind"},
    "empty": {"zh": "没有行", "en": "there are no lines"},
}


@dataclass(frozen=True, slots=True)
class Trace:
    """One sub-expression: its text, where it stands in the formula, its value, what it was made of.

    `note` says why a value is None where its parts do not show it. The children of an aggregate are its rows.
    """

    text: str
    value: Any
    span: Span
    children: tuple[Trace, ...] = ()
    note: Wording | None = None

    def lines(self, depth: int = 0) -> list[str]:
        """The trace as indented text, one sub-expression a line."""
        shown = [f"{'  ' * depth}{self.text} = {self.value}"]
        for child in self.children:
            shown.extend(child.lines(depth + 1))
        return shown


class Tracer:
    """Walks one tree over one scope."""

    def __init__(self, text: str, scope: Mapping[str, Any]) -> None:
        self.text = text
        self.scope = scope
        self.rows: list[Mapping[str, Any]] = []

    def trace(self, node: Node) -> Trace:
        """The node's value with everything below it."""
        match node:
            case tree.Literal():
                return self.made(node, node.value)
            case tree.Path():
                return self.path(node)
            case tree.Clock():
                return self.found(node, self.scope.get(node.name))
            case tree.Aggregate():
                return self.aggregate(node)
        below = tuple(self.trace(child) for child in tree.children(node))
        value, note = self.value(node, [one.value for one in below])
        return self.made(node, value, below, note)

    def made(self, node: Node, value: Any, below: tuple[Trace, ...] = (), note: str = "") -> Trace:
        """One entry of the trace."""
        text = self.text[node.span.start : node.span.end]
        return Trace(text, value, node.span, below, NOTES[note] if note else None)

    def found(self, node: Node, value: Any) -> Trace:
        """A value that was read; a float is no value of ours."""
        if isinstance(value, float):
            return self.made(node, None, note="unfit")
        return self.made(node, value, note="missing" if value is None else "")

    def path(self, node: tree.Path) -> Trace:
        """Follow a path from the scope or from the row it belongs to."""
        start: Any = self.scope if node.row == 0 else self.rows[node.row - 1]
        for name in node.names[1 if node.row else 0 :]:
            start = start.get(name) if isinstance(start, Mapping) else None
        return self.found(node, start)

    def value(self, node: Node, values: Sequence[Any]) -> tuple[Any, str]:
        """The value of a node from the values below it, and the name of a note."""
        match node:
            case tree.And():
                return (False if False in values else None if None in values else True), ""
            case tree.Or():
                return (True if True in values else None if None in values else False), ""
            case tree.IsMissing():
                return (values[0] is None) != node.negated, ""
            case tree.Coalesce():
                return next((value for value in values if value is not None), None), ""
            case tree.Conditional():
                condition, then, otherwise = values
                return (None if condition is None else then if condition else otherwise), ""
        if any(value is None for value in values):
            return None, ""
        return self.attempt(lambda: self.present(node, values))

    def attempt(self, compute: Callable[[], Any]) -> tuple[Any, str]:
        """Compute on present values; data that has no answer gives None and the note that says why."""
        try:
            with localcontext(EXACT):
                value = compute()
        except Undefined:
            return None, "undefined"
        except Inexact:
            return None, "digits"
        except (TypeError, AttributeError, LookupError, ValueError, ArithmeticError):
            return None, "unfit"
        return value, "undefined" if value is None else ""

    def present(self, node: Node, values: Sequence[Any]) -> Any:
        """The value of a strict node whose operands are all there."""
        match node:
            case tree.Not():
                return not values[0]
            case tree.Negate():
                return -values[0]
            case tree.Arithmetic():
                return arithmetic(node.operator, values[0], values[1])
            case tree.Comparison():
                by_id = isinstance(node.left.type, ReferenceType)
                left, right = (id_of(value) for value in values) if by_id else values
                return compare(node.operator, left, right)
            case tree.Membership():
                return any(item.value == values[0] for item in node.items) != node.negated
            case tree.Call():
                function = node.function
                run: Any = self.scope["functions"][function.name] if function.bound else function.run
                return run(*values)
        raise AssertionError(f"{type(node).__name__} is not a strict node")

    def aggregate(self, node: tree.Aggregate) -> Trace:
        """An aggregate with one child per row."""
        rows = self.path(node.rows).value or ()
        if node.body is None:
            return self.made(node, len(rows))
        below = []
        for row in rows:
            self.rows.append(row)
            below.append(self.trace(node.body))
            self.rows.pop()
        value, note = self.folded(node, [one.value for one in below])
        return self.made(node, value, tuple(below), note)

    def folded(self, node: tree.Aggregate, values: list[Any]) -> tuple[Any, str]:
        """The value of an aggregate from the values of its rows."""
        match node.name:
            case "count":
                return sum(value is True for value in values), ""
            case "any":
                return (True if True in values else None if None in values else False), ""
            case "all":
                return (False if False in values else None if None in values else True), ""
        if None in values:
            return None, ""
        if node.name == "sum":
            return self.attempt(lambda: summed(node, values))
        if not values:
            return None, "empty"
        return self.attempt(lambda: sorted(values)[0 if node.name == "min" else -1])


def summed(node: tree.Aggregate, values: list[Any]) -> Any:
    """The total of present values, starting from the zero of the type."""
    result: Any = Decimal(0)
    if isinstance(node.type, DurationType):
        result = timedelta(0)
    elif isinstance(node.type, IntegerType):
        result = 0
    for value in values:
        result = result + value
    return result


def id_of(value: Any) -> Any:
    """The id of a referenced record; an id stays as it is."""
    return value["id"] if isinstance(value, Mapping) else value


def arithmetic(sign: str, left: Any, right: Any) -> Any:
    """`left sign right` on present values, in the exact context."""
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return divide(left, right)
        case "**":
            return power(left, right)
    raise AssertionError(f"no operator {sign}")


def compare(sign: str, left: Any, right: Any) -> bool:
    """`left sign right` on present values."""
    match sign:
        case "==":
            return bool(left == right)
        case "!=":
            return bool(left != right)
        case "<":
            return bool(left < right)
        case "<=":
            return not right < left
        case ">":
            return bool(right < left)
        case ">=":
            return not left < right
    raise AssertionError(f"no comparison {sign}")


def trace(node: Node, text: str, scope: Mapping[str, Any]) -> Trace:
    """The trace of a whole formula; its value is what the formula gives."""
    whole = Tracer(text, scope).trace(node)
    value = whole.value
    if isinstance(node.type, ReferenceType):
        value = id_of(value)
    elif isinstance(node.type, DecimalType | QuantityType | MoneyType) and type(value) is int:
        value = Decimal(value)
    return whole if value is whole.value else Trace(whole.text, value, whole.span, whole.children, whole.note)
