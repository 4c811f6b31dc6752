"""`warn`: like `require`, but as a warning."""

from decimal import Decimal

from engine.language.catalogue import message


def test_a_warning_does_not_refuse(rules):
    evaluation = rules("- {id: big, kind: warn, that: total < 100, message: {zh: 很大, en: Large}}").run(
        total=Decimal(500)
    )
    (problem,) = evaluation.problems
    assert (problem.code, problem.severity, message(problem, "en")) == ("RUL-503", "warning", "Large")
    assert not evaluation.refused
    assert evaluation.trace[0].outcome == "warned"


def test_without_a_message_the_formula_speaks(rules):
    (problem,) = rules("- {id: big, kind: warn, that: total < 100}").run(total=Decimal(500)).problems
    assert (problem.code, problem.severity) == ("RUL-504", "warning")
