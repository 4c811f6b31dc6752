"""A shop's real till tickets, brought in at the command line: every one goes in whole or comes back whole.

The tickets are 9,531 of a bakery café, of the folder beside the repository; the goods they are sold from come from our
own file of receipts. `make test` brings the first days, `make import-tickets` all of them. What must become of each
ticket is judged here a second time, from the file itself and without the engine.
"""

from __future__ import annotations

import csv
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

from engine.cli.main import run
from tests.operations.world import World, furnish
from tests.shared_data import needs, shared

TICKETS = shared("bakery_tickets.csv")
SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
WHOLE = "FORMWORK_ALL_TICKETS"
"""Environment variable: set by `make import-tickets`, to bring the whole file."""
FEW = 200
"""Tickets that are brought otherwise."""
ONE = 1_000_000
"""A piece, as it is stored."""

pytestmark = needs(TICKETS.name)

Row = Mapping[str, str]


@dataclass
class Till:
    """The tickets of a file by their numbers, and which of them cannot be taken: nobody knows what was sold."""

    file: Path
    receipts: Path
    tickets: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    @property
    def bad(self) -> set[str]:
        """The numbers of the tickets with a line that names no article."""
        return {number for number, rows in self.tickets.items() if any(row["Item"] == "NONE" for row in rows)}


def rows_of(file: Path) -> list[Row]:
    """The rows of a file."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def part_of(file: Path, rows: list[Row]) -> Path:
    """A file of some rows of another."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return file


@pytest.fixture
def till(tmp_path: Path) -> Till:
    """The tickets to bring, with the receipts of the days until then."""
    rows, receipts = rows_of(TICKETS), rows_of(SAMPLES / "bakery_receipts.csv")
    if WHOLE not in os.environ:
        rows = [row for row in rows if int(row["Transaction"]) <= FEW]
        receipts = [row for row in receipts if row["received_on"] <= max(row["Date"] for row in rows)]
    till = Till(part_of(tmp_path / "tickets.csv", rows), part_of(tmp_path / "receipts.csv", receipts))
    for row in rows:
        till.tickets[row["Transaction"]].append(row)
    return till


@pytest.fixture
def shop(world: World, till: Till, furnished_url: str, monkeypatch: pytest.MonkeyPatch) -> World:
    """A branch that knows the till's articles and received its goods."""
    monkeypatch.setenv("FORMWORK_LANGUAGE", "en")
    monkeypatch.setenv("FORMWORK_DATABASE", furnished_url)
    furnish(world.site, ("branch",))
    articles = str(SAMPLES / "bakery_articles.csv")
    for mapping, file in (("shop_articles", articles), ("till_articles", articles), ("shop_receipts", till.receipts)):
        assert run(["import", mapping, str(file)]) == 0
    return world


def read(world: World, statement: str) -> list[Any]:
    """The rows of a statement."""
    with world.site.database.read() as connection:
        return list(connection.execute(text(statement)).all())


def counts(world: World) -> dict[str, int]:
    """How many rows every table has."""
    with world.site.database.read() as connection:
        names = inspect(connection).get_table_names()
    return {name: read(world, f"SELECT count(*) FROM {name}")[0][0] for name in names}


