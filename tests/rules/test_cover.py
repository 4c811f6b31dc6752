"""Rows that can never decide: what is said is proven against every value, and what people do is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules.cells import ANYTHING, Between, Compare, Missing, Not, OneOf, Operand, read_cell, with_operands
from engine.rules.cover import covered_rows, covers
from engine.rules.index import BoundRow, Index
from tests.rules.plain import find

OPERATORS = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
number = st.integers(1, 5)
operand = number.map(lambda value: Operand(str(value), value))
single = st.one_of(
    st.just(ANYTHING),
    st.just(Missing()),
    st.builds(Compare, OPERATORS, operand),
    st.builds(Between, operand, operand, st.booleans(), st.booleans()),
)
several = st.one_of(single, st.lists(single, min_size=1, max_size=3).map(lambda found: OneOf(tuple(found))))
tests = st.one_of(several, several.map(Not))
VALUES = (None, *(half / 2 for half in range(13)))


def cell(text):
    """A cell as it is written, its numbers read."""

    def value(_operator, operand):
        return Operand(operand.text, int(operand.text) if operand.text.isdigit() else operand.text.strip("'"))

    return with_operands(read_cell(text), value)


def row(name, *cells):
    return BoundRow(name, tuple(cell(text) for text in cells), ())


@given(tests, tests)
def test_what_is_covered_never_passes_alone(wide, narrow):
    if covers(wide, narrow):
        assert all(wide.matches(value, {}) for value in VALUES if narrow.matches(value, {}))


@given(st.lists(st.tuples(tests, tests), max_size=6), st.sampled_from(VALUES), st.sampled_from(VALUES))
def test_a_row_that_is_told_is_never_the_first(rows, first, second):
    bound = [BoundRow(str(position), pair, ()) for position, pair in enumerate(rows)]
    hits = find(bound, (first, second), {}, every=False)
    assert not {narrow for narrow, _ in covered_rows(Index(bound, (True, True)))} & set(hits)


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("-", "> 5"),
        ("-", "null"),
        (">= 5000", ">= 10000"),
        (">= 5", "> 5"),
        ("> 5", "[6..9]"),
        ("[1..9]", "(1..9)"),
        ("< 9", "8"),
        ("'A','B'", "'B'"),
        ("not('C')", "'A'"),
        ("not('C')", "not('C','D')"),
        ("> 1", "> 2, [5..6]"),
        ("null, > 1", "null"),
    ],
)
def test_what_people_write(wide, narrow):
    assert covers(cell(wide), cell(narrow))
    assert not covers(cell(narrow), cell(wide))


def test_a_formula_covers_itself_and_nothing_else():
    limit = Compare(">", Operand("limit", None, object()))
    assert covers(limit, limit)
    assert not covers(limit, cell("> 5"))
    assert not covers(cell("> 5"), limit)
    assert not covers(limit, cell("5"))


def test_the_narrow_row_belongs_above_the_wide_one():
    rows = [row("a", "'A'", ">= 5000"), row("b", "'A'", ">= 10000"), row("c", "'B'", ">= 10000"), row("d", "'A'", "-")]
    ordered = [True] * len(rows[0].tests)
    assert covered_rows(Index(rows, ordered)) == [(1, 0)]
    assert covered_rows(Index([rows[1], rows[0], *rows[2:]], ordered)) == []


def test_in_a_long_table_every_row_is_held_against_those_above():
    rows = [row(str(number), f"[{number}..{number + 1}]") for number in range(2_000)]
    assert covered_rows(Index([*rows, row("inside", "7"), row("last", "2000"), row("outside", "2001")], (True,))) == [
        (2_000, 6),
        (2_001, 1_999),
    ]


@given(st.lists(st.tuples(tests, tests), max_size=6))
def test_what_the_index_passes_over_is_not_covered(rows):
    """The index only leaves out rows that cannot be wider."""
    bound = [BoundRow(str(position), pair, ()) for position, pair in enumerate(rows)]
    pairs = ((at, above) for at in range(len(rows)) for above in range(at))
    wider = [(at, above) for at, above in pairs if all(map(covers, rows[above], rows[at]))]
    first = dict(reversed(wider))
    assert covered_rows(Index(bound, (True, True))) == sorted(first.items())
