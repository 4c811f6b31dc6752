"""Movements: what a posting means, worked out and not yet written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal

from engine.entities.changes import Entry, GrainKey, Post
from engine.ledgers.draw import Drawn

Path = tuple[str | int, ...]

Note = tuple[Mapping[str, object], Path]
"""What is remembered of an entry for messages only: the cell as formulas saw it, and the path of its line."""

_EXACT = Context(prec=100)


@dataclass(frozen=True, slots=True)
class Movements:
    """The movements of one posting. `balances` has, for every grain an entry falls into, the sum of the deltas.

    `notes` stand beside `entries`, one for one; `grains` says for each entry which positions in `balances` it went to.
    """

    posting: str
    fact: bool
    entries: tuple[Entry, ...]
    balances: tuple[tuple[GrainKey, Mapping[str, Decimal]], ...]
    notes: tuple[Note, ...] = field(default=(), compare=False)
    grains: tuple[tuple[int, ...], ...] = field(default=(), compare=False)
    drawn: tuple[Drawn, ...] = field(default=(), compare=False)

    def change(self, entity: str, document: str, transition: str, effective: date) -> Post:
        """What the unit of work is asked to write."""
        return Post(self.posting, entity, document, transition, effective, self.entries, self.balances)


def touched(movements: Iterable[Movements]) -> frozenset[GrainKey]:
    """The balances that movements change: what must be read and locked before they are judged."""
    return frozenset(key for each in movements for key, _ in each.balances)


def inverse(movements: Movements) -> Movements:
    """The movements that undo these, cell by cell."""
    entries = tuple(
        Entry(each.ledger, each.cell, negated(each.deltas), each.line, each.grains) for each in movements.entries
    )
    balances = tuple((key, negated(sums)) for key, sums in movements.balances)
    return Movements(movements.posting, movements.fact, entries, balances, movements.notes, movements.grains)


def shown(amount: Decimal) -> Decimal:
    """An amount as messages show it: the same number without zeros at the end."""
    return _EXACT.normalize(amount)


def negated(amounts: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The amounts with the other sign, exact whatever their length."""
    return {measure: amount.copy_negate() if amount else amount for measure, amount in amounts.items()}


def unit_in(written: str, cell: Mapping[str, object]) -> str:
    """The unit of a measure: a code as it is, a path as it leads through the cell."""
    if "." not in written:
        return written
    value: object = cell
    for name in written.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    found = value.get("id") if isinstance(value, Mapping) else value
    return str(found) if found is not None else ""
