"""What lies where, as far as a posting has to look at it: candidates of draws, balances that a count replaces.

The reading is done by whoever calls: first `post` is run over `Asked`, which notes what would be looked at; then all of
it is read at once, and `post` is run over `Looked`. Nothing is read line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from engine.entities.changes import Balance, CellRange, GrainKey
from engine.language.sentence import sentence
from engine.language.tree import Node

TitleOf = Callable[[str, str], str]
"""(entity, id) → the title people know the record by."""

Words = Mapping[str, str]
WordsOf = Callable[[Node], Words]
"""A condition → what it says in both languages."""

Rank = tuple[tuple[bool, Any], ...]
"""What a candidate is sorted by under a draw: for each of its keys whether it comes last, and the value."""

_EMPTY = Balance()


def in_words(part: Node) -> Words:
    """What a condition says, with its names as they are written."""
    return {language: sentence(part, language) for language in ("zh", "en")}


@dataclass(frozen=True, slots=True)
class Cell:
    """The dimensions of a balance as formulas see them (references as records), and its place in orders worked out."""

    seen: Mapping[str, object]
    ranks: dict[str, Rank] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One balance of a grain: its key, its cell, its amounts."""

    key: GrainKey
    cell: Cell
    balance: Balance

    @property
    def seen(self) -> Mapping[str, object]:
        """The dimensions as formulas see them."""
        return self.cell.seen


class Cells(Protocol):
    """The balances a posting looks at."""

    def candidates(self, wanted: CellRange) -> Sequence[Candidate]:
        """Every balance in a range that is not empty, in a fixed order."""

    def amount(self, key: GrainKey, measure: str) -> Decimal:
        """What lies in one balance."""

    def title(self, entity: str, id: str) -> str:
        """The title of a record, for messages."""

    def words(self, part: Node) -> Words:
        """A condition in both languages, for messages."""


@dataclass
class Asked:
    """Notes what is looked at, and finds nothing."""

    ranges: set[CellRange] = field(default_factory=set)
    keys: set[GrainKey] = field(default_factory=set)

    def candidates(self, wanted: CellRange) -> Sequence[Candidate]:
        """Nothing."""
        self.ranges.add(wanted)
        return ()

    def amount(self, key: GrainKey, measure: str) -> Decimal:
        """Nothing."""
        self.keys.add(key)
        return Decimal(0)

    def title(self, entity: str, id: str) -> str:
        """The id: nobody reads it."""
        return id

    def words(self, part: Node) -> Words:
        """Nothing: nobody reads it."""
        return {}


@dataclass(frozen=True)
class Looked:
    """What was read."""

    ranges: Mapping[CellRange, Sequence[Candidate]] = field(default_factory=dict)
    balances: Mapping[GrainKey, Balance] = field(default_factory=dict)
    title_of: TitleOf = lambda _entity, id: id
    words_of: WordsOf = in_words

    def candidates(self, wanted: CellRange) -> Sequence[Candidate]:
        """The balances in a range."""
        return self.ranges.get(wanted, ())

    def amount(self, key: GrainKey, measure: str) -> Decimal:
        """What lies in one balance; zero where nothing was posted."""
        return self.balances.get(key, _EMPTY).amount(measure)

    def title(self, entity: str, id: str) -> str:
        """The title of a record."""
        return self.title_of(entity, id)

    def words(self, part: Node) -> Words:
        """A condition in both languages."""
        return self.words_of(part)
