"""A whole rule set: order, explanation, and what the caller may rely on."""

from datetime import date
from decimal import Decimal

from engine.rules.evaluate import evaluate

ALL = """
- {id: check,  kind: require, that: total < 100, message: too much}
- {id: total,  kind: derive, set: total, to: sum(lines.amount)}
- {id: amount, kind: derive, set: lines.amount, to: line.quantity * line.price}
- {id: due,    kind: default, set: due_on, to: received_on}
- {id: price,  kind: default, set: lines.price, to: line.item.price}
"""


def test_defaults_then_values_then_checks(rules, flour):
    given = ({"id": "a", "item": flour, "quantity": Decimal(50), "price": None, "amount": None},)
    evaluation = rules(ALL).run(lines=given, received_on=date(2026, 1, 1))
    assert [step.rule.id for step in evaluation.trace] == ["due", "price", "amount", "total", "check"]
    assert evaluation.values["total"] == Decimal("125.00")
    assert evaluation.values["due_on"] == date(2026, 1, 1)
    assert [problem.code for problem in evaluation.problems] == ["RUL-501"]
    assert evaluation.scope["lines"][0]["amount"] == Decimal("125.00")
    assert evaluation.scope["lines"][0]["item"] == flour


def test_evaluating_again_changes_nothing(rules, flour):
    bench = rules(ALL)
    given = ({"id": "a", "item": flour, "quantity": Decimal(5), "price": None, "amount": None},)
    first = bench.run(lines=given, received_on=date(2026, 1, 1))
    again = evaluate(bench.rules, first.scope)
    assert again.values == {}


def test_every_step_can_be_said_and_traced(rules, flour):
    given = ({"id": "a", "item": flour, "quantity": Decimal(5), "price": Decimal(2), "amount": None},)
    evaluation = rules(ALL).run(explain=True, lines=given)
    amount = next(step for step in evaluation.trace if step.rule.id == "amount")
    assert amount.trace.value == Decimal(10)
    assert len(amount.trace.children) == 2
    assert amount.place.line == 5
    assert amount.seen == (("line.price", Decimal(2)), ("line.quantity", Decimal(5)))
    assert all(step.sentence(language) for step in evaluation.trace for language in ("zh", "en"))


def test_without_explanation_nothing_is_traced(rules, flour):
    given = ({"id": "a", "item": flour, "quantity": Decimal(5), "price": Decimal(2), "amount": None},)
    assert all(step.trace is None for step in rules(ALL).run(lines=given).trace)


def test_an_entity_without_rules():
    evaluation = evaluate(None, {"total": 1})
    assert (evaluation.values, evaluation.problems, evaluation.trace, evaluation.refused) == ({}, (), (), False)


def test_an_unknown_kind_is_refused_with_the_kinds_there_are(rules):
    (problem,) = rules("- {id: x, kind: requires, that: total > 0}").problems
    assert problem.code == "PKG-205"
    assert set(problem.parameters["allowed"]) == {"require", "warn", "default", "derive", "table", "values"}
    assert problem.parameters["suggestions"] == ("require",)
