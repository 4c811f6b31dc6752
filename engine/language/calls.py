"""Checking what is called: functions of the table, `if`, `coalesce`, clocks, months, and aggregates over lines."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from decimal import Decimal

from engine.language import tree
from engine.language.calculations import day_from_text
from engine.language.functions import AGGREGATE_NAMES, FUNCTIONS
from engine.language.operators import mismatch
from engine.language.parse import Finding, Parsed
from engine.language.scope import Found, Lost, PathNames, Scope, suggestion
from engine.language.signature import Function
from engine.language.tree import Literal, Node, Span
from engine.language.types import (
    AMOUNTS,
    DECIMALS,
    NUMBERS,
    ORDERED,
    DurationType,
    FlagType,
    IntegerType,
    MoneyType,
    MonthsType,
    NullType,
    QuantityType,
    RecordType,
    RowsType,
    Type,
    accepts,
    unify,
    wording_of,
)

ROWS_DEPTH = 2


class CallChecker:
    """The half of the checker that reads calls; `check.Checker` is the other half."""

    parsed: Parsed
    scope: Scope
    findings: list[Finding]
    rows: list[tuple[RecordType, PathNames]]

    def node(self, given: ast.expr) -> Node | None:
        """The typed node of any expression."""
        raise NotImplementedError

    def note(self, code: str, span: Span, **parameters: object) -> None:
        """Remember something wrong."""
        raise NotImplementedError

    def find(self, names: PathNames) -> Found | Lost:
        """Look a path up."""
        raise NotImplementedError

    def lost(self, names: PathNames, lost: Lost, span: Span) -> None:
        """Say where a path breaks off."""
        raise NotImplementedError

    def is_flag(self, node: Node) -> bool:
        """Whether the node is yes or no."""
        raise NotImplementedError

    def call(self, given: ast.Call, span: Span) -> Node | None:
        """A call by name."""
        assert isinstance(given.func, ast.Name)
        name = given.func.id
        function = self.scope.function(name)
        if function is None:
            offered = self.scope.function_names
            self.note("EXP-430", self.parsed.span(given.func), name=name, suggestion=suggestion(name, offered))
            return None
        if not self.counted(function, given, span):
            return None
        if name in AGGREGATE_NAMES and (function.special or self.is_rows(given.args[0])):
            return self.aggregate(function, given, span)
        arguments = [self.node(argument) for argument in given.args]
        good = [one for one in arguments if one is not None]
        if len(good) < len(arguments):
            return None
        match name:
            case "if":
                return self.conditional(good, span)
            case "coalesce":
                return self.coalesce(good, span)
            case "today" | "now":
                return tree.Clock(span, function.result_type(()), name)
        return self.ordinary(function, good, span)

    def counted(self, function: Function, given: ast.Call, span: Span) -> bool:
        """Whether the number of arguments is right. `count`, `sum`, `min` and `max` take one argument over lines."""
        least, most = function.least, function.most
        if function.name in AGGREGATE_NAMES:
            least, most = 1, (most if function.name in {"min", "max"} else 2)
        if len(given.args) >= least and (most is None or len(given.args) <= most):
            return True
        self.note("EXP-431", span, signature=function.signature, given=len(given.args))
        return False

    def is_rows(self, given: ast.expr) -> bool:
        """Whether an argument names lines or a field of lines: `min(lines.price)` is not `min(a, b)`."""
        if not isinstance(given, ast.Name | ast.Attribute):
            return False
        found = self.find(names_of(given))
        return isinstance(found, Found) and (found.rows is not None or isinstance(found.type, RowsType))

    def ordinary(self, function: Function, arguments: list[Node], span: Span) -> Node | None:
        """A function of the table."""
        if len(arguments) < function.least:  # min(x) of one plain value
            self.note("EXP-431", span, signature=function.signature, given=len(arguments))
            return None
        wrong = False
        for index, argument in enumerate(arguments):
            parameter = function.parameter(index)
            if not accepts(parameter.accepts, argument.type):
                wording = wording_of(parameter.accepts)
                self.note(
                    "EXP-432",
                    argument.span,
                    function=function.name,
                    parameter=parameter.name,
                    expected=wording,
                    type=argument.type.wording,
                )
                wrong = True
        if wrong:
            return None
        if function.agree:
            agreed = self.agreed(arguments, span)
            if agreed is None:
                return None
            arguments = agreed
        if (
            function.name == "date"
            and isinstance(arguments[0], Literal)
            and day_from_text(str(arguments[0].value)) is None
        ):
            self.note("EXP-458", arguments[0].span, text=str(arguments[0].value)[:40])
            return None
        types = tuple(argument.type for argument in arguments)
        return tree.Call(span, function.result_type(types), function, tuple(arguments))

    def agreed(self, arguments: Sequence[Node], span: Span) -> list[Node] | None:
        """The arguments in one type; bare numbers take the unit of the others."""
        wanted = next((one.type for one in arguments if isinstance(one.type, QuantityType | MoneyType)), None)
        taken = [one if wanted is None else adopt(one, wanted) for one in arguments]
        common = taken[0].type
        for one in taken[1:]:
            both = unify(common, one.type)
            if both is None:
                self.note(
                    mismatch(common, one.type) or "EXP-452",
                    span,
                    left=common.wording,
                    right=one.type.wording,
                    operator="",
                )
                return None
            common = both
        return taken

    def conditional(self, arguments: list[Node], span: Span) -> Node | None:
        """`if(condition, a, b)`."""
        condition, *branches = arguments
        if not self.is_flag(condition):
            return None
        agreed = self.agreed(branches, span)
        if agreed is None:
            return None
        common = unify(agreed[0].type, agreed[1].type)
        assert common is not None
        return tree.Conditional(span, common, condition, agreed[0], agreed[1])

    def coalesce(self, arguments: list[Node], span: Span) -> Node | None:
        """`coalesce(a, b, ...)`."""
        agreed = self.agreed(arguments, span)
        if agreed is None:
            return None
        common: Type = NullType()
        for one in agreed:
            both = unify(common, one.type)
            assert both is not None
            common = both
        return tree.Coalesce(span, common, tuple(agreed))

    def month_shift(self, sign: str, left: Node, right: Node, span: Span) -> Node | None:
        """`day + months(n)` is `add_months(day, n)`."""
        day, months = (right, left) if isinstance(left.type, MonthsType) else (left, right)
        if not isinstance(months, tree.Call):
            self.note("EXP-457", months.span)
            return None
        count = months.arguments[0]
        if sign == "-":
            count = tree.Negate(count.span, IntegerType(), count)
        return tree.Call(span, day.type, FUNCTIONS["add_months"], (day, count))

    def aggregate(self, function: Function, given: ast.Call, span: Span) -> Node | None:
        """`sum(lines.x)`, `sum(lines, expression)`, `count(lines)`, `any(lines, condition)`, ..."""
        first = given.args[0]
        where = self.parsed.span(first)
        names = names_of(first) if isinstance(first, ast.Name | ast.Attribute) else ()
        found = self.find(names) if names else None
        if isinstance(found, Lost):
            self.lost(names, found, where)
            return None
        if found is None or (found.rows is None and not isinstance(found.type, RowsType)):
            self.note("EXP-433", where, function=function.name)
            return None
        if len(self.rows) >= ROWS_DEPTH:
            self.note("EXP-435", span, limit=ROWS_DEPTH)
            return None
        record = found.type.record if isinstance(found.type, RowsType) else found.record
        assert record is not None
        path = names if found.rows is None else found.rows
        inside = len(self.rows) if self.rows and path[0] == "line" else 0
        rows = tree.Path(where, RowsType(record), path, inside)
        column = (
            None
            if found.rows is None
            else tree.Path(where, found.type, ("line", *names[len(path) :]), len(self.rows) + 1)
        )
        if column is not None and isinstance(column.type, RecordType | RowsType):
            self.note("EXP-425", where, path=".".join(names), offered=())
            return None
        return self.aggregated(function.name, rows, column, given.args[1:], span)

    def aggregated(
        self, name: str, rows: tree.Path, column: tree.Path | None, rest: Sequence[ast.expr], span: Span
    ) -> Node | None:
        """The aggregate once its rows are known."""
        if (column is not None and rest) or len(rest) > 1:
            self.note("EXP-436", span, function=name)
            return None
        depth = len(self.rows) + 1
        if column is None and not rest:
            if name == "count":
                return tree.Aggregate(span, IntegerType(), name, rows, None, depth)
            self.note("EXP-434", span, function=name, rows=".".join(rows.names))
            return None
        body: Node | None = column
        if column is None:
            assert isinstance(rows.type, RowsType)
            self.rows.append((rows.type.record, rows.names))
            body = self.node(rest[0])
            self.rows.pop()
        elif name == "count":
            body = tree.IsMissing(span, FlagType(), column, negated=True)
        result = None if body is None else self.aggregate_type(name, body)
        return None if body is None or result is None else tree.Aggregate(span, result, name, rows, body, depth)

    def aggregate_type(self, name: str, body: Node) -> Type | None:
        """The type of an aggregate over a body; notes why there is none."""
        if name in {"any", "all", "count"}:
            if not self.is_flag(body):
                return None
            return IntegerType() if name == "count" else FlagType()
        allowed = (*AMOUNTS, DurationType) if name == "sum" else ORDERED
        if not isinstance(body.type, allowed):
            self.note(
                "EXP-432", body.span, function=name, parameter="x", expected=wording_of(allowed), type=body.type.wording
            )
            return None
        unit = body.type.unit if isinstance(body.type, QuantityType) else ""
        unit = body.type.currency if isinstance(body.type, MoneyType) else unit
        if unit.startswith("line."):
            self.note("EXP-451", body.span, function=name, unit=unit)
            return None
        return body.type


def names_of(given: ast.expr) -> PathNames:
    """The dotted path a name or attribute chain spells."""
    if isinstance(given, ast.Name):
        return (given.id,)
    assert isinstance(given, ast.Attribute)
    return (*names_of(given.value), given.attr)


def adopt(node: Node, wanted: Type) -> Node:
    """A bare number beside a quantity or money counts in its unit: `line.quantity > 0`. Others stay as they are."""
    if isinstance(node, Literal) and isinstance(node.type, NUMBERS) and isinstance(wanted, DECIMALS):
        assert isinstance(node.value, int | Decimal)
        return Literal(node.span, wanted, Decimal(node.value))
    return node
