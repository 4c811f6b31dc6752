"""Which rows hit, and the runner-up, against a reading by hand."""

from hypothesis import given
from hypothesis import strategies as st

from engine.rules.cells import ANYTHING, Between, Compare, Operand
from engine.rules.hits import BoundRow, find, why_not

number = st.integers(0, 6)
tests = st.one_of(
    st.just(ANYTHING),
    st.builds(lambda operator, value: Compare(operator, Operand("", value)), st.sampled_from(["=", "<", ">="]), number),
    st.builds(
        lambda low, high, first, last: Between(Operand("", low), Operand("", high), first, last),
        number,
        number,
        st.booleans(),
        st.booleans(),
    ),
)
tables = st.lists(st.tuples(tests, tests), max_size=8).map(
    lambda rows: [BoundRow(str(position), pair, ()) for position, pair in enumerate(rows)]
)


@given(tables, st.tuples(number | st.none(), number | st.none()))
def test_rows_that_hit(rows, inputs):
    fits = [all(test.matches(value, {}) for test, value in zip(row.tests, inputs, strict=True)) for row in rows]
    every = [position for position, fit in enumerate(fits) if fit]
    assert find(rows, inputs, {}, every=True) == every
    assert find(rows, inputs, {}, every=False) == every[:1]


@given(tables, st.tuples(number, number))
def test_the_runner_up_misses_by_the_fewest_columns(rows, inputs):
    taken = find(rows, inputs, {}, every=False)
    found = why_not(rows, inputs, {}, taken)
    misses = {
        row.id: sum(not test.matches(value, {}) for test, value in zip(row.tests, inputs, strict=True))
        for position, row in enumerate(rows)
        if position not in taken
    }
    if not misses:
        assert found is None
        return
    assert found.failed == min(misses.values())
    assert found.row == min((row for row, missed in misses.items() if missed == found.failed), key=int)
    assert found.later is (found.failed == 0)
    if found.column is not None:
        assert found.seen == inputs[found.column]
        assert not rows[int(found.row)].tests[found.column].matches(found.seen, {})
