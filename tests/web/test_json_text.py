from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from engine.language.problems import Refused
from engine.web.json_text import read_json, write_json


def test_numbers_are_read_exactly() -> None:
    value = read_json(b'{"a": 0.1, "b": 3, "c": 1e3, "d": 123456789012345678901234567890}')
    assert value == {"a": Decimal("0.1"), "b": 3, "c": Decimal("1e3"), "d": 123456789012345678901234567890}
    assert isinstance(value, dict)
    assert isinstance(value["a"], Decimal)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"a": NaN}', "WEB-114"),
        (b'{"a": -Infinity}', "WEB-114"),
        (b'{"a": 1e100000}', "WEB-114"),
        (b'{"a": 1' + b"0" * 500 + b"}", "WEB-114"),
        (b'{"a": 0.' + b"1" * 500 + b"}", "WEB-114"),
        (b'{"a": 1, "a": 2}', "WEB-106"),
        (b'{"a": {"b": 1, "b": 1}}', "WEB-106"),
        (b'{"a": "\\ud800"}', "WEB-117"),
        (b'{"a": ["x\\u0000"]}', "WEB-117"),
        (b'{"a": [["x\\u0000"]]}', "WEB-117"),
        (b'["\\u0000"]', "WEB-117"),
        (b'"\\ud800"', "WEB-117"),
        (b'{"a": ', "WEB-105"),
        (b"\xff\xfe", "WEB-105"),
        (b'\xef\xbb\xbf{"a": 1}', "WEB-105"),
        (b"[" * 100_000, "WEB-105"),
        (b"", "WEB-105"),
    ],
)
def test_one_reading_only(content: bytes, code: str) -> None:
    """ASVS 1.5.3, 1.1.1: what could be read in two ways is refused."""
    with pytest.raises(Refused) as refused:
        read_json(content)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_numbers_are_written_exactly() -> None:
    written = write_json(
        {
            "amount": Decimal("2.10"),
            "tiny": Decimal("1E-7"),
            "count": 3,
            "day": date(2026, 2, 22),
            "at": datetime(2026, 2, 22, 1, 2, 3, tzinfo=UTC),
            "long": timedelta(minutes=1, milliseconds=500),
            "none": None,
            "yes": True,
            "list": ("面粉", Decimal(1)),
        }
    )
    assert written.decode() == (
        '{"amount":"2.10","tiny":"0.0000001","count":3,"day":"2026-02-22","at":"2026-02-22T01:02:03Z",'
        '"long":"60.5","none":null,"yes":true,"list":["面粉","1"]}'
    )


def test_a_float_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError):
        write_json({"a": 0.1})
