"""An independent reading of the formula *text* by simpleeval, to check our own readings against.

simpleeval walks Python's tree of the source text itself; it never sees our tree. It gets our operators (three-valued,
exact), the functions of the table, and nothing else: no attributes of Python objects, no compound types but the list
after `in`. It serves the agreement tests and `formwork test`; no document is ever decided by it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import Any

from simpleeval import FeatureNotAvailable, SimpleEval

from engine.language.calculations import add_months
from engine.language.exact import EXACT, divide, power
from engine.language.functions import FUNCTIONS
from engine.language.parse import Parsed
from engine.language.signature import Function

Lift = Callable[..., Any]
AGGREGATES = frozenset({"sum", "count", "any", "all"})


@dataclass(frozen=True, slots=True)
class Months:
    """What `months(n)` gives here: it only knows how to be added to a date."""

    count: int


@dataclass(frozen=True, slots=True)
class Column:
    """A field over rows, as `lines.amount` names it."""

    rows: tuple[Mapping[str, Any], ...]
    names: tuple[str, ...]

    def values(self) -> Iterator[Any]:
        """The field of each row."""
        return (follow(row, self.names) for row in self.rows)


def follow(start: Any, names: tuple[str, ...]) -> Any:
    """A path through mappings; a Column where it runs into rows; None where it breaks off."""
    for index, name in enumerate(names):
        if isinstance(start, tuple | list):
            return Column(tuple(start), names[index:])
        start = start.get(name) if isinstance(start, Mapping) else None
    return None if isinstance(start, float) else start


def strict(run: Callable[..., Any]) -> Lift:
    """None in, None out; None also where the data has no answer."""

    def lifted(*values: Any) -> Any:
        if any(value is None for value in values):
            return None
        try:
            with localcontext(EXACT):
                return run(*values)
        except (ArithmeticError, TypeError, ValueError, LookupError, AttributeError):
            return None

    return lifted


def shift(sign: int) -> Callable[[Any, Any], Any]:
    """`+` or `-`, with months."""

    def shifted(left: Any, right: Any) -> Any:
        if isinstance(left, Months):
            left, right = right, left
        if isinstance(right, Months) and isinstance(left, date):
            return add_months(left, sign * right.count)
        return left + right if sign > 0 else left - right

    return shifted


def by_id(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Compare records by their ids."""

    def compared(left: Any, right: Any) -> Any:
        left, right = (one.get("id") if isinstance(one, Mapping) else one for one in (left, right))
        return None if left is None or right is None else compare(left, right)

    return compared


OPERATORS: Mapping[type[ast.AST], Lift] = {
    ast.Add: strict(shift(1)),
    ast.Sub: strict(shift(-1)),
    ast.Mult: strict(lambda left, right: left * right),
    ast.Div: strict(divide),
    ast.Pow: strict(power),
    ast.USub: strict(lambda value: -value),
    ast.UAdd: strict(lambda value: value),
    ast.Not: strict(lambda value: not value),
    ast.Eq: strict(by_id(lambda left, right: left == right)),
    ast.NotEq: strict(by_id(lambda left, right: left != right)),
    ast.Lt: strict(lambda left, right: left < right),
    ast.LtE: strict(lambda left, right: left <= right),
    ast.Gt: strict(lambda left, right: left > right),
    ast.GtE: strict(lambda left, right: left >= right),
    ast.In: strict(lambda value, items: value in items),
    ast.NotIn: strict(lambda value, items: value not in items),
}


def kleene(values: list[Any], *, decisive: bool) -> bool | None:
    """`or` (decisive True) and `and` (decisive False)."""
    if decisive in values:
        return decisive
    return None if None in values else not decisive


