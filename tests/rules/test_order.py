"""The order of rules: stable, after what is read, circles named once each."""

import itertools

import pytest


def derive(name, reads):
    return f'- {{id: {name}, kind: derive, set: {name}, to: "{reads}"}}'


@pytest.mark.parametrize("order", list(itertools.permutations(("level", "note", "urgent"))))
def test_a_chain_is_found_in_any_order(rules, order):
    chain = {"level": "if(count > 1, 'A', 'B')", "note": "concat(level, 'x')", "urgent": "note == 'Ax'"}
    bench = rules("\n".join(derive(name, chain[name]) for name in order))
    evaluation = bench.run(count=2)
    assert [step.rule.id for step in evaluation.trace] == ["level", "note", "urgent"]
    assert evaluation.values["urgent"] is True


def test_independent_rules_keep_their_order(rules):
    bench = rules(derive("note", "'x'") + "\n" + derive("count", "1") + "\n" + derive("urgent", "1 == 1"))
    assert [step.rule.id for step in bench.run().trace] == ["note", "count", "urgent"]


def test_two_circles_are_two_problems(rules):
    bench = rules(
        "\n".join(
            [
                derive("count", "if(urgent, 1, 2)"),
                derive("urgent", "count > 1"),
                derive("note", "concat(level, 'x')"),
                derive("level", "if(note == 'x', 'A', 'B')"),
            ]
        )
    )
    assert [problem.parameters["circle"] for problem in bench.problems] == [
        "count → urgent → count",
        "note → level → note",
    ]


def default(name, reads, when="1 == 1"):
    return f'- {{id: {name}, kind: default, set: {name}, to: "{reads}", when: "{when}"}}'


def test_a_default_takes_a_derived_value_and_a_derived_value_a_default(rules):
    """Otherwise the default would find nothing the first time and fill the field only when the record is saved again."""
    bench = rules(
        default("note", "concat(level, 'x')") + "\n" + derive("urgent", "note == 'Ax'") + "\n" + derive("level", "'A'")
    )
    evaluation = bench.run()
    assert [step.rule.id for step in evaluation.trace] == ["level", "note", "urgent"]
    assert evaluation.values["note"] == "Ax"
    assert evaluation.values["urgent"] is True


def test_a_default_goes_before_a_rule_that_it_has_nothing_to_do_with(rules):
    bench = rules(derive("count", "1") + "\n" + default("note", "'x'"))
    assert [step.rule.id for step in bench.run().trace] == ["note", "count"]


def test_a_default_that_waits_for_what_waits_for_it_is_a_circle(rules):
    bench = rules(default("note", "level") + "\n" + derive("level", "if(note == 'x', 'A', 'B')"))
    assert [problem.parameters["circle"] for problem in bench.problems] == ["note → level → note"]
