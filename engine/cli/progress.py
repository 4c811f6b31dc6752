"""Shows how far a long piece of work is: a bar on a terminal, a plain line every tenth elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from engine.cli.speak import language, note, on_terminal

Report = Callable[[int, int], None]
"""Called with what is done and what there is to do."""

TENTHS = 10


@contextmanager
def progress(zh: str, en: str) -> Iterator[Report]:
    """Within the block, a function that shows progress."""
    if on_terminal():
        with _bar(zh if language() == "zh" else en) as report:
            yield report
    else:
        yield _lines(zh, en)


@contextmanager
def _bar(title: str) -> Iterator[Report]:
    """A bar with count, rate and remaining time."""
    columns = (
        TextColumn(title),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(file=sys.stderr)) as bar:
        task = bar.add_task(title, total=None, rate="")
        begun = time.monotonic()

        def report(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, rate=f"{rate(done, begun)}/s")

        yield report


def _lines(zh: str, en: str) -> Report:
    """One line whenever another tenth is done."""
    begun, shown = time.monotonic(), -1

    def report(done: int, total: int) -> None:
        nonlocal shown
        tenth = TENTHS if total == 0 else done * TENTHS // total
        if tenth > shown:
            shown = tenth
            tail = f"{done}/{total} ({rate(done, begun)}/s)"
            note(f"{zh} {tail}", f"{en} {tail}")

    return report


def rate(done: int, begun: float) -> int:
    """Whole pieces per second since an instant of the monotonic clock."""
    return round(done / max(time.monotonic() - begun, 0.001))
