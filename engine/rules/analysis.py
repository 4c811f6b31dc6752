"""What can be known about a decision table before anybody asks it: overlaps, gaps, columns that decide nothing.

The table is cut into regions, column by column: between the values that its rows name nothing changes, so one value of
each region stands for all of them. Only the rows still possible are looked at, so a table whose columns tell its rows
apart is gone through once, however long it is. Every finding comes with an input that shows it.

Rows with formulas in their cells cannot be judged beforehand: they count as covering a gap and never as overlapping.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from engine.language.types import ChoiceType, DateType, DecimalType, FlagType, IntegerType, MoneyType, Type
from engine.rules.cells import Test, constant
from engine.rules.index import Index, Profiles, changes_of

MOST_FINDINGS = 20
"""Findings of a sort that are told; who has repaired them is told the next."""
MOST_REGIONS = 300_000
"""Regions that are looked at: about a second. What lies behind them is not judged."""

Inputs = tuple[Any, ...]
Leaf = Callable[[Sequence[int], Inputs], None]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rows that hit for the same inputs."""

    first: int
    second: int
    inputs: Inputs


@dataclass(slots=True)
class _Column:
    """A column by its rows: the values that each names with its truth before, at and behind them."""

    type: Type
    allowed: Test
    profiles: Profiles
    missing: list[bool]
    """Rows that let a missing value through."""
    ordered: bool

    @property
    def idle(self) -> bool:
        """Whether every cell lets everything through."""
        return all(told is None for told in self.profiles)


class _Enough(Exception):
    """Enough was found, or too much was looked at."""


class Analyst:
    """Looks through one table, given its index, the types of its columns, and the test of what each allows."""

    def __init__(self, index: Index, types: Sequence[Type], allowed: Sequence[Test]) -> None:
        self.rows = rows = index.rows
        self.columns = [
            _column(
                [row.tests[at] for row in rows], index.profiles[at], types[at], allowed[at], index.columns[at].ordered
            )
            for at in range(len(types))
        ]
        self.unsure = {at for at, row in enumerate(rows) if not all(constant(test) for test in row.tests)}
        self.looked_at = 0

    def overlaps(self, matters: Callable[[int, int], bool]) -> tuple[Overlap, ...]:
        """Pairs of rows that hit together and of which somebody wants to know, each once."""
        found: dict[tuple[int, int], Overlap] = {}

        def leaf(rows: Sequence[int], inputs: Inputs) -> None:
            sure = [row for row in rows if row not in self.unsure]
            for at, first in enumerate(sure):
                for second in sure[at + 1 :]:
                    if (first, second) not in found and matters(first, second):
                        found[first, second] = Overlap(first, second, inputs)
                        if len(found) >= MOST_FINDINGS:
                            raise _Enough

        self._walk(leaf, least=2, missing=True)
        return tuple(found[pair] for pair in sorted(found))

    def gaps(self) -> tuple[Inputs, ...]:
        """Inputs for which no row hits; a value that is missing is no gap."""
        found: list[Inputs] = []

        def leaf(rows: Sequence[int], inputs: Inputs) -> None:
            if not rows:
                found.append(inputs)
                if len(found) >= MOST_FINDINGS:
                    raise _Enough

        self._walk(leaf, least=0, missing=False)
        return tuple(found)

    def idle_columns(self) -> tuple[int, ...]:
        """Columns all of whose cells let everything through."""
        return tuple(at for at, column in enumerate(self.columns) if self.rows and column.idle and not self.unsure)

    def _walk(self, leaf: Leaf, *, least: int, missing: bool) -> None:
        """Every region with the rows that hit there; fewer than `least` rows are not followed."""
        self.looked_at = 0
        with suppress(_Enough):
            self._below(0, range(len(self.rows)), (), leaf, least, missing)

    def _below(
        self,
        depth: int,
        rows: Sequence[int],
        inputs: Inputs,
        leaf: Leaf,
        least: int,
        missing: bool,
    ) -> None:
        if depth == len(self.columns):
            leaf(rows, inputs)
            return
        column = self.columns[depth]
        before: Sequence[int] | None = None
        for value, inside in _regions(column, rows, missing=missing):
            self.looked_at += 1
            if self.looked_at > MOST_REGIONS:
                raise _Enough
            if len(inside) >= least and inside != before:  # the same rows as beside it: the same is found there
                self._below(depth + 1, inside, (*inputs, value), leaf, least, missing)
            before = inside


