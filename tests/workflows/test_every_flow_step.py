"""What every kind of flow step promises, tested over every kind in the table with the example the kind brings itself."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from datetime import datetime
from typing import Any, get_args

import pytest

from engine.entities.changes import OpenTask
from engine.entities.record import Record
from engine.workflows import flow_steps
from engine.workflows.flow_steps import FLOW_WORDS, FlowSteps
from engine.workflows.flow_steps.base import FlowStepKind, Turn
from engine.workflows.proceed import proceed
from engine.workflows.who import Subject
from tests.workflows.conftest import RECEIPT, Read

KINDS: dict[str, type[FlowStepKind]] = {get_args(member)[0].word: get_args(member)[0] for member in get_args(FlowSteps)}
Reader = Callable[[str], Read]

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def flow(step: str) -> str:
    """The receipt's life with a flow of one step."""
    return f"{RECEIPT}flows:\n  - id: approval\n    steps:\n      - {step}\n"


def test_the_table_holds_every_kind_in_the_folder() -> None:
    declared = {
        found
        for module in pkgutil.iter_modules(flow_steps.__path__)
        for found in vars(importlib.import_module(f"{flow_steps.__name__}.{module.name}")).values()
        if isinstance(found, type) and issubclass(found, FlowStepKind) and hasattr(found, "word")
    }
    assert declared == set(KINDS.values())
    assert set(FLOW_WORDS) == set(KINDS)


@every_kind
def test_a_kind_and_each_of_its_keys_is_described(kind: type[FlowStepKind]) -> None:
    assert kind.__doc__
    assert kind.__doc__ != FlowStepKind.__doc__
    assert {name for name, field in kind.model_fields.items() if not field.description} == set()


@every_kind
def test_the_example_reads_binds_and_takes_its_turn(
    kind: type[FlowStepKind], read: Reader, record: Callable[..., Record], people: Any, now: datetime
) -> None:
    found = read(flow(kind.example))
    assert found.problems == ()
    assert found.workflow is not None
    (step,) = found.workflow.flows[0].steps
    assert type(step) is kind
    scope = {"number": "GR1", "total": 500, "created_by": "ann"}
    turn = Turn(record("review"), scope, Subject(scope, "ann", directory=people), "approval", 1)
    turned = step.take(turn)
    assert turned.outcome
    assert step.take(turn) == turned, "asked twice, it says the same"
    progress = proceed((step,), turn, "approved")
    assert all(isinstance(task, OpenTask) for task in progress.tasks)
    assert (progress.end is None) == bool(progress.tasks)
    assert progress.trace[0].word == kind.word
    assert proceed((step,), turn, "approved", ahead=True).end is not None


@every_kind
def test_an_unknown_key_is_refused(kind: type[FlowStepKind], read: Reader) -> None:
    assert "PKG-201" in read(flow(f"{kind.example[:-1]}, knid: x}}")).codes
