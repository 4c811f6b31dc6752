"""Pages of a report: groups with their totals, spans of days, order within groups, cells that warn."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.language.problems import Refused
from engine.operations.listing import Listing, Query
from engine.operations.report import run_report
from tests.operations.world import World


@pytest.fixture
def stocked(world: World) -> World:
    """Flour in two batches and two stores, eggs that expire tomorrow."""
    world.receive(
        [
            {"item": "FLOUR", "quantity": "5", "batch_code": "B1", "last_day": "2026-09-01"},
            {"item": "FLOUR", "quantity": "7.5", "batch_code": "B2", "last_day": "2026-10-01"},
            {"item": "EGG", "quantity": "30", "batch_code": "E1", "last_day": "2026-03-03"},
        ]
    )
    return world


def stock(world: World, **asked: object) -> Listing:
    return run_report(world.site, world.actor(), "stock", Query(**asked))  # type: ignore[arg-type]


def test_rows_stand_under_their_item_with_its_total(stocked: World) -> None:
    found = stock(stocked)
    assert found.group == "item"
    assert [found.groups[row.group].text for row in found.rows] == ["EGG 鸡蛋", "FLOUR 高筋面粉", "FLOUR 高筋面粉"]
    assert found.groups[found.rows[1].group].totals == {"quantity": {"kg": Decimal("12.5")}}
    assert found.groups[found.rows[1].group].count == 2
    assert not {"item", "name"} & {column.id for column in found.columns}  # the head says them
    assert found.rows[1].values["item"] == "FLOUR"  # programs still get them


def test_groups_stay_together_in_any_order_and_on_any_page(stocked: World) -> None:
    assert [row.values["batch"] for row in stock(stocked, order="-quantity").rows] == ["E1", "B2", "B1"]
    assert [row.values["batch"] for row in stock(stocked, order="-item").rows] == ["B1", "B2", "E1"]
    second = stock(stocked, size=2, page=2)
    assert [row.values["batch"] for row in second.rows] == ["B2"]
    assert second.groups[second.rows[0].group].count == 2  # of the whole group, not of the page


def test_other_groups_and_none(stocked: World) -> None:
    assert {option.id for option in stock(stocked).groupings} == {"item", "place", "batch", "status"}
    by_place = stock(stocked, group="place")
    assert [head.text for head in by_place.groups.values()] == ["主仓"]
    assert by_place.groups["主仓"].totals == {"quantity": {"kg": Decimal("12.5"), "piece": Decimal(30)}}
    flat = stock(stocked, group="-")
    assert (flat.group, flat.groups, flat.columns[0].id) == ("", {}, "item")
    with pytest.raises(Refused) as refused:
        stock(stocked, group="last_day")
    assert [problem.code for problem in refused.value.problems] == ["OPS-131"]


def test_only_unfiltered_numbers_open_what_is_behind_them(stocked: World) -> None:
    """The movements behind a filtered total would be others than those it adds up."""
    whole, part = stock(stocked), stock(stocked, filters={"batch": "B1"})
    assert whole.behind is not None
    assert all(head.behind for head in whole.groups.values())
    assert part.behind is None
    assert not any(head.behind for head in part.groups.values())
    assert all(row.behind for row in part.rows)


@pytest.mark.parametrize(
    ("filters", "batches"),
    [
        ({"last_day_to": "2026-09-01"}, ["E1", "B1"]),
        ({"last_day_from": "2026-09-01", "last_day_to": "2026-09-30"}, ["B1"]),
        ({"last_day": "2026-10-01"}, ["B2"]),
    ],
)
def test_days_are_filtered_by_a_span(filters: dict[str, str], batches: list[str], stocked: World) -> None:
    assert [row.values["batch"] for row in stock(stocked, filters=filters).rows] == batches


def test_a_cell_warns_where_its_column_says_so(stocked: World) -> None:
    found = stock(stocked)
    assert [dict(row.tones) for row in found.rows] == [{"days_left": "warning"}, {}, {}]
