"""`assign`: the value of a formula for a field; a reference as its id."""

from decimal import Decimal

from engine.workflows.steps.base import Asking
from engine.workflows.who import Subject


def test_values_and_references(read, record, now):
    steps = "[{assign: checked_by, to: actor.person}, {assign: total, to: total * 2}]"
    workflow = read(f"workflow: x\nstates: [a]\ntransitions: [{{id: go, from: a, to: a, steps: {steps}}}]").workflow
    scope = {"actor": {"person": {"id": "kim", "name": "Kim"}}, "total": Decimal("1.5")}
    asking = Asking(record(), scope, Subject(scope), "go", "a", now)
    asked = [step.ask(asking).values for step in workflow.transitions[0].steps]
    assert asked == [{"checked_by": "kim"}, {"total": Decimal("3.0")}]
