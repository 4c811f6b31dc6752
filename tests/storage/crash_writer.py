"""A process to be killed: posts receipts one after another, saying each number before and after."""

from __future__ import annotations

import sys

from engine.storage.database import open_database
from engine.storage.work import Work
from tests.storage import samples as s


def main(url: str, first: int) -> None:
    """Write for ever, beginning with a number."""
    work = Work(open_database(url), s.sample_tables(), jitter=lambda: 0.5)
    number = first
    while True:
        sys.stdout.write(f"ask {number}\n")
        sys.stdout.flush()
        post(work, number)
        sys.stdout.write(f"got {number}\n")
        sys.stdout.flush()
        number += 1


def post(work: Work, number: int) -> bool:
    """Post the receipt with this number; says whether it had been carried out before."""
    record = s.receipt(f"r{number}", [s.line(1, "0.25"), s.line(2 + number % 3, "3")])
    intent = s.intent(f"k{number}", s.posting(record), reads=s.posting_reads(record))
    [outcome] = work.run([intent], s.NOW)
    outcome.result()
    return outcome.replayed


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
