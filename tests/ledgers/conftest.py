"""A stock ledger with batches and two grains, a journal, and postings of a small document."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

import pytest

from engine.language.declared import Declared, validate
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.source import read_source
from engine.language.types import (
    ChoiceType,
    DecimalType,
    FlagType,
    MoneyType,
    QuantityType,
    RecordType,
    ReferenceType,
    RowsType,
    TextType,
)
from engine.ledgers.bind import bind_ledger, bind_posting
from engine.ledgers.schema import Ledger, Posting

STOCK = """
ledger: stock
label: {zh: 库存, en: Stock}
dimensions:
  - {id: item, ref: item}
  - {id: place, ref: place, label: {zh: 库位, en: Place}}
  - {id: batch, ref: batch, when: item.tracking == 'batch', label: {zh: 批次, en: Batch}}
  - {id: status, choices: [ok, {id: frozen, label: {zh: 冻结, en: Frozen}}], default: ok}
measures:
  - {id: quantity, unit: item.unit, step: item.step, conserve: [item], label: {zh: 数量, en: Quantity}}
grains:
  - {id: cell, by: [item, place, batch, status], where: place.kind == 'store', min: 0}
  - {id: total, by: [item], where: place.kind == 'store', max: 1000000}
"""
JOURNAL = """
ledger: journal
dimensions: [{id: account, kind: text}, {id: currency, kind: text}]
measures: [{id: amount, conserve: [currency]}]
grains: [{id: account, by: [account, currency]}]
"""
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
OUT = (
    IN.replace("goods_in", "goods_out")
    .replace("from: {place: supplier_place}", "from: {place: line.place, status: ok}")
    .replace("    to: {place: line.place}", "    to: {place: supplier_place}")
)
LOSS = OUT.replace("goods_out", "loss").replace("each: lines", "each: lines\nkind: fact")
BOOK = """
posting: book
entity: receipt
entries:
  - {id: debit,  ledger: journal, to: {account: "'1405'", currency: "'CNY'"}, measures: {amount: debit}}
  - {id: credit, ledger: journal, from: {account: "'2202'", currency: "'CNY'"}, measures: {amount: credit}}
"""

ITEM = RecordType(
    "item",
    {"unit": TextType(), "step": DecimalType(), "tracking": ChoiceType(("none", "batch")), "price": MoneyType("CNY")},
)
ENTITIES = {
    "item": ITEM,
    "place": RecordType("place", {"kind": ChoiceType(("store", "supplier", "loss"))}),
    "batch": RecordType("batch", {"code": TextType()}),
    "receipt": RecordType("receipt", {"urgent": FlagType()}),
}
LINE = RecordType(
    "line",
    {
        "id": TextType(),
        "item": ReferenceType("item"),
        "place": ReferenceType("place"),
        "batch": ReferenceType("batch"),
        "quantity": QuantityType("item.unit"),
        "amount": MoneyType("CNY"),
    },
)
SCOPE = Scope(
    {
        "id": TextType(),
        "supplier_place": ReferenceType("place"),
        "urgent": FlagType(),
        "debit": DecimalType(),
        "credit": DecimalType(),
        "lines": RowsType(LINE),
    },
    ENTITIES,
    record="receipt",
)
M = TypeVar("M", bound=Declared)


def read(model: type[M], text: str) -> M:
    node, problems = read_source(f"{model.__name__.lower()}.yaml", text)
    assert node is not None, problems
    assert not problems, problems
    found, problems = validate(model, node)
    assert found is not None, problems
    return found


class Books:
    """Ledgers and postings bound together; `problems` is what binding had to say."""

    def __init__(self, *texts: str) -> None:
        self.ledgers = {}
        self.postings = {}
        self.problems: list[Problem] = []
        for text in texts:
            if text.strip().startswith("ledger"):
                ledger = read(Ledger, text)
                self.ledgers[ledger.ledger] = ledger
                self.problems += bind_ledger(ledger, SCOPE)
        for text in texts:
            if text.strip().startswith("posting"):
                posting = read(Posting, text)
                self.postings[posting.posting] = posting
                self.problems += bind_posting(posting, self.ledgers, SCOPE)

    @property
    def codes(self) -> list[str]:
        return [problem.code for problem in self.problems]


@pytest.fixture(scope="session")
def books() -> Books:
    found = Books(STOCK, JOURNAL, IN, OUT, LOSS, BOOK)
    assert not found.problems, found.problems
    return found


@pytest.fixture(scope="session")
def made() -> Callable[..., Books]:
    """Books of texts, the ones above by name: made("stock", text)."""
    known = {"stock": STOCK, "journal": JOURNAL, "in": IN, "out": OUT}
    return lambda *texts: Books(*(known.get(text, text) for text in texts))


ITEMS = {
    "flour": {"id": "flour", "unit": "kg", "step": Decimal("0.001"), "tracking": "none"},
    "milk": {"id": "milk", "unit": "box", "step": Decimal(1), "tracking": "batch"},
}
PLACES = {
    name: {"id": name, "kind": kind} for name, kind in (("main", "store"), ("shop", "store"), ("out", "supplier"))
}


def line(number: int, item: str, quantity: str, place: str = "main", batch: str | None = None) -> dict[str, Any]:
    return {
        "id": f"l{number}",
        "item": ITEMS[item],
        "place": PLACES[place],
        "batch": None if batch is None else {"id": batch, "code": batch},
        "quantity": None if quantity == "" else Decimal(quantity),
    }


@pytest.fixture(scope="session")
def document() -> Callable[..., dict[str, Any]]:
    """A document of lines (item, quantity[, place[, batch]])."""

    def make(*lines: tuple[str, ...]) -> dict[str, Any]:
        rows = tuple(line(number, *each) for number, each in enumerate(lines))
        return {"supplier_place": PLACES["out"], "urgent": True, "lines": rows}

    return make
