from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine.entities.record import Record
from engine.entities.schema import Entity
from engine.forms.read import Named, ReadContext, Reading, read
from engine.forms.schema import Form
from tests.forms.conftest import find

GOOD: Mapping[str, Any] = {
    "code": "R-1",
    "supplier": "MILL",
    "lines": [
        {"item": "FLOUR", "quantity": "1.5 kg", "best_before": "2026-09-01"},
        {"item": "EGGS", "quantity": "2箱+3个"},
    ],
}


@pytest.fixture
def stored(receipt: Entity, form: Form, context: ReadContext) -> Record:
    reading = read(receipt, form, GOOD, None, context)
    assert reading.problems == ()
    return Record("receipt", "r1", 1, reading.values, state="draft")


def codes(reading: Reading) -> dict[tuple[str | int, ...], str]:
    return {problem.path: problem.code for problem in reading.problems}


def test_a_new_document(receipt: Entity, form: Form, context: ReadContext) -> None:
    reading = read(receipt, form, GOOD, None, context)
    assert reading.problems == ()
    assert reading.values["supplier"] == "p1"
    assert reading.values["company"] == "c1"
    assert reading.values["day"] == date(2026, 2, 3)
    assert reading.values["total"] == Decimal(0)
    assert reading.values["lines"] == (
        {"id": "n1", "item": "i1", "quantity": Decimal("1.5"), "price": Decimal(1), "best_before": date(2026, 9, 1)},
        {"id": "n2", "item": "i2", "quantity": Decimal(21), "price": Decimal(1), "best_before": None},
    )
    assert reading.touched == {"code", "supplier", "lines", "lines.item", "lines.quantity", "lines.best_before"}
    assert reading.typed == {**GOOD, "lines": tuple(GOOD["lines"])}
    assert reading.scope["lines"][0]["item"]["code"] == "FLOUR"  # type: ignore[index]


def test_everything_wrong_is_told_at_once(receipt: Entity, form: Form, context: ReadContext) -> None:
    raw = {
        "code": "abc",
        "note": "x" * 41,
        "count": "1.5",
        "rate": "0.3",
        "weight": "0",
        "fee": "-1",
        "paid": "0.001",
        "day": "2026-02-04",
        "seen": "now",
        "level": "c",
        "urgent": "maybe",
        "supplier": "NOBODY",
        "paper": "../x",
        "total": "5",
        "surprise": "1",
        "cod": 1,
        "lines": [
            {"item": "EGGS", "quantity": "0.5", "best_before": "2026-02-30"},
            {"item": "EGGS", "quantity": "1 kg", "size": 1},
            {"quantity": "3箱"},
            {"id": "elsewhere", "item": "FLOUR", "quantity": "1克"},
        ],
    }
    assert codes(read(receipt, form, raw, None, context)) == {
        ("code",): "VAL-106",
        ("note",): "VAL-103",
        ("count",): "VAL-112",
        ("rate",): "VAL-209",
        ("weight",): "VAL-116",
        ("fee",): "VAL-114",
        ("paid",): "VAL-112",
        ("day",): "VAL-115",
        ("seen",): "VAL-132",
        ("level",): "VAL-140",
        ("urgent",): "VAL-141",
        ("supplier",): "VAL-150",
        ("paper",): "VAL-170",
        ("total",): "VAL-181",
        ("surprise",): "VAL-180",
        ("cod",): "VAL-180",
        ("lines", 0, "quantity"): "VAL-209",
        ("lines", 0, "best_before"): "VAL-131",
        ("lines", 1, "quantity"): "VAL-206",
        ("lines", 1, "size"): "VAL-180",
        ("lines", 1, "item"): "VAL-166",
        ("lines", 2, "item"): "VAL-101",
        ("lines", 2, "quantity"): "VAL-122",
        ("lines", 3, "id"): "VAL-164",
        ("lines", 3, "best_before"): "VAL-101",
    }


