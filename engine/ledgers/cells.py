"""What lies where, as far as a posting has to look at it: candidates of draws, balances that a count replaces.

The reading is done by whoever calls: where something is looked at that was not read yet, it is noted and found empty;
then all of that is read at once, and `post` is run again. Nothing is read line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from engine.entities.changes import Balance, CellRange, GrainKey
from engine.language.sentence import sentence
from engine.language.tree import Node

TitleOf = Callable[[str, str], str]
"""(entity, id) → the title people know the record by."""

Words = Mapping[str, str]
WordsOf = Callable[[Node], Words]
"""A condition → what it says in both languages."""

BalanceOf = Callable[[GrainKey], Balance]
"""What lies in a balance."""

_EMPTY = Balance()


def in_words(part: Node) -> Words:
    """What a condition says, with its names as they are written."""
    return {language: sentence(part, language) for language in ("zh", "en")}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One balance of a grain: its key, its dimensions as formulas see them (references as records), its amounts."""

    key: GrainKey
    seen: Mapping[str, object]
    balance: Balance


@dataclass(frozen=True, slots=True)
class Shelf:
    """The balances of a range, in a fixed order, without their amounts: what they are, and how draws sort them.

    Amounts change with every document, a shelf seldom does; so the order of a draw is worked out once (`orders`).
    """

    keys: tuple[GrainKey, ...]
    seen: tuple[Mapping[str, object], ...]
    orders: dict[str, Sequence[int]] = field(default_factory=dict)

    def holding(self, keys: Sequence[GrainKey]) -> Shelf:
        """Another one with some of its balances."""
        known = dict(zip(self.keys, self.seen, strict=True))
        return Shelf(tuple(keys), tuple([known[key] for key in keys]))


@dataclass(frozen=True, slots=True)
class Lying:
    """What lies on a shelf now."""

    shelf: Shelf
    balance_of: BalanceOf

    def __iter__(self) -> Iterator[Candidate]:
        return self.at(range(len(self.shelf.keys)))

    def at(self, positions: Iterable[int]) -> Iterator[Candidate]:
        """The candidates at some places of the shelf, one by one: a draw seldom looks at all of them."""
        keys, seen, balance_of = self.shelf.keys, self.shelf.seen, self.balance_of
        return (Candidate(keys[place], seen[place], balance_of(keys[place])) for place in positions)


class Cells(Protocol):
    """The balances a posting looks at."""

    def candidates(self, wanted: CellRange) -> Lying | None:
        """Every balance in a range that is not empty, in a fixed order; None when that was not read yet."""

    def amount(self, key: GrainKey, measure: str) -> Decimal:
        """What lies in one balance; zero also when that was not read yet."""

    def title(self, entity: str, id: str) -> str:
        """The title of a record, for messages."""

    def words(self, part: Node) -> Words:
        """A condition in both languages, for messages."""


@dataclass
class Looked:
    """What was read, as `shelf_of` and `held` find it. What they do not find is missing, to be read before all is done.

    `ranges` and `balances` are everything that was looked at, as it was: as long as they are the same, so is whatever
    was made of them.
    """

    shelf_of: Callable[[CellRange], Shelf | None] = lambda _range: None
    held: Callable[[GrainKey], Balance | None] = lambda _key: None
    title_of: TitleOf = lambda _entity, id: id
    words_of: WordsOf = in_words
    ranges: dict[CellRange, tuple[GrainKey, ...]] = field(default_factory=dict)
    balances: dict[GrainKey, Balance] = field(default_factory=dict)
    missing: bool = False

    def candidates(self, wanted: CellRange) -> Lying | None:
        """The balances in a range."""
        shelf = self.shelf_of(wanted)
        self.ranges[wanted] = () if shelf is None else shelf.keys
        self.missing = self.missing or shelf is None
        return None if shelf is None else Lying(shelf, self.balance)

    def amount(self, key: GrainKey, measure: str) -> Decimal:
        """What lies in one balance; zero where nothing was posted."""
        return self.balance(key).amount(measure)

    def balance(self, key: GrainKey) -> Balance:
        """One balance, noted as looked at."""
        found = self.held(key)
        self.missing = self.missing or found is None
        self.balances[key] = known = _EMPTY if found is None else found
        return known

    def title(self, entity: str, id: str) -> str:
        """The title of a record."""
        return self.title_of(entity, id)

    def words(self, part: Node) -> Words:
        """A condition in both languages."""
        return self.words_of(part)
