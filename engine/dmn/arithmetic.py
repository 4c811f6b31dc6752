"""Operators of FEEL between terms: which of ours says the same for these types, and what it says of missing values."""

from __future__ import annotations

from decimal import Decimal

from engine.dmn.terms import (
    ADDED,
    COMPARED,
    COUNTED,
    MULTIPLIED,
    NEGATED,
    NULL,
    RAISED,
    TIMED,
    TRUE,
    Term,
    Undefined,
    Untranslatable,
    call,
    flag,
    joined,
    missing,
    negated,
    number,
    present,
    typed,
)
from engine.dmn.types import DATE, DURATION, FLAG, INSTANT, MONTHS, NUMBER, TEXT, FeelType, same
from engine.language.numbers import DIGIT_LIMIT, format_number
from engine.language.tree import Span

MOST_RAISED = 9
"""Largest exponent that `**` takes; `power` takes any."""

_RANKS = {"+": ADDED, "-": ADDED, "*": MULTIPLIED, "/": MULTIPLIED}
_ORDERED = {"number", "text", "date", "instant", "time", "duration", "months"}


def plain_digits(text: str, span: Span) -> str:
    """The digits of a number as our language writes them: `.5` is `0.5`, without exponent."""
    digits = format_number(Decimal(text)) if abs(Decimal(text).adjusted()) < DIGIT_LIMIT else ""
    if not digits or sum(letter.isdigit() for letter in digits) > DIGIT_LIMIT:
        raise Untranslatable("DMN-128", span, number=text[:50], limit=DIGIT_LIMIT)
    return digits


def negative(operand: Term, span: Span) -> Term:
    """`-x`."""
    if operand.is_null:
        return NULL
    if operand.type.kind not in COUNTED | TIMED:
        raise Undefined("DMN-132", span, operator="-", left=operand.type.kind, right="null")
    if isinstance(operand.constant, str) and operand.type.kind in COUNTED:
        digits = operand.constant
        return typed(number(digits[1:] if digits.startswith("-") else f"-{digits}"), operand.type)
    return Term(operand.type, f"-{operand.at(NEGATED)}", NEGATED, nullable=operand.nullable)


def combined(operator: str, left: Term, right: Term, span: Span) -> Term:
    """`left operator right`; null where either is."""
    if left.is_null or right.is_null:
        return NULL
    kinds = (left.type.kind, right.type.kind)
    if operator == "+" and kinds == ("text", "text"):
        return call(TEXT, "concat", left, right)
    if operator == "**" and kinds == ("number", "number"):
        return raised(left, right)
    if "months" in kinds and kinds != ("months", "months"):
        return with_months(operator, left, right, span)
    one, other = ("duration" if kind == "time" else kind for kind in kinds)
    result = _RESULTS.get((operator, one, other))
    if result is None or ("time" in kinds and (operator, *kinds) != ("-", "time", "time")):
        raise unfit(operator, left, right, span)
    if operator == "*" and result == DURATION and not any(whole(side) for side in (left, right)):
        raise Untranslatable("DMN-129", span, operator=operator, left=kinds[0], right=kinds[1])
    if operator == "/" and isinstance(right.constant, str) and Decimal(right.constant) == 0:
        return NULL
    return plain(operator, left, right, result)


def whole(term: Term) -> bool:
    """Whether a term is a constant whole number, the only thing that a length of time is multiplied by."""
    return term.type.kind == "number" and isinstance(term.constant, str) and "." not in term.constant


def plain(operator: str, left: Term, right: Term, result: FeelType) -> Term:
    """The operator between its operands."""
    rank = _RANKS[operator]
    words = f"{left.at(rank)} {operator} {right.at(rank + 1)}"
    return Term(result, words, rank, nullable=left.nullable or right.nullable or operator == "/")


_RESULTS: dict[tuple[str, str, str], FeelType] = {
    **{(sign, "number", "number"): NUMBER for sign in "+-*/"},
    **{(sign, "months", "months"): MONTHS for sign in "+-"},
    **{(sign, "duration", "duration"): DURATION for sign in "+-"},
    ("/", "months", "months"): NUMBER,
    ("-", "date", "date"): DURATION,
    ("-", "instant", "instant"): DURATION,
    ("+", "date", "duration"): DATE,
    ("-", "date", "duration"): DATE,
    ("+", "duration", "date"): DATE,
    ("+", "instant", "duration"): INSTANT,
    ("-", "instant", "duration"): INSTANT,
    ("+", "duration", "instant"): INSTANT,
    ("*", "duration", "number"): DURATION,
    ("*", "number", "duration"): DURATION,
}


