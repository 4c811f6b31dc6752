"""How fast is an import, measured against the same rows written by hand? `make bench-import` prints the answer.

Both ways run in turn, several times, each time on a fresh copy of the same furnished site and in a process of its own;
medians are told. After every run the site is verified (all chains, every balance against the sum of its postings) and
compared: whatever the two ways wrote must be the same, table by table and row by row.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import inspect, text

from engine.cli.operator import operator
from engine.operations.load_file import AT_ONCE, import_file
from engine.operations.publish import migrate, publish
from engine.operations.scenarios import Clock
from engine.operations.site import Site, open_site
from engine.operations.verify import verify
from engine.packages.load import load_folder
from engine.storage.filters import pushable
from tests.bench import one_run
from tests.bench.one_run import NOW
from tests.operations.world import furnish
from tests.postgres import PostgresServer
from tests.shared_data import shared

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "docs" / "samples"
SEEDS = ("people", "master_data", "branch")
BEFORE = (
    ("shop_articles", "bakery_articles.csv"),
    ("till_articles", "bakery_articles.csv"),
    ("shop_receipts", "bakery_receipts.csv"),
)
"""What has to be there before the tickets: mapping and file."""

OWN = {"hash", "fingerprint"}
"""Columns that hang on the ids each run makes for itself; `verify` recomputes the hashes."""

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LINE = re.compile(r'"line":\d+')

Rows = Mapping[str, Sequence[tuple[Any, ...]]]


@dataclass(frozen=True)
class Measured:
    """One run: tickets written and refused, seconds, CPU seconds, peak memory in MB, how busy the machine was."""

    written: int
    refused: int
    seconds: float
    cpu: float
    peak: float
    busy: float


def open_for_bench(url: str) -> Site:
    """The site at an address, on a clock that stands still."""
    return open_site(url, clock=Clock(NOW))


def make_site(url: str) -> None:
    """A site with the app published, people, places, and everything that was received."""
    site = open_for_bench(url)
    app, problems = load_folder(ROOT / "apps" / "food", pushable=pushable)
    assert app is not None, problems
    migrate(site, app, False)
    publish(site, app.layers, "bench")
    furnish(site, SEEDS)
    for mapping, file in BEFORE:
        report = import_file(site, operator(site), mapping, SAMPLES / file)
        assert report.created == report.documents, (mapping, report)
    site.close()


def run(way: str, url: str, file: Path) -> Measured:
    """One run, by the engine or by hand, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.one_run", way, url, str(file)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, env={**os.environ, "TZ": "UTC"})
    return Measured(**json.loads(done.stdout))


def check(url: str) -> Rows:
    """Verify the site; gives all rows of all tables, with the new ids replaced by the tickets and lines they name."""
    site = open_for_bench(url)
    problems = verify(site)
    assert problems == (), problems
    with site.database.read() as connection:
        ticket = "SELECT id, ticket FROM e_till_ticket"
        line = f"SELECT line.id, ticket, _position FROM e_till_ticket__lines line JOIN ({ticket}) t ON t.id = _record"
        known = {
            id: "/".join(map(str, name)) for each in (ticket, line) for id, *name in connection.execute(text(each))
        }

        def plain(value: Any) -> Any:
            if not isinstance(value, str):
                return value
            return LINE.sub("", UUID.sub(lambda found: known.get(found[0], found[0]), value))

        found = {}
        for table in inspect(connection).get_table_names():
            rows = connection.execute(text(f"SELECT * FROM {table}"))
            kept = [place for place, name in enumerate(rows.keys()) if name not in OWN]
            found[table] = sorted((tuple(plain(row[place]) for place in kept) for row in rows), key=repr)
    site.close()
    return found


def compare(ours: Rows, theirs: Rows) -> None:
    """Fail with the first row that differs."""
    for table in sorted({*ours, *theirs}):
        own, other = ours.get(table, ()), theirs.get(table, ())
        if len(own) != len(other):
            sys.exit(f"{table}: {len(own)} rows by the import, {len(other)} by hand")
        for left, right in zip(own, other, strict=True):
            if left != right:
                sys.exit(f"{table} differs:\n  import:  {left}\n  by hand: {right}")


