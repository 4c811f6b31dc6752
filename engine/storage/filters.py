"""Typed tree → SQL condition, for the part of the language that selects the same rows in Python and in SQL.

Columns are stored as the type table says: scaled integers, day numbers, microseconds, 0/1 flags, text in "C" order.
Everything is compared in that form; a constant is compared as an exact fraction, so no digit is rounded on the way.
What is known beforehand (`actor`, `settings`, `today()`, `now()`) is computed first and bound as a value.

`pushable` says at load whether a formula can go to the database at all; for permissions "no" is a refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, and_, case, cast, false, literal, not_, null, or_, true

from engine.language import tree
from engine.language.problems import Problem
from engine.language.trace import trace
from engine.language.tree import Node, PathNames
from engine.language.types import (
    ChoiceType,
    DateType,
    DurationType,
    FlagType,
    InstantType,
    ReferenceType,
    TextType,
    Wording,
)
from engine.storage.filter_functions import FUNCTIONS
from engine.storage.filter_values import (
    COMPARE,
    DAY,
    FIRST_DAY,
    FIRST_INSTANT,
    LARGEST,
    LAST_DAY,
    LAST_INSTANT,
    MIRRORED,
    Stored,
    against_fraction,
    between,
    column_scale,
    decimals_of,
    guarded,
    in_microseconds,
    never,
    rescaled,
    stored_constant,
    unknown,
    wide,
)

KNOWN_ROOTS = frozenset({"actor", "settings"})

Columns = Callable[[PathNames], ColumnElement[Any]]
TEXTUAL = (TextType, ChoiceType, ReferenceType)
CONSTANT_DIGITS = 9


def is_known(node: Node, roots: frozenset[str] = KNOWN_ROOTS) -> bool:
    """Whether a node can be computed before the query: it reads no column and calls nothing of the outside."""
    for below in tree.walk(node):
        if isinstance(below, tree.Path) and below.row == 0 and below.names[0] not in roots:
            return False
        if isinstance(below, tree.Call) and below.function.bound:
            return False
    return True


def pushable(node: Node, roots: frozenset[str] = KNOWN_ROOTS) -> Problem | None:
    """None where the whole formula can go to the database; else the Problem naming the first part that cannot."""
    if is_known(node, roots):
        return None
    reason = refused(node, roots)
    if reason is not None:
        return Problem("EXP-470", {"construct": reason})
    for child in tree.children(node):
        problem = pushable(child, roots)
        if problem is not None:
            return problem
    return None


def refused(node: Node, roots: frozenset[str]) -> Wording | None:
    """Why this node itself, apart from its parts, cannot go to the database."""
    if isinstance(node, tree.Arithmetic | tree.Conditional | tree.Coalesce | tree.Call) and any(
        map(long, tree.children(node))
    ):
        return {
            "zh": f"计算中超过 {CONSTANT_DIGITS} 位数字的常量",
            "en": f"a constant of more than {CONSTANT_DIGITS} digits in a calculation",
        }
    match node:
        case tree.Aggregate():
            return {"zh": f"明细行汇总 {node.name}", "en": f"the aggregate {node.name} over lines"}
        case tree.Arithmetic(operator="/" | "**"):
            return {"zh": f"运算符 {node.operator}", "en": f"the operator {node.operator}"}
        case tree.Arithmetic(operator="*"):
            if not is_known(node.left, roots) and not is_known(node.right, roots):
                return {"zh": "两个字段相乘", "en": "the product of two fields"}
        case tree.Call():
            if node.function.name not in FUNCTIONS or node.function.bound:
                return {"zh": f"函数 {node.function.name}", "en": f"the function {node.function.name}"}
            digits = node.arguments[1:] if node.function.name.startswith("round_") else ()
            if not all(isinstance(one, tree.Literal) for one in digits):
                return {"zh": "位数不是常量的取整", "en": "rounding to digits that are no constant"}
    return None


def long(node: Node) -> bool:
    """Whether a node is a number that is too long to compute with in 64 bits; compared alone, any number will do."""
    if not is_known(node, frozenset()) or any(isinstance(below, tree.Clock) for below in tree.walk(node)):
        return False
    value = trace(node, "", {}).value
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    return len(format(Decimal(value).copy_abs(), "f").replace(".", "").strip("0")) > CONSTANT_DIGITS


def to_sql(
    node: Node, columns: Columns, constants: Mapping[PathNames, Any], roots: frozenset[str] = KNOWN_ROOTS
) -> ColumnElement[bool]:
    """The condition as SQL. `columns` finds the column of a path; `constants` holds the values of the known roots,
    by path: ("actor", "company"), ("settings", "x"), ("today",), ("now",).

    Ask `pushable` first: a formula that is not pushable is a programmer's mistake here.
    """
    problem = pushable(node, roots)
    assert problem is None, f"not pushable: {problem}"
    return Translator(columns, nested(constants), roots).condition(node)


def nested(constants: Mapping[PathNames, Any]) -> dict[str, Any]:
    """Values by path as a scope that the formula language reads. A reference that is also read through keeps its id."""
    scope: dict[str, Any] = {}
    for path, value in sorted(constants.items(), key=lambda item: len(item[0])):
        inside = scope
        for name in path[:-1]:
            below = inside.get(name)
            inside[name] = below if isinstance(below, dict) else {} if below is None else {"id": below}
            inside = inside[name]
        inside[path[-1]] = value
    return scope


class Translator:
    """Translates one formula for one query."""

    def __init__(self, columns: Columns, scope: Mapping[str, Any], roots: frozenset[str]) -> None:
        self.columns = columns
        self.scope = scope
        self.roots = roots

    def known(self, node: Node) -> bool:
        """Whether the node is computed beforehand."""
        return is_known(node, self.roots)

    def constant(self, node: Node) -> Any:
        """The value of a known node."""
        return trace(node, "", self.scope).value

    def condition(self, node: Node) -> ColumnElement[bool]:
        """A node of type yes/no as a condition, unknown being NULL."""
        if self.known(node):
            value = self.constant(node)
            return unknown() if value is None else true() if value else false()
        match node:
            case tree.And():
                return and_(*map(self.condition, node.operands))
            case tree.Or():
                return or_(*map(self.condition, node.operands))
            case tree.Not():
                return not_(self.condition(node.operand))
            case tree.Comparison():
                return self.comparison(node)
            case tree.Membership():
                return self.membership(node)
            case tree.IsMissing():
                inside = self.value(node.operand).expression
                return inside.is_not(None) if node.negated else inside.is_(None)
            case tree.Call():
                called: ColumnElement[bool] = FUNCTIONS[node.function.name](self, node).expression
                return called
        return self.value(node).expression == 1

    def comparison(self, node: tree.Comparison) -> ColumnElement[bool]:
        """A comparison; a constant is brought to the form of the column, never the other way round."""
        if self.known(node.right):
            return self.against(node.operator, self.value(node.left), node.left, self.constant(node.right))
        if self.known(node.left):
            return self.against(MIRRORED[node.operator], self.value(node.right), node.right, self.constant(node.left))
        left, right = self.aligned(self.value(node.left), self.value(node.right))
        return COMPARE[node.operator](guarded(left), guarded(right))

    def against(self, operator: str, left: Stored, node: Node, value: Any) -> ColumnElement[bool]:
        """A column compared with a constant, exactly."""
        if value is None:
            return unknown()
        expression = guarded(left)
        constant = stored_constant(value)
        if isinstance(constant, bool):
            return COMPARE[operator](expression, literal(int(constant), BigInteger))
        if isinstance(constant, str):
            return COMPARE[operator](expression, literal(constant))
        exact = (
            constant * 10**left.scale if not (isinstance(node.type, DurationType) and left.daily) else constant / DAY
        )
        return against_fraction(operator, expression, exact)

    def membership(self, node: tree.Membership) -> ColumnElement[bool]:
        """`in`: constants that the column cannot hold drop out; a missing operand stays unknown."""
        left = self.value(node.operand)
        found = [stored_constant(item.value) for item in node.items]
        expression = guarded(left)
        if isinstance(node.operand.type, TEXTUAL):
            member: ColumnElement[bool] = expression.in_(found)
        else:
            scaled = [one * 10**left.scale if isinstance(one, Fraction) else Fraction(int(one)) for one in found]
            whole = [int(one) for one in scaled if one.denominator == 1 and abs(one) <= LARGEST]
            member = expression.in_([literal(one, BigInteger) for one in whole]) if whole else never(expression)
        return not_(member) if node.negated else member

    def value(self, node: Node) -> Stored:
        """A node of any type as its stored value."""
        if self.known(node):
            return self.bound(node)
        match node:
            case tree.Path():
                daily = isinstance(node.type, DurationType) and node.type.whole_days
                return Stored(self.columns(node.names), column_scale(node.type), daily)
            case tree.Negate():
                inside = self.value(node.operand)
                return Stored(-wide(inside.expression), inside.scale, inside.daily, computed=True)
            case tree.Arithmetic():
                return self.arithmetic(node)
            case tree.Conditional():
                condition = self.condition(node.condition)
                then, otherwise = self.aligned(self.value(node.then), self.value(node.otherwise))
                chosen = case((condition, then.expression), (not_(condition), otherwise.expression))
                return Stored(chosen, then.scale, then.daily, computed=then.computed or otherwise.computed)
            case tree.Coalesce():
                first: Stored = FUNCTIONS["coalesce"](self, node)
                return first
            case tree.Call() if not isinstance(node.type, FlagType):
                called: Stored = FUNCTIONS[node.function.name](self, node)
                return called
        condition = self.condition(node)
        return Stored(case((condition, literal(1, BigInteger)), (not_(condition), literal(0, BigInteger))))

    def bound(self, node: Node) -> Stored:
        """A constant beside columns (not in a plain comparison), with as many decimal places as it needs."""
        value = self.constant(node)
        if value is None:
            return Stored(cast(null(), Text if isinstance(node.type, TEXTUAL) else BigInteger))
        constant = stored_constant(value)
        if isinstance(constant, str):
            return Stored(literal(constant))
        if isinstance(constant, bool):
            return Stored(literal(int(constant), BigInteger))
        daily = isinstance(value, timedelta) and constant % DAY == 0
        exact = constant / DAY if daily else constant
        scale = decimals_of(exact)
        whole = exact * 10**scale
        inside = abs(whole) <= LARGEST
        return Stored(literal(int(whole), BigInteger) if inside else cast(null(), BigInteger), scale, daily)

    def aligned(self, left: Stored, right: Stored) -> tuple[Stored, Stored]:
        """Both values with the same number of decimal places, durations in the same measure."""
        if left.daily != right.daily:
            left, right = in_microseconds(left), in_microseconds(right)
        scale = max(left.scale, right.scale)
        return rescaled(left, scale), rescaled(right, scale)

    def arithmetic(self, node: tree.Arithmetic) -> Stored:
        """`+ - *`; a date or instant that leaves the calendar is NULL, as it is None in Python."""
        left, right = self.value(node.left), self.value(node.right)
        if node.operator == "*":
            product = wide(left.expression) * wide(right.expression)
            return Stored(product, left.scale + right.scale, left.daily or right.daily, computed=True)
        if isinstance(node.type, InstantType):
            left, right = (in_microseconds(one) for one in (left, right))
        elif not isinstance(node.type, DateType):
            left, right = self.aligned(left, right)
        sides = wide(left.expression), wide(right.expression)
        total = sides[0] + sides[1] if node.operator == "+" else sides[0] - sides[1]
        if isinstance(node.type, DateType):
            return Stored(between(total, FIRST_DAY, LAST_DAY))
        if isinstance(node.type, InstantType):
            return Stored(between(total, FIRST_INSTANT, LAST_INSTANT))
        daily = isinstance(node.type, DurationType) and (left.daily or isinstance(node.left.type, DateType))
        return Stored(total, left.scale, daily, computed=True)
