"""Amounts with units as people type them."""

from decimal import Decimal

import pytest

from engine.language.amounts import parse_amount
from engine.language.catalogue import message
from engine.language.problems import Problem
from tests.language.test_units import NINE, UNITS


@pytest.mark.parametrize(
    ("text", "target", "result"),
    [
        ("2箱+3个", "piece", "21"),
        ("2箱3个", "piece", "21"),
        ("2 box + 3 piece", "piece", "21"),
        ("２箱＋３个", "piece", "21"),
        ("1.5 kg", "kg", "1.5"),
        ("1.5kg", "g", "1500"),
        ("1,500 g", "kg", "1.5"),
        ("350克", "kg", "0.35"),
        ("7", "kg", "7"),
        ("1打", "piece", "12"),
        ("-2箱3个", "piece", "-21"),
        ("18 piece", "box", "2"),
        ("1 234", "piece", "1234"),
        (".5kg", "kg", "0.5"),
    ],
)
def test_amounts(text: str, target: str, result: str) -> None:
    assert parse_amount(text, target, UNITS, NINE) == Decimal(result)


@pytest.mark.parametrize(
    ("text", "target", "code"),
    [
        ("", "kg", "VAL-201"),
        ("abc", "kg", "VAL-204"),
        ("2箱3", "piece", "VAL-204"),
        ("2 stone", "kg", "VAL-205"),
        ("2个", "kg", "VAL-206"),
        ("1 piece", "box", "VAL-208"),
        ("2箱-3个", "piece", "VAL-204"),
        ("1..2 kg", "kg", "VAL-201"),
        ("kg 2", "kg", "VAL-204"),
        ("1.5,5 kg", "kg", "VAL-201"),
        ("x" * 300, "kg", "VAL-202"),
    ],
)
def test_refusals(text: str, target: str, code: str) -> None:
    found = parse_amount(text, target, UNITS, NINE)
    assert isinstance(found, Problem)
    assert found.code == code
    assert message(found, "zh")
    assert message(found, "en")


def test_a_box_without_contents_is_named() -> None:
    found = parse_amount("1箱", "piece", UNITS)
    assert isinstance(found, Problem)
    assert found.code == "VAL-207"


def test_the_step_of_the_target_counts() -> None:
    found = parse_amount("355 g", "kg", UNITS, step=Decimal("0.01"))
    assert isinstance(found, Problem)
    assert (found.parameters["lower"], found.parameters["upper"]) == (Decimal("0.35"), Decimal("0.36"))
