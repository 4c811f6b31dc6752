"""Cells of a decision table: FEEL unary tests → our cell texts; None where only a formula can say the same."""

from __future__ import annotations

from engine.dmn.arithmetic import meeting
from engine.dmn.expressions import TESTED, Expressions
from engine.dmn.feel.tree import Feel, Null, Range, Test, UnaryTests, mentions
from engine.dmn.terms import COMPARED, Term, negated
from engine.dmn.types import same

ORDERED = frozenset({"number", "date", "instant", "time", "duration", "months"})
"""Kinds whose columns may be compared; texts only be equal."""

COLUMNS = ORDERED | {"text", "flag"}
"""Kinds that a column may have."""


def cell_text(operand: Term, tests: UnaryTests, expressions: Expressions) -> str | None:
    """The cell that says the same of a column; None where our cells cannot say it."""
    if not tests.tests:
        return "-"
    if tests.negated:
        return _negated(operand, tests, expressions)
    parts = [_part(operand, test, expressions) for test in tests.tests]
    return ", ".join(part for part in parts if part is not None) if None not in parts else None


def _negated(operand: Term, tests: UnaryTests, expressions: Expressions) -> str | None:
    """`not(…)` of one value: nothing is not that value either, which our `not('A')` would not let through."""
    if len(tests.tests) != 1:
        return None
    part = _part(operand, tests.tests[0], expressions)
    if part is None or part[0] in "<>=![(" or part == "null" or not _constant(operand, tests.tests[0], expressions):
        return None
    return f"null, != {part}"


def _constant(operand: Term, test: Feel, expressions: Expressions) -> bool:
    """Whether a test is one constant value."""
    found = expressions.term(test)
    return found.constant is not None and same(found.type, operand.type)


def cell_condition(operand: Term, tests: UnaryTests, expressions: Expressions) -> Term:
    """The formula that says the same as the cell."""
    found = expressions.any_of(operand, tests.tests, not tests.negated)
    return negated(found) if tests.negated else found


def _part(operand: Term, test: Feel, expressions: Expressions) -> str | None:
    """One test."""
    kind = operand.type.kind
    if kind not in COLUMNS or mentions(test, TESTED):
        return None
    match test:
        case Null():
            return "null"
        case Test(operator=sign, operand=other):
            equality = sign in ("=", "!=")
            found = _other(operand, expressions.term(other))
            if found is None or not (equality or kind in ORDERED) or (sign == "!=" and operand.nullable):
                return None
            return f"{sign} {found}"
        case Range():
            low, high = (_other(operand, expressions.term(end)) for end in (test.low, test.high))
            if low is None or high is None or kind not in ORDERED:
                return None
            return f"{'[' if test.low_included else '('}{low}..{high}{']' if test.high_included else ')'}"
    found_term = expressions.term(test)
    if found_term.items is not None:
        items = [_other(operand, item) for item in found_term.items]
        return ", ".join(item for item in items if item) if items and None not in items else None
    other_side = _other(operand, found_term)
    return other_side if other_side is None or found_term.constant is not None else f"= {other_side}"


def _other(operand: Term, other: Term) -> str | None:
    """The other side of a test as a cell writes it."""
    _, met = meeting(operand, other)
    if other.is_null or not same(operand.type, met.type) or not met.type.is_plain:
        return None
    if met.constant is None:
        return None if operand.type.kind in ("text", "flag") else met.at(COMPARED + 1)
    match met.type.kind:
        case "text":
            return met.text if met.text[0] in "'\"" else None
        case "flag":
            return "true" if met.constant else "false"
        case "number" | "months" | "date":
            return str(met.constant)
    return met.at(COMPARED + 1)
