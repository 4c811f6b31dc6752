"""`deadline`: lengths of time, instants, and days that end at midnight of their zone."""

from datetime import UTC, date, datetime

import pytest

from engine.workflows.steps.base import Asking
from engine.workflows.steps.deadline import day_end
from engine.workflows.who import Subject


def ask(read, record, now, text, **scope):
    workflow = read(f"workflow: x\nstates: [a]\ntransitions: [{{id: go, from: a, to: a, steps: [{text}]}}]").workflow
    asking = Asking(record(), scope, Subject(scope), "go", "a", now, zone="Asia/Shanghai")
    return workflow.transitions[0].steps[0].ask(asking).changes


@pytest.mark.parametrize(("after", "due"), [("15m", "08:45:00"), ("5h", "13:30:00"), ("1d", "08:30:00")])
def test_after(read, record, now, after, due):
    (change,) = ask(read, record, now, f"{{deadline: d, after: {after}, then: go}}")
    assert change.due.time().isoformat() == due


def test_at_an_instant_or_the_end_of_a_day(read, record, now):
    instant = datetime(2026, 5, 1, 12, tzinfo=UTC)
    (change,) = ask(read, record, now, "{deadline: d, at: due_at, then: go}", due_at=instant)
    assert change.due == instant
    (change,) = ask(read, record, now, "{deadline: d, at: due_on, then: go}", due_on=date(2026, 5, 1))
    assert change.due == datetime(2026, 5, 1, 16, tzinfo=UTC)


def test_no_value_no_deadline(read, record, now):
    assert ask(read, record, now, "{deadline: d, at: due_on, then: go}", due_on=None) == ()


def test_the_end_of_a_day_in_a_zone_with_summer_time():
    assert day_end(date(2026, 3, 29), "Europe/Berlin") == datetime(2026, 3, 29, 22, tzinfo=UTC)
