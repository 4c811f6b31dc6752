"""Syntax tree + scope → typed tree, or every reason why not.

The checker reads each node once. Where a part is wrong it notes a finding and gives None for that part; what stands
around it is still checked, so that one formula reports several mistakes at once and none of them twice.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from decimal import Decimal

from engine.language import tree
from engine.language.calls import CallChecker, adopt, names_of
from engine.language.operators import arithmetic_type, mismatch, refusal
from engine.language.parse import Finding, Parsed
from engine.language.scope import Found, Lost, PathNames, Scope, suggestion
from engine.language.tree import Literal, Node, Span
from engine.language.types import (
    AMOUNTS,
    DECIMALS,
    NUMBERS,
    ORDERED,
    ChoiceType,
    DateType,
    DecimalType,
    DurationType,
    Expected,
    FlagType,
    IntegerType,
    MonthsType,
    NullType,
    RecordType,
    ReferenceType,
    RowsType,
    TextType,
    Type,
    accepts,
    unify,
    wording_of,
)

SIGNS: Mapping[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
FLAG = FlagType()
WRITTEN_OTHERWISE = {
    "true": "True",
    "false": "False",
    "null": "None",
    "none": "None",
    "nil": "None",
    "yes": "True",
    "no": "False",
}


class Checker(CallChecker):
    """Reads one formula against one scope."""

    def __init__(self, parsed: Parsed, scope: Scope) -> None:
        self.parsed = parsed
        self.scope = scope
        self.findings: list[Finding] = []
        self.rows: list[tuple[RecordType, PathNames]] = []

    def node(self, given: ast.expr) -> Node | None:
        """The typed node, or None with findings noted."""
        span = self.parsed.span(given)
        match given:
            case ast.Constant():
                return self.constant(given, span)
            case ast.Name() | ast.Attribute():
                return self.path(given, span)
            case ast.UnaryOp():
                return self.unary(given, span)
            case ast.BinOp():
                return self.binary(given, span)
            case ast.BoolOp():
                return self.logic(given, span)
            case ast.Compare():
                return self.comparison(given, span)
            case ast.Call():
                return self.call(given, span)
        raise AssertionError(f"the whitelist let {type(given).__name__} through")

    def asked(self, node: Node, expected: Expected) -> Node:
        """The whole formula beside what its place asks for."""
        if isinstance(expected, Type):
            node = self.retyped(node, expected)
        if not accepts(expected, node.type):
            code = mismatch(expected, node.type) if isinstance(expected, Type) else None
            words = {"left": wording_of(expected), "right": node.type.wording, "operator": ""}
            self.note(code or "EXP-449", node.span, expected=wording_of(expected), type=node.type.wording, **words)
        return node

    def retyped(self, node: Node, wanted: Type) -> Node:
        """A bare number takes the unit that is asked for, a text must be one of the choices; also inside branches.

        `id` is the record itself where a reference to its entity is asked for.
        """
        match node:
            case tree.Path(names=("id",), row=0) if wanted == ReferenceType(self.scope.record or ""):
                return tree.Path(node.span, wanted, node.names)
            case Literal(value=str()) if isinstance(wanted, ChoiceType) and wanted.choices:
                self.is_choice(wanted, node)
                return Literal(node.span, wanted, node.value)
            case tree.Conditional(type=result) if self.fits(result, wanted):
                then, otherwise = self.retyped(node.then, wanted), self.retyped(node.otherwise, wanted)
                common = unify(then.type, otherwise.type) or result
                return tree.Conditional(node.span, common, node.condition, then, otherwise)
            case tree.Coalesce(type=result) if self.fits(result, wanted):
                operands = tuple(self.retyped(one, wanted) for one in node.operands)
                common = operands[0].type
                for one in operands[1:]:
                    common = unify(common, one.type) or result
                return tree.Coalesce(node.span, common, operands)
        return adopt(node, wanted)

    def fits(self, result: Type, wanted: Type) -> bool:
        """Whether branches of one type may hold constants that are meant in another."""
        if isinstance(wanted, ChoiceType):
            return isinstance(result, TextType | ChoiceType)
        return isinstance(result, NUMBERS) and isinstance(wanted, DECIMALS)

    def note(self, code: str, span: Span, **parameters: object) -> None:
        """Remember something wrong."""
        self.findings.append(Finding(code, span, parameters))

    def constant(self, given: ast.Constant, span: Span) -> Literal:
        """A constant with the type it is written in."""
        if given.value is None:
            return Literal(span, NullType(), None)
        if isinstance(given.value, bool):
            return Literal(span, FLAG, given.value)
        if isinstance(given.value, str):
            return Literal(span, TextType(), given.value)
        number = self.parsed.number(given)
        return Literal(span, IntegerType() if isinstance(number, int) else DecimalType(), number)

    def find(self, names: PathNames) -> Found | Lost:
        """Look a path up where the formula stands, `line` being the row of the innermost aggregate."""
        return self.scope.resolve(names, self.rows[-1][0] if self.rows else None)

    def path(self, given: ast.Name | ast.Attribute, span: Span) -> Node | None:
        """A name or dotted path that stands for one value."""
        names = names_of(given)
        found = self.find(names)
        if isinstance(found, Lost):
            self.lost(names, found, span)
            return None
        if found.rows is not None:
            self.note(
                "EXP-423",
                span,
                path=".".join(names),
                rows=".".join(found.rows),
                field=".".join(names[len(found.rows) :]),
            )
            return None
        if isinstance(found.type, RowsType):
            self.note("EXP-424", span, path=".".join(names))
            return None
        if isinstance(found.type, RecordType):
            offered = tuple(found.type.fields)
            self.note("EXP-425", span, path=".".join(names), offered=offered)
            return None
        row = len(self.rows) if self.rows and names[0] == "line" else 0
        return tree.Path(span, found.type, names, row)

    def lost(self, names: PathNames, lost: Lost, span: Span) -> None:
        """Say where a path breaks off, and what is offered there."""
        name = names[lost.index]
        if lost.inside is None:
            offered: Sequence[str] = lost.offered
            if name in self.scope.function_names:
                self.note("EXP-426", span, name=name)
                return
            instead = WRITTEN_OTHERWISE.get(name.lower())
            wording = suggestion(name, offered) if instead is None else suggestion(instead, [instead])
            self.note("EXP-420", span, name=name, suggestion=wording, offered=tuple(offered))
        elif lost.offered:
            inside = ".".join(names[: lost.index])
            self.note(
                "EXP-421",
                span,
                name=name,
                inside=inside,
                suggestion=suggestion(name, lost.offered),
                offered=lost.offered,
            )
        else:
            self.note("EXP-422", span, name=name, inside=".".join(names[: lost.index]), type=lost.inside.wording)

    def unary(self, given: ast.UnaryOp, span: Span) -> Node | None:
        """`-x`, `+x`, `not x`."""
        operand = self.node(given.operand)
        if operand is None:
            return None
        if isinstance(given.op, ast.Not):
            return tree.Not(span, FLAG, operand) if self.is_flag(operand) else None
        if not isinstance(operand.type, (*AMOUNTS, DurationType)):
            self.note("EXP-427", span, type=operand.type.wording)
            return None
        if isinstance(given.op, ast.UAdd):
            return operand
        if isinstance(operand, Literal) and isinstance(operand.value, int | Decimal):
            value = -operand.value if isinstance(operand.value, int) else operand.value.copy_negate()
            return Literal(span, operand.type, value)
        return tree.Negate(span, operand.type, operand)

    def is_flag(self, node: Node) -> bool:
        """Whether the node can stand where yes or no is asked; notes it where not."""
        if isinstance(node.type, FlagType | NullType):
            return True
        self.note("EXP-448", node.span, type=node.type.wording)
        return False

    def logic(self, given: ast.BoolOp, span: Span) -> Node | None:
        """`and`, `or`: every operand is yes or no."""
        operands = [self.node(value) for value in given.values]
        good = [one for one in operands if one is not None and self.is_flag(one)]
        if len(good) < len(operands):
            return None
        kind = tree.And if isinstance(given.op, ast.And) else tree.Or
        return kind(span, FLAG, tuple(good))

    def binary(self, given: ast.BinOp, span: Span) -> Node | None:
        """`+ - * / **`."""
        left, right = self.node(given.left), self.node(given.right)
        if left is None or right is None:
            return None
        sign = SIGNS[type(given.op)]
        if sign in "+-":
            left, right = adopt(left, right.type), adopt(right, left.type)
        if isinstance(left.type, NullType) or isinstance(right.type, NullType):
            self.note("EXP-454", span, operator=sign)
            return None
        result = arithmetic_type(sign, left.type, right.type)
        if result is None:
            self.note(
                refusal(sign, left.type, right.type),
                span,
                operator=sign,
                left=left.type.wording,
                right=right.type.wording,
            )
            return None
        if sign == "/" and isinstance(right, Literal) and right.value == 0:
            self.note("EXP-453", span)
            return None
        if isinstance(left.type, MonthsType) or isinstance(right.type, MonthsType):
            return self.month_shift(sign, left, right, span)
        return tree.Arithmetic(span, result, sign, left, right)

    def comparison(self, given: ast.Compare, span: Span) -> Node | None:
        """One comparison, or a chain `a < b < c`, which is each pair joined by `and`."""
        pairs: list[Node | None] = []
        left_given = given.left
        for operator, right_given in zip(given.ops, given.comparators, strict=True):
            place = Span(self.parsed.span(left_given).start, self.parsed.span(right_given).end)
            pairs.append(self.pair(left_given, operator, right_given, place if len(given.ops) > 1 else span))
            left_given = right_given
        good = [one for one in pairs if one is not None]
        if len(good) < len(pairs):
            return None
        return good[0] if len(good) == 1 else tree.And(span, FLAG, tuple(good))

    def pair(self, left_given: ast.expr, operator: ast.cmpop, right_given: ast.expr, span: Span) -> Node | None:
        """One operator between two operands."""
        left = self.node(left_given)
        if isinstance(operator, ast.In | ast.NotIn):
            assert isinstance(right_given, ast.List | ast.Tuple)
            return self.membership(left, right_given, span, negated=isinstance(operator, ast.NotIn))
        right = self.node(right_given)
        if left is None or right is None:
            return None
        equality = isinstance(operator, ast.Eq | ast.NotEq | ast.Is | ast.IsNot)
        if isinstance(left.type, NullType) or isinstance(right.type, NullType):
            if not equality:
                self.note("EXP-454", span, operator=SIGNS[type(operator)])
                return None
            operand = left if isinstance(right.type, NullType) else right
            return tree.IsMissing(span, FLAG, operand, isinstance(operator, ast.NotEq | ast.IsNot))
        left, right = adopt(left, right.type), adopt(right, left.type)
        if not self.comparable(left, right, span, equality=equality):
            return None
        return tree.Comparison(span, FLAG, SIGNS[type(operator)], left, right)

    def comparable(self, left: Node, right: Node, span: Span, *, equality: bool) -> bool:
        """Whether two values can be compared; notes why not."""
        words = {"left": left.type.wording, "right": right.type.wording}
        if isinstance(left.type, ReferenceType) or isinstance(right.type, ReferenceType):
            if left.type != right.type:
                self.note(
                    "EXP-447"
                    if isinstance(left.type, ReferenceType) and isinstance(right.type, ReferenceType)
                    else "EXP-444",
                    span,
                    **words,
                )
                return False
        elif unify(left.type, right.type) is None:
            self.note(mismatch(left.type, right.type) or self.date_text(left, right) or "EXP-444", span, **words)
            return False
        if not equality and not isinstance(left.type, (*ORDERED, TextType)):
            self.note("EXP-445", span, type=left.type.wording)
            return False
        return self.choices_meet(left, right, span)

    def date_text(self, left: Node, right: Node) -> str | None:
        """A date compared with text: most likely a date written as text."""
        kinds = {type(left.type), type(right.type)}
        return "EXP-456" if kinds == {DateType, TextType} else None

    def choices_meet(self, left: Node, right: Node, span: Span) -> bool:
        """Whether a choice can ever equal what it is compared with."""
        if isinstance(left.type, ChoiceType) and isinstance(right.type, ChoiceType):
            if left.type.choices and right.type.choices and not set(left.type.choices) & set(right.type.choices):
                self.note("EXP-447", span, left=left.type.wording, right=right.type.wording)
                return False
            return True
        for choice, other in ((left, right), (right, left)):
            if isinstance(choice.type, ChoiceType) and isinstance(other, Literal):
                return self.is_choice(choice.type, other)
        return True

    def is_choice(self, choice: ChoiceType, literal: Literal) -> bool:
        """Whether a literal is one of the choices; notes it with the nearest where not."""
        if not choice.choices or literal.value in choice.choices:
            return True
        text = str(literal.value)
        self.note(
            "EXP-446", literal.span, value=text, suggestion=suggestion(text, choice.choices), offered=choice.choices
        )
        return False

    def membership(
        self, operand: Node | None, given: ast.List | ast.Tuple, span: Span, *, negated: bool
    ) -> Node | None:
        """`x in [..]`: every constant must be comparable with x."""
        found = [self.node(one) for one in given.elts]
        if operand is None:
            return None
        items: list[Literal] = []
        for one in found:
            item = one if one is None else adopt(one, operand.type)
            assert isinstance(item, Literal)
            if self.comparable(operand, item, item.span, equality=True):
                items.append(item)
        return tree.Membership(span, FLAG, operand, tuple(items), negated) if len(items) == len(found) else None


def check(parsed: Parsed, scope: Scope, expected: Expected = None) -> Node | tuple[Finding, ...]:
    """The typed tree of a formula in a scope, or everything that is wrong with it there."""
    checker = Checker(parsed, scope)
    node = checker.node(parsed.body)
    if node is not None:
        for below in tree.walk(node):
            if isinstance(below.type, MonthsType):
                checker.note("EXP-457", below.span)
        node = checker.asked(node, expected)
    if checker.findings or node is None:
        assert checker.findings, "a part was refused without a finding"
        return tuple(unique(checker.findings))
    return node


def unique(findings: Sequence[Finding]) -> list[Finding]:
    """The findings without repetitions (a middle operand of a chain is read twice), in the order of the text."""
    seen: dict[tuple[str, int, int], Finding] = {}
    for one in findings:
        seen.setdefault((one.code, one.span.start, one.span.end), one)
    return sorted(seen.values(), key=lambda one: (one.span.start, one.span.end))
