"""`default`: fills what was left empty, leaves alone what was typed."""

from decimal import Decimal

RULE = "- {id: price, kind: default, set: lines.price, to: line.item.price}"


def test_fills_only_what_is_missing(rules, flour):
    given = (
        {"id": "a", "item": flour, "price": None},
        {"id": "b", "item": flour, "price": Decimal(9)},
    )
    evaluation = rules(RULE).run(lines=given)
    assert [line["price"] for line in evaluation.values["lines"]] == [Decimal("2.50"), Decimal(9)]
    assert [line["item"] for line in evaluation.values["lines"]] == ["i1", "i1"]
    assert [step.path for step in evaluation.trace] == [("lines", 0, "price")]


def test_defaults_come_before_derived_values(rules, flour):
    bench = rules(f"- {{id: amount, kind: derive, set: lines.amount, to: line.quantity * line.price}}\n{RULE}")
    given = ({"id": "a", "item": flour, "quantity": Decimal(2), "price": None, "amount": None},)
    assert bench.run(lines=given).values["lines"][0]["amount"] == Decimal("5.00")