@contextmanager
def sites(dialect: str, folder: Path) -> Iterator[Callable[[str], str]]:
    """Within the block, a function that gives the address of a fresh copy of the furnished site."""
    if dialect == "sqlite":
        template = folder / "template.db"
        make_site(f"sqlite:///{template}")

        def copied(name: str) -> str:
            shutil.copyfile(template, folder / f"{name}.db")
            return f"sqlite:///{folder / name}.db"

        yield copied
        return
    with PostgresServer() as server:
        make_site(server.create_database("furnished"))
        yield lambda name: server.create_database(name, template="furnished")


def part_of(file: Path, tickets: int, folder: Path) -> Path:
    """The first tickets of the file as a file; the whole file for 0."""
    if not tickets:
        return file
    head, *rows = file.read_text(encoding="utf-8").splitlines(keepends=True)
    part = folder / "tickets.csv"
    part.write_text(head + "".join(row for row in rows if int(row.split(",")[2]) <= tickets), encoding="utf-8")
    return part


def measure(fresh: Callable[[str], str], file: Path, rounds: int) -> tuple[list[Measured], list[Measured], int]:
    """The same file both ways in turn, compared after each; and how many rows were written."""
    ours: list[Measured] = []
    theirs: list[Measured] = []
    before = sum(map(len, check(fresh("before")).values()))
    written = 0
    for turn in range(rounds):
        urls = {way: fresh(f"{way}_{turn}") for way in ("engine", "hand")}
        ours.append(run("engine", urls["engine"], file))
        theirs.append(run("hand", urls["hand"], file))
        rows = check(urls["engine"])
        compare(rows, check(urls["hand"]))
        written = sum(map(len, rows.values())) - before
    return ours, theirs, written


def show(dialect: str, ways: Mapping[str, Sequence[Measured]], rows: int) -> None:
    """A line for each way and the ratios between them."""
    for name, runs in ways.items():
        seconds, one = median(each.seconds for each in runs), runs[0]
        numbers = f"{(one.written + one.refused) / seconds:>11.0f}{rows / seconds:>9.0f}{seconds:>8.1f}"
        cost = f"{median(each.cpu for each in runs):>8.1f}{max(each.peak for each in runs):>9.0f}"
        spread = f"{min(each.seconds for each in runs):>9.1f}-{max(each.seconds for each in runs):.1f}"
        print(f"{dialect + ', ' + name:22}{one.written:>8}{one.refused:>8}{numbers}{cost}{spread}")
    ours, theirs = ways.values()
    time, cpu, peak = (
        median(getattr(each, what) for each in ours) / median(getattr(each, what) for each in theirs)
        for what in ("seconds", "cpu", "peak")
    )
    pairs = [f"{own.seconds / other.seconds:.1f}" for own, other in zip(ours, theirs, strict=True)]
    print(
        f"  import : by hand = {time:.1f} (time), {cpu:.1f} (CPU), {peak:.1f} (peak memory); pairs: {', '.join(pairs)}"
    )
    print(f"  {rows} rows, the same in every table; all chains and balances verified")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=0, help="only so many tickets; default: all")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each way, in turn; default: 3")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    asked = parser.parse_args()
    assert one_run.AT_ONCE == AT_ONCE
    file = shared("bakery_tickets.csv")
    if not file.is_file():
        sys.exit("The tickets are not there: bakery_tickets.csv in shared/data beside the repository.")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores; medians of {asked.rounds} runs in turn")
    print(f"{AT_ONCE} tickets per commit")
    print(
        f"{'':22}{'written':>8}{'refused':>8}{'tickets/s':>11}{'rows/s':>9}{'s':>8}{'CPU s':>8}{'peak MB':>9}{'range':>11}"
    )
    for dialect in ("sqlite", "postgresql") if asked.database == "both" else (asked.database,):
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            folder = Path(name)
            with sites(dialect, folder) as fresh:
                ours, theirs, rows = measure(fresh, part_of(file, asked.tickets, folder), asked.rounds)
        show(dialect, {"import": ours, "by hand": theirs}, rows)


if __name__ == "__main__":
    main()
