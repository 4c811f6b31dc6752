"""`derive`: sets fields of the record and of its lines, in the order of what is read."""

from decimal import Decimal

AMOUNT = "- {id: amount, kind: derive, set: lines.amount, to: line.quantity * line.price}"
TOTAL = "- {id: total, kind: derive, set: total, to: sum(lines.amount)}"


def lines(*pairs):
    return tuple(
        {"id": str(number), "quantity": Decimal(quantity), "price": Decimal(price), "amount": None, "item": None}
        for number, (quantity, price) in enumerate(pairs)
    )


def test_lines_first_then_the_total_though_written_the_other_way_round(rules):
    evaluation = rules(f"{TOTAL}\n{AMOUNT}").run(lines=lines(("2", "1.50"), ("3", "0.10")))
    assert evaluation.values["total"] == Decimal("3.30")
    assert [line["amount"] for line in evaluation.values["lines"]] == [Decimal("3.00"), Decimal("0.30")]
    assert [step.rule.id for step in evaluation.trace] == ["amount", "amount", "total"]
    assert evaluation.trace[0].path == ("lines", 0, "amount")


def test_the_given_scope_is_not_changed(rules):
    given = lines(("2", "1.50"))
    rules(AMOUNT).run(lines=given)
    assert given[0]["amount"] is None


def test_a_missing_input_gives_a_missing_value(rules):
    given = ({"id": "a", "quantity": None, "price": Decimal(1), "amount": Decimal(9)},)
    assert rules(AMOUNT).run(lines=given).values["lines"][0]["amount"] is None


def test_an_unchanged_value_is_no_change(rules):
    given = ({"id": "a", "quantity": Decimal(2), "price": Decimal(1), "amount": Decimal("2.00")},)
    evaluation = rules(AMOUNT).run(lines=given)
    assert evaluation.values == {}
    assert evaluation.trace[0].result == Decimal(2)


def test_references_are_handed_on_as_records_and_kept_as_ids(rules):
    bench = rules("""
- {id: place, kind: derive, set: place, to: supplier.place}
- {id: store, kind: require, that: place.kind == 'store', message: m}
""")
    supplier = {"id": "s", "level": "A", "place": {"id": "p", "kind": "loss"}}
    evaluation = bench.run(supplier=supplier)
    assert evaluation.values == {"place": "p"}
    assert [problem.code for problem in evaluation.problems] == ["RUL-501"]


def test_units_must_agree_with_the_field(rules):
    assert rules("- {id: q, kind: derive, set: lines.quantity, to: line.price}").codes == ["EXP-449"]
    assert rules("- {id: q, kind: derive, set: lines.quantity, to: line.quantity}").codes == ["RUL-513"]


def test_circles_are_refused_with_every_rule_named(rules):
    bench = rules(
        """
- {id: net, kind: derive, set: net, to: total - 1}
- {id: other, kind: derive, set: rate, to: count}
- {id: total, kind: derive, set: total, to: net + 1}
""".replace(" - 1", " * 2").replace(" + 1", " * 3")
    )
    (problem,) = bench.problems
    assert problem.code == "RUL-513"
    assert problem.parameters["circle"] == "net → total → net"
    assert problem.related[0][1] == "total"


def test_a_rule_that_reads_what_it_sets_is_a_circle(rules):
    assert rules("- {id: net, kind: derive, set: net, to: net * 2}").codes == ["RUL-513"]


def test_of_two_rules_for_one_field_the_later_wins(rules):
    bench = rules("""
- {id: one, kind: derive, set: rate, to: 1}
- {id: two, kind: derive, set: rate, to: 2, when: urgent}
""")
    assert bench.run(urgent=True).values == {"rate": Decimal(2)}
    assert bench.run(urgent=False).values == {"rate": Decimal(1)}


def test_unknown_field_names_the_near_one(rules):
    (problem,) = rules("- {id: net, kind: derive, set: lines.amont, to: 1}").problems
    assert (problem.code, problem.parameters["meant"]["en"]) == ("RUL-512", "; did you mean amount?")
