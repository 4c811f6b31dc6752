"""Integer, decimal, quantity and money: nothing is rounded, nothing is guessed."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.entities.columns import LARGEST
from engine.entities.fields.base import FormatContext, ParseContext
from engine.language.units import Unit, UnitTable
from tests.entities.fields.conftest import field, outcome

UNITS = UnitTable(
    [
        Unit("kg", names=("千克",)),
        Unit("g", "kg", Fraction(1, 1000), names=("克",)),
        Unit("piece", names=("个",)),
        Unit("box", "piece", per_item=True, names=("箱",)),
        Unit("third", "piece", Fraction(1, 3)),
    ]
)


def test_the_lost_grams() -> None:
    weight = field("quantity", unit="kg")
    assert outcome(weight, "0.35") == Decimal("0.35")
    assert outcome(weight, "350克", ParseContext(units=UNITS)) == Decimal("0.35")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2箱+3个", Decimal(21)),
        ("２箱", Decimal(18)),
        ("-1箱", Decimal(-9)),
        ("5", Decimal(5)),
        ("1 kg", "VAL-206"),
        ("1 stone", "VAL-205"),
        ("1 third", "VAL-208"),
        ("3 third", Decimal(1)),
        ("箱", "VAL-204"),
        ({"amount": "2", "unit": "箱"}, Decimal(18)),
        ({"amount": Decimal("0.5"), "unit": "box"}, Decimal("4.5")),
        ({"amount": 1, "unit": "stone"}, "VAL-205"),
        ({"amount": 1, "unit": 2}, "VAL-201"),
        ({"amount": 1, "size": 2}, "VAL-201"),
        ({"amount": Decimal("1e400"), "unit": "box"}, "VAL-113"),
        ({"amount": None}, "VAL-201"),
    ],
)
def test_amounts_in_units_of_the_item(raw: Any, expected: Any) -> None:
    scope = {"item": {"id": "i", "unit": "piece", "packs": ({"unit": "box", "holds": Decimal(9)},)}}
    quantity = field("quantity", unit="item.unit", ratios="item.packs")
    assert outcome(quantity, raw, ParseContext(units=UNITS, scope=scope)) == expected


def test_a_unit_that_is_not_known_yet() -> None:
    quantity = field("quantity", unit="item.unit")
    assert outcome(quantity, "2 kg", ParseContext(units=UNITS)) == "VAL-122"
    assert outcome(quantity, "2", ParseContext(units=UNITS)) == Decimal(2)
    assert outcome(field("quantity", unit="unit"), "2 kg", ParseContext(units=UNITS, scope={"unit": "g"})) == Decimal(
        2000
    )
    assert outcome(field("quantity", unit="unit"), "2 kg", ParseContext(units=UNITS, scope={"unit": None})) == "VAL-122"
    assert quantity.paths() == ("item.unit",)


def test_a_box_whose_content_nobody_stated() -> None:
    assert outcome(field("quantity", unit="piece"), "1 box", ParseContext(units=UNITS)) == "VAL-207"


def test_nearest_values_are_named() -> None:
    for raw, below, above in (
        ("1.005", "1", "1.01"),
        ("-1.005", "-1.01", "-1"),
        (Decimal("1e-400"), "0", "0.01"),
        (Decimal("-1e-400"), "-0.01", "0"),
    ):
        _, problems = field("decimal", scale=2).parse(raw, ParseContext())
        assert (problems[0].parameters["below"], problems[0].parameters["above"]) == (Decimal(below), Decimal(above))


def test_limits_and_steps() -> None:
    each = field("decimal", scale=3, min=0, max="2.5", exclusive_min=True, step=Decimal("0.125"))
    assert [problem.code for problem in each.judge(Decimal(0), {})] == ["VAL-116"]
    assert [problem.code for problem in each.judge(Decimal("2.6"), {})] == ["VAL-115", "VAL-209"]
    assert each.judge(Decimal("2.5"), {}) == ()
    whole = field("integer", max=9, exclusive_max=True, step=3)
    assert [problem.code for problem in whole.judge(9, {})] == ["VAL-117"]
    assert [problem.code for problem in whole.judge(4, {})] == ["VAL-209"]
    assert [key for key, _, _ in field("integer", min="a + 1", step="b").formulas()] == ["min", "step"]


def test_a_limit_that_is_not_known_limits_nothing() -> None:
    from engine.language.scope import Scope
    from engine.language.types import DecimalType

    each = field("decimal", min="low", step="item_step")
    for _, formula, expected in each.formulas():
        assert formula.bind(Scope({"low": DecimalType(), "item_step": DecimalType()}), expected) == ()
    assert each.judge(Decimal("0.5"), {"low": None, "item_step": None}) == ()
    assert [
        problem.code for problem in each.judge(Decimal("0.5"), {"low": Decimal(1), "item_step": Decimal("0.2")})
    ] == ["VAL-114", "VAL-209"]


def test_money_has_the_digits_of_its_currency() -> None:
    yuan, yen, dinar = (field("money", currency=code) for code in ("CNY", "JPY", "KWD"))
    assert [outcome(each, "1.5") for each in (yuan, yen, dinar)] == [Decimal("1.5"), "VAL-112", Decimal("1.5")]
    assert [each.format(Decimal(7), FormatContext()) for each in (yuan, yen, dinar)] == ["7.00", "7", "7.000"]
    by_path = field("money", currency="order.currency")
    assert by_path.paths() == ("order.currency",)
    assert outcome(by_path, "0.5", ParseContext(scope={"order": {"currency": "JPY"}})) == "VAL-112"
    assert outcome(by_path, "0.5", ParseContext(scope={"order": {"currency": "???"}})) == Decimal("0.5")
    assert by_path.format(Decimal(7), FormatContext(scope={"order": {"currency": "CNY"}})) == "7.00"


def test_a_calculated_value_has_to_fit_too() -> None:
    assert field("money", currency="CNY").fit(Decimal("0.005"), ParseContext())[1][0].code == "VAL-112"
    assert field("integer").fit(2**63, ParseContext())[1][0].code == "VAL-113"
    assert field("decimal").fit(Decimal("1.50"), ParseContext()) == (Decimal("1.5"), ())


@given(st.integers(-LARGEST, LARGEST), st.integers(0, 12), st.sampled_from(["zh", "en"]))
def test_every_number_that_fits_is_kept_to_the_last_digit(count: int, scale: int, language: str) -> None:
    each = field("decimal", scale=scale)
    number = Decimal(count).scaleb(-scale)
    assert outcome(each, number) == number
    assert outcome(each, each.format(number, FormatContext(language))) == number
    assert outcome(each, f"{number:f}") == number


@given(st.integers(LARGEST + 1, 10**60), st.sampled_from([1, -1]))
def test_every_number_beyond_64_bits_is_a_problem(count: int, sign: int) -> None:
    for each in (
        field("integer"),
        field("decimal", scale=0),
        field("quantity", unit="kg"),
        field("money", currency="CNY"),
    ):
        assert outcome(each, sign * count) in {"VAL-113", "VAL-202"}
        assert outcome(each, str(sign * count)) in {"VAL-113", "VAL-202"}
