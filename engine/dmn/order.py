"""The order of decisions: each after those it needs."""

from __future__ import annotations

from collections.abc import Sequence

from engine.dmn.model import Decision
from engine.language.problems import Problem


def in_order(decisions: Sequence[Decision]) -> tuple[list[Decision], list[Problem]]:
    """Decisions after those they need; those that need one another in a circle are left out, each with a problem."""
    known = {decision.id for decision in decisions}
    left = list(decisions)
    ordered: list[Decision] = []
    done: set[str] = set()
    while ready := [one for one in left if all(need in done or need not in known for need in one.needs)]:
        ordered += ready
        done |= {one.id for one in ready}
        left = [one for one in left if one.id not in done]
    circle = " → ".join(one.name for one in left)
    return ordered, [Problem("DMN-113", {"decision": one.name, "circle": circle}, one.place) for one in left]
