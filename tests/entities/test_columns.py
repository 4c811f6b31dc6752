from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.entities.columns import LARGEST, Column, OutOfRange, fits, from_stored, plain, scaled, to_stored, unscaled


def test_known_values() -> None:
    assert to_stored(Column("text"), "007") == "007"
    assert to_stored(Column("scaled", 6), Decimal("0.35")) == 350_000
    assert to_stored(Column("scaled", 2), Decimal("1E+3")) == 100_000
    assert to_stored(Column("flag"), value=True) == 1
    assert to_stored(Column("date"), date(1970, 1, 2)) == 1
    assert to_stored(Column("date"), date(1969, 12, 31)) == -1
    assert to_stored(Column("instant"), datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC)) == 1_000_005
    assert to_stored(Column("integer"), None) is None
    assert from_stored(Column("integer"), None) is None


@pytest.mark.parametrize(("kind", "value"), [("integer", LARGEST), ("integer", -LARGEST), ("scaled", Decimal(LARGEST))])
def test_the_largest_values_are_kept(kind: str, value: int | Decimal) -> None:
    column = Column(kind)  # type: ignore[arg-type]
    assert from_stored(column, to_stored(column, value)) == value


@pytest.mark.parametrize(
    "value",
    [Decimal("0.001"), Decimal("1e400"), Decimal("1e-400"), Decimal("NaN"), Decimal("Infinity"), Decimal(LARGEST)],
)
def test_what_would_lose_digits_is_refused(value: Decimal) -> None:
    with pytest.raises(OutOfRange):
        scaled(value, 2)


def test_integers_beyond_64_bits_are_refused() -> None:
    for value in (LARGEST + 1, -LARGEST - 1, 10**400):
        with pytest.raises(OutOfRange):
            to_stored(Column("integer"), value)


@given(st.integers(-LARGEST, LARGEST), st.integers(0, 18))
def test_every_stored_number_comes_back(stored: int, scale: int) -> None:
    with localcontext(prec=5):  # the context of the caller has no say
        value = unscaled(stored, scale)
        assert scaled(value, scale) == stored
        assert str(value) == str(plain(value))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_plain_is_the_same_number_in_one_form(value: Decimal) -> None:
    assert plain(value) == value
    assert "E" not in str(plain(value))
    assert not str(plain(value)).startswith("-0") or value != 0
    assert plain(plain(value)).as_tuple() == plain(value).as_tuple()


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_instant_comes_back(value: datetime) -> None:
    assert from_stored(Column("instant"), to_stored(Column("instant"), value)) == value


def test_fits() -> None:
    assert fits(Decimal(LARGEST), 0)
    assert not fits(Decimal(LARGEST), 1)
    assert not fits(Decimal("NaN"), 1)
