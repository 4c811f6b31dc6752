"""From a number of a report to the movements and the documents that it is made of, under the grants of the reader."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest

from engine.language.problems import Refused
from engine.operations.drill import Behind, movements_behind
from engine.operations.listing import Listing, Query, Row
from engine.operations.report import run_report
from tests.operations.world import World

BATCH = {"batch_code": "B1", "last_day": "2026-09-01"}


@pytest.fixture
def stocked(world: World) -> World:
    """Two receipts of flour in two batches, bags without a batch, and an issue."""
    world.receive([{"item": "FLOUR", "quantity": "25.350", **BATCH}, {"item": "BAG", "quantity": "500"}])
    world.receive([{"item": "FLOUR", "quantity": "4", "batch_code": "B2", "last_day": "2026-10-01"}])
    world.issue([{"item": "FLOUR", "quantity": "0.35", "batch": "B1"}])
    return world


def stock(world: World, login: str = "keeper", **asked: str) -> Listing:
    return run_report(world.site, world.actor(login), "stock", Query(**asked))  # type: ignore[arg-type]


def opened(world: World, address: str | None, login: str = "keeper", size: int = 50, page: int = 1) -> Behind:
    """What an address of a number shows."""
    assert address is not None
    filters = dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
    return movements_behind(world.site, world.actor(login), "stock", Query(filters, size=size, page=page))


def amounts(rows: tuple[Row, ...]) -> list[Decimal]:
    return [row.values["quantity"] for row in rows]  # type: ignore[misc]


def test_every_number_is_the_sum_of_what_opens_behind_it(stocked: World) -> None:
    listing = stock(stocked)
    assert len(listing.rows) == 3
    for row in listing.rows:
        found = opened(stocked, row.behind).listing
        assert sum(amounts(found.rows)) == row.values["quantity"] == found.totals["quantity"]
    for head in listing.groups.values():
        (total,) = head.totals["quantity"].values()  # type: ignore[attr-defined]
        assert sum(amounts(opened(stocked, head.behind).listing.rows)) == total
    assert opened(stocked, listing.behind).listing.totals == listing.totals
    assert opened(stocked, listing.behind).listing.total == 4


def test_the_movements_of_a_batch_with_their_documents_and_what_was_left(stocked: World) -> None:
    row = next(row for row in stock(stocked, search="B1").rows)
    found = opened(stocked, row.behind)
    assert [fact.text for fact in found.about] == ["FLOUR 高筋面粉", "主仓", "B1", "可用"]
    newest, oldest = found.listing.rows
    assert newest.cells[0].startswith("GI-BKY-2026-00001")
    assert newest.cells[-2:] == ("-0.35 千克", "25 千克")
    assert oldest.cells[0].startswith("GR-BKY-2026-00001")
    assert oldest.cells[-2:] == ("+25.35 千克", "25.35 千克")
    assert newest.href == f"/d/goods_issue/{newest.values['document']}"
    assert [column.id for column in found.listing.columns] == [
        "document", "recorded", "posting", "quantity", "balance",
    ]  # fmt: skip
    second = opened(stocked, row.behind, size=1, page=2).listing.rows
    assert [each.cells for each in second] == [oldest.cells]  # the balance is right on every page


def test_a_dimension_that_is_not_there_is_asked_for_as_empty(stocked: World) -> None:
    bag = next(row for row in stock(stocked, group="-").rows if row.cells[0] == "BAG")
    assert "batch=&" in str(bag.behind)
    assert amounts(opened(stocked, bag.behind).listing.rows) == [Decimal(500)]
    item = stocked.id_of("item", "FLOUR")
    found = opened(stocked, f"/?item={item}&batch=")
    assert (found.listing.rows, found.about) == ((), ())


def test_of_documents_that_may_not_be_opened_only_the_sum_is_told(stocked: World) -> None:
    """A seller sees the stock and the issues, but no receipts."""
    row = next(row for row in stock(stocked, "seller", search="B1").rows)
    found = opened(stocked, row.behind, "seller")
    assert amounts(found.listing.rows) == [Decimal("-0.35")]
    assert found.listing.totals == {"quantity": Decimal(25)}
    assert found.rest == {"quantity": "25.35 千克"}
    assert "balance" not in [column.id for column in found.listing.columns]  # it would tell the single amounts


def test_what_lies_in_places_of_others_does_not_exist(stocked: World) -> None:
    """Of a store that may not be listed nothing is told, not even its name."""
    place = stocked.submit(
        "place", {"code": "DELI", "name": "熟食仓", "kind": "store", "company": None}, login="manager"
    ).id
    elsewhere = stocked.submit("company", {"code": "DELI", "name": "熟食", "currency": "CNY"}, login="admin").id
    stocked.submit("place", {"company": elsewhere}, id=place, version=1, login="admin")
    found = opened(stocked, f"/?place={place}")
    assert (found.listing.total, found.about) == (0, ())


@pytest.mark.parametrize("asked", [{"shelf": "3"}, {"last_day": "soon"}, {"quantity": "3"}])
def test_what_is_no_dimension_is_refused(asked: dict[str, str], stocked: World) -> None:
    with pytest.raises(Refused) as refused:
        movements_behind(stocked.site, stocked.actor(), "stock", Query(asked))
    assert [problem.code for problem in refused.value.problems] == ["OPS-131"]


@pytest.mark.parametrize(("report", "login"), [("receipt_lines", "keeper"), ("nonsense", "keeper")])
def test_only_reports_of_balances_have_movements_behind_them(report: str, login: str, stocked: World) -> None:
    with pytest.raises(Refused) as refused:
        movements_behind(stocked.site, stocked.actor(login), report, Query())
    assert [problem.code for problem in refused.value.problems] == ["OPS-130"]
