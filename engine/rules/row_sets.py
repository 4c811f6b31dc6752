"""Sets of rows as whole numbers: bit n-1-r stands for row r of n, so that the first row is the highest bit.

A column of a decision table falls into places (before a value, at it, behind it), and to each place belongs the set of
rows that its tests let through. Neighbouring places differ in few rows, so most of them are kept as the set of an
earlier place and the rows that differ: a set is written out only where more than `MOST` do. With that 10,000 rows with
20,000 different ends need at most 5,000 sets of their own, which is 6 MB.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

MOST = 3
"""How many rows may differ from the set that is written out: each costs a tenth of a microsecond at 10,000 rows."""

Flips = tuple[int, ...]


class RowSets:
    """A set of rows for each place of a column."""

    __slots__ = ("bases", "flips")

    def __init__(self) -> None:
        self.bases: list[int] = []
        self.flips: list[Flips] = []

    def add(self, base: int, flips: Flips) -> None:
        """One more place: what is in `base`, with these bits the other way round."""
        self.bases.append(base)
        self.flips.append(flips)

    def at(self, place: int) -> int:
        """The rows of a place."""
        rows = self.bases[place]
        for bit in self.flips[place]:
            rows ^= 1 << bit
        return rows

    def __len__(self) -> int:
        return len(self.bases)

    def __iter__(self) -> Iterator[int]:
        return map(self.at, range(len(self.bases)))

    @property
    def written_out(self) -> int:
        """How many different sets are kept."""
        return len({id(base) for base in self.bases})


def along(start: int, changes: Iterable[Iterable[int]]) -> RowSets:
    """The sets of places in a row: `changes` are the bits that flip on entering each of them."""
    sets = RowSets()
    kept = {start: start}
    base, pending = start, set[int]()
    for bits in changes:
        pending.symmetric_difference_update(bits)
        if len(pending) > MOST:
            base, pending = flipped(base, pending), set()
            base = kept.setdefault(base, base)
        sets.add(base, tuple(pending))
    return sets


def flipped(rows: int, bits: Iterable[int]) -> int:
    """A set with some bits the other way round."""
    for bit in bits:
        rows ^= 1 << bit
    return rows


def of_flags(flags: Sequence[bool]) -> int:
    """The set of the rows whose flag is true, in the order of the rows."""
    return int("".join("1" if each else "0" for each in flags) or "0", 2)


def positions(rows: int, size: int) -> Iterator[int]:
    """The rows of a set, the first one first."""
    while rows:
        top = rows.bit_length()
        yield size - top
        rows ^= 1 << (top - 1)
