"""The closed list of what a decision may ask the unit of work to write.

No room writes. A room answers with values of these classes; `storage.work` applies them, all or none, with one
journal entry. The list is meant to stay short: growing it takes a decision record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from engine.entities.record import Record, Value
from engine.entities.task import MayAct

EMPTY: Mapping[str, object] = {}


class GrainKey(NamedTuple):
    """One balance: the values of a grain's dimensions, in the order of the grain's `by`."""

    ledger: str
    grain: str
    key: tuple[Value, ...]


class CellRange(NamedTuple):
    """All balances of a grain with these values of some dimensions: the candidates of a draw, the parts of a count."""

    ledger: str
    grain: str
    fixed: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class CounterKey:
    """One number series: its id and the values (company, branch, period, ...) it counts apart."""

    series: str
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """What lies in one grain: the amount of each measure. A balance never written is empty, which means zero."""

    amounts: Mapping[str, Decimal] = field(default_factory=dict)

    def amount(self, measure: str) -> Decimal:
        """The amount of one measure; zero where nothing was posted."""
        return self.amounts.get(measure, Decimal(0))


@dataclass(frozen=True, slots=True)
class Entry:
    """One side of a movement: signed amounts put into one cell of a ledger.

    `cell` holds the dimension values in the order the ledger declares them; an unset conditional dimension is None.
    `grains` are the grains it counted in when it was posted; that stays, whatever becomes of the records it names.
    """

    ledger: str
    cell: tuple[Value, ...]
    deltas: Mapping[str, Decimal]
    line: str | None = None
    grains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Save:
    """Write a record with its lines. `expected` is the version it was judged at; None for a new record."""

    record: Record
    expected: int | None


@dataclass(frozen=True, slots=True)
class Remove:
    """Delete a record that was never posted (a draft)."""

    entity: str
    id: str
    expected: int


@dataclass(frozen=True, slots=True)
class Post:
    """Append the movements of one posting and add their amounts to the balances they touch.

    `balances` lists, for every declared grain that an entry falls into, the sum of the deltas of this posting.
    """

    posting: str
    entity: str
    document: str
    transition: str
    effective: date
    entries: tuple[Entry, ...]
    balances: tuple[tuple[GrainKey, Mapping[str, Decimal]], ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """Move a number series on: `value` is the number that was just given out."""

    counter: CounterKey
    value: int


@dataclass(frozen=True, slots=True)
class SetDue:
    """Something to look at again at `due`: a deadline or a schedule. The same key set again replaces the row."""

    key: str
    kind: str
    due: datetime
    body: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CancelDue:
    """Forget a due row; forgetting one that is not there is no mistake."""

    key: str


@dataclass(frozen=True, slots=True)
class Send:
    """A message to hand to a channel after the commit. `key` makes a repeated hand-over recognisable.

    `about` is the entity and the id of the document that it tells of.
    """

    key: str
    channel: str
    to: tuple[str, ...]
    subject: str
    body: str
    about: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class OpenTask:
    """Ask people to decide on a document: a step of an approval flow that waits. See `entities.task.Task`."""

    id: str
    entity: str
    document: str
    flow: str
    step: str
    round: int
    may_act: tuple[MayAct, ...]
    barred: str | None = None


@dataclass(frozen=True, slots=True)
class CloseTask:
    """End an open task: decided, or cancelled because a transition (`reason`) took the document elsewhere.

    `version` is the version of the document that is written with it. Whoever writes is who decided.
    """

    task: str
    state: Literal["approved", "rejected", "cancelled"]
    version: int
    opinion: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SetLevel:
    """The level of an alert that a row has reached, under which package; None when the row has left all levels."""

    alert: str
    row: str
    level: str | None
    package: str


@dataclass(frozen=True, slots=True)
class SetSetting:
    """A dated value of a setting in a scope: ("everywhere", "") or ("company" | "org_unit" | "place", id)."""

    setting: str
    scope: str
    scope_id: str
    start: date
    value: str | None


@dataclass(frozen=True, slots=True)
class Publish:
    """Make a package the one that new work uses. `files` maps "layer/path" to its bytes."""

    digest: str
    name: str
    version: str
    files: Mapping[str, bytes]


Change = (
    Save | Remove | Post | Issue | SetDue | CancelDue | Send | OpenTask | CloseTask | SetLevel | SetSetting | Publish
)
