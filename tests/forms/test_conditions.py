"""Hidden, required, locked, readonly and default in their combinations, over an entity made for it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from engine.entities.record import Record
from engine.entities.schema import Entity
from engine.forms.read import ReadContext, Reading, read
from engine.forms.schema import Form
from engine.forms.show import Background, show
from engine.forms.view import FieldView
from tests.forms.conftest import bound, declared

ENTITY = """
entity: case
fields:
  - {id: kind, kind: text, required: true, default: "'plain'"}
  - {id: twice, kind: text, default: "concat(kind, '-', kind)"}
  - {id: secret, kind: text, required: true}
  - {id: kept, kind: integer, max: 5, when_hidden: keep}
  - {id: made, kind: integer, required: true, readonly: true}
  - {id: fixed, kind: integer, readonly: true, default: 7}
  - {id: office, kind: reference, to: company, default: actor.company}
  - {id: limit, kind: quantity, unit: unit, readonly: true, default: 3}
  - {id: unit, kind: text, default: "'kg'"}
  - id: rows
    kind: lines
    min: 1
    fields: [{id: n, kind: integer, required: true, default: 1}, {id: note, kind: text}]
"""

FORM = """
form: case
entity: case
fields:
  - {id: secret, show: kind == 'plain' or kind == 'open'}
  - {id: kept, show: kind != 'closed', require: kind == 'full'}
  - {id: rows, show: kind != 'closed', lock: kind == 'open'}
  - {id: rows.note, show: line.n > 1}
  - {id: office, show: secret is not None}
"""


@pytest.fixture(scope="module")
def special() -> Form:
    made: Form = declared(Form, FORM)
    return made


@pytest.fixture(scope="module")
def case(special: Form) -> Entity:
    return bound(declared(Entity, ENTITY), special)


def codes(reading: Reading) -> dict[tuple[str | int, ...], str]:
    return {problem.path: problem.code for problem in reading.problems}


GOOD = {"secret": "s", "rows": [{"n": 1}]}


def test_defaults_build_on_one_another(case: Entity, special: Form, context: ReadContext) -> None:
    reading = read(case, special, GOOD, None, context)
    assert reading.problems == ()
    assert reading.values["twice"] == "plain-plain"
    assert reading.values["office"] == "c1"
    assert reading.values["limit"] == Decimal(3)
    assert read(case, special, {**GOOD, "kind": "open"}, None, context).values["twice"] == "open-open"
    lines = read(case, special, {**GOOD, "rows": [{"note": "x", "n": 2}, {"note": "y"}]}, None, context).values["rows"]
    assert [line["n"] for line in lines] == [2, 1]  # type: ignore[union-attr]


def test_hidden_is_neither_required_nor_judged(case: Entity, special: Form, context: ReadContext) -> None:
    closed = read(case, special, {"kind": "closed", "kept": 9, "secret": "x", "rows": [{"n": "5"}]}, None, context)
    assert closed.problems == ()
    assert closed.values["secret"] is None
    assert closed.values["office"] is None  # hidden in turn, because what it hangs on was cleared
    assert closed.values["kept"] == 9
    assert closed.values["rows"] == ()
    assert codes(read(case, special, {"kind": "full", **GOOD}, None, context)) == {("kept",): "VAL-101"}


def test_a_readonly_field_is_filled_by_rules_not_people(case: Entity, special: Form, context: ReadContext) -> None:
    for nothing in ("", None):
        reading = read(case, special, {**GOOD, "made": nothing, "fixed": nothing, "limit": nothing}, None, context)
        assert reading.problems == ()
        assert reading.values["fixed"] == 7
        assert reading.values["limit"] == Decimal(3)
    assert read(case, special, {**GOOD, "fixed": "7", "limit": "3.0"}, None, context).problems == ()
    wrong = read(case, special, {**GOOD, "fixed": 8, "limit": 4, "made": 1}, None, context)
    assert codes(wrong) == {("fixed",): "VAL-181", ("limit",): "VAL-181", ("made",): "VAL-181"}


def test_locked_lines(case: Entity, special: Form, context: ReadContext) -> None:
    stored = Record(
        "case",
        "x",
        1,
        read(case, special, {**GOOD, "kind": "open"}, None, replace(context, new_id=lambda: "l1")).values,
    )
    same = {"rows": [{"id": "l1", "n": "1"}], "twice": "changed"}
    assert read(case, special, same, stored, context).problems == ()
    for rows in ([{"id": "l1", "n": 2}], [{"id": "l1"}, {"n": 3}], [{"n": 1}]):
        assert codes(read(case, special, {"rows": rows}, stored, context)) == {("rows",): "VAL-182"}


def test_a_hidden_cell_is_cleared(case: Entity, special: Form, context: ReadContext) -> None:
    lines = read(case, special, {**GOOD, "rows": [{"n": 1, "note": "a"}, {"n": 2, "note": "b"}]}, None, context).values[
        "rows"
    ]
    assert [line["note"] for line in lines] == [None, "b"]  # type: ignore[union-attr]


def test_a_record_one_may_not_see_can_be_sent_back(case: Entity, special: Form, context: ReadContext) -> None:
    stored = Record("case", "x", 1, read(case, special, GOOD, None, context).values)
    blind = replace(context, resolve=lambda named: {})
    assert read(case, special, {"office": "c1"}, stored, blind).problems == ()
    assert codes(read(case, special, {"office": "c2"}, stored, blind)) == {("office",): "VAL-150"}


def test_a_readonly_field_shows_what_is_there_not_what_was_typed(
    case: Entity, special: Form, context: ReadContext
) -> None:
    reading = read(case, special, {**GOOD, "fixed": "8", "secret": ""}, None, context)
    view = show(
        case, special, reading.values, reading.typed, reading.problems, "en", background=Background(scope=reading.scope)
    )
    fields = {field.id: field for field in view.sections[0].fields if isinstance(field, FieldView)}
    assert (fields["fixed"].text, fields["fixed"].shown) == ("7", "7")
    assert fields["made"].required is False
    hidden = show(case, special, {**reading.values, "kind": "closed"}, {}, (), "en", background=Background(scope={}))
    fields = {field.id: field for field in hidden.sections[0].fields if isinstance(field, FieldView)}
    assert (fields["secret"].hidden, fields["secret"].required) == (True, False)
