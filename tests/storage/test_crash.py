"""A writer that is killed at any moment: what it was told is there, what it was not told is found by its key."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from decimal import Decimal

from engine.storage import balances, records
from engine.storage.database import Database
from engine.storage.tables import Tables
from engine.storage.verify import verify
from engine.storage.work import Work
from tests.storage.crash_writer import post
from tests.storage.samples import whole

KILLS = 5


def test_nothing_acknowledged_is_lost_and_nothing_repeated_is_doubled(
    database: Database, url: str, tables: Tables
) -> None:
    chosen = random.Random(7)
    asked: list[int] = []
    got: list[int] = []
    for _ in range(KILLS):
        said = killed_writer(url, len(asked), chosen.uniform(0.05, 0.4))
        asked += [int(line[4:]) for line in said if line.startswith("ask ")]
        got += [int(line[4:]) for line in said if line.startswith("got ")]
        assert verify(database, tables) == ()
    assert len(got) > KILLS
    work = Work(database, tables, jitter=lambda: 0.5)
    assert all(post(work, number) for number in got), "an acknowledged request is missing"
    for number in set(asked) - set(got):
        post(work, number)
    with database.read() as connection:
        assert records.count(connection, tables, "receipt") == len(asked)
        assert balances.balance(connection, tables, whole("i1")).amount("quantity") == Decimal("0.25") * len(asked)
    assert verify(database, tables) == ()


def killed_writer(url: str, first: int, seconds: float) -> list[str]:
    """Start a writer, kill it some time after its first answer, and give back everything it said."""
    command = [sys.executable, "-m", "tests.storage.crash_writer", url, str(first)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = [process.stdout.readline(), process.stdout.readline()]
    time.sleep(seconds)
    process.kill()
    said += process.stdout.readlines()
    process.stdout.close()
    process.wait()
    return [line for line in said if line.endswith("\n")]
