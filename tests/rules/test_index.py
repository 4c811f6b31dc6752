"""The index against a reading row by row: which rows hit, what was left after each column, which row came closest."""

from decimal import Decimal
from itertools import accumulate
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from engine.language.formula import Formula
from engine.language.scope import Scope
from engine.language.types import DecimalType
from engine.rules.cells import ANYTHING, Between, Compare, Missing, Not, OneOf, Operand
from engine.rules.index import BoundRow, Index
from engine.rules.row_sets import MOST, along, flipped, of_flags, positions
from tests.rules.plain import find, why_not

LIMIT = Formula("limit + 1", None)
assert not LIMIT.bind(Scope({"limit": DecimalType()}, {}))
FORMULA = Operand("limit + 1", None, LIMIT.expression)

number = st.integers(0, 6).map(Decimal)
constant = number.map(lambda value: Operand(str(value), value))
operand = st.one_of(constant, constant, constant, st.just(FORMULA))
word = st.sampled_from("abc").map(lambda value: Operand(value, value))


def or_several(single):
    several = st.one_of(single, st.lists(single, min_size=1, max_size=3).map(lambda found: OneOf(tuple(found))))
    return st.one_of(several, several.map(Not))


ordered = or_several(
    st.one_of(
        st.just(ANYTHING),
        st.just(Missing()),
        st.builds(Compare, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), operand),
        st.builds(Between, operand, operand, st.booleans(), st.booleans()),
    )
)
unordered = or_several(
    st.one_of(st.just(ANYTHING), st.just(Missing()), st.builds(Compare, st.sampled_from(["=", "!="]), word))
)
tables = st.lists(st.tuples(ordered, unordered, ordered), max_size=9).map(
    lambda rows: [BoundRow(str(position), each, ()) for position, each in enumerate(rows)]
)
numbers = st.integers(0, 13).map(lambda half: Decimal(half) / 2) | st.none()
inputs = st.tuples(numbers, st.sampled_from([*"abcd", None]), numbers)


@given(tables, inputs, st.sampled_from([None, Decimal(1), Decimal(3)]))
def test_it_says_what_a_reading_row_by_row_says(rows, values, limit):
    scope = {"limit": limit}
    index = Index(rows, (True, False, True))
    every = find(rows, values, scope, every=True)
    assert index.every(values, scope) == every
    assert index.first(values, scope) == (every[0] if every else None)
    for taken in (every[:1], every):
        said = index.explain(values, scope, taken)
        through = [[row.tests[at].matches(value, scope) for row in rows] for at, value in enumerate(values)]
        left = accumulate(through, lambda before, column: [a and b for a, b in zip(before, column, strict=True)])
        assert said.left == tuple(map(sum, left))
        assert said.runner_up == why_not(rows, values, scope, taken)


@given(st.lists(st.sets(st.integers(0, 20)), max_size=12), st.integers(0, 2**21 - 1))
def test_sets_along_a_column_are_those_that_flipping_gives(changes, start):
    sets = along(start, changes)
    expected = list(accumulate(changes, flipped, initial=start))[1:]
    assert list(sets) == expected
    assert len(sets) == len(changes)


def test_rows_are_counted_from_the_highest_bit():
    assert of_flags([True, False, False, True]) == 0b1001
    assert list(positions(0b1001, 4)) == [0, 3]
    assert of_flags([]) == 0


def test_few_sets_are_written_out():
    """Each row begins and ends somewhere of its own; a set is kept only where more than `MOST` rows differ."""
    random = Random(7)
    size = 1_000
    ends = random.sample(range(100_000), 2 * size)
    spans = [sorted(map(Decimal, ends[2 * at : 2 * at + 2])) for at in range(size)]
    cells = [Between(Operand("", low), Operand("", high), True, False) for low, high in spans]
    (column,) = Index([BoundRow(str(at), (cell,), ()) for at, cell in enumerate(cells)], (True,)).columns
    assert len(column.sets) == 4 * size + 1
    assert column.sets.written_out <= 2 * size / MOST
