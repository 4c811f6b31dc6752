"""A decision without a document: what it may declare, and what it answers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.language.declared import validate
from engine.language.problems import Problem
from engine.language.source import read_source
from engine.rules.decide import decide
from engine.rules.decision import Decision

DISCOUNT = """
decision: discount
inputs:
  - {id: customer, kind: choice, choices: [{id: private}, {id: business}]}
  - {id: order_size, kind: decimal, scale: 2, min: 0}
results:
  - {id: rate, kind: number}
  - {id: to_pay, kind: number}
items:
  - {id: pay, kind: derive, set: to_pay, to: order_size * (1 - rate) + extra.fee}
  - id: extra
    kind: values
    values: [{id: share, to: "0.1"}, {id: fee, to: extra.share * 10}]
  - id: rate
    kind: table
    inputs: [{id: customer, value: customer}, {id: size, value: order_size}]
    outputs: [{id: rate, set: rate}]
    rows:
      - [business, '< 10', 0.05]
      - [business, '>= 10', 0.10]
      - ['-', '-', 0]
  - {id: small, kind: require, that: order_size < 1000, message: Too large}
"""


def read(text: str) -> tuple[Decision | None, tuple[Problem, ...]]:
    """A decision, bound, or what is wrong with it."""
    node, problems = read_source("decisions/sample.yaml", text.lstrip())
    assert node is not None, problems
    found, wrong = validate(Decision, node)
    return found, wrong or tuple(found.bind({})) if found is not None else wrong


def results(text: str, **inputs: Any) -> Any:
    """What comes out."""
    found, problems = read(text)
    assert found is not None
    assert not problems
    return decide(found, inputs, {}).results


def codes(text: str) -> list[str]:
    """The codes of what is wrong."""
    return [problem.code for problem in read(text)[1]]


def test_rules_are_judged_in_the_order_of_what_they_read() -> None:
    """Inputs as they would be typed, results in the order declared."""
    assert results(DISCOUNT, customer="business", order_size="12.00") == {
        "rate": Decimal("0.10"),
        "to_pay": Decimal("11.80"),
    }
    assert results(DISCOUNT, customer="private", order_size=5) == {"rate": 0, "to_pay": 6}


def test_a_value_that_cannot_be_read_is_told_by_its_name_and_nothing_is_judged() -> None:
    """All of them at once."""
    decision, _ = read(DISCOUNT)
    assert decision is not None
    decided = decide(decision, {"customer": "nobody", "order_size": "1.234", "more": 1}, {})
    assert decided.results == {}
    assert [(problem.code, problem.path) for problem in decided.problems] == [
        ("RUL-571", ()),
        ("VAL-140", ("customer",)),
        ("VAL-112", ("order_size",)),
    ]
    assert [problem.code for problem in decide(decision, {"order_size": -1}, {}).problems] == ["VAL-114"]


def test_a_missing_value_is_missing_unless_it_is_required() -> None:
    """As in any formula."""
    assert results(DISCOUNT) == {"rate": 0, "to_pay": None}
    decision, _ = read(DISCOUNT.replace("choices:", "required: true, choices:"))
    assert decision is not None
    assert [problem.code for problem in decide(decision, {}, {}).problems] == ["RUL-572"]


def test_results_that_rest_on_something_refused_are_withheld() -> None:
    """All that looks at what a requirement refuses; nothing else."""
    more = DISCOUNT.replace("results:\n", "results:\n  - {id: greeting, kind: text}\n")
    decision, _ = read(f"{more}  - {{id: hello, kind: derive, set: greeting, to: \"concat('Dear ', customer)\"}}\n")
    assert decision is not None
    decided = decide(decision, {"order_size": 2000, "customer": "business"}, {})
    assert decided.results == {"greeting": "Dear business", "rate": None, "to_pay": None}


def test_a_table_at_odds_gives_nothing() -> None:
    """Two rows of a unique table that match: no value, and nothing that rests on one."""
    text = """
