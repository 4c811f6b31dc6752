"""Units: conversion is exact or refused with the nearest amounts."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from engine.language.catalogue import message
from engine.language.problems import Problem
from engine.language.units import Unit, UnitTable, check_step

UNITS = UnitTable(
    [
        Unit("kg", names=("千克", "公斤")),
        Unit("g", of="kg", ratio=Fraction(1, 1000), names=("克",)),
        Unit("t", of="kg", ratio=Fraction(1000)),
        Unit("piece", names=("个", "件")),
        Unit("dozen", of="piece", ratio=Fraction(12), names=("打",)),
        Unit("box", of="piece", per_item=True, names=("箱",)),
        Unit("pallet", of="box", ratio=Fraction(40)),
    ]
)
NINE = {"box": Fraction(9)}
D = Decimal


@pytest.mark.parametrize(
    ("amount", "source", "target", "result"),
    [
        ("350", "g", "kg", "0.35"),
        ("0.35", "kg", "g", "350"),
        ("2", "t", "g", "2000000"),
        ("2", "dozen", "piece", "24"),
        ("1", "box", "piece", "9"),
        ("9", "piece", "box", "1"),
        ("1", "pallet", "piece", "360"),
        ("4", "dozen", "piece", "48"),
        ("3", "dozen", "box", "4"),
        ("5", "kg", "kg", "5"),
    ],
)
def test_exact(amount: str, source: str, target: str, result: str) -> None:
    found = UNITS.convert(D(amount), source, target, NINE)
    assert isinstance(found, Decimal)
    assert format(found, "f") == result


def test_what_cannot_be_written_names_the_nearest() -> None:
    found = UNITS.convert(D(1), "piece", "box", NINE)
    assert isinstance(found, Problem)
    assert found.code == "VAL-208"
    assert (found.parameters["lower"], found.parameters["upper"]) == (D("0.111111"), D("0.111112"))
    found = UNITS.convert(D("-1"), "g", "kg", step=D("0.01"))
    assert isinstance(found, Problem)
    assert (found.parameters["lower"], found.parameters["upper"]) == (D("-0.01"), D(0))
    assert "-0.01" in message(found, "en")


@pytest.mark.parametrize(
    ("source", "target", "code"), [("kg", "piece", "VAL-206"), ("kg", "stone", "VAL-205"), ("box", "piece", "VAL-207")]
)
def test_refusals(source: str, target: str, code: str) -> None:
    found = UNITS.convert(D(1), source, target)
    assert isinstance(found, Problem)
    assert found.code == code
    assert message(found, "zh")


def test_an_override_of_the_item_wins() -> None:
    assert UNITS.convert(D(1), "dozen", "piece", {"dozen": Fraction(13)}) == 13


@given(
    some.decimals(places=6, min_value=-(10**6), max_value=10**6, allow_nan=False), some.sampled_from(["g", "t", "kg"])
)
def test_there_and_back_is_the_same(amount: Decimal, unit: str) -> None:
    there = UNITS.convert(amount, "kg", unit)
    if isinstance(there, Decimal):
        assert UNITS.convert(there, unit, "kg") == amount


def test_named() -> None:
    assert UNITS.named("箱") == "box"
    assert UNITS.named(" KG ") == "kg"
    assert UNITS.named("stone") is None
    assert "kg" in UNITS
    assert UNITS.base("pallet") == "piece"


@pytest.mark.parametrize(
    ("amount", "step", "nearest"),
    [
        ("0.35", "0.05", None),
        ("0.37", "0.05", ("0.35", "0.4")),
        ("-1", "2", ("-2", "0")),
        ("5", "0", None),
        ("0", "0.1", None),
    ],
)
def test_steps(amount: str, step: str, nearest: tuple[str, str] | None) -> None:
    found = check_step(D(amount), D(step), "kg")
    if nearest is None:
        assert found is None
    else:
        assert found is not None
        assert found.code == "VAL-209"
        assert (found.parameters["lower"], found.parameters["upper"]) == tuple(map(D, nearest))


def test_units_that_go_round_are_a_programmers_mistake() -> None:
    with pytest.raises(AssertionError):
        UnitTable([Unit("a", of="b", ratio=Fraction(1)), Unit("b", of="a", ratio=Fraction(1))])
