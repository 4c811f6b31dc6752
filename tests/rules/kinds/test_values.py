"""`values`: names for steps of a calculation, several levels deep."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.rules.conftest import Bench

Reader = Callable[[str], Bench]

SHARES = """
- {id: keep, kind: derive, set: rate, to: share.rest.half}
- id: share
  kind: values
  when: count > 0
  values:
    - {id: whole, to: rate}
    - {id: rest, values: [{id: half, to: share.whole / 2}, {id: known, type: flag, to: note is not None}]}
"""


def test_values_are_read_by_others_in_any_order(rules: Reader) -> None:
    """Written after the rule that reads them; one value sees those before it."""
    text = SHARES.replace("to: rate}", "to: count * 0.5}")
    said = rules(text).run(explain=True, count=1, rate=None, note="x")
    assert said.values["rate"] == Decimal("0.25")
    assert [(step.rule.id, step.path) for step in said.trace] == [
        ("share", ("share", "whole")),
        ("share", ("share", "rest", "half")),
        ("share", ("share", "rest", "known")),
        ("keep", ("rate",)),
    ]


def test_under_a_condition_that_does_not_hold_they_are_missing(rules: Reader) -> None:
    """Like anything that is not there."""
    said: Any = rules(SHARES.replace("to: rate}", "to: count * 0.5}")).run(count=0, rate=Decimal(1), note=None)
    assert said.values == {"rate": None}


def test_a_circle_through_values_is_found(rules: Reader) -> None:
    """The rate follows from the share, the share from the rate."""
    assert [problem.code for problem in rules(SHARES).problems] == ["RUL-513"]


def test_a_value_says_one_thing_of_the_right_type(rules: Reader) -> None:
    """A text is no number; what comes later is not known yet."""
    assert [problem.code for problem in rules(SHARES.replace("share.whole / 2", "note")).problems] == ["EXP-449"]
    assert [problem.code for problem in rules(SHARES.replace("to: rate}", "to: share.rest.half}")).problems] == [
        "EXP-422"
    ]