def test_nothing_said(receipt: Entity, form: Form, context: ReadContext) -> None:
    reading = read(receipt, form, {}, None, context)
    assert codes(reading) == {("code",): "VAL-101", ("supplier",): "VAL-101", ("lines",): "VAL-162"}
    assert reading.touched == frozenset()
    draft = read(receipt, form, {}, None, replace(context, draft=True))
    assert draft.problems == ()
    assert draft.values["day"] == date(2026, 2, 3)


def test_a_draft_may_miss_but_not_be_wrong(receipt: Entity, form: Form, context: ReadContext) -> None:
    reading = read(receipt, form, {"count": 100, "lines": [{"quantity": "-1"}]}, None, replace(context, draft=True))
    assert codes(reading) == {("count",): "VAL-115", ("lines", 0, "quantity"): "VAL-116"}


def test_cleared_is_not_the_default(receipt: Entity, form: Form, context: ReadContext) -> None:
    reading = read(receipt, form, {**GOOD, "day": "", "currency": None}, None, context)
    assert codes(reading) == {("day",): "VAL-101"}
    assert reading.values["currency"] is None


def test_an_edit_keeps_what_is_not_said(receipt: Entity, form: Form, context: ReadContext, stored: Record) -> None:
    reading = read(receipt, form, {"note": "later"}, stored, context)
    assert reading.problems == ()
    assert reading.values == {**stored.values, "note": "later"}
    assert reading.touched == {"note"}


def test_null_clears_in_an_edit(receipt: Entity, form: Form, context: ReadContext, stored: Record) -> None:
    assert codes(read(receipt, form, {"supplier": None, "code": ""}, stored, context)) == {
        ("supplier",): "VAL-101",
        ("code",): "VAL-101",
    }


def test_lines_are_matched_by_id(receipt: Entity, form: Form, context: ReadContext, stored: Record) -> None:
    raw = {"lines": [{"id": "n2", "quantity": 5}, {"item": "FLOUR", "quantity": "200克", "best_before": "2026-03-01"}]}
    reading = read(receipt, form, raw, stored, replace(context, new_id=lambda: "new"))
    assert reading.problems == ()
    assert reading.values["lines"] == (
        {**stored.lines("lines")[1], "quantity": Decimal(5)},
        {"id": "new", "item": "i1", "quantity": Decimal("0.2"), "price": Decimal(1), "best_before": date(2026, 3, 1)},
    )
    assert reading.touched == {"lines", "lines.quantity", "lines.item", "lines.best_before"}


def test_sending_no_rows_takes_all_away(receipt: Entity, form: Form, context: ReadContext, stored: Record) -> None:
    for nothing in ([], "", None, {"a": 1}):
        reading = read(receipt, form, {"lines": nothing}, stored, context)
        assert codes(reading) == {("lines",): "VAL-160" if nothing else "VAL-162"}


def test_a_line_twice(receipt: Entity, form: Form, context: ReadContext, stored: Record) -> None:
    reading = read(receipt, form, {"lines": [{"id": "n1"}, {"id": "n1"}]}, stored, context)
    assert codes(reading)["lines", 1, "id"] == "VAL-165"


def test_empty_rows_are_no_lines(receipt: Entity, form: Form, context: ReadContext) -> None:
    rows = [{"item": " ", "quantity": "", "id": ""}, {}, GOOD["lines"][0], {"item": "X"}]
    reading = read(receipt, form, {**GOOD, "lines": rows}, None, context)
    assert codes(reading)["lines", 1, "item"] == "VAL-150"
    assert len(reading.values["lines"]) == 2  # type: ignore[arg-type]
    assert reading.typed["lines"] == (GOOD["lines"][0], {"item": "X"}, rows[0], {})


