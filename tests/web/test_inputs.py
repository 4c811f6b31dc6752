from __future__ import annotations

from engine.forms.view import LinesView
from engine.web.inputs import known_inputs, ready
from tests.web import fakes


def lines_of(view: object) -> LinesView:
    return next(shown for section in view.sections for shown in section.fields if isinstance(shown, LinesView))  # type: ignore[attr-defined]


def test_a_new_form_has_a_line_to_type_into() -> None:
    view = ready(fakes.receipt_view({}))
    row = lines_of(view).rows[0]
    assert (row.name, row.id) == ("lines-0", "")
    assert [each.name for each in row.fields][:2] == ["lines-0-item", "lines-0-batch"]
    assert lines_of(ready(fakes.receipt_view({}, readonly=True))).rows == ()


def test_every_input_has_a_name_for_people() -> None:
    known = known_inputs(ready(fakes.receipt_view({})), "zh")
    assert known["supplier"] == "供应商"
    assert known["lines-0-quantity"] == "第 1 行 数量"
    assert list(known).index("supplier") < list(known).index("lines-0-item")
