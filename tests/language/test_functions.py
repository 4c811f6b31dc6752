"""The table: every entry is complete, documented in both languages, and its examples are true."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from engine.language.formula import Formula, Scope
from engine.language.functions import FUNCTIONS
from engine.language.parse import Parsed, parse
from engine.language.second_opinion import second_opinion
from engine.language.types import DecimalType, RecordType, RowsType

LINES = tuple({"amount": Decimal(amount)} for amount in (10, 20, 30))
SCOPE = Scope({"lines": RowsType(RecordType("line", {"amount": DecimalType(2)}))})
VALUES = {"lines": LINES, "today": date(2026, 1, 31), "now": datetime(2026, 1, 31, tzinfo=UTC)}

CONTRACT = """
if coalesce min max sum count any all abs round_half_up round_half_even round_up round_down today now days
hours months add_days add_months days_between year month day concat lower upper trim length starts_with
ends_with contains
"""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_entry_is_complete(name: str) -> None:
    entry = FUNCTIONS[name]
    assert entry.name == name
    assert entry.examples
    for words in (entry.doc, entry.phrase):
        assert set(words) == {"zh", "en"}
        assert all(words.values())
    assert name in entry.signature
    assert (entry.run is None) == (entry.special or name == "months")


def value_of(text: str) -> object:
    formula = Formula(text)
    assert formula.bind(SCOPE) == (), text
    value = formula.expression.evaluate(VALUES)
    assert formula.expression.trace(VALUES).value == value
    parsed = parse(text)
    assert isinstance(parsed, Parsed)
    assert second_opinion(parsed, VALUES) == value
    return value


@pytest.mark.parametrize(("example", "result"), [one for entry in FUNCTIONS.values() for one in entry.examples])
def test_each_example_is_true(example: str, result: str) -> None:
    assert value_of(example) == value_of(result)
    assert value_of(example) is not None


def test_the_table_holds_what_was_promised() -> None:
    assert set(CONTRACT.split()) <= set(FUNCTIONS)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("round_half_up(-2.5)", -3),
        ("round_half_even(2.5)", 2),
        ("round_half_even(3.5)", 4),
        ("round_up(-2.1)", -3),
        ("round_down(-2.9)", -2),
        ("round_half_up(15, -1)", Decimal(20)),
        ("div(7, -2)", -3),
        ("div(-7.5, 2)", -3),
        ("mod(7, -2)", 1),
        ("mod(-7.5, 2)", Decimal("-1.5")),
        ("add_months(date('2024-02-29'), 12)", date(2025, 2, 28)),
        ("add_months(date('2026-01-31'), -2)", date(2025, 11, 30)),
        ("add_months(date('9999-12-01'), 1)", None),
        ("add_months(date('2026-03-31'), -1)", date(2026, 2, 28)),
        ("div(1, 0)", None),
        ("mod(1, 0)", None),
        ("contains('100%', '%')", True),
        ("starts_with('a', '')", True),
        ("ends_with('a', 'ba')", False),
        ("length(concat('模', 7))", 2),
        ("days_between(date('2026-03-01'), date('2026-02-28'))", -1),
    ],
)
def test_edges(text: str, value: object) -> None:
    assert value_of(text) == value


def test_rounding_keeps_the_type() -> None:
    assert isinstance(value_of("round_half_up(2.5)"), int)
    assert str(value_of("round_half_up(2, 2)")) == "2.00"


def test_a_long_text_has_no_answer() -> None:
    half = "'" + "x" * 900 + "'"
    formula = Formula(f"length(concat({half}, {half}))")
    assert formula.bind(SCOPE) == ()
    assert formula.expression.evaluate({}) == 1800
    from engine.language.calculations import concat

    assert concat("x" * 60_000, "x" * 60_000) is None
