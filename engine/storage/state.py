"""What a decision may look at: the rows it declared, locked and as fresh as they are, and what it decided so far.

A `State` never reads the database itself. A judge that asks for something undeclared raises `NeedMore`; the unit of
work then begins again with the larger read set, so that every lock is still taken in one sorted order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime

from engine.entities.changes import Balance, CellRange, CounterKey, GrainKey
from engine.entities.record import Record

RecordKey = tuple[str, str]
"""An entity and an id."""

UniqueKey = tuple[str, tuple[str, ...], tuple[str | int, ...]]
"""An entity, the names of the columns that together are unique, and their values as stored."""


@dataclass(frozen=True, slots=True)
class ReadSet:
    """The rows a decision depends on.

    `records`, `balances` and `counters` are locked until the commit: what will be written, or must not change.
    `shared` records are only read (after all locks are taken): masters that many documents look at together.
    `unique` asks who holds a unique value. Of `ranges` every balance that is not empty is locked as well.
    """

    records: frozenset[RecordKey] = frozenset()
    balances: frozenset[GrainKey] = frozenset()
    counters: frozenset[CounterKey] = frozenset()
    unique: frozenset[UniqueKey] = frozenset()
    shared: frozenset[RecordKey] = frozenset()
    ranges: frozenset[CellRange] = frozenset()

    def __or__(self, other: ReadSet) -> ReadSet:
        return ReadSet.union((self, other))

    @classmethod
    def union(cls, many: Iterable[ReadSet]) -> ReadSet:
        """Everything that any of some decisions depends on."""
        parts = tuple(many)
        return cls(*(frozenset().union(*(getattr(each, kind.name) for each in parts)) for kind in fields(cls)))


class Stale(Exception):
    """What a judge was prepared on has changed meanwhile: the decision has to be prepared anew."""


class NeedMore(Exception):
    """A judge needs rows that its read set does not name."""

    def __init__(self, reads: ReadSet) -> None:
        super().__init__("the decision needs a larger read set")
        self.reads = reads


@dataclass(slots=True)
class Loaded:
    """The rows as they were read under lock. A key that maps to None was looked for and is not there."""

    records: dict[RecordKey, Record | None] = field(default_factory=dict)
    balances: dict[GrainKey, Balance] = field(default_factory=dict)
    balance_versions: dict[GrainKey, int] = field(default_factory=dict)
    counters: dict[CounterKey, int] = field(default_factory=dict)
    holders: dict[UniqueKey, str | None] = field(default_factory=dict)
    ranges: dict[CellRange, tuple[GrainKey, ...]] = field(default_factory=dict)


class State:
    """The loaded rows with the effects of the decisions taken before in the same batch."""

    __slots__ = ("_balances", "_counters", "_holders", "_loaded", "_posted", "_ranges", "_records", "now")

    def __init__(self, loaded: Loaded, now: datetime) -> None:
        self.now = now
        self._loaded = loaded
        self._records: dict[RecordKey, Record | None] = {}
        self._balances: dict[GrainKey, Balance] = {}
        self._posted: list[GrainKey] = []
        self._ranges: dict[CellRange, tuple[int, tuple[GrainKey, ...]]] = {}
        self._counters: dict[CounterKey, int] = {}
        self._holders: dict[UniqueKey, str | None] = {}

    def record(self, entity: str, id: str) -> Record | None:
        """The record as it stands now; None when there is none (or it was removed)."""
        key = (entity, id)
        if key in self._records:
            return self._records[key]
        if key in self._loaded.records:
            return self._loaded.records[key]
        raise NeedMore(ReadSet(records=frozenset({key})))

    def balance(self, key: GrainKey) -> Balance:
        """What lies in a grain now."""
        found = self._balances.get(key) or self._loaded.balances.get(key)
        if found is None:
            raise NeedMore(ReadSet(balances=frozenset({key})))
        return found

    def keys_in(self, wanted: CellRange, by: Sequence[str]) -> tuple[GrainKey, ...]:
        """The balances of a range, with those that this batch made; `by`: the grain's dimensions."""
        if wanted not in self._loaded.ranges:
            raise NeedMore(ReadSet(ranges=frozenset({wanted})))
        looked_at, keys = self._ranges.get(wanted, (0, self._loaded.ranges[wanted]))
        new = [key for key in self._posted[looked_at:] if _is_in(key, wanted, by) and key not in keys]
        if looked_at < len(self._posted) or wanted not in self._ranges:
            keys = tuple(sorted((*keys, *new), key=repr)) if new else keys
            self._ranges[wanted] = (len(self._posted), keys)
        return keys

    def counter(self, key: CounterKey) -> int:
        """The number given out last; 0 before the first."""
        found = self._counters.get(key)
        if found is None:
            found = self._loaded.counters.get(key)
        if found is None:
            raise NeedMore(ReadSet(counters=frozenset({key})))
        return found

    def holder(self, key: UniqueKey) -> str | None:
        """The id of the record that holds a unique value; None when it is free."""
        if key in self._holders:
            return self._holders[key]
        if key in self._loaded.holders:
            return self._loaded.holders[key]
        raise NeedMore(ReadSet(unique=frozenset({key})))

    def stored(self, key: RecordKey) -> Record | None:
        """The record as it was read, before any decision of this batch; None also when it was not read."""
        return self._loaded.records.get(key)

    def claimed(self, key: UniqueKey) -> str | None:
        """Who took a unique value earlier in this batch, or holds it in the database as far as that was read."""
        return self._holders.get(key) or self._loaded.holders.get(key)

    def knows(self, key: RecordKey) -> bool:
        """Whether a record was read or written, even if only to find that there is none."""
        return key in self._records or key in self._loaded.records

    def put(
        self,
        records: Mapping[RecordKey, Record | None],
        balances: Mapping[GrainKey, Balance],
        counters: Mapping[CounterKey, int],
        claims: Mapping[UniqueKey, str],
    ) -> None:
        """Let later decisions of the batch see an accepted one."""
        self._records.update(records)
        self._posted += [key for key in balances if key not in self._balances]
        self._balances.update(balances)
        self._counters.update(counters)
        self._holders.update(claims)


def _is_in(key: GrainKey, wanted: CellRange, by: Sequence[str]) -> bool:
    """Whether a balance belongs to a range; `by`: the dimensions of the grain."""
    same = (key.ledger, key.grain) == (wanted.ledger, wanted.grain)
    return same and all(key.key[by.index(name)] == value for name, value in wanted.fixed)
