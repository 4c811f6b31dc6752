"""Chooses what is taken: the candidates that a draw allows, in its order, until the amount is complete.

The choice can be told afterwards: what was taken, what was passed over and which part of the condition it failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from engine.entities.changes import CellRange
from engine.language.tree import Node
from engine.ledgers.cells import Candidate
from engine.ledgers.plan import DrawPlan

Free = Callable[[Candidate], Decimal]
"""What may still be taken of a candidate, after everything that this document took before."""

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Portion:
    """So much of one candidate."""

    candidate: Candidate
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A candidate that could not be taken, and the part of the condition it failed."""

    candidate: Candidate
    amount: Decimal
    reason: Node


@dataclass(frozen=True, slots=True)
class Drawn:
    """One choice: what was wanted and taken for the line at `path`, what is missing, what was passed over and why."""

    plan: DrawPlan
    wanted: CellRange
    path: tuple[str | int, ...]
    needed: Decimal
    portions: tuple[Portion, ...]
    passed: tuple[PassedOver, ...]

    @property
    def missing(self) -> Decimal:
        """What could not be taken."""
        return self.needed - sum((each.amount for each in self.portions), _ZERO)

    @property
    def kept_back(self) -> Mapping[Node, Decimal]:
        """How much each part of the condition kept back."""
        sums: dict[Node, Decimal] = {}
        for each in self.passed:
            sums[each.reason] = sums.get(each.reason, _ZERO) + each.amount
        return sums


def choose(
    plan: DrawPlan,
    wanted: CellRange,
    needed: Decimal,
    candidates: Sequence[Candidate],
    free: Free,
    scope: Mapping[str, object],
    path: tuple[str | int, ...],
    *,
    fact: bool = False,
) -> Drawn:
    """Take `needed` from the candidates.

    A decision takes from those that the condition allows, and may end with something missing. A fact has happened: what
    the allowed ones do not have comes from the others, and what nobody has makes the last one negative.
    """
    allowed: list[Candidate] = []
    passed: list[PassedOver] = []
    for each in _in_order(plan, candidates, scope):
        reason = _failed(plan, {**scope, **each.seen})
        if reason is None:
            allowed.append(each)
        elif (amount := free(each)) > 0:
            passed.append(PassedOver(each, amount, reason))
    portions = list(_taken(allowed, needed, free))
    left = needed - sum((each.amount for each in portions), _ZERO)
    if fact and left > 0:
        portions += _taken([each.candidate for each in passed], left, free)
        left = needed - sum((each.amount for each in portions), _ZERO)
        last = portions[-1].candidate if portions else next(iter((*allowed, *candidates)), None)
        if left > 0 and last is not None:
            portions.append(Portion(last, left))
    return Drawn(plan, wanted, path, needed, tuple(portions), tuple(passed))


def _taken(candidates: Sequence[Candidate], needed: Decimal, free: Free) -> Iterator[Portion]:
    """Portions of the candidates in turn, until there is enough."""
    left = needed
    for each in candidates:
        amount = min(free(each), left)
        if amount > 0:
            yield Portion(each, amount)
            left -= amount
        if left <= 0:
            return


def _failed(plan: DrawPlan, scope: Mapping[str, object]) -> Node | None:
    """The first part of the condition that is not true; None when all of it is. Unknown is not true."""
    return next((part for holds, part in plan.conditions if holds(scope) is not True), None)


def _in_order(plan: DrawPlan, candidates: Sequence[Candidate], scope: Mapping[str, object]) -> list[Candidate]:
    """The candidates in the order of the draw; those without a value come last, equal ones by their key."""
    keyed = [([get({**scope, **each.seen}) for get, _ in plan.order], each) for each in candidates]

    def compare(left: tuple[list[Any], Candidate], right: tuple[list[Any], Candidate]) -> int:
        for (_, descending), one, other in zip(plan.order, left[0], right[0], strict=True):
            if one == other:
                continue
            if one is None or other is None:
                return 1 if one is None else -1
            return (1 if one > other else -1) * (-1 if descending else 1)
        first, second = repr(left[1].key.key), repr(right[1].key.key)
        return (first > second) - (first < second)

    return [each for _, each in sorted(keyed, key=cmp_to_key(compare))]
