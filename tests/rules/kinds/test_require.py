"""`require`: refuses when false, keeps quiet when unknown, names the field and the line."""

from datetime import date
from decimal import Decimal

from engine.language.catalogue import message
from engine.rules.evaluate import evaluate

RULE = """
- id: in_order
  kind: require
  that: due_on >= received_on
  at: due_on
  message: {zh: 到期日太早, en: The due date is too early}
"""


def test_true_holds_and_leaves_a_step(rules):
    evaluation = rules(RULE).run(due_on=date(2026, 2, 2), received_on=date(2026, 2, 1))
    assert evaluation.problems == ()
    (step,) = evaluation.trace
    assert (step.rule.id, step.outcome, step.result) == ("in_order", "holds", True)
    assert step.seen == (("due_on", date(2026, 2, 2)), ("received_on", date(2026, 2, 1)))
    assert step.place.file == "rules/goods_receipt.yaml"
    assert step.place.line == 3


def test_false_is_a_problem_at_the_field(rules):
    evaluation = rules(RULE).run(due_on=date(2026, 1, 2), received_on=date(2026, 2, 1))
    (problem,) = evaluation.problems
    assert (problem.code, problem.path) == ("RUL-501", ("due_on",))
    assert message(problem, "zh") == "到期日太早"
    assert message(problem, "en") == "The due date is too early"
    assert evaluation.refused


def test_unknown_is_not_false(rules):
    evaluation = rules(RULE).run(due_on=None, received_on=date(2026, 2, 1))
    assert evaluation.problems == ()
    assert evaluation.trace[0].outcome == "unknown"


def test_without_a_message_the_formula_speaks(rules):
    bench = rules("- {id: positive, kind: require, that: total > 0}")
    (problem,) = bench.run(total=Decimal("-1")).problems
    assert problem.code == "RUL-502"
    assert "0" in message(problem, "en")


def test_labels_name_the_fields_in_words(rules):
    bench = rules("- {id: positive, kind: require, that: total > 0}")
    scope = {"total": Decimal("-1")}
    labels = {("total",): {"zh": "合计", "en": "Total"}}
    (problem,) = evaluate(bench.rules, scope, labels=labels).problems
    assert message(problem, "zh") == "必须满足：“合计”大于0。"


def test_a_message_may_show_values(rules):
    bench = rules("""
- id: few
  kind: require
  that: line.quantity >= 10
  each: lines
  message: {zh: "只有 {line.quantity}，合计 {total}", en: "Only {line.quantity} of {total}"}
""")
    (problem,) = bench.run(lines=({"id": "a", "quantity": Decimal("2.50")},), total=Decimal(7)).problems
    assert (message(problem, "zh"), message(problem, "en")) == ("只有 2.5，合计 7", "Only 2.5 of 7")
    (wrong,) = rules("- {id: few, kind: require, that: total > 0, message: {zh: '{totl}', en: x}}").problems
    assert "total" in message(wrong, "en")


def test_an_explanation_tells_what_was_skipped(rules):
    bench = rules("- {id: q, kind: require, that: total > 0, when: urgent, message: m}")
    (step,) = bench.run(explain=True, total=Decimal(0), urgent=None).trace
    assert (step.outcome, step.result, step.seen) == ("skipped", None, (("urgent", None),))
    assert bench.run(total=Decimal(0), urgent=None).trace == ()


def test_each_line_is_judged_and_named(rules):
    bench = rules("- {id: q, kind: require, each: lines, that: line.quantity > 0, at: lines.quantity, message: 数量}")
    lines = ({"id": "a", "quantity": Decimal(1)}, {"id": "b", "quantity": Decimal(0)})
    (problem,) = bench.run(lines=lines).problems
    assert problem.path == ("lines", 1, "quantity")


def test_at_a_field_of_lines_goes_through_the_lines(rules):
    bench = rules("- {id: q, kind: require, that: line.quantity > 0, at: lines.quantity, message: 数量}")
    assert len(bench.run(lines=({"id": "a", "quantity": Decimal(0)},) * 2).problems) == 2


def test_when_silences_the_rule(rules):
    bench = rules("- {id: q, kind: require, that: total > 0, when: urgent, message: m}")
    for urgent, expected in ((True, 1), (False, 0), (None, 0)):
        assert len(bench.run(total=Decimal(0), urgent=urgent).problems) == expected


def test_all_problems_are_told(rules):
    bench = rules("- {id: a, kind: require, that: total > 0}\n- {id: b, kind: require, that: count > 0}")
    assert [each.parameters["rule"] for each in bench.run(total=Decimal(0), count=0).problems] == ["a", "b"]


def test_wrong_names_are_refused_at_load(rules):
    (problem,) = rules("- {id: q, kind: require, that: totl > 0}").problems
    assert "total" in message(problem, "en")
    assert "RUL-511" in rules("- {id: q, kind: require, each: line, that: total > 0}").codes
    (problem,) = rules("- {id: q, kind: require, that: total > 0, at: totl}").problems
    assert problem.code == "RUL-512"
    assert "total" in message(problem, "en")


def test_a_number_is_no_condition(rules):
    assert rules("- {id: q, kind: require, that: total}").codes
