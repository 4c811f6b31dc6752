"""Lengths of time and times of day as ISO 8601 writes them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.durations import (
    read_clock,
    read_duration,
    read_months,
    written_clock,
    written_duration,
    written_months,
)


@given(st.timedeltas(timedelta(days=-999_999), timedelta(days=999_999)))
def test_what_is_written_is_read_back(length: timedelta) -> None:
    """Any length, any time of day."""
    assert read_duration(written_duration(length)) == length
    assert read_clock(written_clock(length)) == length % timedelta(days=1)


@given(st.integers(-999_999, 999_999))
def test_months_are_read_back(months: int) -> None:
    """Any number of them."""
    assert read_months(written_months(months)) == months


@pytest.mark.parametrize("text", ["", "P", "-P", "PT", "P1DT", "P1Y", "1D", "P1D ", "P-1D", "PT1.S", "P99999999D"])
def test_what_is_no_duration_is_none(text: str) -> None:
    """Nothing is guessed."""
    assert read_duration(text) is None


@pytest.mark.parametrize("text", ["", "P", "P1D", "P1M1Y", "1Y", "P1Y "])
def test_what_is_no_number_of_months_is_none(text: str) -> None:
    """Days are no months."""
    assert read_months(text) is None


@pytest.mark.parametrize("text", ["8:30:00", "08:30", "24:00:00", "08:60:00", "08:30:60", "08:30:00+8"])
def test_what_is_no_time_of_day_is_none(text: str) -> None:
    """Two digits each, seconds too."""
    assert read_clock(text) is None


def test_an_offset_leads_to_utc() -> None:
    """Also past midnight."""
    assert read_clock("01:00:00+02:00") == timedelta(hours=23)
    assert read_clock("23:00:00-02:00") == timedelta(hours=1)
