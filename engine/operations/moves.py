"""Movements of ledgers in words: what went from where to where, and how much of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from engine.entities.changes import Entry
from engine.language.numbers import format_number
from engine.ledgers.schema import Dimension, Ledger, Measure
from engine.operations.listing import unit_words, value_text, worded
from engine.operations.related import Related
from engine.packages.schema import App
from engine.storage.balances import Movement

Cell = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is said about a movement: what it is called, and what it is."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Moved:
    """One movement in words: `what` is the same on both sides, `source` and `target` are where they differ.

    `entry` is the number of the journal entry that it was written with, 0 for one that was only tried.
    """

    ledger: str
    what: tuple[Fact, ...]
    source: str
    target: str
    amounts: tuple[Fact, ...]
    entry: int = 0


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a movement."""

    ledger: str
    cell: Cell
    deltas: Mapping[str, Decimal]
    line: str | None
    entry: int = 0


def of_movement(ledger: str, row: Movement) -> Side:
    """A side as it was written."""
    return Side(ledger, row.cell, row.deltas, row.line, row.entry)


def of_entry(app: App, entry: Entry) -> Side:
    """A side that a posting would write."""
    names = [dimension.id for dimension in app.ledgers[entry.ledger].dimensions]
    return Side(entry.ledger, dict(zip(names, entry.cell, strict=True)), entry.deltas, entry.line)


def load_mentioned(app: App, related: Related, sides: Iterable[Side]) -> None:
    """Read the records that movements speak of, and what the units of their amounts are read from."""
    for side in sides:
        ledger = app.ledgers[side.ledger]
        for dimension in ledger.dimensions:
            if dimension.ref is not None and side.cell.get(dimension.id):
                related.load(dimension.ref, (str(side.cell[dimension.id]),))


def moved(
    app: App, related: Related, titles: Mapping[tuple[str, str], str], sides: Iterable[Side], language: str
) -> tuple[Moved, ...]:
    """Movements in words. Two sides of one line that cancel out are one movement."""
    teller = _Teller(app, related, titles, language)
    return tuple(teller.told(*pair) for pair in _pairs(sides))


def references(app: App, sides: Iterable[Side]) -> Iterator[tuple[str, str]]:
    """The records whose titles are needed."""
    for side in sides:
        for dimension in app.ledgers[side.ledger].dimensions:
            value = side.cell.get(dimension.id)
            if dimension.ref is not None and isinstance(value, str):
                yield dimension.ref, value


def _pairs(sides: Iterable[Side]) -> Iterator[tuple[Side | None, Side | None]]:
    """Source and target: a loss followed by an equal gain of the same line is one movement."""
    waiting: Side | None = None
    for side in sides:
        gain = any(amount > 0 for amount in side.deltas.values())
        if waiting is not None and gain and _cancel(waiting, side):
            yield waiting, side
            waiting = None
            continue
        if waiting is not None:
            yield waiting, None
        waiting = None if gain else side
        if gain:
            yield None, side
    if waiting is not None:
        yield waiting, None


def _cancel(loss: Side, gain: Side) -> bool:
    same = (loss.ledger, loss.line, loss.entry) == (gain.ledger, gain.line, gain.entry)
    return same and all(gain.deltas.get(name) == -amount for name, amount in loss.deltas.items())


class _Teller:
    """Says what cells and amounts are, in one language."""

    def __init__(self, app: App, related: Related, titles: Mapping[tuple[str, str], str], language: str) -> None:
        self.app, self.related, self.titles, self.language = app, related, titles, language
        self.units = unit_words(app, language)

    def told(self, source: Side | None, target: Side | None) -> Moved:
        """One movement; one side alone comes from or goes to nowhere."""
        one = target or source
        assert one is not None
        ledger = self.app.ledgers[one.ledger]
        both = source is not None and target is not None
        differing = (
            [
                each
                for each in ledger.dimensions
                if both and source.cell.get(each.id) != target.cell.get(each.id)  # type: ignore[union-attr]
            ]
            or [each for each in ledger.dimensions if not both and each.ref is not None][-1:]
        )
        shared = [each for each in ledger.dimensions if each not in differing and one.cell.get(each.id) is not None]
        return Moved(
            ledger=worded(ledger.label, ledger.ledger)[self.language],
            what=tuple(Fact(self._name(each), self._text(each, one.cell)) for each in shared),
            source=self._place(differing, source),
            target=self._place(differing, target),
            amounts=tuple(self._amount(ledger, name, one) for name in one.deltas),
            entry=one.entry,
        )

    def _name(self, declared: Dimension | Measure) -> str:
        return worded(declared.label, declared.id)[self.language]

    def _place(self, dimensions: Iterable[Dimension], side: Side | None) -> str:
        """Where one side is: the dimensions in which the sides differ."""
        texts = [self._text(each, side.cell) for each in dimensions] if side is not None else []
        return " · ".join(text for text in texts if text)

    def _text(self, dimension: Dimension, cell: Cell) -> str:
        value = cell.get(dimension.id)
        if value is None:
            return ""
        if dimension.ref is not None:
            return self.titles.get((dimension.ref, str(value)), str(value))
        for choice in dimension.choices or ():
            if not isinstance(choice, str) and choice.id == value:
                return worded(choice.label, choice.id)[self.language]
        return value.isoformat() if isinstance(value, date) else value_text(value, self.language, self.app.zone)

    def _amount(self, ledger: Ledger, name: str, side: Side) -> Fact:
        measure = ledger.measure(name)
        amount = abs(side.deltas[name])
        unit = self._unit(ledger, (measure.unit or measure.currency) if measure else None, side.cell)
        text = format_number(amount, 2 if measure is not None and measure.currency else 0, grouped=True)
        return Fact(self._name(measure) if measure else name, f"{text} {self.units.get(unit, unit)}".strip())

    def _unit(self, ledger: Ledger, written: str | None, cell: Cell) -> str:
        """A unit or currency as it is written, or read through a dimension: `item.unit`."""
        if written is None or "." not in written:
            return written or ""
        first, *rest = written.split(".")
        dimension = ledger.dimension(first)
        seen: Any = (
            self.related.view(dimension.ref, cell.get(first)) if dimension is not None and dimension.ref else None
        )
        for step in rest:
            seen = seen.get(step) if isinstance(seen, Mapping) else None
        return str(seen) if seen else ""
