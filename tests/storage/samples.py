"""A small shape and a few decisions that the tests of storage share: items, partners, receipts and a stock ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from engine.entities.changes import Change, CounterKey, Entry, GrainKey, Issue, Post, Save
from engine.entities.columns import Column
from engine.entities.record import Record
from engine.language.problems import Problem, Refused
from engine.storage.database import Database
from engine.storage.shape import ChildShape, ColumnShape, EntityShape, GrainShape, LedgerShape, Shape
from engine.storage.state import ReadSet, State
from engine.storage.system_tables import SYSTEM
from engine.storage.tables import Tables, tables_for
from engine.storage.work import Decision, Intent

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
TEXT = Column("text")
QUANTITY = Column("scaled", 6)
MONEY = Column("scaled", 4)

ITEM = EntityShape(
    "item",
    (ColumnShape("code", TEXT), ColumnShape("name", TEXT), ColumnShape("barcode", TEXT, unique=True)),
    identity=("code",),
)
PARTNER = EntityShape("partner", (ColumnShape("name", TEXT), ColumnShape("level", TEXT)))
RECEIPT = EntityShape(
    "receipt",
    (
        ColumnShape("supplier", TEXT, to="partner", indexed=True),
        ColumnShape("received_on", Column("date")),
        ColumnShape("arrived_at", Column("instant")),
        ColumnShape("urgent", Column("flag")),
        ColumnShape("pallets", Column("integer")),
        ColumnShape("total", MONEY),
    ),
    (
        ChildShape(
            "lines",
            (ColumnShape("item", TEXT, to="item"), ColumnShape("quantity", QUANTITY), ColumnShape("price", MONEY)),
        ),
    ),
)
STOCK = LedgerShape(
    "stock",
    (ColumnShape("item", TEXT, to="item"), ColumnShape("place", TEXT), ColumnShape("best_before", Column("date"))),
    (ColumnShape("quantity", QUANTITY),),
    (GrainShape("cell", ("item", "place", "best_before")), GrainShape("item", ("item",))),
)
SHAPE = Shape((ITEM, PARTNER, RECEIPT), (STOCK,))

Judge = Callable[[State], Decision]


@cache
def sample_tables() -> Tables:
    """The tables of the sample shape, built once."""
    return tables_for(SHAPE)


def migrated(database: Database) -> None:
    """Make all tables of the sample shape the short way."""
    with database.write() as connection:
        SYSTEM.create_all(connection)
        sample_tables().metadata.create_all(connection)


def intent(key: str, judge: Judge, **more: Any) -> Intent:
    """An intent of the tests' person."""
    given: dict[str, Any] = {"fingerprint": key, "operation": "test", "actor": "ann", "package": "p1", **more}
    return Intent(key, given.pop("fingerprint"), given.pop("operation"), given.pop("actor"), judge, **given)


def decision(*changes: Change, **answer: Any) -> Decision:
    """A decision with these changes and this answer."""
    return Decision(changes, answer or {"ok": True}, {"said": "so"})


def saving(record: Record, expected: int | None = None) -> Judge:
    """A judge that saves one record."""
    return lambda _state: decision(Save(record, expected), id=record.id)


def item(id: str, code: str | None = None, **values: Any) -> Record:
    """A new item."""
    return Record("item", id, 0, {"code": code or id, "name": f"item {id}", **values})


def receipt(id: str, lines: Sequence[Mapping[str, Any]] = (), **values: Any) -> Record:
    """A new receipt with lines."""
    kept = {"supplier": "p-1", "received_on": date(2026, 3, 1), "lines": tuple(lines), **values}
    return Record("receipt", id, 0, kept, state=values.pop("state", "draft"))


def line(number: int, quantity: str = "1", item: str | None = None) -> dict[str, Any]:
    """One line of a receipt."""
    amounts = {"quantity": Decimal(quantity), "price": Decimal("2.5")}
    return {"id": f"l{number}", "item": item or f"i{number}", **amounts}


def grain(item: str, place: str = "store") -> GrainKey:
    """The balance of an item at a place."""
    return GrainKey("stock", "cell", (item, place, None))


def whole(item: str) -> GrainKey:
    """The balance of an item over all stores."""
    return GrainKey("stock", "item", (item,))


def moved(document: str, amounts: Mapping[str, str], place: str = "store") -> Post:
    """A posting that brings amounts of items from outside to a place; only places inside have balances."""
    entries: list[Entry] = []
    balances: list[tuple[GrainKey, Mapping[str, Decimal]]] = []
    for name, text in amounts.items():
        amount = Decimal(text)
        entries.append(Entry("stock", (name, "supplier", None), {"quantity": -amount}))
        entries.append(Entry("stock", (name, place, None), {"quantity": amount}, None, ("cell", "item")))
        balances.append((grain(name, place), {"quantity": amount}))
        balances.append((whole(name), {"quantity": amount}))
    return Post("goods_in", "receipt", document, "post", date(2026, 3, 1), tuple(entries), tuple(balances))


def posting(record: Record, expected: int | None = None) -> Judge:
    """A judge that posts a receipt: number, record, movements."""
    counter = CounterKey("receipt", ("2026",))

    def judge(state: State) -> Decision:
        number = state.counter(counter) + 1
        amounts: dict[str, str] = {}
        for each in record.lines("lines"):
            name = str(each["item"])
            amounts[name] = str(Decimal(amounts.get(name, "0")) + Decimal(str(each["quantity"])))
        posted = Record(
            "receipt", record.id, record.version, record.values, "posted", f"GR-{number:05}", record.package
        )
        changes = (Issue(counter, number), Save(posted, expected), moved(record.id, amounts))
        return Decision(changes, {"id": record.id, "number": posted.number}, {"posted": amounts})

    return judge


def posting_reads(record: Record) -> ReadSet:
    """What posting a receipt depends on."""
    names = {str(each["item"]) for each in record.lines("lines")}
    return ReadSet(
        balances=frozenset(grain(name) for name in names) | frozenset(whole(name) for name in names),
        counters=frozenset({CounterKey("receipt", ("2026",))}),
    )


def refusing(code: str) -> Judge:
    """A judge that refuses."""

    def judge(_state: State) -> Decision:
        raise Refused((Problem(code),))

    return judge
