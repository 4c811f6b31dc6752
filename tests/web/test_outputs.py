from __future__ import annotations

from engine.web.inputs import ready
from engine.web.outputs import outputs, sent_rows
from tests.web import fakes


def test_rows_keep_the_sender_s_numbers() -> None:
    sent = {
        "lines-0-id": "",
        "lines-0-item": " ",
        "lines-2-item": "A",
        "lines-7-checked": "false",
        "lines-10-item": "B",
    }
    assert sent_rows(sent | {"note": "x", "other-3-a": "1"}) == {
        "lines-0": "lines-2",
        "lines-1": "lines-10",
        "lines-2": "lines-0",
        "lines-3": "lines-7",
        "other-0": "other-3",
    }


def test_units_and_calculated_values_and_nothing_for_the_inputs() -> None:
    sent = {"lines-4-item": "10021", "lines-4-amount": ""}
    view = ready(fakes.receipt_view({"lines": [{"item": "10021", "quantity": "２", "amount": "1700.00"}]}))
    found = outputs(view, sent)
    assert found["lines-4-quantity"]["unit"] == "kg"
    assert found["supplier"] == {"shown": "", "unit": "", "hidden": False}
    assert not any(name.startswith("lines-0") for name in found)
    assert "text" not in found["lines-4-quantity"]
