"""The plain reading of a decision table, row by row and test by test: what the index is held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.rules.index import BoundRow, WhyNot


def find(rows: Sequence[BoundRow], inputs: Sequence[object], scope: Mapping[str, object], *, every: bool) -> list[int]:
    """Positions of the rows that match; only the first one unless `every` is asked for."""
    hits = []
    for position, row in enumerate(rows):
        if _matches(row, inputs, scope):
            hits.append(position)
            if not every:
                break
    return hits


def why_not(
    rows: Sequence[BoundRow], inputs: Sequence[object], scope: Mapping[str, object], taken: Sequence[int]
) -> WhyNot | None:
    """The runner-up: of the rows not taken the one with the fewest columns that failed, the first of equals."""
    best: WhyNot | None = None
    for position, row in enumerate(rows):
        if position in taken:
            continue
        failed = [
            column
            for column, (test, value) in enumerate(zip(row.tests, inputs, strict=True))
            if not test.matches(value, scope)
        ]
        if best is None or len(failed) < best.failed:
            column = failed[0] if failed else None
            seen = inputs[column] if column is not None else None
            best = WhyNot(row.id, not failed, column, seen, len(failed))
        if best.failed == 0:
            break
    return best


def _matches(row: BoundRow, inputs: Sequence[object], scope: Mapping[str, object]) -> bool:
    """Whether every column of a row is true."""
    return all(test.matches(value, scope) for test, value in zip(row.tests, inputs, strict=True))
