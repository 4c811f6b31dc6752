"""Reading ledgers: balances and movements, through references, grouped and summed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from engine.storage import balances
from engine.storage.balances import LedgerRows
from engine.storage.database import Database
from engine.storage.records import Page
from engine.storage.tables import Tables
from engine.storage.work import Work
from tests.storage import samples as s


@pytest.fixture
def stocked(work: Work, database: Database, now: datetime) -> Database:
    """Items a and b; three receipts of both."""
    intents = [s.intent(f"i{name}", s.saving(s.item(name, name, name=name.upper()))) for name in "ab"]
    for number in range(3):
        record = s.receipt(f"r{number}", [s.line(1, "1.5", "a"), s.line(2, str(number), "b")])
        intents.append(s.intent(f"k{number}", s.posting(record), reads=s.posting_reads(record)))
    for outcome in work.run(intents, now):
        outcome.result()
    return database


def test_the_balances_of_a_grain_are_listed_with_the_names_of_their_items(stocked: Database, tables: Tables) -> None:
    source = LedgerRows(tables, "stock", "balance", "cell")
    with stocked.read() as connection:
        rows = balances.rows(
            connection, source, [("item", "name"), ("place",), ("quantity",)], order=[(("quantity",), True)]
        )
        assert balances.count(connection, source) == 2
        assert balances.rows(connection, source, [("item",)], order=[(("item",), True)], page=Page(1, 1)) == [("a",)]
    assert rows == [("A", "store", Decimal("4.5")), ("B", "store", Decimal(3))]


def test_movements_are_listed_and_summed_by_what_a_reference_says(stocked: Database, tables: Tables) -> None:
    source = LedgerRows(tables, "stock", "movements")
    inside = source.column(("place",)) == "store"
    with stocked.read() as connection:
        rows = balances.rows(
            connection, source, [("document",), ("effective",), ("quantity",)], where=[inside], page=Page(2)
        )
        summed = balances.groups(connection, source, [("item", "name")], [("quantity",)], where=[inside])
        everything = balances.groups(connection, source, [], [("quantity",)])
    assert rows == [("r0", date(2026, 3, 1), Decimal("1.5")), ("r0", date(2026, 3, 1), Decimal(0))]
    assert summed == [("A", Decimal("4.5")), ("B", Decimal(3))]
    assert everything == [(Decimal(0),)]


def test_a_balance_equals_the_sum_of_its_movements(stocked: Database, tables: Tables) -> None:
    with stocked.read() as connection:
        found = [
            each.deltas["quantity"]
            for number in range(3)
            for each in balances.movements(connection, tables, "stock", "receipt", f"r{number}")
            if each.cell == {"item": "a", "place": "store", "best_before": None}
        ]
        assert sum(found) == balances.balance(connection, tables, s.grain("a")).amount("quantity") == Decimal("4.5")