def test_one_batch_finds_all_records(receipt: Entity, form: Form, context: ReadContext, stored: Record) -> None:
    asked: list[Sequence[Named]] = []

    def counting(named: Sequence[Named]) -> Any:
        asked.append(named)
        return find(named)

    read(
        receipt,
        form,
        {"supplier": "DAIRY", "lines": [{"item": "EGGS"}, {"item": "FLOUR"}]},
        stored,
        replace(context, resolve=counting),
    )
    assert len(asked) == 1
    assert len(asked[0]) == len(set(asked[0]))


def test_a_stored_record_that_is_hidden_stays(
    receipt: Entity, form: Form, context: ReadContext, stored: Record
) -> None:
    blind = replace(context, resolve=lambda named: {})
    reading = read(receipt, None, {"note": "x"}, stored, blind)
    assert reading.values["supplier"] == "p1"
    assert ("supplier",) not in codes(reading)


def test_conditions_of_the_form(receipt: Entity, form: Form, context: ReadContext, stored: Record) -> None:
    hidden = read(receipt, form, {**GOOD, "seen": "2026-02-03 08:30", "level": "b"}, None, context)
    assert hidden.problems == ()
    assert hidden.values["seen"] is None
    shown = read(receipt, form, {**GOOD, "seen": "2026-02-03 08:30", "level": "甲"}, None, context)
    assert shown.values["seen"] == datetime(2026, 2, 3, 0, 30, tzinfo=UTC)
    assert codes(read(receipt, form, {**GOOD, "count": 51}, None, context)) == {("note",): "VAL-101"}
    assert codes(read(receipt, form, {**GOOD, "level": "b", "rate": "0.25"}, None, context)) == {("rate",): "VAL-182"}
    locked = read(receipt, form, {"level": "b", "rate": "0.25"}, stored, context)
    assert codes(locked) == {("rate",): "VAL-182"}
    assert locked.values["rate"] is None
    lines = [{"item": "FLOUR", "quantity": 1}]
    assert codes(read(receipt, form, {**GOOD, "lines": lines}, None, context)) == {
        ("lines", 0, "best_before"): "VAL-101"
    }
    assert read(receipt, form, {**GOOD, "lines": lines, "urgent": True}, None, context).problems == ()


def test_a_readonly_field_may_be_sent_back_unchanged(receipt: Entity, context: ReadContext, stored: Record) -> None:
    assert read(receipt, None, {"total": "0.00"}, stored, context).problems == ()
    assert codes(read(receipt, None, {"total": "0.01"}, stored, context)) == {("total",): "VAL-181"}
    assert codes(read(receipt, None, {"total": None}, stored, context)) == {("total",): "VAL-181"}


def test_money_follows_the_currency_of_the_document(receipt: Entity, context: ReadContext) -> None:
    yen = {**GOOD, "currency": "JPY", "paid": "10.5", "lines": [{**GOOD["lines"][0], "price": "0.5"}]}
    assert codes(read(receipt, None, yen, None, context)) == {("paid",): "VAL-112", ("lines", 0, "price"): "VAL-112"}


def test_compound_identity(receipt: Entity, context: ReadContext) -> None:
    raw = {**GOOD, "supplier": {"code": "MILL", "company": "HQ"}}
    assert read(receipt, None, raw, None, context).values["supplier"] == "p1"


def test_an_entity_from_a_json_schema(visit: Entity, context: ReadContext) -> None:
    raw = {
        "code": "V-1",
        "supplier": "MILL",
        "rate": "0.125",
        "weight": "200 g",
        "lines": [{"item": "EGGS", "price": "2.50"}],
    }
    reading = read(visit, None, raw, None, context)
    assert reading.problems == ()
    assert reading.values["weight"] == Decimal("0.2")
    assert reading.values["level"] == "a"
    assert codes(read(visit, None, {"rate": "0"}, None, context)) == {
        ("rate",): "VAL-116",
        ("code",): "VAL-101",
        ("supplier",): "VAL-101",
        ("lines",): "VAL-162",
    }
