"""What every kind of step promises, tested over every kind in the table with the example the kind brings itself."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, get_args

import pytest

from engine.entities import changes
from engine.entities.record import Record
from engine.workflows import steps
from engine.workflows.steps import WORDS, Steps
from engine.workflows.steps.base import Asking, StepKind
from engine.workflows.who import Subject
from tests.workflows.conftest import RECEIPT, Read

KINDS: dict[str, type[StepKind]] = {get_args(member)[0].word: get_args(member)[0] for member in get_args(Steps)}
Reader = Callable[[str], Read]

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def flow(step: str) -> str:
    """The receipt's life with one step at its first transition, and nothing at the others."""
    submit = "{id: submit, from: draft, to: review, steps: [{deadline: slow, after: 72h, then: lapse}]}"
    assert submit in RECEIPT
    return RECEIPT.replace(submit, f"id: submit\n    from: draft\n    to: review\n    steps:\n      - {step}")


def test_the_table_holds_every_kind_in_the_folder() -> None:
    declared = {
        found
        for module in pkgutil.iter_modules(steps.__path__)
        for found in vars(importlib.import_module(f"{steps.__name__}.{module.name}")).values()
        if isinstance(found, type) and issubclass(found, StepKind) and hasattr(found, "word")
    }
    assert declared == set(KINDS.values())
    assert set(WORDS) == set(KINDS)


@every_kind
def test_a_kind_and_each_of_its_keys_is_described(kind: type[StepKind]) -> None:
    assert kind.__doc__
    assert kind.__doc__ != StepKind.__doc__
    assert {name for name, field in kind.model_fields.items() if not field.description} == set()


@every_kind
def test_the_example_reads_binds_and_asks_only_for_changes_on_the_list(
    kind: type[StepKind],
    read: Reader,
    record: Callable[..., Record],
    people: Any,
    now: datetime,
) -> None:
    found = read(flow(kind.example))
    assert found.problems == ()
    assert found.workflow is not None
    (step,) = found.workflow.transitions[0].steps
    assert type(step) is kind
    scope = {"number": "GR1", "total": None, "actor": {"person": {"id": "kim"}}, "note": None, "lines": ({"id": "l1"},)}
    asking = Asking(record("draft"), scope, Subject(scope, "ann", directory=people), "submit", "review", now)
    asked = step.ask(asking)
    assert asked.changes or asked.values or asked.wanted
    assert all(isinstance(change, get_args(changes.Change)) for change in asked.changes)
    assert step.ask(asking) == asked, "asked twice, it asks for the same"
    assert step.ask(replace(asking, position=1)) is not None


@every_kind
def test_an_unknown_key_is_refused(kind: type[StepKind], read: Reader) -> None:
    assert (
        "PKG-201"
        in read(
            flow(
                kind.example.replace("}", ", knid: x}", 1)
                if kind.example.count("}") == 1
                else kind.example[:-1] + ", knid: x}"
            )
        ).codes
    )
