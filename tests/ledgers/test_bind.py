"""What can never work is refused at load: unknown names, units, clocks, sides that do not conserve."""

import pytest

from engine.language.catalogue import message

LEDGER = """
ledger: stock
dimensions: [{id: item, ref: item}, {id: place, ref: place}, {id: status, choices: [ok, frozen], default: ok}]
measures: [{id: quantity, unit: item.unit, conserve: [item]}]
grains: [{id: cell, by: [item, place], where: place.kind == 'store', min: 0}]
"""
POSTING = """
posting: goods_in
entity: receipt
each: lines
entries:
  - id: stock
    ledger: stock
    at: {item: line.item}
    from: {place: supplier_place}
    to: {place: line.place, status: frozen}
    measures: {quantity: line.quantity}
"""


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("choices: [ok, frozen], default: ok", "optional: true", "LED-121"),
        ("{id: place, ref: place}", "{id: place, ref: place, kind: text}", "LED-121"),
        ("default: ok", "default: okay", "LED-114"),
        ("unit: item.unit,", "unit: kg, currency: CNY,", "LED-122"),
        ("conserve: [item]", "conserve: [itm]", "LED-113"),
        ("by: [item, place]", "by: [item, plase]", "LED-113"),
        ("min: 0", "min: 0, measure: amount", "LED-112"),
        ("place.kind == 'store'", "today() > now()", "EXP"),
        ("place.kind == 'store'", "place.knd == 'store'", "EXP"),
    ],
)
def test_ledgers(made, old, new, code):
    assert old in LEDGER
    found = made(LEDGER.replace(old, new))
    assert [problem.code[: len(code)] for problem in found.problems] == [code]
    assert all(message(problem, language) for problem in found.problems for language in ("zh", "en"))


def test_a_ledger_does_not_look_at_the_clock(made):
    dated = LEDGER.replace("choices: [ok, frozen], default: ok", "kind: date").replace(
        "place.kind == 'store'", "status < today()"
    )
    assert made(dated).codes == ["LED-123"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("each: lines", "each: line", "LED-115"),
        ("ledger: stock", "ledger: stok", "LED-111"),
        ("at: {item: line.item}", "at: {itm: line.item}", "LED-113"),
        ("{quantity: line.quantity}", "{quantity: line.quantity, amount: line.amount}", "LED-112"),
        ("{quantity: line.quantity}", "{quantity: line.amount}", "EXP"),
        ("{place: supplier_place}", "{place: line.item}", "EXP"),
        ("status: frozen", "status: frosen", "EXP"),
        ("    from: {place: supplier_place}\n    to: {place: line.place, status: frozen}\n", "", "LED-124"),
    ],
)
def test_postings(made, old, new, code):
    assert old in POSTING
    found = made(LEDGER, POSTING.replace(old, new))
    assert [problem.code[: len(code)] for problem in found.problems] == [code]
    assert all(message(problem, language) for problem in found.problems for language in ("zh", "en"))


def test_sides_that_change_the_item_do_not_conserve_it(made):
    text = POSTING.replace("    at: {item: line.item}\n", "").replace(
        "{place: supplier_place}", "{place: supplier_place, item: line.item}"
    )
    assert made(LEDGER, text).codes == ["LED-125"]


def test_clean_ones_have_no_problem(made):
    assert made(LEDGER, POSTING).codes == []
