from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest

from engine.operations.listing import Column, Listing, Row
from engine.web.spreadsheet import csv_answer, harmless


@pytest.mark.parametrize("first", list("=+-@\t\r\n＝＋－＠"))
def test_no_text_acts_as_a_formula(first: str) -> None:
    """ASVS 1.2.10."""
    assert harmless(f"{first}cmd|' /C calc'!A0") == f"'{first}cmd|' /C calc'!A0"


@pytest.mark.parametrize("text", ["-5", "-0.35", "12", "", "a=b", "2026-02-22", "面粉"])
def test_plain_texts_and_negative_numbers_stay(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize("text", ["-1+2", "--1", "-5 kg", "-", "-1e5"])
def test_what_only_begins_like_a_number_is_guarded(text: str) -> None:
    assert harmless(text) == f"'{text}"


def test_exact_numbers_with_their_units_in_a_column_of_their_own() -> None:
    columns = (
        Column("name", {"zh": "名称", "en": "Name"}),
        Column("quantity", {"zh": "数量", "en": "Quantity"}, "quantity", "right"),
        Column("amount", {"zh": "金额", "en": "Amount"}, "money", "right"),
    )
    rows = (
        Row(
            "1",
            ("=1+1", "1,234.5 千克", "-1,000.00"),
            {"quantity": Decimal("1234.500"), "amount": "-1000"},
            units={"quantity": "千克"},
        ),
        Row("2", ('a"b\nc', "", ""), {"quantity": None, "amount": None}),
    )
    answer = csv_answer(Listing(columns, rows, 2, {}, 1, 50), "zh", "库存 表")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%E5%BA%93%E5%AD%98%20%E8%A1%A8.csv"
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert bytes(answer.body).startswith(b"\xef\xbb\xbf")
    table = list(csv.reader(io.StringIO(bytes(answer.body).decode("utf-8-sig"), newline="")))
    assert table == [
        ["名称", "数量", "数量（单位）", "金额"],
        ["'=1+1", "1234.500", "千克", "-1000"],
        ['a"b\nc', "", "", ""],
    ]
