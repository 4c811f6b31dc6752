"""Quantities, money, currencies, and days in zones."""

from datetime import UTC, date, datetime
from decimal import Decimal, localcontext

import pytest

from engine.language.currencies import CURRENCIES, is_currency, money_scale
from engine.language.values import Money, Quantity, day_in_zone, day_start, fits_scale, is_zone

D = Decimal


def test_arithmetic_is_exact_in_any_context() -> None:
    with localcontext() as context:
        context.prec = 3
        assert Quantity(D("1234567.1"), "kg") + Quantity(D("0.01"), "kg") == Quantity(D("1234567.11"), "kg")
        assert Money(D("123456.78"), "CNY") - Money(D("0.01"), "CNY") == Money(D("123456.77"), "CNY")
        assert Money(D("123456.78"), "CNY") * 3 == Money(D("370370.34"), "CNY")
        assert -Quantity(D("123456"), "kg") == Quantity(D("-123456"), "kg")


def test_measures_do_not_mix() -> None:
    with pytest.raises(AssertionError):
        _ = Quantity(D(1), "kg") + Quantity(D(1), "piece")
    with pytest.raises(AssertionError):
        _ = Money(D(1), "CNY") - Money(D(1), "USD")


def test_words() -> None:
    assert str(Quantity(D("0.350000"), "kg")) == "0.35 kg"
    assert str(Money(D("1.5"), "CNY")) == "1.50 CNY"
    assert str(Money(D(7), "JPY")) == "7 JPY"


@pytest.mark.parametrize(
    ("code", "scale"),
    [("CNY", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("EUR", 2), ("VND", 0), ("TND", 3), ("HUF", 2), ("ISK", 0)],
)
def test_scales(code: str, scale: int) -> None:
    assert money_scale(code) == scale


def test_the_table_of_currencies() -> None:
    assert all(len(code) == 3 and code.isupper() for code in CURRENCIES)
    assert len(CURRENCIES) == 178
    assert not is_currency("XAU")
    assert not is_currency("XYZ")
    with pytest.raises(KeyError):
        money_scale("XAU")


def test_fits() -> None:
    assert Money(D("1.10"), "CNY").fits
    assert Money(D("1.100"), "CNY").fits
    assert not Money(D("1.101"), "CNY").fits
    assert not Money(D("1.1"), "JPY").fits
    assert fits_scale(D("1E+3"), 0)


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        (datetime(2026, 1, 31, 15, 59, tzinfo=UTC), "Asia/Shanghai", date(2026, 1, 31)),
        (datetime(2026, 1, 31, 16, 0, tzinfo=UTC), "Asia/Shanghai", date(2026, 2, 1)),
        (datetime(2026, 1, 31, 4, 0, tzinfo=UTC), "America/New_York", date(2026, 1, 30)),
    ],
)
def test_days(instant: datetime, zone: str, day: date) -> None:
    assert day_in_zone(instant, zone) == day


@pytest.mark.parametrize(
    "zone",
    ["Asia/Shanghai", "America/New_York", "America/Sao_Paulo", "Asia/Beirut", "Africa/Cairo", "America/Havana", "UTC"],
)
def test_a_day_begins_on_that_day_and_the_moment_before_is_not_it(zone: str) -> None:
    from datetime import timedelta

    for number in range(0, 6000, 1):
        day = date(2010, 1, 1) + timedelta(days=number)
        begins = day_start(day, zone)
        assert begins.tzinfo is UTC
        assert day_in_zone(begins, zone) == day


def test_zones() -> None:
    assert is_zone("Asia/Shanghai")
    assert not is_zone("Asia/Nowhere")
    assert not is_zone("../etc/passwd")
    assert not is_zone("")
