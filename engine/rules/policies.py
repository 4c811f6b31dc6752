"""Hit policies of decision tables (DMN 1.5, 8.2.8): what becomes of the rows that hit. A new one is one entry.

A policy sees what the rows that hit give, in the order of the rows, and says which of them count and what comes out:
one value for each output, or one row of values for each hit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, Inexact, Overflow
from typing import Any, Literal, NamedTuple

from engine.language.exact import EXACT

Values = tuple[Any, ...]
Ranks = Sequence[Mapping[object, int]]
"""For each output its values by priority: 0 comes first. Empty where an output has no priority."""

Letter = Literal["F", "U", "A", "P", "R", "O", "C", "C+", "C<", "C>", "C#"]


class Verdict(NamedTuple):
    """What comes out: a value for each output (`rows`: a tuple of them for each hit), and the hits it comes from."""

    values: Values
    taken: tuple[int, ...]
    problem: str | None = None


Choose = Callable[[Sequence[Values], Ranks], Verdict]


@dataclass(frozen=True, slots=True)
class HitPolicy:
    """One policy. `one`: the first hit is enough to know; `ranked`: outputs need an order.

    What comes out is a value for each output; `rows`: a row of them for each hit; `counts`: a number, always.
    `clash` is the problem of two rows that may not match together; `may_agree`: unless they give the same.
    """

    choose: Choose
    zh: str
    en: str
    one: bool = False
    ranked: bool = False
    rows: bool = False
    counts: bool = False
    clash: str | None = None
    may_agree: bool = False


def _first(given: Sequence[Values], _ranks: Ranks) -> Verdict:
    return Verdict(given[0], (0,))


def _unique(given: Sequence[Values], _ranks: Ranks) -> Verdict:
    return Verdict(given[0], tuple(range(len(given))), "RUL-505" if len(given) > 1 else None)


def _any(given: Sequence[Values], _ranks: Ranks) -> Verdict:
    agreed = all(values == given[0] for values in given)
    return Verdict(given[0], tuple(range(len(given))), None if agreed else "RUL-506")


def _ordered(given: Sequence[Values], ranks: Ranks) -> list[int]:
    """The hits by the priority of what they give; the first output counts most, equal ones stay in their order."""
    last = [len(rank) for rank in ranks]
    keys = [
        tuple(rank.get(value, end) for rank, value, end in zip(ranks, values, last, strict=True)) for values in given
    ]
    return sorted(range(len(given)), key=keys.__getitem__)


def _priority(given: Sequence[Values], ranks: Ranks) -> Verdict:
    best = _ordered(given, ranks)[0]
    return Verdict(given[best], (best,))


def _rule_order(given: Sequence[Values], _ranks: Ranks) -> Verdict:
    return Verdict(tuple(given), tuple(range(len(given))))


def _output_order(given: Sequence[Values], ranks: Ranks) -> Verdict:
    order = _ordered(given, ranks)
    return Verdict(tuple(given[at] for at in order), tuple(order))


def _collected(combine: Callable[[Values], object]) -> Choose:
    """The values of each output combined into one; missing where one of them is."""

    def choose(given: Sequence[Values], _ranks: Ranks) -> Verdict:
        columns = zip(*given, strict=True)
        values = tuple(None if None in column else combine(column) for column in columns)
        return Verdict(values, tuple(range(len(given))))

    return choose


def _sum(column: Values) -> object:
    total = Decimal(0)
    for value in column:
        try:
            total = EXACT.add(total, Decimal(value))
        except (Inexact, Overflow):
            return None
    return total


def _count(given: Sequence[Values], _ranks: Ranks) -> Verdict:
    """How many different values each output has, as the standard counts."""
    values = tuple(len(set(column)) for column in zip(*given, strict=True))
    return Verdict(values, tuple(range(len(given))))


POLICIES: Mapping[str, HitPolicy] = {
    "F": HitPolicy(_first, "取第一行", "first row that matches", one=True),
    "U": HitPolicy(_unique, "只许一行符合", "at most one row may match", clash="RUL-534"),
    "A": HitPolicy(_any, "可有多行符合，结果须相同", "rows that match must agree", clash="RUL-535", may_agree=True),
    "P": HitPolicy(_priority, "取优先级最高的结果", "the result that comes first in `values`", ranked=True),
    "R": HitPolicy(_rule_order, "所有符合的行，按行序", "every row that matches, in their order", rows=True),
    "O": HitPolicy(
        _output_order, "所有符合的行，按结果的优先级", "every row, in the order of `values`", ranked=True, rows=True
    ),
    "C": HitPolicy(_rule_order, "收集所有符合的行", "every row that matches", rows=True),
    "C+": HitPolicy(_collected(_sum), "各结果之和", "the sum over the rows that match"),
    "C<": HitPolicy(_collected(min), "最小的结果", "the smallest of the rows that match"),
    "C>": HitPolicy(_collected(max), "最大的结果", "the largest of the rows that match"),
    "C#": HitPolicy(_count, "不同结果的个数", "how many different results there are", counts=True),
}
"""Every policy by its letter."""
