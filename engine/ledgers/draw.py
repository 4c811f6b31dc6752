"""Chooses what is taken: the candidates that a draw allows, in its order, until the amount is complete.

The choice can be told afterwards: what was taken, what was passed over and which part of the condition it failed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.entities.changes import CellRange
from engine.language.tree import Node
from engine.ledgers.cells import Candidate, Lying, Shelf
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
    candidates: Lying,
    free: Free,
    scope: Mapping[str, object],
    path: tuple[str | int, ...],
    *,
    fact: bool = False,
) -> Drawn:
    """Take `needed` from the candidates, one after the other in the order of the draw, until there is enough.

    A decision takes from those that the condition allows, and may end with something missing. A fact has happened: what
    the allowed ones do not have comes from the others, and what nobody has makes the last one negative.
    """
    order = _order(plan, candidates.shelf)
    names = dict(scope)
    first: Candidate | None = None
    portions: list[Portion] = []
    passed: list[PassedOver] = []
    left = needed
    for each in candidates.at(order):
        if left <= 0:
            break
        names.update(each.seen)
        reason, amount = _failed(plan, names), free(each)
        if reason is not None:
            passed += [PassedOver(each, amount, reason)] if amount > 0 else []
            continue
        first = first or each
        if amount > 0:
            portions.append(Portion(each, min(amount, left)))
            left -= portions[-1].amount
    if fact and left > 0:
        for over in passed:
            portions += [Portion(over.candidate, min(over.amount, left))] if left > 0 else []
            left -= min(over.amount, left)
        last = portions[-1].candidate if portions else first or next(candidates.at(order), None)
        if left > 0 and last is not None:
            portions.append(Portion(last, left))
    return Drawn(plan, wanted, path, needed, tuple(portions), tuple(passed))


def _failed(plan: DrawPlan, scope: Mapping[str, object]) -> Node | None:
    """The first part of the condition that is not true; None when all of it is. Unknown is not true."""
    for holds, part in plan.conditions:
        if holds(scope) is not True:
            return part
    return None


def _order(plan: DrawPlan, shelf: Shelf) -> Sequence[int]:
    """The places of a shelf in the order of the draw; those without a value come last, equal ones as they are."""
    known = shelf.orders.get(plan.draw.id)
    if known is None:
        ranks = [_rank(plan, seen) for seen in shelf.seen]
        known = list(range(len(ranks)))
        directions = [descending for _, descending in plan.order]
        if True not in directions:
            known.sort(key=ranks.__getitem__)
        else:  # a sort keeps the order of equal ones, so the last key goes first
            for position, descending in reversed(list(enumerate(directions))):
                known.sort(key=lambda place: ranks[place][position], reverse=descending)
        shelf.orders[plan.draw.id] = known
    return known


def _rank(plan: DrawPlan, seen: Mapping[str, object]) -> tuple[tuple[bool, Any], ...]:
    """What a candidate is sorted by; a missing value comes last whichever way the order goes."""
    values = ((get(seen), descending) for get, descending in plan.order)
    return tuple(((value is None) != descending, value) for value, descending in values)
