"""Imports of documents: each goes in whole or comes back whole, twice is as once, and a broken off one goes on."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from engine.operations import load_file, movements
from engine.operations.load_file import Import, ImportReport, RefusedRow, import_file, source_of
from engine.operations.verify import verify
from engine.packages.refusals import REASONS, RefusedFile
from engine.storage import balances, records
from engine.storage.balances import LedgerRows
from tests.operations.test_statements import counted
from tests.operations.world import World, furnish

FILES = Path(__file__).parents[2] / "apps" / "food" / "scenarios" / "files"
HEAD = ("Date", "Time", "Transaction", "Item")


@pytest.fixture
def branch(world: World) -> World:
    """A site with a branch abroad."""
    furnish(world.site, ("branch",))
    return world


@pytest.fixture
def shop(branch: World) -> World:
    """A branch that has coffee and bread, and a till that knows both by name."""
    for mapping, file in (
        ("shop_articles", "shop_articles.csv"),
        ("till_articles", "shop_articles.csv"),
        ("shop_receipts", "shop_receipts.csv"),
    ):
        report, refused = bring(branch, mapping, FILES / file)
        assert (report.created, refused) == (report.documents, [])
    return branch


def bring(world: World, mapping: str, file: Path, *, dry_run: bool = False) -> tuple[ImportReport, list[RefusedRow]]:
    """What an import by the manager comes to, and the rows that come back."""
    refused: list[RefusedRow] = []
    actor = world.actor("manager")
    report = import_file(world.site, actor, mapping, file, refuse=refused.append, dry_run=dry_run)
    return report, refused


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.created, report.changed, report.unchanged, report.refused


def file_of(folder: Path, rows: Sequence[Sequence[object]], name: str = "tickets.csv") -> Path:
    """A file of the till."""
    file = folder / name
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows((HEAD, *rows))
    return file


def many(folder: Path, number: int) -> Path:
    """A file of so many tickets of one coffee."""
    return file_of(folder, [("2016-10-30", "10:00:00", each, "Coffee") for each in range(1, number + 1)])


def tickets(world: World) -> dict[str, records.Record]:
    """What is stored, by the number on the ticket."""
    with world.site.reading() as (connection, running):
        found = records.list_records(connection, running.tables, "till_ticket", lines=True)
    assert len({each.values["ticket"] for each in found}) == len(found), "no ticket twice"
    return {str(each.values["ticket"]): each for each in found}


def test_a_ticket_goes_in_whole_or_comes_back_whole(shop: World) -> None:
    """With the reasons at the very rows; those that are only refused with another row say so."""
    report, refused = bring(shop, "till_tickets", FILES / "till_tickets.csv")
    assert (report.read, report.documents, report.refused_rows) == (15, 11, 11)
    assert counts(report) == (3, 0, 0, 8)
    reasons = {row.row: [problem.code for problem in row.problems] for row in refused}
    assert reasons == {
        4: ["IMP-107"],
        5: ["IMP-104"],
        6: ["VAL-150"],
        7: ["IMP-107"],
        8: ["IMP-102"],
        9: ["IMP-102"],
        10: ["IMP-107"],
        11: ["IMP-103"],
        12: ["VAL-134"],
        14: ["VAL-150"],
        15: ["IMP-108"],
    }
    assert {row.problems[0].parameters["row"] for row in refused if row.row in (4, 7, 10)} == {5, 6, 11}
    assert tickets(shop).keys() == {"1", "2", "9"}
    assert shop.stock() == {"SH001": Decimal(99), "SH002": Decimal(12)}
    assert verify(shop.site) == ()


def test_the_day_of_a_sale_is_the_day_where_it_was_sold(shop: World) -> None:
    """Half past eleven at night in Edinburgh, in summer time: half past ten in UTC, and the next day in Shanghai."""
    bring(shop, "till_tickets", FILES / "till_tickets.csv")
    ticket = tickets(shop)["1"]
    assert str(ticket.values["sold_at"]) == "2016-10-29 22:30:00+00:00"
    with shop.site.reading() as (connection, running):
        moved = balances.movements(connection, running.tables, "stock", "till_ticket", ticket.id)
    assert {str(each.effective) for each in moved} == {"2016-10-29"}


def test_twice_is_as_once_and_other_content_is_not_slipped_in(shop: World, tmp_path: Path) -> None:
    """Whoever brings it the second time; a changed ticket is told of and not posted again."""
    rows = [("2016-10-30", "10:00:00", number, "Coffee") for number in (1, 2, 3)]
    assert counts(bring(shop, "till_tickets", file_of(tmp_path, rows))[0]) == (3, 0, 0, 0)
    kept, stock = tickets(shop), shop.stock()
    more = file_of(tmp_path, [*rows, ("2016-10-30", "11:00:00", 4, "Bread")])
    assert counts(bring(shop, "till_tickets", more)[0]) == (1, 0, 3, 0)
    changed = file_of(tmp_path, [*rows[:2], ("2016-10-30", "10:00:00", 3, "Bread")])
    report, refused = bring(shop, "till_tickets", changed)
    assert counts(report) == (0, 0, 2, 1)
    assert [(row.row, row.problems[0].code, row.problems[0].parameters) for row in refused] == [
        (3, "IMP-105", {"key": "3"})
    ]
    assert {number: each for number, each in tickets(shop).items() if number != "4"} == kept
    assert shop.stock() == {**stock, "SH002": stock["SH002"] - 1}


def test_what_came_back_is_corrected_and_brought_again(shop: World, tmp_path: Path) -> None:
    """The file has the same columns, and the reasons in columns that nobody reads."""
    back = tmp_path / "refused.csv"
    source = source_of(shop.site, "till_tickets", FILES / "till_tickets.csv")
    with back.open("w", encoding="utf-8-sig", newline="") as stream, RefusedFile(stream, source, "en") as refused:
        write = lambda row: refused.write(row.row, row.content, row.problems)  # noqa: E731
        Import(shop.site, shop.actor("manager"), source, refuse=write).run()
    with back.open(encoding="utf-8-sig", newline="") as stream:
        head, *rows = list(csv.reader(stream))
    assert head == [*REASONS, *HEAD]
    assert [row[0] for row in rows] == ["4", "5", "6", "7", "8", "9", "10", "11", "12", "14", "15"]
    assert [row[3:] for row in rows if row[0] == "15"] == [["2016-11-02", "10:21:10", "11", "Coffee", " white"]]
    corrected = {
        "5": "2016-10-30,10:07:57,3,Bread",
        "6": "2016-10-30,10:08:41,4,Coffee",
        "8": "2016-10-31,10:13:03,5,Coffee",
        "9": "2016-11-01,15:13:03,6,Coffee",
        "11": "2016-11-01,10:16:55,7,Bread",
        "12": "2016-10-30,02:30:00,8,Coffee",
        "14": "2016-11-02,10:20:51,10,Coffee",
        "15": "2016-11-02,10:21:10,11,Coffee",
    }
    with back.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows(
            (head, *([*row[:3], *corrected[row[0]].split(",")] if row[0] in corrected else row for row in rows))
        )
    report, again = bring(shop, "till_tickets", back)
    assert (counts(report), again) == ((8, 0, 0, 0), [])
    assert tickets(shop).keys() == {str(number) for number in range(1, 12)}
    assert verify(shop.site) == ()


def test_a_dry_run_says_the_same_and_writes_nothing(shop: World) -> None:
    before = shop.stock()
    tried, refused = bring(shop, "till_tickets", FILES / "till_tickets.csv", dry_run=True)
    assert (tickets(shop), shop.stock()) == ({}, before)
    done, still = bring(shop, "till_tickets", FILES / "till_tickets.csv")
    assert (tried, refused) == (done, still)


def test_a_dry_run_of_what_makes_records_says_the_same(branch: World, tmp_path: Path) -> None:
    """Two receipts of one batch in one commit: the second goes to the batch that the first makes."""
    bring(branch, "shop_articles", FILES / "shop_articles.csv")
    file = tmp_path / "receipts.csv"
    file.write_text("receipt,received_on,item,quantity\nR1,2016-10-28,SH001,1\nR2,2016-10-28,SH001,2\n")
    tried, _ = bring(branch, "shop_receipts", file, dry_run=True)
    done, _ = bring(branch, "shop_receipts", file)
    assert counts(tried) == counts(done) == (2, 0, 0, 0)
    assert branch.stock() == {"SH001": Decimal(3)}


def test_a_refused_document_does_no_harm_to_its_neighbours(shop: World, tmp_path: Path) -> None:
    """All of them in one commit; the one that is refused under lock as well."""
    items = tmp_path / "items.csv"
    items.write_text("code,name,shelf_life_days,storage\nA,a,1,fridge\nB,b,1,nowhere\nA,again,1,fridge\nC,c,1,fridge\n")
    report, refused = bring(shop, "shop_articles", items)
    assert counts(report) == (2, 0, 0, 2)
    assert [(row.row, [problem.code for problem in row.problems]) for row in refused] == [
        (2, ["VAL-140"]),
        (3, ["STO-123"]),
    ]


def test_what_is_changed_meanwhile_is_judged_anew_for_those_it_concerns(
    shop: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An item is changed between the judgement and the lock: its tickets are judged again, the others are written."""
    rows = [("2016-10-30", "10:00:00", each, "Coffee" if each % 2 else "Bread") for each in range(1, 9)]
    judged: list[str] = []
    walk = load_file.walk

    def slow(case):  # type: ignore[no-untyped-def]
        outcome = walk(case)
        judged.append(str(case.submission.raw["ticket"]))
        if len(judged) == 8:
            shop.submit("item", {"name": "Kaffee"}, id=shop.id_of("item", "SH001"), login="manager")
        return outcome

    monkeypatch.setattr(load_file, "walk", slow)
    report, _ = bring(shop, "till_tickets", file_of(tmp_path, rows))
    assert counts(report) == (8, 0, 0, 0)
    assert judged[8:] == ["1", "3", "5", "7"]
    assert verify(shop.site) == ()


