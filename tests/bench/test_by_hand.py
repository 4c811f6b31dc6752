"""The loop that imports are measured against writes what the import writes, and the comparison would notice if not."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.cli.operator import operator
from engine.operations.load_file import AT_ONCE, import_file
from tests.bench.by_hand import ByHand
from tests.bench.imports import BEFORE, SAMPLES, check, compare, part_of
from tests.bench.one_run import NOW
from tests.operations.world import World, furnish
from tests.shared_data import needs, shared

TICKETS = shared("bakery_tickets.csv")
UNTIL = "2016-11-02"


@needs(TICKETS.name)
@pytest.mark.parametrize("dialect", ["sqlite"])
def test_both_ways_write_the_same_rows(world: World, furnished_url: str, tmp_path: Path) -> None:
    furnish(world.site, ("branch",))
    for mapping, name in BEFORE:
        head, *rows = (SAMPLES / name).read_text(encoding="utf-8").splitlines(keepends=True)
        file = tmp_path / name
        kept = (row for row in rows if mapping != "shop_receipts" or row.split(",")[1] <= UNTIL)
        file.write_text("".join((head, *kept)), encoding="utf-8")
        report = import_file(world.site, operator(world.site), mapping, file)
        assert report.created == report.documents
    copy = tmp_path / "copy.db"
    with (
        closing(sqlite3.connect(furnished_url.removeprefix("sqlite:///"))) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)

    tickets = part_of(TICKETS, 150, tmp_path)
    report = import_file(world.site, operator(world.site), "till_tickets", tickets)
    assert ByHand(f"sqlite:///{copy}", NOW).bring(tickets, AT_ONCE) == (report.created, report.refused)
    ours, theirs = check(furnished_url), check(f"sqlite:///{copy}")
    compare(ours, theirs)
    for table in ("e_till_ticket__lines", "l_stock_posting", "s_journal", "s_due"):
        fewer = {**theirs, table: theirs[table][:-1]}
        other = {**theirs, table: [*theirs[table][:-1], theirs[table][-2]]}
        for wrong in (fewer, other):
            with pytest.raises(SystemExit, match=table):
                compare(ours, wrong)
