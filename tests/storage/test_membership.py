"""Which entries a balance counts, told from the sums a posting states."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from engine.entities.changes import Entry, GrainKey, Post
from engine.storage.membership import counted_in
from tests.storage.samples import sample_tables


def post(entries: list[tuple[str, str, str]], item_sum: str) -> Post:
    """A posting over cells (item, place) with deltas, and the sum stated for item `a`."""
    made = tuple(Entry("stock", (item, place, None), {"quantity": Decimal(delta)}) for item, place, delta in entries)
    stated = ((GrainKey("stock", "item", ("a",)), {"quantity": Decimal(item_sum)}),)
    return Post("p", "receipt", "r", "t", date(2026, 1, 1), made, stated)


@pytest.mark.parametrize(
    ("entries", "stated", "expected"),
    [
        ([("a", "supplier", "-5"), ("a", "store", "5")], "5", ["", "item"]),
        ([("a", "store", "-5"), ("a", "customer", "5")], "-5", ["item", ""]),
        ([("a", "one", "-5"), ("a", "two", "5")], "0", ["item", "item"]),
        ([("a", "store", "2"), ("a", "store", "3"), ("b", "store", "1")], "5", ["item", "item", ""]),
        (
            [("a", "out", "-7"), ("a", "store", "4"), ("a", "lost", "2"), ("a", "other", "1")],
            "6",
            ["", "item", "item", ""],
        ),
    ],
)
def test_entries_are_counted_as_the_stated_sum_says(
    entries: list[tuple[str, str, str]], stated: str, expected: list[str]
) -> None:
    assert counted_in(post(entries, stated), sample_tables().ledgers) == expected


def test_a_sum_that_no_choice_of_entries_gives_is_a_mistake_of_the_program() -> None:
    with pytest.raises(AssertionError):
        counted_in(post([("a", "store", "5")], "4"), sample_tables().ledgers)