decision: sample
inputs: [{id: x, kind: number}, {id: y, kind: number}]
results: [{id: one, kind: number}, {id: twice, kind: number}, {id: other, kind: number}]
items:
  - id: one
    kind: table
    hit: U
    inputs: [{id: x, value: x}]
    outputs: [{id: one, set: one}]
    rows: [['> y', 1], ['> y - 1', 2]]
  - {id: twice, kind: derive, set: twice, to: one * 2}
  - {id: other, kind: derive, set: other, to: x * 2}
"""
    decision, problems = read(text)
    assert decision is not None
    assert not [problem for problem in problems if problem.severity == "error"]
    decided = decide(decision, {"x": 5, "y": 1}, {})
    assert [problem.code for problem in decided.problems] == ["RUL-505"]
    assert decided.results == {"one": None, "twice": None, "other": 10}


def test_a_requirement_is_judged_last() -> None:
    """And explained like any item."""
    decision, _ = read(DISCOUNT)
    assert decision is not None
    decided = decide(decision, {"order_size": 2000}, {}, explain=True)
    assert decided.refused
    assert [problem.code for problem in decided.problems] == ["RUL-501"]
    assert decided.results == {"rate": None, "to_pay": None}
    assert [step.rule.id for step in decided.steps] == ["extra", "extra", "rate", "pay", "small"]


def test_without_results_everything_offered_is_answered() -> None:
    """By the ids of the items."""
    text = """
decision: sample
inputs: [{id: x, kind: number}]
items:
  - id: t
    kind: table
    inputs: [{id: x, value: x}]
    outputs: [{id: a}, {id: b, type: text}]
    rows: [['> 1', '= x * 2', many], ['-', 0, few]]
"""
    assert results(text, x=2) == {"t": {"a": 4, "b": "many"}}


def test_values_of_every_sort() -> None:
    """Records and lists, times and lengths of time, in and out."""
    text = """
decision: sample
inputs:
  - {id: person, kind: record, fields: [{id: born, kind: date}, {id: names, kind: list, fields: [{id: value, kind: text}]}]}
  - {id: parts, kind: list, fields: [{id: price, kind: number}]}
  - {id: at, kind: time}
  - {id: wait, kind: duration}
  - {id: term, kind: months}
results:
  - {id: until, kind: date}
  - {id: later, kind: time}
  - {id: longer, kind: months}
  - {id: sum, kind: number}
  - {id: known, kind: flag}
items:
  - {id: until, kind: derive, set: until, to: 'add_months(person.born, term)'}
  - {id: later, kind: derive, set: later, to: at + wait}
  - {id: longer, kind: derive, set: longer, to: term + 1}
  - {id: sum, kind: derive, set: sum, to: sum(parts.price)}
  - {id: known, kind: derive, set: known, to: "any(person.names, line.value == 'Ada')"}
"""
    found = results(
        text,
        person={"born": "2026-01-31", "names": ["Ada", "Lovelace"]},
        parts=[{"price": 1}, {"price": "2.5"}],
        at="23:30:00",
        wait="PT45M",
        term="P1Y1M",
    )
    assert found == {
        "until": "2027-02-28", "later": "00:15:00", "longer": "P1Y2M", "sum": Decimal("3.5"), "known": True
    }  # fmt: skip


def test_what_does_not_hold_together_is_found_at_load() -> None:
    """Names twice, results from nowhere, circles, unknown names."""
    result = "  - {id: rate, kind: number}\n"
    assert codes(DISCOUNT.replace(result, f"{result}  - {{id: customer, kind: text}}\n")) == ["RUL-573"]
    assert codes(DISCOUNT.replace(result, f"{result}  - {{id: more, kind: text}}\n")) == ["RUL-574"]
    assert "RUL-573" in codes(DISCOUNT.replace("id: extra\n", "id: customer\n").replace("extra.", "customer."))
    assert codes(DISCOUNT.replace("extra.share * 10", "extra.share * to_pay")) == ["RUL-513"]
    assert codes(DISCOUNT.replace("value: order_size", "value: order_sise")) == ["EXP-420"]
    assert codes(DISCOUNT.replace('to: "0.1"', "to: extra.fee")) == ["EXP-422"]