def raised(base: Term, exponent: Term) -> Term:
    """`base ** exponent`: a small whole constant stays an operator, anything else is `power`."""
    digits = exponent.constant if isinstance(exponent.constant, str) else ""
    if digits.isdigit() and int(digits) <= MOST_RAISED:
        return Term(NUMBER, f"{base.at(RAISED + 1)} ** {digits}", RAISED, nullable=base.nullable)
    return call(NUMBER, "power", base, exponent, nullable=True)


def with_months(operator: str, left: Term, right: Term, span: Span) -> Term:
    """A day some months later or earlier, and multiples of months."""
    kinds = (left.type.kind, right.type.kind)
    match operator, kinds:
        case (("+" | "-"), ("date", "months")):
            count = right if operator == "+" else negative(right, span)
            return call(DATE, "add_months", left, count, nullable=True)
        case "+", ("months", "date"):
            return call(DATE, "add_months", right, left, nullable=True)
        case "*", (("months", "number") | ("number", "months")):
            product = plain("*", left, right, NUMBER)
            return call(MONTHS, "round_down", product)
        case "/", ("months", "number"):
            return call(MONTHS, "round_down", plain("/", left, right, NUMBER), nullable=True)
    raise unfit(operator, left, right, span)


def unfit(operator: str, left: Term, right: Term, span: Span) -> Untranslatable:
    """Why an operator does not go with two types: because the standard has no such thing, or because we have none."""
    kinds = (left.type.kind, right.type.kind)
    known = set(kinds) <= {"date", "time", "instant", "duration", "months", "number"} and kinds != ("number", "number")
    compound = not (left.type.is_plain and right.type.is_plain)
    if compound or (known and operator in "+-*/" and kinds not in (("date", "number"), ("number", "date"))):
        return Untranslatable("DMN-129", span, operator=operator, left=kinds[0], right=kinds[1])
    return Undefined("DMN-132", span, operator=operator, left=kinds[0], right=kinds[1])


def meeting(left: Term, right: Term) -> tuple[Term, Term]:
    """Both sides of a comparison; a day beside an instant counts as its beginning, in UTC."""
    if (left.type.kind, right.type.kind) == ("date", "instant"):
        return call(INSTANT, "instant", left), right
    if (left.type.kind, right.type.kind) == ("instant", "date"):
        return left, call(INSTANT, "instant", right)
    return left, right


def compared(operator: str, left: Term, right: Term, span: Span, *, positive: bool = False) -> Term:
    """`left operator right`. Equality of FEEL is never unknown; where `positive`, unknown may stand for false."""
    equality = operator in ("=", "!=")
    if left.is_null or right.is_null:
        other = right if left.is_null else left
        if not equality:
            return NULL
        return missing(other) if operator == "=" else present(other)
    left, right = meeting(left, right)
    if equality and left.items is not None and right.items is not None:
        return alike(operator, left.items, right.items, span)
    if not same(left.type, right.type) or not left.type.is_plain or not right.type.is_plain:
        raise unfit(operator, left, right, span)
    if left.constant is not None and right.constant is not None and equality:
        return flag((left.constant == right.constant) is (operator == "="))
    if not equality and left.type.kind not in _ORDERED:
        raise unfit(operator, left, right, span)
    sign = "==" if operator == "=" else operator
    words = f"{left.at(COMPARED + 1)} {sign} {right.at(COMPARED + 1)}"
    plainly = Term(FLAG, words, COMPARED, nullable=left.nullable or right.nullable)
    return equal(operator, left, right, plainly, positive) if equality and plainly.nullable else plainly


def alike(operator: str, left: tuple[Term, ...], right: tuple[Term, ...], span: Span) -> Term:
    """Equality of two lists written out: as long as one another, and equal item by item."""
    if len(left) != len(right):
        return flag(operator == "!=")
    each = [compared("=", one, other, span) for one, other in zip(left, right, strict=True)]
    found = joined("and", each) if each else TRUE
    return found if operator == "=" else negated(found)


def equal(operator: str, left: Term, right: Term, plainly: Term, positive: bool) -> Term:
    """Equality when something may be missing: nothing equals nothing, and nothing else equals it."""
    if left.nullable and right.nullable:
        both = f"{missing(left).text} and {missing(right).text}"
        one = f"({missing(left).text}) != ({missing(right).text})"
        otherwise = both if operator == "=" else one
    elif operator == "=" and positive:
        return plainly
    else:
        otherwise = "False" if operator == "=" else "True"
    return Term(FLAG, f"coalesce({plainly.text}, {otherwise})", nullable=False)


__all__ = ["combined", "compared", "negated", "negative", "plain_digits"]
