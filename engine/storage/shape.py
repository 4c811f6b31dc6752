"""What the database has to hold, said plainly: entities with columns and lines, ledgers with dimensions and measures.

`operations` builds a `Shape` from a loaded app, so that storage never imports the rooms that know what an app is.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property

from engine.entities.columns import Column

LONGEST_NAME = 63  # PostgreSQL cuts longer identifiers silently


@dataclass(frozen=True, slots=True)
class ColumnShape:
    """One column: its name, what it stores, and what the database must know about it.

    `unique` asks for a unique index (empty values excepted); `nullable` is kept for the reader: every column of an
    entity may be empty in the table, because "required" is a rule. `indexed` asks for a plain index. `to` is the
    entity that a reference points to, so that a path may run through it. `renamed_from` is the column's former name.
    """

    name: str
    column: Column
    unique: bool = False
    nullable: bool = True
    renamed_from: str | None = None
    indexed: bool = False
    to: str | None = None


@dataclass(frozen=True, slots=True)
class ChildShape:
    """The lines kept under one field of an entity: a table of their own."""

    name: str
    columns: tuple[ColumnShape, ...]
    renamed_from: str | None = None


@dataclass(frozen=True, slots=True)
class EntityShape:
    """One entity: a table. `identity` names the columns that together are unique (the natural key of a master)."""

    name: str
    columns: tuple[ColumnShape, ...]
    children: tuple[ChildShape, ...] = ()
    identity: tuple[str, ...] = ()
    renamed_from: str | None = None

    def uniques(self) -> tuple[tuple[str, ...], ...]:
        """Every set of columns whose values may occur once: the identity and each `unique` column."""
        single = [(shape.name,) for shape in self.columns if shape.unique]
        wanted = [self.identity, *single] if self.identity else single
        return tuple(dict.fromkeys(wanted))


@dataclass(frozen=True, slots=True)
class GrainShape:
    """A balance kept per distinct value of some dimensions of its ledger, in this order."""

    name: str
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LedgerShape:
    """One ledger: three tables (cells, postings, balances). Measures are scaled integers."""

    name: str
    dimensions: tuple[ColumnShape, ...]
    measures: tuple[ColumnShape, ...]
    grains: tuple[GrainShape, ...]


@dataclass(frozen=True)
class Shape:
    """All tables an app needs besides the engine's own."""

    entities: tuple[EntityShape, ...] = ()
    ledgers: tuple[LedgerShape, ...] = ()

    @cached_property
    def digest(self) -> str:
        """A fingerprint of everything the tables depend on: equal digests need no migration."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def entity_table(entity: str) -> str:
    """The name of an entity's table."""
    return _told_apart(f"e_{entity}", entity)


def child_table(entity: str, lines: str) -> str:
    """The name of the table that holds one kind of lines of an entity."""
    return _told_apart(f"e_{entity}__{lines}", entity, lines)


def ledger_table(ledger: str, part: str) -> str:
    """The name of a ledger's table; `part` is cell, posting or balance."""
    return short_name(f"l_{ledger}_{part}")


def short_name(name: str) -> str:
    """The name itself, or its beginning with a digest when it is too long for a database."""
    return name if len(name) <= LONGEST_NAME else _marked(name, name)


def _told_apart(name: str, *parts: str) -> str:
    """A table's name; where a part has two underscores itself, a digest keeps it from meeting a table of lines."""
    return _marked(name, " ".join(parts)) if any("__" in part for part in parts) else short_name(name)


def _marked(name: str, meant: str) -> str:
    """The beginning of a name with a digest of what it means."""
    return f"{name[:50]}_{hashlib.sha256(meant.encode()).hexdigest()[:12]}"
