"""Movements of a document: cells, amounts, grains, steps, what is missing, what does not balance."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine.entities.changes import Entry, GrainKey
from engine.language.catalogue import message
from engine.ledgers.movements import inverse, touched
from engine.ledgers.post import post

IN = """
posting: goods_in
entity: receipt
each: lines
entries:
  - id: stock
    ledger: stock
    at: {item: line.item, batch: line.batch}
    from: {place: supplier_place}
    to: {place: line.place}
    measures: {quantity: line.quantity}
"""
KG = Decimal("2.125")


def moved(books, name, scope):
    movements, problems = post(books.postings[name], books.ledgers, scope)
    assert movements is not None, problems
    return movements


def refused(books, name, scope):
    movements, problems = post(books.postings[name], books.ledgers, scope)
    assert movements is None
    return problems


def test_both_sides_of_a_line(books, document):
    movements = moved(books, "goods_in", document(("flour", "2.125")))
    assert movements.entries == (
        Entry("stock", ("flour", "out", None, "ok"), {"quantity": -KG}, "l0"),
        Entry("stock", ("flour", "main", None, "ok"), {"quantity": KG}, "l0", ("cell", "total")),
    )
    assert dict(movements.balances) == {
        GrainKey("stock", "cell", ("flour", "main", None, "ok")): {"quantity": KG},
        GrainKey("stock", "total", ("flour",)): {"quantity": KG},
    }
    assert touched([movements]) == {key for key, _ in movements.balances}
    assert not movements.fact


def test_a_conditional_dimension_is_unset_where_it_does_not_apply(books, document):
    (_, entry) = moved(books, "goods_in", document(("flour", "1", "main", "b1"))).entries
    assert entry.cell == ("flour", "main", None, "ok")
    (_, entry) = moved(books, "goods_in", document(("milk", "1", "main", "b1"))).entries
    assert entry.cell == ("milk", "main", "b1", "ok")


def test_a_conditional_dimension_is_needed_where_it_applies(books, document):
    (problem,) = refused(books, "goods_in", document(("milk", "1")))
    assert (problem.code, problem.path) == ("LED-105", ("lines", 0))
    assert message(problem, "zh") == "缺少批次，不能过账。"


def test_lines_in_one_grain_are_summed(books, document):
    movements = moved(books, "goods_in", document(("flour", "1"), ("flour", "2"), ("flour", "4", "shop")))
    sums = {key.key: deltas["quantity"] for key, deltas in movements.balances}
    assert sums == {("flour", "main", None, "ok"): 3, ("flour", "shop", None, "ok"): 4, ("flour",): 7}


def test_the_step_is_kept_and_the_nearest_amounts_are_told(books, document):
    (problem,) = refused(books, "goods_in", document(("flour", "0.3504")))
    assert (problem.code, problem.path) == ("LED-103", ("lines", 0))
    assert message(problem, "en") == "Quantity 0.3504 is no multiple of the step 0.001; the nearest are 0.35 and 0.351."
    (problem,) = refused(books, "goods_in", document(("milk", "-1.5", "main", "b")))
    assert (problem.parameters["below"], problem.parameters["above"]) == (-2, -1)


def test_every_problem_of_every_line(books, document):
    problems = refused(books, "goods_in", document(("flour", "0.0001"), ("flour", ""), ("milk", "0.5", "main", "b")))
    assert [(problem.code, problem.path[1]) for problem in problems] == [("LED-103", 0), ("LED-104", 1), ("LED-103", 2)]


def test_nothing_moves_for_zero(books, document):
    assert moved(books, "goods_in", document(("flour", "0"))).entries == ()
    assert moved(books, "goods_in", document()).balances == ()


def test_a_place_that_cannot_be_judged_is_refused(books, document):
    scope = document(("flour", "1"))
    scope["lines"][0]["place"] = {"id": "new", "kind": None}
    assert {problem.code for problem in refused(books, "goods_in", scope)} == {"LED-106"}


def test_an_unset_dimension_is_in_no_grain_that_asks_about_it(made, document):
    ledger = """
