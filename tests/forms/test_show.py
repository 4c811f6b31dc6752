from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from engine.entities.record import Record
from engine.entities.schema import Entity
from engine.forms.read import ReadContext, read
from engine.forms.schema import Form, FormField, Section
from engine.forms.show import Access, Background, show
from engine.forms.view import FieldView, FormView, LinesView
from engine.language.problems import Problem
from tests.forms.test_read import GOOD


@pytest.fixture
def record(receipt: Entity, context: ReadContext) -> Record:
    return Record("receipt", "r1", 1, read(receipt, None, GOOD, None, context).values)


def every(view: FormView) -> Iterator[FieldView]:
    for section in view.sections:
        for field in section.fields:
            if isinstance(field, LinesView):
                for row in (*field.rows, field.template):
                    yield from row.fields
            else:
                yield field


def found(view: FormView, name: str) -> FieldView:
    return next(field for field in every(view) if field.name == name)


def lines(view: FormView) -> LinesView:
    return next(field for section in view.sections for field in section.fields if isinstance(field, LinesView))


BACKGROUND = Background(
    zone="Asia/Shanghai",
    labels={("partner", "p1"): "MILL 面粉厂", ("item", "i1"): "FLOUR 面粉"},
    codes={("partner", "p1"): "MILL"},
    units={"kg": "千克"},
    scope={
        "lines": (
            {"id": "n1", "item": {"id": "i1", "unit": "kg", "code": "FLOUR"}},
            {"id": "n2", "item": {"id": "i2", "unit": "piece"}},
        )
    },
)


def test_the_generated_form(receipt: Entity, record: Record) -> None:
    view = show(receipt, None, record.values, {}, (), "zh", background=BACKGROUND)
    assert [section.id for section in view.sections] == ["head", "lines"]
    assert [field.id for field in view.sections[0].fields] == [
        each.id for each in receipt.fields if each.kind != "lines"
    ]
    supplier = found(view, "supplier")
    assert (supplier.text, supplier.shown, supplier.to, supplier.required) == ("MILL", "MILL 面粉厂", "partner", True)
    quantity = found(view, "lines-0-quantity")
    assert (quantity.text, quantity.unit, quantity.widget) == ("1.5", "千克", "number")
    assert found(view, "lines-1-quantity").unit == "piece"
    assert found(view, "lines-__new__-item").text == ""
    assert [row.id for row in lines(view).rows] == ["n1", "n2"]
    assert found(view, "total").readonly
    assert found(view, "note").widget == "area"
    assert [option.value for option in found(view, "level").options] == ["a", "b"]
    assert found(view, "urgent").widget == "choice"
    assert view.uploads
    assert not view.readonly


def test_what_was_typed_stays(receipt: Entity, form: Form, context: ReadContext) -> None:
    raw = {
        "code": "abc",
        "count": (1.5).__str__(),
        "urgent": True,
        "lines": [{"item": "", "quantity": ""}, {"item": "X", "quantity": "1 lb"}],
    }
    reading = read(receipt, form, raw, None, context)
    view = show(
        receipt, form, reading.values, reading.typed, reading.problems, "en", background=Background(scope=reading.scope)
    )
    assert found(view, "code").text == "abc"
    assert [problem.code for problem in found(view, "code").problems] == ["VAL-106"]
    assert found(view, "count").text == "1.5"
    assert found(view, "urgent").text == "true"
    assert found(view, "lines-0-quantity").text == "1 lb"
    assert [problem.code for problem in found(view, "lines-0-item").problems] == ["VAL-150"]
    assert len(lines(view).rows) == 2
    assert found(view, "lines-1-quantity").problems == ()
    assert view.problems == ()


def test_problems_without_a_field_are_the_forms(receipt: Entity) -> None:
    problems = [
        Problem("VAL-180", {"name": "x"}, path=("x",)),
        Problem("VAL-101", path=("seen",)),
        Problem("VAL-162", {"count": 0, "limit": 1}, path=("lines",)),
        Problem("VAL-180", {"name": "y"}, path=("lines", 0, "y")),
        Problem("ACC-110"),
    ]
    special = Form(form="receipt", entity="receipt", sections=(Section(id="all", fields=("code", "lines")),))
    view = show(receipt, special, {}, {}, problems, "zh")
    assert [problem.path for problem in view.problems] == [("x",), ("seen",), ()]
    assert [problem.path for problem in lines(view).problems] == [("lines",), ("lines", 0, "y")]


def test_access(receipt: Entity, record: Record) -> None:
    access = Access({"code", "supplier", "lines", "lines.item", "lines.quantity"}, {"code", "lines.quantity"})
    view = show(receipt, None, record.values, {}, (), "zh", access, BACKGROUND)
    assert {field.id for field in every(view)} == {"code", "supplier", "item", "quantity"}
    assert not found(view, "code").readonly
    assert found(view, "supplier").readonly
    assert not found(view, "supplier").required
    assert found(view, "lines-0-item").readonly
    assert not found(view, "lines-0-quantity").readonly
    assert not lines(view).readonly
    closed = show(receipt, None, record.values, {}, (), "zh", replace(access, writable=frozenset()), BACKGROUND)
    assert closed.readonly
    assert lines(closed).readonly
    assert show(receipt, None, record.values, {}, (), "zh", background=replace(BACKGROUND, readonly=True)).readonly


def test_conditions_and_special_fields(receipt: Entity, form: Form, record: Record) -> None:
    values: dict[str, Any] = {**record.values, "level": "b", "count": 60}
    view = show(receipt, form, values, {}, (), "zh", background=BACKGROUND)
    assert found(view, "seen").hidden
    assert found(view, "note").required
    assert found(view, "rate").readonly
    assert found(view, "lines-0-best_before").required
    assert not found(view, "lines-1-best_before").required
    special = Form(form="receipt", entity="receipt", fields=(FormField(id="code", widget="area"),))
    assert found(show(receipt, special, values, {}, (), "zh"), "code").widget == "area"
