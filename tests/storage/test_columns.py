"""What is written is what is read, for every kind of column, to the edge of its range."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.entities.columns import LARGEST, Column, OutOfRange
from engine.storage.canonical import canonical, cell_id, from_canonical, key_text
from engine.storage.columns import days, decoder, encoder, from_days, from_microseconds, microseconds, storable

VALUES = st.one_of(
    st.tuples(st.just(Column("text")), st.text().filter(storable)),
    st.tuples(st.just(Column("integer")), st.integers(-LARGEST, LARGEST)),
    st.tuples(st.just(Column("scaled", 6)), st.integers(-LARGEST, LARGEST).map(lambda n: Decimal(n).scaleb(-6))),
    st.tuples(st.just(Column("flag")), st.booleans()),
    st.tuples(st.just(Column("date")), st.dates()),
    st.tuples(st.just(Column("instant")), st.datetimes(timezones=st.just(UTC))),
)


@given(VALUES)
def test_a_value_comes_back_as_it_went(pair: tuple[Column, object]) -> None:
    column, value = pair
    stored = encoder(column)(value)
    assert isinstance(stored, str | int)
    assert not isinstance(stored, bool)
    decode = decoder(column)
    found = stored if decode is None else decode(stored)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "\udfff汉"])
def test_a_text_that_no_database_keeps_is_refused(text: str) -> None:
    with pytest.raises(OutOfRange):
        encoder(Column("text"))(text)


def test_nothing_stays_nothing() -> None:
    for kind in ("text", "integer", "scaled", "flag", "date", "instant"):
        assert encoder(Column(kind))(None) is None  # type: ignore[arg-type]


def test_days_and_instants_are_counted_from_1970() -> None:
    assert (days(date(1970, 1, 2)), from_days(-1)) == (1, date(1969, 12, 31))
    moment = datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    assert (microseconds(moment), from_microseconds(-1)) == (-1, moment)


def test_equal_values_have_one_spelling_and_no_float() -> None:
    assert canonical({"b": Decimal("1.50"), "a": [date(2026, 1, 2), timedelta(days=1)]}) == (
        '{"a":["2026-01-02","86400000000us"],"b":"1.50"}'
    )
    assert from_canonical('{"a":1.5}') == {"a": Decimal("1.5")}
    with pytest.raises(ValueError, match="Out of range"):
        canonical({"a": float("nan")})
    with pytest.raises(TypeError):
        canonical({"a": object()})


@given(st.lists(st.text()), st.lists(st.text()))
def test_different_keys_have_different_text(one: list[str], other: list[str]) -> None:
    assert (key_text(*one) == key_text(*other)) == (one == other)


def test_a_dimension_added_later_changes_no_cell() -> None:
    before = cell_id({"item": "a", "place": "b"})
    assert cell_id({"place": "b", "batch": None, "item": "a"}) == before
    assert cell_id({"item": "a", "place": "c"}) != before
