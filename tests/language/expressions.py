"""Random typed formulas and random rows with missing values, for the agreement tests.

An `Author` writes formulas that load; `pushable_only` leaves out what the database cannot judge. Pools of values are
small, so that comparisons are often equal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from engine.language.formula import Scope
from engine.language.types import (
    ChoiceType,
    DateType,
    DecimalType,
    FlagType,
    InstantType,
    IntegerType,
    MoneyType,
    QuantityType,
    RecordType,
    ReferenceType,
    RowsType,
    TextType,
    Type,
)

LEVEL = ChoiceType(("A", "B", "C"))
PARTNER = RecordType("partner", {"level": LEVEL, "limit": MoneyType("CNY"), "since": DateType(), "name": TextType()})
LINE = RecordType(
    "line", {"pieces": IntegerType(), "weight": QuantityType("kg"), "amount": MoneyType("CNY"), "good": FlagType()}
)
COLUMNS: Mapping[tuple[str, ...], Type] = {
    ("n",): IntegerType(),
    ("k",): IntegerType(),
    ("d",): DecimalType(2),
    ("p",): DecimalType(6),
    ("q",): QuantityType("kg"),
    ("r",): QuantityType("kg"),
    ("m",): MoneyType("CNY"),
    ("f",): FlagType(),
    ("g",): FlagType(),
    ("t",): TextType(),
    ("u",): TextType(),
    ("c",): LEVEL,
    ("on",): DateType(),
    ("due",): DateType(),
    ("at",): InstantType(),
    ("supplier",): ReferenceType("partner"),
    ("payer",): ReferenceType("partner"),
    ("supplier", "level"): LEVEL,
    ("supplier", "limit"): MoneyType("CNY"),
    ("supplier", "since"): DateType(),
}
SCOPE = Scope(
    {
        **{path[0]: kind for path, kind in COLUMNS.items() if len(path) == 1},
        "lines": RowsType(LINE),
        "actor": RecordType("actor", {"company": ReferenceType("partner"), "level": LEVEL}),
        "settings": RecordType("settings", {"limit": MoneyType("CNY"), "rate": DecimalType(4), "strict": FlagType()}),
    },
    {"partner": PARTNER},
)
TODAY = date(2026, 1, 31)
NOW = datetime(2026, 1, 31, 8, 30, tzinfo=UTC)

POOLS: Mapping[type[Type], tuple[Any, ...]] = {
    IntegerType: (-7, -1, 0, 1, 2, 3, 30),
    DecimalType: tuple(map(Decimal, ("-2.50", "0.00", "0.10", "0.30", "1.00", "2.35", "1000.00"))),
    QuantityType: tuple(map(Decimal, ("-1", "0", "0.35", "0.000001", "1", "2.5", "1000"))),
    MoneyType: tuple(map(Decimal, ("-5", "0", "0.0001", "1", "9.99", "10000"))),
    FlagType: (True, False),
    TextType: ("", "a", "b", "ab", "A", "%", "模板"),
    ChoiceType: LEVEL.choices,
    DateType: (
        date(2025, 12, 31),
        date(2026, 1, 30),
        TODAY,
        date(2026, 2, 28),
        date(2024, 2, 29),
        date(1, 1, 1),
        date.max,
    ),
    InstantType: (NOW, NOW - timedelta(hours=1), NOW + timedelta(microseconds=1), datetime(1, 1, 1, tzinfo=UTC)),
    ReferenceType: ("p1", "p2"),
}


def random_row(random: Random) -> dict[tuple[str, ...], Any]:
    """A value or None for every column; what lies behind a missing reference is missing."""
    row = {path: None if random.random() < 0.2 else random.choice(POOLS[type(kind)]) for path, kind in COLUMNS.items()}
    if row["supplier",] is None:
        row = {path: None if path[0] == "supplier" else value for path, value in row.items()}
    return row


def random_constants(random: Random) -> dict[tuple[str, ...], Any]:
    """Values of the roots that are known before a query."""
    return {
        ("actor", "company"): random.choice(("p1", "p2", None)),
        ("actor", "level"): random.choice((*LEVEL.choices, None)),
        ("settings", "limit"): random.choice((Decimal("9.99"), Decimal("0.00005"), None)),
        ("settings", "rate"): random.choice((Decimal("1.13"), Decimal("0"), None)),
        ("settings", "strict"): random.choice((True, False, None)),
        ("today",): TODAY,
        ("now",): NOW,
    }


def scope_of(
    row: Mapping[tuple[str, ...], Any], constants: Mapping[tuple[str, ...], Any], random: Random
) -> dict[str, Any]:
    """The row as a formula sees it: references are mappings with an id."""
    scope: dict[str, Any] = {"today": TODAY, "now": NOW, "actor": {}, "settings": {}}
    for path, value in row.items():
        if path in {("supplier",), ("payer",)}:
            scope[path[0]] = None if value is None else {"id": value}
    for path, value in row.items():
        if len(path) == 2:
            if scope[path[0]] is not None:
                scope[path[0]][path[1]] = value
        elif path[0] not in {"supplier", "payer"}:
            scope[path[0]] = value
    for path, value in constants.items():
        if len(path) == 2:
            scope[path[0]][path[1]] = {"id": value} if path == ("actor", "company") and value is not None else value
    scope["lines"] = tuple(random_line(random) for _ in range(random.randrange(4)))
    return scope


def random_line(random: Random) -> dict[str, Any]:
    """One line of a document."""
    return {
        name: None if random.random() < 0.15 else random.choice(POOLS[type(kind)]) for name, kind in LINE.fields.items()
    }


class Author:
    """Writes random formulas of a wanted type."""

    def __init__(self, random: Random, *, pushable_only: bool = False) -> None:
        self.random = random
        self.pushable_only = pushable_only

    def write(self, kind: str, depth: int) -> str:
        """A formula of a kind: a key of `SIMPLE`."""
        forms = SIMPLE[kind] if depth <= 0 else SIMPLE[kind] + COMPOUND[kind] * 3
        if not self.pushable_only and depth > 0:
            forms = forms + PYTHON_ONLY.get(kind, ())
        form = self.random.choice(forms)
        return form(self, depth - 1)


Form = Callable[[Author, int], str]


def names(*choices: str) -> Form:
    """One of these texts as it stands."""
    return lambda author, _depth: author.random.choice(choices)


def shape(template: str, *kinds: str) -> Form:
    """A template with a formula of each kind filled in."""

    def write(author: Author, depth: int) -> str:
        parts = [author.write(kind, depth) for kind in kinds]
        sign = author.random.choice(("==", "!=", "<", "<=", ">", ">="))
        equal = author.random.choice(("==", "!="))
        return template.format(*parts, sign=sign, equal=equal)

    return write


def common(kind: str) -> tuple[Form, ...]:
    """What every kind can be."""
    return (shape("if({0}, {1}, {2})", "flag", kind, kind), shape("coalesce({0}, {1})", kind, kind))


def ordered(kind: str) -> tuple[Form, ...]:
    """What kinds with an order can be."""
    return (shape("min({0}, {1})", kind, kind), shape("max({0}, {1}, {2})", kind, kind, kind))


def rounded(kind: str) -> tuple[Form, ...]:
    """Every rounding, to every useful number of digits."""
    modes = ("round_half_up", "round_half_even", "round_up", "round_down")
    return tuple(shape(f"{mode}({{0}}, {digits})", kind) for mode in modes for digits in (0, 1, 3, -1))


COMPARED: tuple[Form, ...] = tuple(
    shape("({0} {sign} {1})", kind, kind)
    for kind in ("number", "integer", "kg", "money", "date", "instant", "days", "duration", "text")
) + tuple(shape("({0} {equal} {1})", kind, kind) for kind in ("record", "choice", "flag"))

SIMPLE: Mapping[str, tuple[Form, ...]] = {
    "flag": (names("f", "g", "settings.strict", "True", "False"),),
    "integer": (names("n", "k", "0", "1", "-3", "30"),),
    "number": (names("d", "p", "n", "0.1", "0.3", "2.355", "-1", "settings.rate"),),
    "kg": (names("q", "r", "q", "r"),),
    "money": (names("m", "supplier.limit", "settings.limit"),),
    "text": (names("t", "u", "'a'", "'ab'", "''", "'%'", "'模'"),),
    "choice": (names("c", "supplier.level", "actor.level"),),
    "date": (names("on", "due", "supplier.since", "today()", "date('2026-01-30')"),),
    "instant": (names("at", "now()"),),
    "days": (names("days(1)", "days(30)", "days(n)"),),
    "duration": (names("hours(1)", "minutes(90)", "days(1)", "hours(n)"),),
    "record": (names("supplier", "payer", "actor.company"),),
}
COMPOUND: Mapping[str, tuple[Form, ...]] = {
    "flag": (
        *COMPARED * 2,
        shape("({0} and {1})", "flag", "flag"),
        shape("({0} or {1})", "flag", "flag"),
        shape("(not {0})", "flag"),
        shape("({0} {sign} {1} {sign} {2})", "number", "number", "number"),
        shape("({0} in [0, 1.5, -2.50])", "number"),
        shape("({0} not in [0, 1])", "kg"),
        shape("({0} in ['A', 'B'])", "choice"),
        shape("({0} not in ['a', ''])", "text"),
        shape("({0} is None)", "money"),
        shape("({0} is not None)", "record"),
        shape("({0} == None)", "date"),
        shape("({0} is None)", "flag"),
        shape("({0} {equal} 'B')", "choice"),
        shape("({0} {sign} 0)", "kg"),
        shape("({0} {sign} 0.00005)", "money"),
        shape("starts_with({0}, {1})", "text", "text"),
        shape("ends_with({0}, {1})", "text", "text"),
        shape("contains({0}, {1})", "text", "text"),
        *common("flag"),
    ),
    "integer": (
        shape("({0} + {1})", "integer", "integer"),
        shape("({0} - {1})", "integer", "integer"),
        shape("({0} * 3)", "integer"),
        shape("(-{0})", "integer"),
        shape("abs({0})", "integer"),
        shape("div({0}, {1})", "number", "number"),
        shape("mod({0}, {1})", "integer", "integer"),
        shape("round_half_up({0})", "number"),
        shape("round_half_even({0})", "number"),
        shape("days_between({0}, {1})", "date", "date"),
        shape("year({0})", "date"),
        shape("month({0})", "date"),
        shape("day({0})", "date"),
        shape("length({0})", "text"),
        *common("integer"),
        *ordered("integer"),
    ),
    "number": (
        shape("({0} + {1})", "number", "number"),
        shape("({0} - {1})", "number", "integer"),
        shape("({0} * 1.13)", "number"),
        shape("(-{0})", "number"),
        shape("abs({0})", "number"),
        shape("mod({0}, {1})", "number", "number"),
        *rounded("number")[::3],
        *common("number"),
        *ordered("number"),
    ),
    "kg": (
        shape("({0} + {1})", "kg", "kg"),
        shape("({0} - {1})", "kg", "kg"),
        shape("({0} * 0.5)", "kg"),
        shape("({0} + 1)", "kg"),
        shape("abs({0})", "kg"),
        shape("mod({0}, 0.3)", "kg"),
        *rounded("kg")[1::3],
        *common("kg"),
        *ordered("kg"),
    ),
    "money": (
        shape("({0} + {1})", "money", "money"),
        shape("({0} - {1})", "money", "money"),
        shape("(2 * {0})", "money"),
        *rounded("money")[2::3],
        *common("money"),
        *ordered("money"),
    ),
    "text": (
        shape("concat({0}, {1})", "text", "text"),
        shape("concat({0}, '-', {1})", "text", "integer"),
        *common("text"),
    ),
    "choice": common("choice"),
    "date": (
        shape("({0} + {1})", "date", "days"),
        shape("({0} - {1})", "date", "days"),
        shape("add_days({0}, {1})", "date", "integer"),
        *common("date"),
        *ordered("date"),
    ),
    "instant": (
        shape("({0} + {1})", "instant", "duration"),
        shape("({0} - {1})", "instant", "duration"),
        shape("add_days({0}, {1})", "instant", "integer"),
        *common("instant"),
        *ordered("instant"),
    ),
    "days": (
        shape("({0} - {1})", "date", "date"),
        shape("({0} * 2)", "days"),
        shape("({0} + {1})", "days", "days"),
        *common("days"),
    ),
    "duration": (
        shape("({0} - {1})", "instant", "instant"),
        shape("({0} + {1})", "duration", "days"),
        shape("({0} - {1})", "duration", "duration"),
        shape("(-{0})", "duration"),
        *common("duration"),
        *ordered("duration"),
    ),
    "record": common("record"),
}
PYTHON_ONLY: Mapping[str, tuple[Form, ...]] = {
    "flag": (
        shape("any(lines, line.amount > {0})", "money"),
        shape("all(lines, line.good or {0})", "flag"),
        shape("(count(lines) {sign} {0})", "integer"),
    ),
    "integer": (
        shape("sum(lines.pieces)"),
        shape("count(lines, line.weight > {0})", "kg"),
        shape("count(lines.amount)"),
        shape("max(lines.pieces)"),
        shape("({0} * {1})", "integer", "integer"),
        shape("({0} ** 2)", "integer"),
    ),
    "number": (
        shape("({0} / {1})", "number", "number"),
        shape("({0} / {1})", "kg", "kg"),
        shape("({0} * {1})", "number", "number"),
    ),
    "kg": (
        shape("sum(lines.weight)"),
        shape("min(lines.weight)"),
        shape("({0} / {1})", "kg", "number"),
        shape("({0} * {1})", "kg", "number"),
    ),
    "money": (
        shape("sum(lines, line.amount * {0})", "integer"),
        shape("({0} * {1})", "kg", "money"),
        shape("({0} / {1})", "money", "kg"),
    ),
    "text": (shape("lower({0})", "text"), shape("upper({0})", "text"), shape("trim({0})", "text")),
    "date": (shape("({0} + months({1}))", "date", "integer"), shape("add_months({0}, {1})", "date", "integer")),
}