def _column(tests: Sequence[Test], profiles: Profiles, type_: Type, allowed: Test, ordered: bool) -> _Column:
    missing = [told is None or test.matches(None, {}) for told, test in zip(profiles, tests, strict=True)]
    return _Column(type_, allowed, profiles, missing, ordered)


def _regions(column: _Column, rows: Sequence[int], *, missing: bool) -> Iterator[tuple[Any, list[int]]]:
    """Each region of a column as one value of it, with those of the rows that let it through."""
    if missing:
        yield None, [row for row in rows if column.missing[row]]
    active, changes = changes_of(rows, column.profiles, ordered=column.ordered)
    cuts: list[Any] = sorted(changes) if column.ordered else list(changes)
    for value, cut in _representatives(column, cuts):
        if cut is not None:
            active.symmetric_difference_update(changes[cut][0])
        if value is not _NOTHING and column.allowed.matches(value, {}):
            yield value, sorted(active)
        if cut is not None:
            active.symmetric_difference_update(changes[cut][1])


_NOTHING = object()
"""Stands for a region in which there is no value."""


def _representatives(column: _Column, cuts: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """A value of every region in their order, with the cut it is (None between cuts)."""
    if not column.ordered:
        others = _others(column.type, cuts)
        yield others, None
        yield from ((cut, cut) for cut in cuts)
        return
    yield (_before(column.type, cuts[0]) if cuts else _some(column.type)), None
    for at, cut in enumerate(cuts):
        yield cut, cut
        behind = cuts[at + 1] if at + 1 < len(cuts) else None
        yield _between(column.type, cut, behind), None


def _others(type_: Type, cuts: Sequence[Any]) -> Any:
    """A value of a type without order that nobody names."""
    if isinstance(type_, ChoiceType):
        return next((choice for choice in type_.choices if choice not in cuts), _NOTHING)
    if isinstance(type_, FlagType):
        return next((flag for flag in (True, False) if flag not in cuts), _NOTHING)
    text = "…"
    while text in cuts:
        text += "…"
    return text


def _some(type_: Type) -> Any:
    """Any value of a type with an order."""
    if isinstance(type_, DateType):
        return date(2026, 1, 1)
    return Decimal(0) if not isinstance(type_, IntegerType) else 0


def _step(type_: Type, value: Any) -> Any:
    """The distance to the next value of a type whose values are separate; None where there is always one between."""
    if isinstance(value, datetime | timedelta):
        return None
    if isinstance(type_, DateType):
        return timedelta(days=1)
    if isinstance(type_, IntegerType):
        return 1
    scale = type_.scale if isinstance(type_, DecimalType) else 2 if isinstance(type_, MoneyType) else None
    return Decimal(1).scaleb(-scale) if scale is not None else None


def _before(type_: Type, cut: Any) -> Any:
    """A value below the first cut."""
    step = _step(type_, cut)
    if step is not None:
        return cut - step
    return cut - (timedelta(days=1) if isinstance(cut, datetime | timedelta) else 1)


def _between(type_: Type, low: Any, high: Any) -> Any:
    """A value between two cuts, or behind the last one."""
    step = _step(type_, low)
    if high is None:
        return low + (step if step is not None else timedelta(days=1) if isinstance(low, datetime | timedelta) else 1)
    if step is None:
        return low + (high - low) / 2
    return low + step if low + step < high else _NOTHING
