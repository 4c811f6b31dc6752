"""The promise of equal doors: the same content by flat HTML names, JSON and import columns is read alike.

Contents are generated, good and bad values mixed; each is handed in as a browser would (texts under flat names), as a
program would (nested, with JSON's own numbers where the text is one) and as an import would (nested texts).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from engine.entities.record import Record
from engine.entities.schema import Entity
from engine.entities.schema_file import json_schema
from engine.forms.read import Reading, read
from engine.forms.schema import Form
from engine.language.units import UnitTable
from tests.forms.conftest import a_context

NUMBERS = (
    "0",
    "1",
    "7",
    "-1",
    "0.5",
    "0.125",
    "1.005",
    "12.50",
    "99",
    "100",
    "9223372036854775807",
    "9223372036854775808",
    "1" * 25,
)
TEXTS = (
    "",
    " ",
    "A-1",
    "abc",
    "面粉",
    "１２",
    "1,234",
    "1，5",
    "NaN",
    "Infinity",
    "1e400",
    "1.5 kg",
    "200克",
    "2箱+3个",
    "1打",
    "3 m",
    "CNY 3",
    "USD 3",
    "a",
    "甲",
    "Second",
    "是",
    "no",
    "maybe",
    "2026-02-03",
    "2026年1月2日",
    "2026-02-30",
    "2026-02-04",
    "2026-02-03 08:30",
    "2026-02-03T08:30:00Z",
    "MILL",
    "p2",
    "FLOUR",
    "i2",
    "NOBODY",
    "CNY",
    "JPY",
    "x" * 60,
    "a\u0007b",
    "true",
    "false",
    "0197-a",
)
VALUES = st.sampled_from(NUMBERS + TEXTS)
LIKELY = {
    "code": ("A-1", "B2"),
    "note": ("", "twice\nover"),
    "count": ("1", "７"),
    "rate": ("0.125", "7", "1.50"),
    "weight": ("200克", "7"),
    "fee": ("CNY 3", "12.50", "0"),
    "currency": ("CNY", "JPY"),
    "paid": ("7", ""),
    "day": ("2026年1月2日", "2026-02-03"),
    "seen": ("2026-02-03 08:30", "2026-02-03T08:30:00Z"),
    "level": ("甲", "b"),
    "urgent": ("是", "false"),
    "supplier": ("MILL", "p2"),
    "company": ("HQ",),
    "paper": ("0197-a",),
    "total": ("", "0.00"),
    "item": ("FLOUR", "i2", "EGGS"),
    "quantity": ("7", "2箱+3个", "1打"),
    "price": ("7", "0"),
    "best_before": ("2026-09-01",),
}
"""Values that mostly fit, by field, so that a good part of the documents is accepted."""


def contents(entity: Entity, odd: bool = True) -> st.SearchStrategy[dict[str, Any]]:
    """Raw content as nested texts; some fields left out; if `odd`, now and then a value or a name that does not fit."""

    def cell(name: str) -> st.SearchStrategy[str]:
        fitting = st.sampled_from(LIKELY[name])
        return st.one_of(fitting, fitting, fitting, VALUES) if odd else fitting

    head = {each.id: cell(each.id) for each in entity.fields if each.kind != "lines"}
    row = {each.id: cell(each.id) for each in entity.lines[0].fields}
    rows = st.lists(st.fixed_dictionaries({}, optional=row), max_size=6)
    return st.fixed_dictionaries({}, optional={**head, "lines": rows, **({"surprise": VALUES} if odd else {})})


def as_form(content: Mapping[str, Any]) -> dict[str, Any]:
    """Flat names; lines without rows still say that they were on the page."""
    flat: dict[str, Any] = {}
    for name, value in content.items():
        if name == "lines":
            flat["lines"] = ""
            for at, row in enumerate(value):
                flat[f"lines-{at * 3}-id"] = ""
                flat.update({f"lines-{at * 3}-{inner}": text for inner, text in row.items()})
        else:
            flat[name] = value
    return flat


def as_json(content: Any, numeric: frozenset[str], name: str = "") -> Any:
    """Nested, numbers as JSON numbers where the field counts something, nothing as null."""
    if isinstance(content, Mapping):
        return {key: as_json(value, numeric, key) for key, value in content.items()}
    if isinstance(content, list):
        return [as_json(each, numeric) for each in content]
    if content.strip() == "":
        return None
    if name in numeric and content in NUMBERS:
        return json.loads(content, parse_float=Decimal)
    return content


def outcome(reading: Reading) -> tuple[Any, Any, Any]:
    problems = sorted((tuple(map(str, each.path)), each.code) for each in reading.problems)
    values = None if problems else dict(reading.values)
    return problems, values, reading.touched


def doors(entity: Entity, form: Form | None, content: dict[str, Any], before: Record | None, units: UnitTable) -> None:
    numeric = frozenset(each.id for _, each in entity.every_field() if each.numeric)
    ways = (
        as_form(content),
        as_json(content, numeric),
        content,
        {**content, **{k: None for k, v in content.items() if v == ""}},
    )
    first, *others = (outcome(read(entity, form, way, before, a_context(units))) for way in ways)
    for other in others:
        assert other == first


SETTINGS = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
GOOD = {"code": "A-1", "supplier": "MILL", "lines": [{"item": "FLOUR", "quantity": "1", "best_before": "2026-03-01"}]}


@SETTINGS
@given(st.data())
def test_a_new_document_is_read_alike(receipt: Entity, form: Form, units: UnitTable, data: st.DataObject) -> None:
    doors(receipt, form, data.draw(contents(receipt)), None, units)


@SETTINGS
@given(st.data())
def test_an_edit_is_read_alike(receipt: Entity, form: Form, units: UnitTable, data: st.DataObject) -> None:
    first = read(receipt, form, GOOD, None, a_context(units))
    assert first.problems == ()
    doors(receipt, form, data.draw(contents(receipt)), Record("receipt", "r1", 1, first.values), units)


@SETTINGS
@given(st.data())
def test_an_entity_from_a_json_schema_is_read_alike(visit: Entity, units: UnitTable, data: st.DataObject) -> None:
    doors(visit, None, data.draw(contents(visit)), None, units)


@SETTINGS
@given(st.data())
def test_what_was_read_is_read_again_alike(receipt: Entity, units: UnitTable, data: st.DataObject) -> None:
    """Values given out as JSON and handed in again change nothing."""
    reading = read(receipt, None, {**GOOD, **data.draw(contents(receipt, odd=False))}, None, a_context(units))
    assume(not reading.problems)
    out = {each.id: each.to_json(reading.values[each.id]) for each in receipt.fields}
    stored = Record("receipt", "r1", 1, reading.values)
    again = read(receipt, None, json.loads(json.dumps(out)), stored, a_context(units))
    assert again.problems == ()
    assert again.values == reading.values
    assert again.touched == frozenset()


@SETTINGS
@given(st.data())
def test_the_exported_schema_takes_every_accepted_document(
    visit: Entity, units: UnitTable, data: st.DataObject
) -> None:
    """What the JSON door accepts the schema accepts, so what the schema refuses the door refuses."""
    numeric = frozenset(each.id for _, each in visit.every_field() if each.numeric)
    odd = data.draw(st.booleans())
    content = as_json({**GOOD, "lines": [{"item": "FLOUR"}], **data.draw(contents(visit, odd))}, numeric)
    content["lines"] = [row for row in content["lines"] or [] if any(value is not None for value in row.values())]
    assume(not read(visit, None, content, None, a_context(units)).problems)  # a schema knows no empty rows
    errors = [error.message for error in Draft202012Validator(json_schema(visit)).iter_errors(content)]
    assert errors == []