def test_every_ticket_goes_in_or_comes_back_and_the_books_agree(
    shop: World, till: Till, tmp_path: Path, capsys: pytest.CaptureFixture[str], dialect: str
) -> None:
    """Imported + refused = all tickets; refused with the reason; a second run posts nothing; balances are sums."""
    capsys.readouterr()
    back = tmp_path / "refused.csv"
    command = ["import", "till_tickets", str(till.file)]
    good, total = len(till.tickets) - len(till.bad), len(till.tickets)
    read_rows = sum(map(len, till.tickets.values()))
    refused_rows = sum(len(till.tickets[number]) for number in till.bad)
    told = f"{read_rows} rows read, {total} documents: {{}}, {len(till.bad)} refused ({refused_rows} rows)"

    assert run([*command, "--refused", str(back)]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == told.format(f"{good} created, 0 changed, 0 unchanged")
    assert re.search(rf"^importing {total}/{total} \(\d+/s\)$", said.err, re.MULTILINE), "progress and rate are shown"
    tickets_as_in_the_file(shop, till)
    refused_with_reasons(till, back)
    batches_as_on_the_day(shop)
    balances_are_sums(shop)

    before = counts(shop)
    assert run(command) == 0
    again = capsys.readouterr()
    assert again.out.splitlines()[-1] == told.format(f"0 created, 0 changed, {good} unchanged")
    assert counts(shop) == before, "a second run posts nothing twice"
    assert run(["verify"]) == 0
    assert capsys.readouterr().out == "no problems found\n"
    if WHOLE in os.environ:
        with capsys.disabled():
            print(f"\n{dialect}\n{said.err}{said.out}second run: {again.out}formwork verify: no problems found")


def tickets_as_in_the_file(shop: World, till: Till) -> None:
    """Each good ticket is there with its own lines, a piece each, at its own date and time; no bad one is."""
    kept: dict[str, Counter[str]] = defaultdict(Counter)
    for number, article, quantity in read(
        shop,
        "SELECT ticket.ticket, article.till_name, line.quantity FROM e_till_ticket ticket"
        " JOIN e_till_ticket__lines line ON line._record = ticket.id JOIN e_till_item article ON article.id = line.sold_as",
    ):
        assert quantity == ONE
        kept[number][article] += 1
    assert kept == {
        number: Counter(row["Item"].strip() for row in rows)
        for number, rows in till.tickets.items()
        if number not in till.bad
    }
    moved = read(
        shop,
        "SELECT DISTINCT ticket.ticket, posting._effective FROM l_stock_posting posting"
        " JOIN e_till_ticket ticket ON ticket.id = posting._document",
    )
    days = {number: date(1970, 1, 1) + timedelta(days=day) for number, day in moved}
    assert len(days) == len(moved), "one day for each ticket"
    assert days == {number: date.fromisoformat(till.tickets[number][0]["Date"]) for number in kept}


def refused_with_reasons(till: Till, back: Path) -> None:
    """Every row of a bad ticket comes back as it was: the reason at the bad row, its number at the others."""
    rows = rows_of(back)
    assert Counter(row["Transaction"] for row in rows) == {number: len(till.tickets[number]) for number in till.bad}
    assert {row["import_code"] for row in rows if row["Item"] == "NONE"} == {"IMP-104"}
    assert {row["import_code"] for row in rows if row["Item"] != "NONE"} <= {"IMP-107"}
    assert all(row["import_reason"] for row in rows)


def batches_as_on_the_day(shop: World) -> None:
    """No batch was sold before it came or after its last day, as of the day of the sale."""
    sold = read(
        shop,
        "SELECT posting._effective, batch.received_on, batch.last_day FROM l_stock_posting posting"
        " JOIN l_stock_cell cell ON cell._id = posting._cell JOIN e_batch batch ON batch.id = cell.batch"
        " WHERE posting._posting = 'till_sale'",
    )
    assert sold
    assert all(received <= day <= last for day, received, last in sold)


def balances_are_sums(shop: World) -> None:
    """Every balance is the sum of its movements, added up here in whole millionths."""
    sums: dict[tuple[Any, ...], int] = defaultdict(int)
    for place, item, batch, status, grains, quantity in movements(shop):
        if "cell" in grains.split():
            sums[place, item, batch, status] += quantity
    kept = read(shop, "SELECT place, item, batch, status, quantity FROM l_stock_balance WHERE _grain = 'cell'")
    assert {tuple(key): quantity for *key, quantity in kept} == dict(sums)


def movements(shop: World) -> Iterator[Any]:
    """All movements of the stock with their cells."""
    yield from read(
        shop,
        "SELECT cell.place, cell.item, cell.batch, cell.status, posting._grains, posting.quantity"
        " FROM l_stock_posting posting JOIN l_stock_cell cell ON cell._id = posting._cell",
    )
