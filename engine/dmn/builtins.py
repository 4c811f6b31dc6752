"""The functions of FEEL that our language can say, and the parts of moments. A further one is one line of the table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from engine.dmn import arithmetic
from engine.dmn.moments import CONSTANTS
from engine.dmn.terms import ATOM, MULTIPLIED, NULL, Term, Undefined, Untranslatable, call, joined, number, typed
from engine.dmn.types import DATE, FLAG, INSTANT, MONTHS, NUMBER, TEXT, FeelType, same
from engine.language.tree import Span

Arguments = Sequence[Term]
Translated = Callable[[Arguments, Span], Term]


def wrong(name: str, given: Arguments, span: Span) -> Untranslatable:
    """The problem of arguments that our function does not take."""
    return Untranslatable("DMN-130", span, name=name, types=tuple(one.type.kind for one in given))


def simple(name: str, ours: str, result: FeelType, *kinds: str, nullable: bool | None = None) -> Translated:
    """A function with the same arguments in the same order."""

    def translated(given: Arguments, span: Span) -> Term:
        if any(one.is_null for one in given):
            return NULL
        if len(given) != len(kinds):
            raise wrong(name, given, span)
        if any(one.type.kind != kind for one, kind in zip(given, kinds, strict=True)):
            raise Undefined("DMN-133", span, name=name, types=tuple(one.type.kind for one in given))
        return call(result, ours, *given, nullable=nullable)

    return translated


def moment(name: str) -> Translated:
    """`date("…")` and the like; a constant text is read at once."""

    def translated(given: Arguments, span: Span) -> Term:
        kinds = [one.type.kind for one in given]
        if kinds == ["text"] and isinstance(given[0].constant, str):
            return CONSTANTS[name](given[0].constant)
        if any(one.is_null for one in given):
            return NULL
        if name == "date" and kinds == ["number"] * 3:
            return written_day(given, span)
        if kinds == [_MOMENT_KINDS[name]]:
            return given[0]
        if (name, kinds) == ("date", ["instant"]):
            return call(DATE, "utc_date", given[0])
        if (name, kinds) in (("date", ["text"]), ("date and time", ["text"]), ("date and time", ["date"])):
            result, ours = (DATE, "date") if name == "date" else (INSTANT, "instant")
            return call(result, ours, given[0], nullable=True)
        raise wrong(name, given, span)

    return translated


_MOMENT_KINDS = {"date": "date", "date and time": "instant", "time": "time", "duration": "duration"}


def written_day(given: Arguments, span: Span) -> Term:
    """`date(2026, 1, 31)` of constants."""
    parts = [one.constant for one in given]
    if not all(isinstance(part, str) and part.isdigit() for part in parts):
        raise wrong("date", given, span)
    year, month, day = (int(str(part)) for part in parts)
    return CONSTANTS["date"](f"{year:04}-{month:02}-{day:02}")


def rounded(name: str, ours: str) -> Translated:
    """A rounding function: `(n, digits)`, or `(n)`."""

    def translated(given: Arguments, span: Span) -> Term:
        if any(one.is_null for one in given):
            return NULL
        kinds = [one.type.kind for one in given]
        if kinds not in (["number"], ["number", "number"]):
            raise wrong(name, given, span)
        whole = len(given) == 1 or (isinstance(given[1].constant, str) and given[1].constant.lstrip("-").isdigit())
        if not whole:
            given = [given[0], call(NUMBER, "round_down", given[1])]
        return call(NUMBER, ours, *given, nullable=True)

    return translated


def substring(given: Arguments, span: Span) -> Term:
    """`substring(text, start[, length])`, counted from 1, or from the end below zero."""
    kinds = [one.type.kind for one in given]
    if any(one.is_null for one in given):
        return NULL
    if kinds not in (["text", "number"], ["text", "number", "number"]):
        raise wrong("substring", given, span)
    whole = [one if isinstance(one.constant, str) else call(NUMBER, "round_down", one) for one in given[1:]]
    return call(TEXT, "substring", given[0], *whole, nullable=True)


SUMMED = frozenset({"number", "duration", "months", "null"})
ORDERED = frozenset({"number", "date", "instant", "time", "duration", "months", "null"})
FLAGS = frozenset({"flag", "null"})


def listed(name: str, given: Arguments, span: Span, kinds: Collection[str] | None = None) -> Term:
    """The list an aggregate is over: its only argument, or all its arguments; all items of one of some kinds."""
    found = given[0] if len(given) == 1 and given[0].type.kind == "list" else None
    if found is None:
        if not given or any(one.type.kind == "list" for one in given):
            raise wrong(name, given, span)
        found = Term(FeelType("list", item=given[0].type), items=tuple(given), nullable=False)
    items = [item.type for item in found.items] if found.items is not None else [_item(found)]
    if kinds is not None and any(item.kind not in kinds or not same(item, items[0]) for item in items):
        raise wrong(name, given, span)
    return found


def total(given: Arguments, span: Span) -> Term:
    """`sum`."""
    over = listed("sum", given, span, SUMMED)
    if over.items is not None:
        found = over.items[0] if over.items else NULL
        for item in over.items[1:]:
            found = arithmetic.combined("+", found, item, span)
        return found
    filled = f"sum({over.text})"
    if over.where is not None:
        filled = f"sum({over.rows}, if(coalesce({over.where}, False), {over.column}, 0))"
    return Term(_item(over), f"if({count([over], span).text} > 0, {filled}, None)")


def _item(over: Term) -> FeelType:
    """The type of the items of a list."""
    return over.type.item or NUMBER


def count(given: Arguments, span: Span) -> Term:
    """`count`."""
    over = listed("count", given, span)
    if over.items is not None:
        return number(str(len(over.items)))
    words = f"count({over.rows})" if over.where is None else f"count({over.rows}, {over.where})"
    return Term(NUMBER, words, nullable=False)


def extreme(name: str) -> Translated:
    """`min` or `max`."""

    def translated(given: Arguments, span: Span) -> Term:
        over = listed(name, given, span, ORDERED)
        if over.items is not None:
            if any(item.is_null for item in over.items):
                return NULL
            return over.items[0] if len(over.items) == 1 else call(over.items[0].type, name, *over.items)
        if over.where is not None:
            raise wrong(name, given, span)
        return Term(_item(over), f"{name}({over.text})")

    return translated


def mean(given: Arguments, span: Span) -> Term:
    """`mean`: the sum by the count."""
    over = listed("mean", given, span, {"number", "null"})
    if over.items is None and over.where is None:
        return Term(NUMBER, f"sum({over.text}) / count({over.rows})", MULTIPLIED)
    return arithmetic.combined("/", total([over], span), count([over], span), span)


def every_or_any(name: str) -> Translated:
    """`all` and `any` of flags."""

    def translated(given: Arguments, span: Span) -> Term:
        over = listed(name, given, span, FLAGS)
        if over.items is not None:
            return joined("and" if name == "all" else "or", list(over.items))
        return Term(FLAG, f"{name}({over.rows}, {over.column})")

    return translated


def as_text(given: Arguments, span: Span) -> Term:
    """`string`."""
    if len(given) == 1 and given[0].type.kind in ("text", "null"):
        return given[0]
    if len(given) == 1 and given[0].type.kind in ("number", "flag", "date"):
        return call(TEXT, "text", given[0])
    raise wrong("string", given, span)


def as_number(given: Arguments, span: Span) -> Term:
    """`number` of a number, or of a constant text."""
    if given and given[0].type.kind in ("number", "null"):
        return given[0]
    if given and isinstance(given[0].constant, str) and given[0].type.kind == "text":
        digits = given[0].constant.strip()
        return number(digits) if digits.lstrip("-").replace(".", "", 1).isdigit() else NULL
    raise wrong("number", given, span)


def clock(ours: str, result: FeelType) -> Translated:
    """`today()` and `now()`."""

    def translated(given: Arguments, span: Span) -> Term:
        if given:
            raise wrong(ours, given, span)
        return Term(result, f"{ours}()", nullable=False)

    return translated


def contains(given: Arguments, span: Span) -> Term:
    """`list contains` of something that is no list."""
    if given and given[0].is_null:
        return NULL
    raise wrong("list contains", given, span)


def months_between(given: Arguments, span: Span) -> Term:
    """`years and months duration`."""
    return simple("years and months duration", "months_between", MONTHS, "date", "date")(given, span)


FUNCTIONS: Mapping[str, Translated] = {
    **{name: moment(name) for name in CONSTANTS},
    "years and months duration": months_between,
    "string length": simple("string length", "length", NUMBER, "text"),
    "upper case": simple("upper case", "upper", TEXT, "text"),
    "lower case": simple("lower case", "lower", TEXT, "text"),
    "contains": simple("contains", "contains", FLAG, "text", "text"),
    "starts with": simple("starts with", "starts_with", FLAG, "text", "text"),
    "ends with": simple("ends with", "ends_with", FLAG, "text", "text"),
    "substring": substring,
    "string": as_text,
    "number": as_number,
    "abs": simple("abs", "abs", NUMBER, "number"),
    "modulo": simple("modulo", "modulo", NUMBER, "number", "number", nullable=True),
    "sqrt": lambda given, span: simple("sqrt", "power", NUMBER, "number", "number", nullable=True)(
        [*given, number("0.5")], span
    ),
    "decimal": rounded("decimal", "round_half_even"),
    "round up": rounded("round up", "round_up"),
    "round down": rounded("round down", "round_down"),
    "round half up": rounded("round half up", "round_half_up"),
    "round half down": rounded("round half down", "round_half_down"),
    "floor": rounded("floor", "round_floor"),
    "ceiling": rounded("ceiling", "round_ceiling"),
    "sum": total,
    "count": count,
    "min": extreme("min"),
    "max": extreme("max"),
    "mean": mean,
    "all": every_or_any("all"),
    "any": every_or_any("any"),
    "list contains": contains,
    "today": clock("today", DATE),
    "now": clock("now", INSTANT),
}
"""Name in FEEL → how its call is said."""


def part_of(ours: str) -> Callable[[Term], Term]:
    """A part of a day, also of the day of an instant in UTC."""
    return lambda of: call(NUMBER, ours, call(DATE, "utc_date", of) if of.type.kind == "instant" else of)


PROPERTIES: Mapping[tuple[str, str], Callable[[Term], Term]] = {
    **{(kind, part): part_of(part) for kind in ("date", "instant") for part in ("year", "month", "day")},
    ("months", "years"): lambda of: Term(NUMBER, f"div({of.text}, 12)", ATOM, nullable=of.nullable),
    ("months", "months"): lambda of: typed(Term(NUMBER, f"mod({of.text}, 12)", nullable=of.nullable), NUMBER),
}
"""Kind and part → how it is said."""
