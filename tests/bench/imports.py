"""How fast is an import, measured against the same rows written by hand? `make bench-import` prints the answer.

Every run works on a fresh copy of the same furnished site, in a process of its own, and the result is verified
afterwards: all chains, and every balance against the sum of its postings. A calibration loop of plain Python before
and after each run tells how busy the machine was, so that runs can be compared.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine.cli.operator import operator
from engine.operations.load_file import AT_ONCE, import_file
from engine.operations.publish import migrate, publish
from engine.operations.scenarios import Clock
from engine.operations.site import Site, open_site
from engine.operations.story.plant import plant
from engine.operations.verify import verify
from engine.packages.load import load_folder
from engine.packages.scenario import read_seeds
from engine.storage.filters import pushable
from tests.bench.by_hand import ByHand, rows_of
from tests.postgres import PostgresServer
from tests.shared_data import shared

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "docs" / "samples"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
BEFORE = (
    ("shop_articles", "bakery_articles.csv"),
    ("till_articles", "bakery_articles.csv"),
    ("shop_receipts", "bakery_receipts.csv"),
)
"""What has to be there before the tickets: mapping and file."""

TURNS = 400_000


@dataclass(frozen=True)
class Measured:
    """One run: how many tickets went in, how long it took, what it cost, how busy the machine was (1 = idle)."""

    what: str
    written: int
    refused: int
    seconds: float
    cpu: float
    peak: int
    calibration: float

    @property
    def rate(self) -> float:
        """Tickets in the file per second."""
        return (self.written + self.refused) / self.seconds


def open_for_bench(url: str) -> Site:
    """The site at an address, on a clock that stands still."""
    return open_site(url, clock=Clock(NOW))


def furnish(url: str) -> None:
    """A site with the app published, people, places, and everything that was received."""
    site = open_for_bench(url)
    app, problems = load_folder(ROOT / "apps" / "food", pushable=pushable)
    assert app is not None, problems
    migrate(site, app, False)
    publish(site, app.layers, "bench")
    seeds, _ = read_seeds(app.layers[-1])
    assert isinstance(site.clock, Clock)
    plant(site, site.clock, [each for each in seeds if each.seed in SEEDS], lambda _done, _total: None)
    for mapping, file in BEFORE:
        report = import_file(site, operator(site), mapping, SAMPLES / file)
        assert report.created == report.documents, (mapping, report)
    site.close()


SEEDS = ("people", "master_data", "branch")


def by_engine(url: str, file: Path) -> tuple[int, int]:
    """The import."""
    site = open_for_bench(url)
    report = import_file(site, operator(site), "till_tickets", file)
    site.close()
    return report.created, report.refused


def by_hand(url: str, file: Path) -> tuple[int, int]:
    """The loop of plain SQL."""
    return ByHand(url, NOW).bring(file, AT_ONCE)


def calibrate() -> float:
    """Seconds that a fixed loop of plain Python takes now."""
    begun, seen = time.perf_counter(), {}
    for turn in range(TURNS):
        seen[turn % 97] = str(turn)
    return time.perf_counter() - begun


def run(what: str, bring: Callable[[str, Path], tuple[int, int]], url: str, file: Path) -> Measured:
    """One run in a process of its own, so that its memory is its own."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_measured, (what, bring, url, file))


def _measured(what: str, bring: Callable[[str, Path], tuple[int, int]], url: str, file: Path) -> Measured:
    before = calibrate()
    begun, cpu = time.perf_counter(), time.process_time()
    written, refused = bring(url, file)
    seconds, spent = time.perf_counter() - begun, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Measured(what, written, refused, seconds, spent, peak, (before + calibrate()) / 2)


def check(url: str) -> dict[str, int]:
    """Verify the site; gives the rows of the tables that were written."""
    site = open_for_bench(url)
    problems = verify(site)
    site.close()
    assert problems == (), problems
    return dict(rows_of(url))


@contextmanager
def sites(dialect: str, folder: Path) -> Iterator[Callable[[str], str]]:
    """Within the block, a function that gives the address of a fresh copy of the furnished site."""
    if dialect == "sqlite":
        template = folder / "template.db"
        furnish(f"sqlite:///{template}")

        def copied(name: str) -> str:
            shutil.copyfile(template, folder / f"{name}.db")
            return f"sqlite:///{folder / name}.db"

        yield copied
        return
    with PostgresServer() as server:
        furnish(server.create_database("furnished"))
        yield lambda name: server.create_database(name, template="furnished")


def part_of(file: Path, tickets: int, folder: Path) -> Path:
    """The first tickets of the file as a file; the whole file for 0."""
    if not tickets:
        return file
    head, *rows = file.read_text(encoding="utf-8").splitlines(keepends=True)
    part = folder / "tickets.csv"
    part.write_text(head + "".join(row for row in rows if int(row.split(",")[2]) <= tickets), encoding="utf-8")
    return part


def measure(dialect: str, file: Path, folder: Path) -> tuple[Measured, Measured]:
    """The same file both ways on one database, verified, with the same rows afterwards."""
    with sites(dialect, folder) as fresh:
        addresses = {"engine": fresh("engine"), "hand": fresh("hand")}
        ours = run("import", by_engine, addresses["engine"], file)
        theirs = run("by hand", by_hand, addresses["hand"], file)
        assert (ours.written, ours.refused) == (theirs.written, theirs.refused)
        assert check(addresses["engine"]) == check(addresses["hand"])
    return ours, theirs


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=0, help="only so many tickets; default: all")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    asked = parser.parse_args()
    file = shared("bakery_tickets.csv")
    if not file.is_file():
        sys.exit("The tickets are not there: bakery_tickets.csv in shared/data beside the repository.")
    print(f"{AT_ONCE} tickets per commit; time of the calibration loop when idle: smaller is quieter")
    print(f"{'':24}{'tickets':>9}{'refused':>9}{'per s':>8}{'CPU s':>8}{'peak MB':>9}{'calibration':>13}")
    for dialect in ("sqlite", "postgresql") if asked.database == "both" else (asked.database,):
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            found = measure(dialect, part_of(file, asked.tickets, Path(folder)), Path(folder))
        for each in found:
            numbers = f"{each.written:>9}{each.refused:>9}{each.rate:>8.0f}{each.cpu:>8.1f}{each.peak:>9}"
            print(f"{dialect + ', ' + each.what:24}{numbers}{each.calibration:>12.3f}s")
        ours, theirs = found
        quiet = theirs.calibration / ours.calibration
        print(
            f"  import : by hand = {ours.seconds / theirs.seconds * quiet:.1f} (time),"
            f" {ours.cpu / theirs.cpu * quiet:.1f} (CPU), {ours.peak / theirs.peak:.1f} (peak memory);"
            " all chains and balances verified, the same rows in every table"
        )


if __name__ == "__main__":
    main()
