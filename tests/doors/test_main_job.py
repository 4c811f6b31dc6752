"""The main job on real input: 661 foods become items, each item is received once, the stock page says exactly so.

The foods are the USDA FoodKeeper data of the folder beside the repository. Whether a food has a usable life is judged
here a second time, from the file itself and without the engine.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from engine.operations.load_file import ImportReport, RefusedRow, import_file
from engine.operations.verify import verify
from engine.storage import records
from tests.doors.visitors import Grid, Person, Program, give_password
from tests.operations.world import World
from tests.shared_data import needs, shared

FOODS = shared("foodkeeper.json")
LIFE = re.compile(r"(\d+)(?:\s*-\s*(\d+))?\s*(Days?|Weeks?|Months?|Years?)\Z", re.IGNORECASE)
DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
COLUMNS = (
    ("from_date_of_purchase_refrigerate_output_display_only", "refrigerate_output_display_only"),
    ("from_date_of_purchase_pantry_output_display_only", "pantry_output_display_only"),
    ("from_date_of_purchase_freeze_output_display_only", "freeze_output_display_only"),
    ("refrigerate_after_opening_output_display_only", "refrigerate_after_thawing_output_display_only"),
    ("pantry_after_opening_output_display_only",),
)

pytestmark = needs(FOODS.name)


def life(food: dict[str, Any]) -> int | None:
    """The days a food keeps, by the stated order of columns and the low end of a span; None where none says it."""
    for name in (name for group in COLUMNS for name in group):
        found = LIFE.match(str(food.get(name) or "").strip())
        if found:
            return DAYS[found[3].lower().rstrip("s")] * min(int(end) for end in found.groups()[:2] if end)
    return None


def name(food: dict[str, Any]) -> str:
    """What a food is called."""
    return ", ".join(part.strip() for part in (food["name"], food["name_subtitle"]) if part)


def foods() -> list[dict[str, Any]]:
    return list(json.loads(FOODS.read_text(encoding="utf-8"))["product_data"])


def items(world: World) -> dict[str, dict[str, Any]]:
    """What is stored of each imported item, by code, with its version."""
    with world.site.reading() as (connection, running):
        found = records.list_records(connection, running.tables, "item")
    kept = {str(each.values["code"]): {**each.values, "version": each.version} for each in found}
    return {code: values for code, values in kept.items() if code.startswith("FK-")}


def bring(world: World, seen: list[tuple[int, int]], refused: list[RefusedRow]) -> ImportReport:
    told = lambda done, total: seen.append((done, total))  # noqa: E731
    return import_file(world.site, world.actor("manager"), "foodkeeper", FOODS, progress=told, refuse=refused.append)


def quantity(number: int) -> Decimal:
    """An odd quantity with three decimals, another one for each item."""
    return Decimal(number * 7919 % 90_000 + 1) / 1000 + number % 7


def test_foods_are_imported_received_and_found_in_stock_to_the_last_digit(world: World) -> None:
    """Import twice, one receipt of each item over HTTP, then the stock page, its JSON and the postings agree."""
    source = foods()
    assert len(source) == 661
    usable = {f"FK-{food['id']}": food for food in source if life(food) is not None}

    seen: list[tuple[int, int]] = []
    refused: list[RefusedRow] = []
    report = bring(world, seen, refused)
    assert (report.read, report.created, report.changed, report.unchanged, report.passed_over) == (661, 647, 0, 0, 0)
    assert report.refused == len(refused) == 14
    assert report.created + report.refused == report.read, "every row is accounted for"
    assert {problem.code for row in refused for problem in row.problems} == {"IMP-104"}
    assert {source[row.row - 1]["id"] for row in refused} == {food["id"] for food in source if life(food) is None}
    assert [done for done, _ in seen] == sorted({done for done, _ in seen}), "progress only ever grows"
    assert len(seen) > 3
    assert seen[-1] == (661, 661)

    kept = items(world)
    assert kept.keys() == usable.keys(), "ids, not names, are the identity"
    assert {code: values["shelf_life_days"] for code, values in kept.items()} == {
        code: life(food) for code, food in usable.items()
    }
    assert {code: values["name"] for code, values in kept.items()} == {
        code: name(food) for code, food in usable.items()
    }

    again = bring(world, [], [])
    assert (again.created, again.changed, again.unchanged, again.refused) == (0, 0, 647, 14)
    assert items(world) == kept, "a second run changes nothing, no version either"

    expected = receive_each(world, sorted(kept))
    assert stock_on_pages(world) == expected
    assert stock_in_json(world) == expected
    assert sum_of_postings(world) == expected
    assert verify(world.site) == ()


def receive_each(world: World, codes: list[str]) -> dict[str, Decimal]:
    """One posted receipt of each item through the JSON door; gives what must now be in stock."""
    give_password(world.site, "keeper", "manager")
    program = Program(world.site, "keeper")
    expected: dict[str, Decimal] = {}
    bodies: list[dict[str, Any]] = []
    for at, code in enumerate(codes):
        expected[code] = quantity(at)
        line = {
            "item": code,
            "quantity": expected[code] if at % 2 else f"{expected[code]} kg",
            "price": Decimal("1.37"),
        }
        body = {"supplier": "MILL", "place": "MAIN" if at % 3 else "COLD", "lines": [line], "_transition": "post"}
        bodies.append(body)
    with program.client:
        answers = [program.post("/d/goods_receipt", body) for body in bodies]
    assert {answer.status_code for answer in answers} == {201}
    numbers = {answer.json()["number"] for answer in answers}
    assert numbers == {f"GR-BKY-2026-{number:05}" for number in range(1, len(codes) + 1)}, "one number each, no gap"
    return expected


def stock_on_pages(world: World) -> dict[str, Decimal]:
    """What the stock list shows in the browser, page after page as its links lead; its totals are checked as well."""
    person = Person(world.site, "keeper")
    shown: dict[str, Decimal] = defaultdict(Decimal)
    totals: set[str] = set()
    address: str | None = "/r/stock?size=200&group=-"
    pages = 0
    while address is not None:
        page = person.open(address)
        grid = Grid(page)
        at = {name: grid.head.index(name) for name in ("编码", "数量")}
        for row in grid.rows:
            amount, unit = row[at["数量"]].partition("，")[0].replace(",", "").split(" ")
            assert unit == "千克", row
            shown[row[at["编码"]]] += Decimal(amount)
        totals.add(grid.foot[at["数量"]].partition("，")[0].replace(",", ""))
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following[1].replace("&amp;", "&") if following else None
        pages += 1
    assert pages == 4
    assert totals == {f"{sum(shown.values())} 千克"}, "every page shows the total of all pages"
    return dict(shown)


def stock_in_json(world: World) -> dict[str, Decimal]:
    """The same list as JSON."""
    program = Program(world.site, "manager")
    told: dict[str, Decimal] = defaultdict(Decimal)
    for page in range(1, 10):
        found = program.read(f"/r/stock?size=100&page={page}")
        assert found["total"] == 647
        for row in found["rows"]:
            told[row["values"]["item"]] += Decimal(row["values"]["quantity"])
    assert found["rows"] == []
    return dict(told)


def sum_of_postings(world: World) -> dict[str, Decimal]:
    """The sum of all movements into our stores by item, added up here from the rows of the database."""
    statement = (
        "SELECT item.code, place.kind, posting.quantity FROM l_stock_posting posting"
        " JOIN l_stock_cell cell ON cell._id = posting._cell"
        " JOIN e_item item ON item.id = cell.item JOIN e_place place ON place.id = cell.place"
    )
    sums: dict[str, Decimal] = defaultdict(Decimal)
    whole = Decimal(0)
    for code, kind, stored in rows(world, statement):
        amount = Decimal(stored).scaleb(-6)
        whole += amount
        if kind == "store":
            sums[code] += amount
    assert whole == 0, "what the supplier's place lost is what our stores gained"
    return dict(sums)


def rows(world: World, statement: str) -> Iterator[Any]:
    with world.site.database.read() as connection:
        yield from connection.execute(text(statement)).all()
