"""Reasons as a page lays them out: one block for each rule, what refused first, what only holds folded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from engine.operations.trace import TraceStep

FOLDED = frozenset({"holds", "skipped"})
FIRST = ("refused", "ambiguous", "warned", "unknown")
TONES = {"refused": "danger", "ambiguous": "danger", "warned": "warning", "unknown": "neutral", "moved": "info"}


@dataclass(frozen=True, slots=True)
class Reason:
    """What one rule had to say: once, or for each line it was asked about."""

    rule: str
    text: str
    gives: str
    verdict: str
    tone: str
    cases: tuple[TraceStep, ...]

    @property
    def head(self) -> TraceStep:
        """The first of its cases: the only one where the rule is about the document as a whole."""
        return self.cases[0]

    @property
    def by_line(self) -> bool:
        """Whether its cases are lines."""
        return len(self.head.path) > 1


@dataclass(frozen=True, slots=True)
class Reasons:
    """All reasons: those that decided something, and those that only hold or did not apply."""

    decided: tuple[Reason, ...]
    folded: tuple[Reason, ...]


def reasons(steps: Sequence[TraceStep]) -> Reasons:
    """The reasons in the order they are read: what refused or warned, what followed, and apart from them what holds."""
    decided = sorted(_blocks(step for step in steps if step.verdict not in FOLDED), key=_rank)
    return Reasons(tuple(decided), tuple(_blocks(step for step in steps if step.verdict in FOLDED)))


def _blocks(steps: Iterable[TraceStep]) -> list[Reason]:
    found = []
    for _, group in groupby(steps, key=lambda step: (step.kind, step.rule, step.verdict)):
        cases = tuple(group)
        head = cases[0]
        found.append(Reason(head.rule, head.text, head.gives, head.verdict, TONES.get(head.verdict, "neutral"), cases))
    return found


def _rank(reason: Reason) -> int:
    return FIRST.index(reason.verdict) if reason.verdict in FIRST else len(FIRST)
