"""Cells: the grammar of unary tests, read into closed objects; anything else is `Malformed` and nothing worse."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules.cells import (
    ANYTHING,
    MAX_CELL,
    Between,
    Compare,
    Malformed,
    Missing,
    Not,
    OneOf,
    Operand,
    operands,
    read_cell,
    with_operands,
)


def equal(text):
    return Compare("=", Operand(text))


def between(low, high, brackets):
    return Between(Operand(low), Operand(high), brackets[0] == "[", brackets[1] == "]")


@pytest.mark.parametrize(
    ("text", "test"),
    [
        ("-", ANYTHING),
        (" - ", ANYTHING),
        ("null", Missing()),
        ("5", equal("5")),
        ("-5", equal("-5")),
        ("'A'", equal("'A'")),
        ("'A','B'", OneOf((equal("'A'"), equal("'B'")))),
        ("'a, b', null", OneOf((equal("'a, b'"), Missing()))),
        ("> 500", Compare(">", Operand("500"))),
        (">=500", Compare(">=", Operand("500"))),
        ("!= 'x'", Compare("!=", Operand("'x'"))),
        ("== 5", Compare("=", Operand("5"))),
        ("[200..500]", between("200", "500", "[]")),
        ("(0..10)", between("0", "10", "()")),
        ("[0..10)", between("0", "10", "[)")),
        ("(0.5..1.5]", between("0.5", "1.5", "(]")),
        ("[min(a, b)..limit]", between("min(a, b)", "limit", "[]")),
        ("(a + b) * 2", equal("(a + b) * 2")),
        ("(a + b)", equal("(a + b)")),
        ("not('C')", Not(equal("'C'"))),
        ("not('C', > 5)", Not(OneOf((equal("'C'"), Compare(">", Operand("5")))))),
        ("< 5, > 9", OneOf((Compare("<", Operand("5")), Compare(">", Operand("9"))))),
        ("＞ 5", Compare(">", Operand("5"))),
        ("【1..2）", between("1", "2", "[)")),
        ("'，'", equal("'，'")),
        ("notable", equal("notable")),
    ],
)
def test_what_a_cell_may_say(text, test):
    assert read_cell(text) == test


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("  ", "empty"),
        (">", "empty"),
        ("1,,2", "empty"),
        ("1,", "empty"),
        ("-, 1", "empty"),
        ("[1..5", "unclosed"),
        ("1..5]", "unclosed"),
        ("1..5", "unclosed"),
        ("[1..5]]", "unclosed"),
        ("[1..2..3]", "unclosed"),
        ("not('C'", "unclosed"),
        ("not(1), 2", "unclosed"),
        ("[..5]", "open_end"),
        ("[1..]", "open_end"),
        ("not(not(1))", "nested"),
        ("'A", "quote"),
        ("'A','B", "quote"),
        ("1" * (MAX_CELL + 1), "long"),
    ],
)
def test_what_it_may_not(text, reason):
    with pytest.raises(Malformed) as refused:
        read_cell(text)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("text", "true", "false"),
    [
        ("-", [5, None], []),
        ("null", [None], [5]),
        ("5", [5, Decimal("5.0")], [6, None]),
        ("> 5", [6], [5, None]),
        ("<= 5", [5], [6, None]),
        ("!= 5", [6], [5, None]),
        ("[1..5)", [1, 4], [0, 5, None]),
        ("(1..5]", [2, 5], [1, None]),
        ("not([1..5])", [0, 6], [1, 5, None]),
        ("1, 3", [1, 3], [2, None]),
        ("not(null)", [1], [None]),
    ],
)
def test_what_matches(text, true, false):
    test = with_operands(read_cell(text), lambda _, operand: Operand(operand.text, Decimal(operand.text)))
    assert all(test.matches(value, {}) for value in true)
    assert not any(test.matches(value, {}) for value in false)


def test_all_operands_are_found():
    test = read_cell("not(< 5, [6..7], 'x')")
    assert [(operator, operand.text) for operator, operand in operands(test)] == [
        ("<", "5"),
        ("..", "6"),
        ("..", "7"),
        ("=", "'x'"),
    ]


@given(st.text(alphabet="[]()<>=!'\"-.., 15anotul(.．，（）", max_size=30) | st.text(max_size=40))
def test_any_text_is_a_test_or_malformed(text):
    try:
        test = read_cell(text)
    except Malformed:
        return
    assert all(operand.text for _, operand in operands(test))