def left(world: World, item: str) -> dict[str, Decimal]:
    """How much of each batch of an item is left in the shop."""
    with world.site.reading() as (connection, running):
        source = LedgerRows(running.tables, "stock", "balance", "cell")
        rows = balances.groups(connection, source, [("item", "code"), ("batch", "code")], [("quantity",)])
    return {str(batch): quantity for code, batch, quantity in rows if code == item}


def breads(folder: Path, number: int) -> Path:
    """A file of so many tickets of one bread, all on the last day of the first batch."""
    return file_of(folder, [("2016-11-01", "10:00:00", each, "Bread") for each in range(1, number + 1)])


def test_tickets_of_one_commit_find_what_those_before_them_left(
    shop: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batch after batch, and nothing is worked out a second time under lock: it is as it was foreseen."""
    again = 0
    post_all = movements.post_all

    def counting(*given):  # type: ignore[no-untyped-def]
        nonlocal again
        again += 1
        return post_all(*given)

    monkeypatch.setattr(movements, "post_all", counting)
    assert left(shop, "SH002") == {"SH002-20161028": Decimal(5), "SH002-20161031": Decimal(10)}
    assert counts(bring(shop, "till_tickets", breads(tmp_path, 7))[0]) == (7, 0, 0, 0)
    assert left(shop, "SH002") == {"SH002-20161028": Decimal(0), "SH002-20161031": Decimal(8)}
    assert again == 8  # once for each, and once more for the first, which did not know yet what to read
    assert verify(shop.site) == ()


@pytest.mark.parametrize("at", [1, 3, 7])
def test_what_is_sold_meanwhile_is_not_sold_twice(
    shop: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """Three breads go at the till of somebody else between the judgement and the lock."""
    judged = 0
    walk = load_file.walk

    def slow(case):  # type: ignore[no-untyped-def]
        nonlocal judged
        outcome, judged = walk(case), judged + 1
        if judged == at:
            head = {"company": "BKY", "place": "EDINBURGH", "customer": "WALKIN", "ticket": "other"}
            sold = {**head, "sold_at": "2016-11-01 09:00", "lines": [{"sold_as": "Bread", "quantity": 3}]}
            shop.submit("till_ticket", sold, transition="post", login="manager")
        return outcome

    monkeypatch.setattr(load_file, "walk", slow)
    assert counts(bring(shop, "till_tickets", breads(tmp_path, 7))[0]) == (7, 0, 0, 0)
    assert left(shop, "SH002") == {"SH002-20161028": Decimal(0), "SH002-20161031": Decimal(5)}
    assert verify(shop.site) == ()


def test_many_documents_cost_few_statements(shop: World, tmp_path: Path) -> None:
    """As many for a batch of 150 as for one of 15: reading, judging and writing are done once for all."""
    found = []
    for first, number in ((1, 15), (101, 150)):
        rows = [("2016-10-30", "10:00:00", first + each, ("Coffee", "Bread")[each % 2]) for each in range(number)]
        with counted(shop) as sent:
            assert counts(bring(shop, "till_tickets", file_of(tmp_path, rows))[0]) == (number, 0, 0, 0)
        found.append(len(sent))
    assert found[1] <= found[0] <= 80


def test_progress_only_grows_and_reaches_the_end(shop: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_file, "AT_ONCE", 4)
    seen: list[tuple[int, int]] = []
    source = source_of(shop.site, "till_tickets", many(tmp_path, 10))
    Import(shop.site, shop.actor("manager"), source).run(lambda done, total: seen.append((done, total)))
    assert seen == [(0, 10), (4, 10), (8, 10), (10, 10)]


BROKEN_OFF = """
import signal
import sys
from pathlib import Path
from engine.cli.operator import person
from engine.operations import load_file, movements
from engine.operations.site import open_site
load_file.AT_ONCE = 10
signal.signal(signal.SIGINT, signal.default_int_handler)  # what is begun in the background ignores it
site = open_site(sys.argv[1])
source = load_file.source_of(site, "till_tickets", Path(sys.argv[2]))
print("begun", flush=True)
load_file.Import(site, person(site, "manager"), source).run(lambda done, total: print(done, flush=True))
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_import_that_was_broken_off_goes_on(
    shop: World, furnished_url: str, tmp_path: Path, how: signal.Signals
) -> None:
    """Whatever was committed is found again; nothing is lost, nothing is done twice."""
    file = many(tmp_path, 400)
    command = [sys.executable, "-c", BROKEN_OFF, furnished_url, str(file)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip().isdigit() and int(line) >= 60:
            break
    process.send_signal(how)
    process.wait(30)
    process.stdout.close()
    time.sleep(0.2)
    before = tickets(shop)
    assert 60 <= len(before) < 400
    report, refused = bring(shop, "till_tickets", file)
    assert (counts(report), refused) == ((400 - len(before), 0, len(before), 0), [])
    after = tickets(shop)
    assert {number: after[number] for number in before} == before
    assert len(after) == 400
    assert shop.stock()["SH001"] == Decimal(100 - 400)
    assert verify(shop.site) == ()
