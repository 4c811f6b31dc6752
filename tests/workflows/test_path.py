"""The way of a document."""

from __future__ import annotations

import pytest

from engine.workflows.path import usual_path
from engine.workflows.schema import Workflow

WORKFLOW = Workflow.model_validate(
    {
        "workflow": "order",
        "start": "draft",
        "states": [{"id": name} for name in ("draft", "review", "approved", "done", "void", "undone")],
        "transitions": [
            {"id": "submit", "from": "draft", "to": "review"},
            {"id": "return", "from": "review", "to": "draft"},
            {"id": "approve", "from": "review", "to": "approved"},
            {"id": "finish", "from": "approved", "to": "done"},
            {"id": "cancel", "from": ["draft", "review"], "to": "void", "confirm": "Sure?"},
            {"id": "undo", "from": "done", "to": "undone", "confirm": "Sure?"},
        ],
    }
)


@pytest.mark.parametrize(
    ("state", "behind", "ahead"),
    [
        ("draft", "draft", "review approved done"),
        ("review", "draft review", "approved done"),
        ("done", "draft review approved done", ""),
        ("void", "draft void", ""),
        ("undone", "draft review approved done undone", ""),
    ],
)
def test_the_states_behind_and_ahead(state: str, behind: str, ahead: str) -> None:
    found = usual_path(WORKFLOW, state)
    assert [[each.id for each in part] for part in found] == [behind.split(), ahead.split()]
