"""`route`: the first case that holds, judged on the values at that moment."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.language.declared import validate
from engine.language.source import read_source
from engine.workflows.flow_steps.base import Turn
from engine.workflows.flow_steps.route import Route
from engine.workflows.who import Subject
from tests.workflows.conftest import SCOPE

ROUTE = """
route: by_amount
cases:
  - {when: total >= 100, steps: [{approve: board, who: role(board)}, {end: approved}]}
  - {when: total >= 10, steps: [{approve: finance, who: role(finance)}]}
  - {else: [{notify: told, to: applicant, notice: small}]}
"""


def read(text: str):
    node, problems = read_source("x.yaml", text)
    assert node is not None, problems
    return validate(Route, node)


@pytest.fixture
def route() -> Route:
    found, problems = read(ROUTE)
    assert found is not None, problems
    assert list(found.bind(SCOPE)) == []
    return found


@pytest.mark.parametrize(("total", "case"), [("100", 1), ("99.99", 2), ("10", 2), ("9.99", 3), ("-5", 3), (None, 3)])
def test_the_first_case_that_holds(route, record, total, case):
    scope = {"total": None if total is None else Decimal(total)}
    turned = route.take(Turn(record(), scope, Subject(scope), "approval", 1))
    assert (turned.outcome, turned.result, turned.steps) == ("case", case, route.cases[case - 1].block)
    assert turned.seen == (("total", scope["total"]),)


def test_what_it_holds(route):
    assert [[step.id for step in block] for block in route.blocks] == [["board", None], ["finance"], ["told"]]
    assert (route.complete, route.ends) == (True, False)
    ended, _ = read("{route: x, cases: [{when: total > 1, steps: [{end: a}]}, {else: [{end: b}]}]}")
    assert ended.ends


def test_without_else_no_case_may_hold(record):
    found, _ = read("{route: x, cases: [{when: total > 1, steps: []}]}")
    assert list(found.bind(SCOPE)) == []
    assert (found.complete, found.ends) == (False, False)
    scope = {"total": None}
    assert found.take(Turn(record(), scope, Subject(scope), "approval", 1)).outcome == "no_case"


@pytest.mark.parametrize(
    "case",
    [
        "{}",
        "{steps: []}",
        "{when: total > 1, else: []}",
        "{else: [], steps: []}",
        "{when: total > 1, else: [], steps: []}",
    ],
)
def test_a_case_says_one_thing(case):
    _, problems = read(f"{{route: x, cases: [{case}]}}")
    assert [problem.code for problem in problems] == ["WFL-142"]


def test_formulas_are_read_as_deep_as_they_stand():
    inner = "{route: y, cases: [{when: totl > 1, steps: []}, {else: []}]}"
    found, _ = read(f"{{route: x, cases: [{{when: total, steps: [{inner}]}}, {{else: []}}]}}")
    assert sorted(problem.code for problem in found.bind(SCOPE)) == ["EXP-420", "EXP-449"]
