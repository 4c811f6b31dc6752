"""A document of one line and of a hundred lines costs the same number of SQL statements, whatever is done with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from engine.operations.load_file import import_file
from engine.operations.submit import Submitted
from tests.operations.world import World

MOST = 50
"""A posted receipt that is reversed: two BEGINs, the package, the settings (4); the receipt and what it refers to (11);
what it moved in three ledgers, for each of four postings (12); all of that again under lock, with the balances, the key
and the chain (14); and one write each for document, postings, balances, deadline, journal, chain and key (7). Everything
else that is done with a receipt needs less: a new one that is posted at once about 44, of which a batch is made."""

ITEMS = 202
Lines = list[dict[str, str]]


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """The statements that the database is sent; one executemany is one statement."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(world.site.database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(world.site.database.engine, "before_cursor_execute", note)


@pytest.fixture
def stocked(world: World, tmp_path: Path) -> World:
    """Items enough that every line has its own, and one receipt, so that the counter of the year is there."""
    columns = {column for each in world.site.app().mappings["foodkeeper"].columns for column in each.columns}
    rows = [{**dict.fromkeys(columns), "id": number, "name": "x"} for number in range(ITEMS)]
    for row in rows:
        row["refrigerate_output_display_only"] = "30 Days"
    file = tmp_path / "foods.json"
    file.write_text(json.dumps({"product_data": rows}))
    assert import_file(world.site, world.actor("manager"), "foodkeeper", file).created == ITEMS
    world.receive([{"item": "FLOUR", "quantity": "1"}])
    return world


def lines(first: int, count: int, quantity: str = "1.5") -> Lines:
    """So many lines, each with an item of its own."""
    return [{"item": f"FK-{first + each}", "quantity": quantity, "price": "2.50"} for each in range(count)]


def costs(world: World, own: Lines, changed: Lines, others: Lines, year: int) -> dict[str, int]:
    """The statements of everything that is done with a receipt."""
    found: dict[str, int] = {}

    def step(name: str, does: Callable[[], Submitted]) -> Submitted:
        with counted(world) as sent:
            done = does()
        found[name] = len(sent)
        return done

    def move(document: Submitted, transition: str | None, values: dict[str, Any], login: str = "keeper") -> Submitted:
        known = {"id": document.id, "version": document.version}
        return world.submit("goods_receipt", values, transition=transition, login=login, **known)

    draft = step("a new draft", lambda: world.receive(own, transition=None))
    draft = step("the draft changed", lambda: move(draft, None, {"lines": changed}))
    step("the draft posted, balances new", lambda: move(draft, "post", {}))
    draft = world.receive(own, transition=None)
    step("a draft posted, balances known", lambda: move(draft, "post", {}))
    draft = world.receive(own, transition=None)
    step("a draft changed and posted", lambda: move(draft, "post", {"lines": changed}))
    done = step("a new one posted, balances new", lambda: world.receive(others))
    step("a posted one reversed", lambda: move(done, "reverse", {}, "manager"))
    step("a new one posted, balances known", lambda: world.receive(own))
    first = {"supplier": "MILL", "place": "MAIN", "received_on": f"{year}-05-01", "lines": own}
    step("the first of a year", lambda: world.submit("goods_receipt", first, transition="post"))
    return found


def test_one_line_and_a_hundred_lines_cost_the_same_statements(stocked: World) -> None:
    one = costs(stocked, lines(0, 1), lines(0, 1, "2"), lines(201, 1), 2024)
    hundred = costs(stocked, lines(1, 100), lines(1, 100, "2"), lines(101, 100), 2025)
    assert one == hundred
    assert max(one.values()) <= MOST
    stock = stocked.stock()
    assert {stock[f"FK-{number}"] for number in range(101)} == {Decimal("8.5")}
    assert "FK-150" not in stock