ledger: stock
dimensions: [{id: item, ref: item}, {id: place, ref: place, optional: true}]
measures: [{id: quantity, unit: item.unit}]
grains: [{id: cell, by: [item, place], where: place.kind == 'store', min: 0}]
"""
    posting = IN.replace(", batch: line.batch", "")
    few = made(ledger, posting)
    scope = document(("flour", "1"))
    scope["lines"][0]["place"] = None
    movements = moved(few, "goods_in", scope)
    assert [entry.cell for entry in movements.entries] == [("flour", "out"), ("flour", None)]
    assert movements.balances == ()


def test_a_condition_of_the_posting_is_asked_for_every_line(made, document):
    few = made("stock", IN.replace("each: lines", "each: lines\nwhen: line.item.tracking == 'batch'"))
    movements = moved(few, "goods_in", document(("flour", "1"), ("milk", "1", "main", "b")))
    assert [entry.line for entry in movements.entries] == ["l1", "l1"]


def test_a_condition_of_an_entry(made, document):
    few = made("stock", IN.replace("ledger: stock", "ledger: stock\n    when: not urgent"))
    assert moved(few, "goods_in", document(("flour", "1"))).entries == ()


OPEN = """
ledger: open
dimensions: [{id: receipt, ref: receipt}, {id: line, kind: text}]
measures: [{id: quantity}]
grains: [{id: urgent, by: [receipt, line], where: receipt.urgent}]
"""
WAITING = """
posting: waiting
entity: receipt
each: lines
entries: [{id: open, ledger: open, at: {receipt: id, line: line.id}, to: {}, measures: {quantity: 1}}]
"""


def test_the_document_itself_is_a_coordinate_and_its_values_are_seen(made, document):
    few = made(OPEN, WAITING)
    assert few.problems == []
    scope = {"id": "r1", **document(("flour", "1"), ("milk", "1"))}
    movements = moved(few, "waiting", scope)
    assert [entry.cell for entry in movements.entries] == [("r1", "l0"), ("r1", "l1")]
    assert dict(movements.balances)[GrainKey("open", "urgent", ("r1", "l1"))] == {"quantity": 1}
    assert moved(few, "waiting", {**scope, "urgent": False}).balances == ()


def test_the_document_itself_is_no_coordinate_of_another_entity(made):
    assert made(
        OPEN.replace("ref: receipt", "ref: batch").replace("where: receipt.urgent", "min: 0"), WAITING
    ).codes == ["EXP-449"]


def test_one_sided_entries_must_sum_to_zero(books):
    scope = {"debit": Decimal("10.00"), "credit": Decimal("10.00"), "lines": ()}
    assert len(moved(books, "book", scope).entries) == 2
    (problem,) = refused(books, "book", scope | {"credit": Decimal("9.99")})
    assert (problem.code, problem.parameters["amount"]) == ("LED-107", Decimal("0.01"))


def test_the_inverse_cancels(books, document):
    movements = moved(books, "goods_in", document(("flour", "1"), ("milk", "2", "shop", "b")))
    undone = inverse(movements)
    for there, back in zip(movements.entries, undone.entries, strict=True):
        assert there.cell == back.cell
        assert there.deltas["quantity"] + back.deltas["quantity"] == 0
    assert inverse(undone) == movements


def test_the_change_carries_everything_to_write(books, document):
    movements = moved(books, "goods_in", document(("flour", "1")))
    change = movements.change("receipt", "d1", "post", None)
    assert (change.posting, change.document, change.entries, change.balances) == (
        "goods_in",
        "d1",
        movements.entries,
        movements.balances,
    )


amounts = st.decimals(-(10**9), 10**9, places=3, allow_nan=False)
rows = st.lists(st.tuples(st.sampled_from(["flour"]), amounts, st.sampled_from(["main", "shop"])), max_size=12)


@given(rows, st.sampled_from(["goods_in", "goods_out", "loss"]))
def test_movements_sum_to_zero_for_every_item_and_grains_are_their_sum(books, document, rows, name):
    movements = moved(books, name, document(*((item, str(amount), place) for item, amount, place in rows)))
    assert sum((entry.deltas["quantity"] for entry in movements.entries), Decimal(0)) == 0
    for key, deltas in movements.balances:
        inside = (
            entry.deltas["quantity"]
            for entry in movements.entries
            if entry.cell[1] != "out" and (key.grain == "total" or entry.cell == key.key)
        )
        assert deltas["quantity"] == sum(inside, Decimal(0))
