"""One run, in a process that holds nothing else: `python -m tests.bench.one_run engine|hand URL FILE`, answered in JSON.

A loop of plain Python before and after it tells how busy the machine was.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
AT_ONCE = 200
"""Tickets per commit, as `engine.operations.load_file.AT_ONCE` has it."""

TURNS = 400_000


def by_engine(url: str, file: Path) -> tuple[int, int]:
    """The import; gives how many tickets went in and how many were refused."""
    from engine.cli.operator import operator
    from engine.operations.load_file import import_file
    from engine.operations.site import open_site

    site = open_site(url, clock=lambda: NOW)
    report = import_file(site, operator(site), "till_tickets", file)
    site.close()
    return report.created, report.refused


def by_hand(url: str, file: Path) -> tuple[int, int]:
    """The loop of plain SQL."""
    from tests.bench.by_hand import ByHand

    return ByHand(url, NOW).bring(file, AT_ONCE)


def calibrate() -> float:
    """Seconds that a fixed loop of plain Python takes now."""
    begun, seen = time.perf_counter(), {}
    for turn in range(TURNS):
        seen[turn % 97] = str(turn)
    return time.perf_counter() - begun


def peak_memory() -> float:
    """The most memory that this process had, in MB. What getrusage says counts the parent before it was replaced."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(each for each in status.read_text().splitlines() if each.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Run, and say what it came to."""
    way, url, file = sys.argv[1:]
    bring = {"engine": by_engine, "hand": by_hand}[way]
    before = calibrate()
    begun, cpu = time.perf_counter(), time.process_time()
    written, refused = bring(url, Path(file))
    seconds, spent = time.perf_counter() - begun, time.process_time() - cpu
    peak = peak_memory()
    busy = (before + calibrate()) / 2
    said = {"written": written, "refused": refused, "seconds": seconds, "cpu": spent, "peak": peak, "busy": busy}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