class SecondOpinion(SimpleEval):  # type: ignore[misc]  # simpleeval has no types
    """simpleeval with our operators and functions, over one scope."""

    def __init__(self, parsed: Parsed, scope: Mapping[str, Any], functions: Mapping[str, Function]) -> None:
        table = {name: strict(one.run) for name, one in {**FUNCTIONS, **functions}.items() if one.run is not None}
        table |= {
            "if": lambda condition, then, other: None if condition is None else then if condition else other,
            "coalesce": lambda *values: next((value for value in values if value is not None), None),
            "today": lambda: scope.get("today"),
            "now": lambda: scope.get("now"),
            "months": strict(Months),
        }
        super().__init__(operators=dict(OPERATORS), functions=table, names={}, allowed_attrs={})
        self.parsed = parsed
        self.scope = dict(scope)
        self.nodes.update(
            {
                ast.Name: self._path,
                ast.Attribute: self._path,
                ast.Constant: self._literal,
                ast.BoolOp: self._logic,
                ast.Compare: self._compare,
                ast.Call: self._named_call,
                ast.List: self._items,
                ast.Tuple: self._items,
            }
        )

    def answer(self) -> Any:
        """The value of the formula."""
        value = self.eval(self.parsed.prepared, previously_parsed=self.parsed.body)
        return value.get("id") if isinstance(value, Mapping) else value

    def _path(self, node: ast.Name | ast.Attribute) -> Any:
        names: list[str] = []
        walked: ast.expr = node
        while isinstance(walked, ast.Attribute):
            names.append(walked.attr)
            walked = walked.value
        if not isinstance(walked, ast.Name):
            raise FeatureNotAvailable("attributes of values are closed")
        return follow(self.scope, (walked.id, *reversed(names)))

    def _literal(self, node: ast.Constant) -> Any:
        if isinstance(node.value, float):
            return self.parsed.number(node)
        return self._eval_constant(node)

    def _logic(self, node: ast.BoolOp) -> bool | None:
        return kleene([self._eval(value) for value in node.values], decisive=isinstance(node.op, ast.Or))

    def _compare(self, node: ast.Compare) -> bool | None:
        values = [self._eval(one) for one in (node.left, *node.comparators)]
        given = (node.left, *node.comparators)
        results: list[Any] = []
        for index, operator in enumerate(node.ops):
            pair = given[index : index + 2]
            missing = [isinstance(one, ast.Constant) and one.value is None for one in pair]
            if any(missing):
                absent = values[index if missing[1] else index + 1] is None
                results.append(absent == isinstance(operator, ast.Eq | ast.Is))
            else:
                results.append(self.operators[type(operator)](values[index], values[index + 1]))
        return kleene(results, decisive=False)

    def _items(self, node: ast.List | ast.Tuple) -> list[Any]:
        return [self._eval(item) for item in node.elts]

    def _named_call(self, node: ast.Call) -> Any:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        first = self._eval(node.args[0]) if node.args and name in AGGREGATES | {"min", "max"} else None
        if name in AGGREGATES or isinstance(first, Column | tuple | list):
            return self._aggregate(name, first or (), node.args[1:])
        return self._eval_call(node)

    def _aggregate(self, name: str, rows: Any, rest: list[ast.expr]) -> Any:
        if isinstance(rows, Column):
            values = list(rows.values())
            values = [value is not None for value in values] if name == "count" else values
        elif rest:
            values = [self._of_row(row, rest[0]) for row in rows]
        else:
            return len(rows)
        if name == "count":
            return sum(value is True for value in values)
        if name in {"any", "all"}:
            return kleene(values, decisive=name == "any")
        if None in values:
            return None
        if name == "sum":
            empty: Any = timedelta(0) if values and isinstance(values[0], timedelta) else 0
            return strict(lambda *all_values: sum(all_values, empty))(*values)
        return strict(min if name == "min" else max)(values) if values else None

    def _of_row(self, row: Mapping[str, Any], body: ast.expr) -> Any:
        outer = self.scope
        self.scope = {**outer, "line": row}
        value = self._eval(body)
        self.scope = outer
        return value


def second_opinion(parsed: Parsed, scope: Mapping[str, Any], functions: Mapping[str, Function] | None = None) -> Any:
    """What simpleeval makes of the text of a formula that our parser let through.

    A whole number may come where our readings give an equal Decimal. Raises simpleeval's InvalidExpression for what it
    cannot read (functions that the scope binds at run time).
    """
    value = SecondOpinion(parsed, scope, functions or {}).answer()
    assert not isinstance(value, float), "no float reaches a value"
    return Decimal(value) if isinstance(value, Decimal) else value
