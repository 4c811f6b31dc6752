"""The pure part of conversions: types of what is open, which lines come along, what somebody may not see."""

from decimal import Decimal

import pytest

from engine.conversions.convert import convert, may_take, open_keys
from engine.conversions.schema import BalanceTypes, Conversion
from engine.language.declared import validate
from engine.language.scope import Scope
from engine.language.source import read_source
from engine.language.types import (
    ChoiceType,
    DecimalType,
    QuantityType,
    RecordType,
    ReferenceType,
    RowsType,
    TextType,
)

TEXT = """
conversion: receive
source: order
target: receipt
when: state == 'approved'
values: {supplier: supplier, order: source, remark: "concat(terms, '!')"}
lines:
  each: lines
  into: goods
  open: {ledger: orders, grain: open, key: {order: source, line: line.id}, measure: open}
  when: open > 0
  values: {item: line.item, quantity: open, origin: id, row: line.id}
"""
ITEM = RecordType("item", {"unit": TextType()})
LINE = RecordType("lines", {"id": TextType(), "item": ReferenceType("item"), "quantity": QuantityType("item.unit")})
ORDER = {
    "id": TextType(),
    "state": ChoiceType(("draft", "approved")),
    "supplier": ReferenceType("supplier"),
    "terms": TextType(),
    "lines": RowsType(LINE),
}
GOODS = {
    "item": ReferenceType("item"),
    "quantity": QuantityType("item.unit"),
    "origin": ReferenceType("order"),
    "row": TextType(),
}
RECEIPT = RecordType(
    "receipt",
    {
        "supplier": ReferenceType("supplier"),
        "order": ReferenceType("order"),
        "remark": TextType(),
        "goods": RowsType(RecordType("goods", GOODS)),
    },
)
SCOPE = Scope(ORDER, {"item": ITEM, "order": RecordType("order", ORDER)}, record="order")
DIMENSIONS = {"order": ReferenceType("order"), "line": TextType(), "item": ReferenceType("item")}
BALANCE = BalanceTypes(DIMENSIONS, QuantityType("item.unit"))


def read(text=TEXT, balance=BALANCE, scope=SCOPE):
    node, problems = read_source("conversions/receive.yaml", text)
    assert problems == ()
    found, problems = validate(Conversion, node)
    assert found is not None, problems
    return found, [problem.code for problem in found.bind(scope, RECEIPT, balance)]


def order(*quantities, state="approved"):
    lines = tuple(
        {"id": f"l{at}", "item": {"id": f"i{at}", "unit": "kg"}, "quantity": Decimal(each)}
        for at, each in enumerate(quantities)
    )
    return {"id": "o1", "state": state, "supplier": {"id": "mill"}, "terms": "30 days", "lines": lines}


def test_the_lines_that_are_open_come_along():
    receive, problems = read()
    assert problems == []
    scope = order(10, 4, 7)
    assert open_keys(receive, scope) == [{"order": "o1", "line": f"l{at}"} for at in range(3)]
    begun = convert(receive, scope, [Decimal(6), Decimal(0), Decimal("0.5")], lambda formula: True)
    assert begun == {
        "supplier": "mill",
        "order": "o1",
        "remark": "30 days!",
        "goods": [
            {"item": "i0", "quantity": Decimal(6), "origin": "o1", "row": "l0"},
            {"item": "i2", "quantity": Decimal("0.5"), "origin": "o1", "row": "l2"},
        ],
    }


def test_what_may_not_be_seen_is_left_out():
    receive, _ = read()
    hidden = {("terms",), ("line", "item")}
    begun = convert(receive, order(1), [Decimal(1)], lambda formula: not formula.expression.paths & hidden)
    assert "remark" not in begun
    assert begun["goods"] == [{"quantity": Decimal(1), "origin": "o1", "row": "l0"}]


@pytest.mark.parametrize(("state", "may"), [("approved", True), ("draft", False), (None, False)])
def test_the_condition_of_the_source(state, may):
    assert may_take(read()[0], order(state=state)) is may
    assert may_take(read(TEXT.replace("when: state == 'approved'\n", ""))[0], order(state=state))


def test_without_a_balance_every_line_comes_along():
    text = TEXT.replace(
        "  open: {ledger: orders, grain: open, key: {order: source, line: line.id}, measure: open}\n", ""
    )
    text = text.replace("  when: open > 0\n", "").replace("quantity: open", "quantity: line.quantity")
    plain, problems = read(text, BalanceTypes())
    assert (problems, open_keys(plain, order(1, 2))) == ([], [])
    assert len(convert(plain, order(1, 2), [], lambda formula: True)["goods"]) == 2
    assert read(text.replace("line.quantity", "open"), BalanceTypes())[1] == ["EXP-420"]


@pytest.mark.parametrize(
    ("balance", "old", "new", "codes"),
    [
        (BALANCE, "line: line.id}", "line: line.id, item: line.item}", []),  # the unit as the key tells it
        (BalanceTypes(DIMENSIONS, QuantityType("kg")), "quantity: open", "row: \"concat(line.id, 'x')\"", []),
        (BalanceTypes(DIMENSIONS, QuantityType("kg")), "line: line.id}", "line: line.id}", ["EXP-441"]),
        (BalanceTypes(DIMENSIONS, DecimalType()), "line: line.id}", "line: line.id}", ["EXP-449"]),
        (
            BalanceTypes({**DIMENSIONS, "goods": ReferenceType("item")}, QuantityType("goods.unit")),
            "line: line.id}",
            "line: line.id}",
            ["CNV-115"],
        ),
        (BalanceTypes(), "line: line.id}", "line: line.id}", []),  # what does not exist is told elsewhere, once
        (BALANCE, "line: line.id}", "line: line.item}", ["EXP-449"]),
        (BALANCE, "order: source, remark", "order: supplier, remark", ["EXP-449"]),
        (BALANCE, "when: open > 0", "when: open", ["EXP-449"]),
    ],
)
def test_types(balance, old, new, codes):
    assert old in TEXT
    text = TEXT.replace(old, new)
    if new.startswith("row: "):
        text = text.replace(", row: line.id}", "}")
    assert read(text, balance)[1] == codes


def test_a_field_called_source_stays_a_field():
    scope = Scope({**ORDER, "source": TextType()}, SCOPE.entities, record="order")
    _, problems = read(scope=scope)
    assert problems == ["EXP-449", "EXP-449"], "order: source and the key"
    found, problems = read(TEXT.replace("order: source", "order: id"), scope=scope)
    assert problems == []
    assert open_keys(found, {**order(1), "source": "web"}) == [{"order": "o1", "line": "l0"}]
