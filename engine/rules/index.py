"""The index of a decision table: which rows hit, at a cost that hardly depends on how many there are.

For every column the rows that a value lets through are known beforehand (`engine.rules.row_sets`); a decision is one
look-up in each column and the intersection of what was found. Where a cell compares with a formula its row stays a
candidate of that column, and the cell itself is asked when its turn comes.

The same sets say why: how many rows were left after each column, and which row came closest.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.language.problems import Place
from engine.rules.cells import Anything, Operand, Profile, Test, constant, profile
from engine.rules.row_sets import RowSets, along, of_flags, positions

Profiles = Sequence[Profile | None]
"""What the tests of a column say, row by row."""


@dataclass(frozen=True, slots=True)
class BoundRow:
    """A row ready to be asked: its id, one test per input column, one value per output column, where it is written."""

    id: str
    tests: tuple[Test, ...]
    outputs: tuple[Operand, ...]
    place: Place | None = None


class WhyNot(NamedTuple):
    """Why a row was not taken: `later` (it matches too, but another was first) or the first column that failed."""

    row: str
    later: bool
    column: int | None = None
    seen: object = None
    failed: int = 0


class Explanation(NamedTuple):
    """`left`: how many rows were left after each column, in their order; `runner_up`: the row that came closest."""

    left: tuple[int, ...]
    runner_up: WhyNot | None


class Column:
    """One input column: its places, the rows each of them lets through, and the cells that hold formulas."""

    __slots__ = ("cuts", "formulas", "missing", "named", "ordered", "rows", "sets", "size")

    def __init__(self, tests: Sequence[Test], profiles: Profiles, *, ordered: bool) -> None:
        last = len(tests) - 1
        self.size = len(tests)
        self.ordered = ordered
        self.formulas = {row: test for row, test in enumerate(tests) if not constant(test)}
        self.missing = of_flags([row in self.formulas or test.matches(None, {}) for row, test in enumerate(tests)])
        start, changes = changes_of(range(len(tests)), profiles, ordered=ordered)
        self.cuts: list[Any] = sorted(changes) if ordered else list(changes)
        self.named = {} if ordered else {value: 2 * at + 1 for at, value in enumerate(self.cuts)}
        entering: list[list[int]] = [[]]
        for cut in self.cuts:
            entering += ([last - row for row in side] for side in changes[cut])
        self.sets: RowSets = along(of_flags([row in start for row in range(len(tests))]), entering)
        self.rows: Look = _look_in_order(self) if ordered else _look_by_name(self)
        """The rows that a value lets through; those with a formula in this column are among them."""

    @property
    def idle(self) -> bool:
        """Whether every row lets everything through, a missing value too."""
        everything = (1 << self.size) - 1
        return not self.cuts and self.missing == self.sets.at(0) == everything

    def place_of(self, value: Any) -> int:
        """The place of a value: 2n+1 at the n-th cut, 2n before it."""
        if not self.ordered:
            return self.named.get(value, 0)
        at = bisect_left(self.cuts, value)
        return at + at + (at < len(self.cuts) and bool(self.cuts[at] == value))

    def around(self, test: Test, told: Profile | None) -> int:
        """The rows that hit wherever a test changes what it says and lets something through."""
        if told is None:
            return self.missing & self.sets.at(0) & self.sets.at(len(self.sets) - 1)
        values, truth = told
        rows = self.missing if test.matches(None, {}) else -1
        for at in (at for at, passes in enumerate(truth) if passes):
            rows &= self.sets.at(self._place(values, at))
        return rows

    def _place(self, values: Sequence[Any], at: int) -> int:
        """The place in this column of a place among the values of one test."""
        if at % 2:
            return self.place_of(values[at // 2])
        if not self.ordered or not values:
            return 0
        return self.place_of(values[at // 2 - 1]) + 1 if at else self.place_of(values[0]) - 1


Look = Callable[[Any], int]
"""From a value to the rows that it lets through."""


def _look_in_order(column: Column) -> Look:
    """For values with an order. One function without calls: here the time of a decision is spent."""
    cuts, bases, flips, missing = column.cuts, column.sets.bases, column.sets.flips, column.missing
    size = len(cuts)

    def look(value: Any) -> int:
        if value is None:
            return missing
        at = bisect_left(cuts, value)
        place = at + at
        if at < size and cuts[at] == value:
            place += 1
        rows = bases[place]
        for bit in flips[place]:
            rows ^= 1 << bit
        return rows

    return look


def _look_by_name(column: Column) -> Look:
    """For values without an order."""
    places, bases, flips, missing = column.named, column.sets.bases, column.sets.flips, column.missing

    def look(value: Any) -> int:
        if value is None:
            return missing
        place = places.get(value, 0)
        rows = bases[place]
        for bit in flips[place]:
            rows ^= 1 << bit
        return rows

    return look


class Index:
    """All columns of a table. `ordered` says of each column whether its values have an order."""

    def __init__(self, rows: Sequence[BoundRow], ordered: Sequence[bool]) -> None:
        self.rows = rows
        self.size = len(rows)
        tests = list(zip(*(row.tests for row in rows), strict=True)) if rows else [()] * len(ordered)
        self.profiles = [profiles_of(each, ordered=order) for each, order in zip(tests, ordered, strict=True)]
        self.columns = [
            Column(each, told, ordered=order) for each, told, order in zip(tests, self.profiles, ordered, strict=True)
        ]
        unsure = {row for column in self.columns for row in column.formulas}
        self.unsure = of_flags([row in unsure for row in range(self.size)])
        self.all = (1 << self.size) - 1
        self._looks = [column.rows for column in self.columns]
        self._telling = [(at, column.rows) for at, column in enumerate(self.columns) if not column.idle]
        self.values = [_known(row.outputs) for row in rows]
        """What each row gives; None where formulas say."""

    def forget_profiles(self) -> None:
        """Once the table was judged nobody asks for them again."""
        self.profiles = []

    def candidates(self, inputs: Sequence[Any]) -> int:
        """The rows that every column lets through, before formulas in cells were asked."""
        left = self.all
        for at, look in self._telling:
            left &= look(inputs[at])
            if not left:
                break
        return left

    def first(self, inputs: Sequence[Any], scope: Mapping[str, object]) -> int | None:
        """The position of the first row that hits."""
        left = self.candidates(inputs)
        if not (self.unsure and left & self.unsure):
            return self.size - left.bit_length() if left else None
        return next(self._sure(left, inputs, scope), None)

    def every(self, inputs: Sequence[Any], scope: Mapping[str, object]) -> list[int]:
        """The positions of all rows that hit, in their order."""
        left = self.candidates(inputs)
        return list(self._sure(left, inputs, scope) if left & self.unsure else positions(left, self.size))

    def _sure(self, left: int, inputs: Sequence[Any], scope: Mapping[str, object]) -> Iterator[int]:
        """The candidates whose cells with formulas say yes too."""
        for row in positions(left, self.size):
            asked = ((column.formulas.get(row), value) for column, value in zip(self.columns, inputs, strict=True))
            if all(test is None or test.matches(value, scope) for test, value in asked):
                yield row

    def explain(self, inputs: Sequence[Any], scope: Mapping[str, object], taken: Sequence[int]) -> Explanation:
        """What was left after each column, and the row not taken with the fewest columns that failed."""
        through = [look(value) for look, value in zip(self._looks, inputs, strict=True)]
        if self.unsure:
            through = [self._exactly(*each, scope) for each in zip(self.columns, inputs, through, strict=True)]
        before = [self.all]
        for rows in through:
            before.append(before[-1] & rows)
        left = tuple(rows.bit_count() for rows in before[1:])
        others = self.all
        for row in taken:
            others ^= 1 << (self.size - 1 - row)
        also = before[-1] & others
        if also:
            return Explanation(left, WhyNot(self.rows[self.size - also.bit_length()].id, later=True))
        found = self._but_one(through, before, others) or self._closest(through, others)
        if found is None:
            return Explanation(left, None)
        row, failed = found
        bit = 1 << (self.size - 1 - row)
        column = next(at for at, rows in enumerate(through) if not rows & bit)
        return Explanation(
            left, WhyNot(self.rows[row].id, later=False, column=column, seen=inputs[column], failed=failed)
        )

    def _exactly(self, column: Column, value: Any, rows: int, scope: Mapping[str, object]) -> int:
        """The rows that a value lets through, formulas asked."""
        for row, test in column.formulas.items():
            if not test.matches(value, scope):
                rows ^= 1 << (self.size - 1 - row)
        return rows

    def _but_one(self, through: Sequence[int], before: Sequence[int], others: int) -> tuple[int, int] | None:
        """The first row that all columns but one let through."""
        after, best = others, 0
        for at in range(len(through) - 1, -1, -1):
            best = max(best, (before[at] & after).bit_length())
            after &= through[at]
        return (self.size - best, 1) if best else None

    def _closest(self, through: Sequence[int], others: int) -> tuple[int, int] | None:
        """The first row among those with the fewest columns that failed, and how many did."""
        exactly = [others]
        for rows in through:
            failing = [each & ~rows for each in exactly]
            kept = [each & rows for each in exactly]
            exactly = [same | more for same, more in zip((*kept, 0), (0, *failing), strict=True)]
        return next(((self.size - rows.bit_length(), failed) for failed, rows in enumerate(exactly) if rows), None)


def _known(outputs: Sequence[Operand]) -> tuple[object, ...] | None:
    return tuple([each.value for each in outputs]) if all(each.expression is None for each in outputs) else None


def profiles_of(tests: Iterable[Test], *, ordered: bool) -> Profiles:
    """What each test says; None for one that lets everything through or holds a formula. Equal tests are asked once."""
    known: dict[Test, Profile | None] = {}
    found = []
    for test in tests:
        if test not in known:
            everything = isinstance(test, Anything) or not constant(test)
            known[test] = None if everything else profile(test, ordered=ordered)
        found.append(known[test])
    return found


Changes = dict[Any, tuple[list[int], list[int]]]
"""For each value at which rows change: those that do so on reaching it, and those that do on leaving it behind."""


def changes_of(rows: Iterable[int], profiles: Profiles, *, ordered: bool) -> tuple[set[int], Changes]:
    """Which of some rows let through what lies before every value, and where that changes.

    Values without an order have nothing between them: leaving one behind is coming back to where one started.
    """
    start: set[int] = set()
    changes: Changes = {}
    for row in rows:
        told = profiles[row]
        if told is None:
            start.add(row)
            continue
        values, truth = told
        if truth[0]:
            start.add(row)
        for at, value in enumerate(values):
            here = truth[2 * at + 1]
            before, behind = (truth[2 * at], truth[2 * at + 2]) if ordered else (truth[0], truth[0])
            both = changes.get(value)
            if both is None:
                both = changes[value] = ([], [])
            if here is not before:
                both[0].append(row)
            if behind is not here:
                both[1].append(row)
    return start, changes
