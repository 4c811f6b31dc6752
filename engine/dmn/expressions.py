"""FEEL trees → terms of our formula language, directed by the types of both sides.

Where FEEL and our language differ about a missing value the term says what FEEL means: equality is never unknown there,
so `a = b` becomes `coalesce(a == b, …)` unless it stands where false and unknown are the same thing (`positive`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from engine.dmn import arithmetic
from engine.dmn.builtins import FUNCTIONS, PROPERTIES
from engine.dmn.feel.tree import (
    Arithmetic,
    Between,
    Beyond,
    Call,
    Comparison,
    Conditional,
    Context,
    Feel,
    Filter,
    Flag,
    In,
    Listing,
    Logic,
    Member,
    Moment,
    Name,
    Negation,
    Null,
    Number,
    Quantified,
    Range,
    Test,
    Text,
    mentions,
)
from engine.dmn.model import KnowledgeModel
from engine.dmn.moments import moment_constant
from engine.dmn.terms import (
    COMPARED,
    FALSE,
    NULL,
    Term,
    Undefined,
    Untranslatable,
    certain,
    condition,
    flag,
    joined,
    missing,
    negated,
    number,
    path_to,
    text,
)
from engine.dmn.types import ANY, FLAG, NULL_TYPE, FeelType, list_of, same
from engine.language.tree import Span

Symbol = Term | KnowledgeModel
Invoke = Callable[[KnowledgeModel, "Mapping[str, Term] | list[Term]", Span], Term]

TESTED = "?"
"""The name of the value that a unary test is about."""


@dataclass(frozen=True)
class Expressions:
    """Translates expressions in one scope. `invoke` calls a business knowledge model."""

    scope: Mapping[str, Symbol]
    invoke: Invoke
    warn: Callable[[Undefined], None]
    rows: int = field(default=0)

    def term(self, node: Feel, *, positive: bool = False) -> Term:
        """The term of an expression; raises `Untranslatable`. What the standard says is null is warned of."""
        try:
            return _TRANSLATED[type(node)](self, node, positive)
        except Undefined as undefined:
            self.warn(undefined)
            return NULL

    def with_names(self, names: Mapping[str, Symbol], *, rows: int = 0) -> Expressions:
        """The same translator with further names."""
        return replace(self, scope={**self.scope, **names}, rows=self.rows + rows)

    def constant(self, node: Feel, _positive: bool) -> Term:
        """A constant."""
        match node:
            case Number(text=digits):
                return number(arithmetic.plain_digits(digits, node.span))
            case Text(value=value):
                return text(value, node.span)
            case Flag(value=value):
                return flag(value)
            case Moment(text=written):
                return moment_constant(written)
        return NULL

    def name(self, node: Name, _positive: bool) -> Term:
        """A name in scope."""
        found = self.scope.get(node.name)
        if isinstance(found, Term):
            return found
        if found is not None:
            raise Untranslatable("DMN-126", node.span, what=node.name)
        raise Untranslatable("DMN-122", node.span, name=node.name)

    def member(self, node: Member, _positive: bool) -> Term:
        """A component of a record, the same component of every record of a list, or a part of a moment."""
        of = self.term(node.of)
        if of.is_null:
            return NULL
        if of.members is not None:
            return of.members.get(node.name) or self.no_member(node)
        if of.items is not None:
            items = tuple(self.component(item, node) for item in of.items)
            return Term(list_of(items[0].type if items else ANY), items=items, nullable=False)
        return self.component(of, node)

    def component(self, of: Term, node: Member) -> Term:
        """A component below a path."""
        item = of.type.item
        record = item if item is not None else of.type
        found = record.field(node.name)
        if found is not None:
            path = f"{of.text}.{found.id}"
            return replace(of, type=list_of(found.type), text=path) if item else path_to(found.type, path)
        if of.members is not None and node.name in of.members:
            return of.members[node.name]
        part = PROPERTIES.get((of.type.kind, node.name))
        return part(of) if part is not None else self.no_member(node)

    def no_member(self, node: Member) -> Term:
        """There is no such component."""
        raise Untranslatable("DMN-122", node.span, name=node.name)

    def negation(self, node: Negation, _positive: bool) -> Term:
        """`-x`."""
        return arithmetic.negative(self.term(node.operand), node.span)

    def arithmetic(self, node: Arithmetic, _positive: bool) -> Term:
        """`+ - * / **`."""
        return arithmetic.combined(node.operator, self.term(node.left), self.term(node.right), node.span)

    def comparison(self, node: Comparison, positive: bool) -> Term:
        """`= != < <= > >=`."""
        return arithmetic.compared(
            node.operator, self.term(node.left), self.term(node.right), node.span, positive=positive
        )

    def logic(self, node: Logic, positive: bool) -> Term:
        """`and`, `or`: what is no flag counts as unknown."""
        sides = [self.term(side, positive=positive) for side in (node.left, node.right)]
        return joined(node.operator, [side if side.type.kind == "flag" else NULL for side in sides])

    def conditional(self, node: Conditional, _positive: bool) -> Term:
        """`if then else`; an unknown condition counts as false."""
        test = certain(self.flag(node.condition, positive=True))
        then, otherwise = self.term(node.then), self.term(node.otherwise)
        return self.chosen(test, then, otherwise, node.span)

    def chosen(self, test: Term, then: Term, otherwise: Term, span: Span) -> Term:
        """One of two terms of one type."""
        if test.constant is not None:
            return then if test.constant else otherwise
        type_ = then.type if not then.is_null else otherwise.type
        if not same(then.type, otherwise.type) or not (type_.is_plain or type_ == NULL_TYPE):
            raise Untranslatable("DMN-124", span, left=then.type.kind, right=otherwise.type.kind)
        return condition(test, then, otherwise, type_)

    def flag(self, node: Feel, *, positive: bool = False) -> Term:
        """A condition; what is no flag counts as unknown."""
        found = self.term(node, positive=positive)
        return found if found.type.kind == "flag" else NULL

    def between(self, node: Between, _positive: bool) -> Term:
        """`x between a and b`."""
        operand, low, high = (self.term(one) for one in (node.operand, node.low, node.high))
        ends = [
            arithmetic.compared(sign, operand, end, node.span, positive=True)
            for sign, end in ((">=", low), ("<=", high))
        ]
        return joined("and", ends)

    def membership(self, node: In, positive: bool) -> Term:
        """`x in (tests)`."""
        return self.any_of(self.term(node.operand), node.tests, positive)

    def any_of(self, operand: Term, tests: tuple[Feel, ...], positive: bool) -> Term:
        """Whether one of several tests is true of a value."""
        inner = self.with_names({TESTED: operand})
        listed = inner.among(operand, tests) if len(tests) > 1 else None
        if listed is not None:
            return listed if positive or not operand.nullable else certain(listed)
        return joined("or", [inner.tested(operand, test, positive) for test in tests])

    def among(self, operand: Term, tests: tuple[Feel, ...]) -> Term | None:
        """`x in [a, b]`, where all tests are constant numbers or texts."""
        if operand.type.kind not in ("number", "text") or not all(isinstance(test, Number | Text) for test in tests):
            return None
        items = [self.term(test) for test in tests]
        if any(item.type.kind != operand.type.kind or item.text.startswith("concat") for item in items):
            return None
        words = f"{operand.at(COMPARED + 1)} in [{', '.join(item.text for item in items)}]"
        return Term(FLAG, words, COMPARED, nullable=operand.nullable)

    def tested(self, operand: Term, node: Feel, positive: bool) -> Term:
        """Whether one test is true of a value; one that makes no sense is never true, and warned of."""
        try:
            return self.test(operand, node, positive)
        except Undefined as undefined:
            self.warn(undefined)
            return NULL

    def test(self, operand: Term, node: Feel, positive: bool) -> Term:
        """Whether one positive unary test is true of a value."""
        match node:
            case Test(operator=sign, operand=other):
                return arithmetic.compared(sign, operand, self.term(other), node.span, positive=positive)
            case Range():
                return self.within(operand, node)
            case Null():
                return missing(operand)
        found = self.term(node, positive=positive)
        is_test = mentions(node, TESTED) or (found.type.kind == "flag" and operand.type.kind not in ("flag", "any"))
        if is_test:
            return found if found.type.kind == "flag" else NULL
        if found.type.kind == "list" and operand.type.kind != "list":
            return self.contained(found, operand, node.span, positive=positive)
        if operand.type.kind == "list" and found.type.kind != "list":
            return self.contained(operand, found, node.span, positive=positive)
        return arithmetic.compared("=", operand, found, node.span, positive=positive)

    def within(self, operand: Term, node: Range) -> Term:
        """Whether a value lies in a range."""
        low, high = self.term(node.low), self.term(node.high)
        above = arithmetic.compared(">=" if node.low_included else ">", operand, low, node.span, positive=True)
        below = arithmetic.compared("<=" if node.high_included else "<", operand, high, node.span, positive=True)
        return joined("and", [above, below])

    def contained(self, where: Term, what: Term, span: Span, positive: bool) -> Term:
        """Whether a list contains a value."""
        if where.items is not None:
            each = [arithmetic.compared("=", item, what, span, positive=positive) for item in where.items]
            return joined("or", each) if each else FALSE
        item = where.type.item or ANY
        self.row_allowed(span)
        line = Term(item, where.column)
        equal = certain(arithmetic.compared("=", line, what, span, positive=True))
        return Term(FLAG, f"any({where.rows}, {equal.text})", nullable=False)

    def row_allowed(self, span: Span) -> None:
        """Our rows are one level deep: inside one `line` means that row alone."""
        if self.rows:
            raise Untranslatable("DMN-125", span, what="some/every")

    def call(self, node: Call, positive: bool) -> Term:
        """A function of the standard, or a business knowledge model."""
        name = node.function.name if isinstance(node.function, Name) else ""
        model = self.scope.get(name)
        if isinstance(model, KnowledgeModel):
            named = {key: self.term(value) for key, value in node.arguments if key is not None}
            given = [self.term(value) for key, value in node.arguments if key is None]
            return self.invoke(model, named or given, node.span)
        if name == "not":
            return negated(self.flag(node.arguments[0][1])) if len(node.arguments) == 1 else NULL
        function = FUNCTIONS.get(name)
        if function is None:
            raise Untranslatable("DMN-123", node.span, name=name or "?")
        if len(node.arguments) > 1 and any(key is not None for key, _ in node.arguments):
            raise Untranslatable("DMN-130", node.span, name=name, types=tuple(key for key, _ in node.arguments if key))
        arguments = [self.term(value) for _, value in node.arguments]
        if name == "list contains" and len(arguments) == 2 and arguments[0].type.kind == "list":
            return self.contained(arguments[0], arguments[1], node.span, positive=positive)
        return function(arguments, node.span)

    def listing(self, node: Listing, _positive: bool) -> Term:
        """A list written out."""
        items = tuple(self.term(item) for item in node.items)
        known = next((item.type for item in items if not item.is_null), ANY)
        if any(not same(known, item.type) for item in items):
            raise Untranslatable("DMN-124", node.span, left=known.kind, right="list")
        return Term(list_of(known), items=items, nullable=False)

    def context(self, node: Context, _positive: bool) -> Term:
        """A context written out; later entries see earlier ones."""
        members: dict[str, Term] = {}
        for name, value in node.entries:
            members[name] = self.with_names(members).term(value)
        return Term(FeelType("record"), members=members, nullable=False)

    def filter(self, node: Filter, _positive: bool) -> Term:
        """`list[index]` of a list written out, `list[condition]` of any."""
        of = self.term(node.of)
        if of.items is not None:
            index = self.term(node.condition)
            if index.type.kind != "number" or not isinstance(index.constant, str):
                raise Untranslatable("DMN-125", node.span, what="[…]")
            position = int(index.constant) if index.constant.lstrip("-").isdigit() else 0
            inside = 0 < abs(position) <= len(of.items)
            return of.items[position - 1 if position > 0 else position] if inside else NULL
        item = of.type.item
        if item is None or of.where is not None:
            raise Untranslatable("DMN-125", node.span, what="[…]")
        self.row_allowed(node.span)
        line = Term(item, of.column)
        names = {field.name: Term(field.type, f"{line.text}.{field.id}") for field in item.fields}
        found = self.with_names({"item": line, **names}, rows=1).flag(node.condition, positive=True)
        if found.is_null:
            raise Untranslatable("DMN-125", node.span, what="[…]")
        return replace(of, where=found.text)

    def quantified(self, node: Quantified, _positive: bool) -> Term:
        """`some x in list satisfies …`, `every …`."""
        over = self.term(node.over)
        if over.items is not None:
            each = [self.with_names({node.name: item}).flag(node.condition) for item in over.items]
            return joined("or" if node.word == "some" else "and", each) if each else flag(node.word == "every")
        if over.type.item is None or over.where is not None:
            raise Untranslatable("DMN-125", node.span, what=node.word)
        self.row_allowed(node.span)
        inner = self.with_names({node.name: Term(over.type.item, over.column)}, rows=1)
        found = inner.flag(node.condition)
        function = "any" if node.word == "some" else "all"
        return Term(FLAG, f"{function}({over.rows}, {found.text})")

    def beyond(self, node: Feel, _positive: bool) -> Term:
        """What our language does not have."""
        word = node.word if isinstance(node, Beyond) else type(node).__name__.lower()
        raise Untranslatable("DMN-125", node.span, what=word)


_TRANSLATED: Mapping[type[Feel], Callable[..., Term]] = {
    **dict.fromkeys((Number, Text, Flag, Null, Moment), Expressions.constant),
    Name: Expressions.name,
    Member: Expressions.member,
    Negation: Expressions.negation,
    Arithmetic: Expressions.arithmetic,
    Comparison: Expressions.comparison,
    Logic: Expressions.logic,
    Conditional: Expressions.conditional,
    Between: Expressions.between,
    In: Expressions.membership,
    Call: Expressions.call,
    Listing: Expressions.listing,
    Context: Expressions.context,
    Filter: Expressions.filter,
    Quantified: Expressions.quantified,
    **dict.fromkeys((Range, Test, Beyond), Expressions.beyond),
}
