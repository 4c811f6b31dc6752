"""Number text: what people type is what is kept."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from engine.language.catalogue import message
from engine.language.numbers import format_number, parse_number
from engine.language.problems import Problem


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", "0"),
        ("1.50", "1.50"),
        (" 12 ", "12"),
        ("-3.5", "-3.5"),
        ("+7", "7"),
        (".5", "0.5"),
        ("5.", "5"),
        ("１２３．５", "123.5"),
        ("－３", "-3"),
        ("−3", "-3"),
        ("１，２３４，５６７．８９", "1234567.89"),
        ("1,234", "1234"),
        ("12,345,678", "12345678"),
        ("1 234 567", "1234567"),
        ("1\u00a0234", "1234"),
        ("3。5", "3.5"),
        ("-0", "0"),
        ("9" * 38, "9" * 38),
        ("0" * 50 + "1", "1"),
        ("0." + "0" * 37 + "1", "0." + "0" * 37 + "1"),
    ],
)
def test_numbers(text: str, number: str) -> None:
    found = parse_number(text)
    assert isinstance(found, Decimal)
    assert str(found) == str(Decimal(number))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "VAL-201"),
        ("abc", "VAL-201"),
        ("1e5", "VAL-201"),
        ("NaN", "VAL-201"),
        ("Infinity", "VAL-201"),
        ("1.2.3", "VAL-201"),
        ("--1", "VAL-201"),
        ("٣", "VAL-201"),
        ("五", "VAL-201"),
        (".", "VAL-201"),
        ("-", "VAL-201"),
        ("0x10", "VAL-201"),
        ("1_000", "VAL-201"),
        ("1,5", "VAL-203"),
        ("12,34", "VAL-203"),
        ("1234,567", "VAL-203"),
        ("9" * 39, "VAL-202"),
        ("9" * 500, "VAL-202"),
        ("1,234 567", "VAL-201"),
    ],
)
def test_refusals(text: str, code: str) -> None:
    found = parse_number(text)
    assert isinstance(found, Problem)
    assert found.code == code
    assert message(found, "zh")
    assert message(found, "en")


@given(
    some.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12),
    some.booleans(),
)
def test_what_is_shown_can_be_typed_again(value: Decimal, grouped: bool) -> None:
    assert parse_number(format_number(value, 2, grouped=grouped)) == value


@pytest.mark.parametrize(
    ("value", "scale", "grouped", "text"),
    [
        ("1234.5", 2, True, "1,234.50"),
        ("1234.567", 2, False, "1234.567"),
        ("1E+3", None, False, "1000"),
        ("-0.00", 2, False, "0.00"),
        ("2.500000", None, False, "2.5"),
        ("0.000001", None, False, "0.000001"),
    ],
)
def test_format(value: str, scale: int | None, grouped: bool, text: str) -> None:
    assert format_number(Decimal(value), scale, grouped=grouped) == text
