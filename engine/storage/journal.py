"""The append-only journal: one hash chain per document, and seals that close an epoch over the heads of all chains.

An entry's hash covers everything in its row and the hash before it, so a changed, lost or inserted entry shows at the
right place. Writers of different documents never wait for one another; the sealer comes after them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from engine.storage.bulk import Insert, Update
from engine.storage.canonical import canonical, from_canonical, sha256
from engine.storage.columns import from_microseconds, microseconds
from engine.storage.database import Database
from engine.storage.system_tables import CHAIN, JOURNAL, SEAL, SEAL_HEAD

INSERT_ENTRIES = Insert(JOURNAL)
WRITE_HEADS = Insert(CHAIN, "replace")
INSERT_SEALS = Insert(SEAL)
INSERT_SEAL_HEADS = Insert(SEAL_HEAD)
MARK_SEALED = Update(CHAIN, ["unsealed"])
HASHED = tuple(each.name for each in JOURNAL.columns if each.name != "hash")
READ_HEADS = select(CHAIN.c.chain, CHAIN.c.entry, CHAIN.c.hash).where(
    CHAIN.c.chain.in_(bindparam("chains", expanding=True))
)
BEGINNING = ""
SEALED_AT_ONCE = 5_000
READ_AT_ONCE = 2_000

Head = tuple[int, str]
"""The number and the hash of a chain's last entry."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One entry as people look at it. `body` is what the operation said: values, rules, changes."""

    entity: str
    document: str
    entry: int
    recorded_at: datetime
    actor: str
    on_behalf: str | None
    operation: str
    package: str
    request: str
    body: Mapping[str, Any]


def chain_name(entity: str, document: str) -> str:
    """The name of a document's chain."""
    return f"{entity}/{document}"


def read_heads(connection: Connection, chains: Iterable[str]) -> dict[str, Head]:
    """The last entry of each chain that has one."""
    rows = connection.execute(READ_HEADS, {"chains": sorted(set(chains))})
    return {chain: (entry, hash_) for chain, entry, hash_ in rows}


def chained(row: dict[str, Any], head: Head | None) -> Head:
    """Put a row at the end of its chain (sets `entry`, `previous`, `hash`); gives back the new head."""
    row["entry"] = 1 if head is None else head[0] + 1
    row["previous"] = BEGINNING if head is None else head[1]
    row["hash"] = hash_of(row)
    return row["entry"], row["hash"]


def hash_of(row: Mapping[str, Any]) -> str:
    """The hash of an entry: over every other column, the previous hash among them."""
    return sha256(canonical([row[name] for name in HASHED]))


def write(connection: Connection, rows: Sequence[dict[str, Any]], heads: Mapping[str, Head]) -> None:
    """Append chained rows and move the heads on."""
    INSERT_ENTRIES.run(connection, rows)
    moved = [{"chain": chain, "entry": entry, "hash": hash_, "unsealed": 1} for chain, (entry, hash_) in heads.items()]
    WRITE_HEADS.run(connection, moved)


def history(connection: Connection, entity: str, document: str) -> tuple[JournalEntry, ...]:
    """Everything that happened to a document, oldest first."""
    chosen = select(JOURNAL).where(JOURNAL.c.chain == chain_name(entity, document)).order_by(JOURNAL.c.entry)
    return tuple(_entry(row._mapping) for row in connection.execute(chosen))


def recent(connection: Connection, limit: int, operation: str | None = None) -> tuple[JournalEntry, ...]:
    """The latest entries of all chains, newest first."""
    chosen = select(JOURNAL).order_by(JOURNAL.c.recorded_at.desc(), JOURNAL.c.chain, JOURNAL.c.entry).limit(limit)
    if operation is not None:
        chosen = chosen.where(JOURNAL.c.operation == operation)
    return tuple(_entry(row._mapping) for row in connection.execute(chosen))


def seal(database: Database, now: datetime) -> int:
    """Close an epoch over every chain that moved since its last seal; gives back how many heads were sealed."""
    with database.write() as connection:
        waiting = (
            select(CHAIN.c.chain, CHAIN.c.entry, CHAIN.c.hash)
            .where(CHAIN.c.unsealed == 1)
            .order_by(CHAIN.c.chain)
            .limit(SEALED_AT_ONCE)
            .with_for_update()
        )
        heads = [tuple(row) for row in connection.execute(waiting)]
        if not heads:
            return 0
        last = connection.execute(select(SEAL.c.epoch, SEAL.c.hash).order_by(SEAL.c.epoch.desc()).limit(1)).first()
        epoch, previous = (1, BEGINNING) if last is None else (last.epoch + 1, last.hash)
        row = {"epoch": epoch, "sealed_at": microseconds(now), "heads": len(heads), "previous": previous}
        INSERT_SEALS.run(connection, [{**row, "hash": seal_hash(row, heads)}])
        names = ("chain", "entry", "hash")
        INSERT_SEAL_HEADS.run(connection, [{"epoch": epoch, **dict(zip(names, head, strict=True))} for head in heads])
        MARK_SEALED.run(connection, [{"chain": chain, "unsealed": 0} for chain, _, _ in heads])
        return len(heads)


def seal_hash(row: Mapping[str, Any], heads: Iterable[Sequence[Any]]) -> str:
    """The hash of an epoch: over the seal before it, its time and every head it closes."""
    stated = [row[name] for name in ("epoch", "sealed_at", "heads", "previous")]
    return sha256(canonical([stated, [list(head) for head in heads]]))


def entries(connection: Connection) -> Iterator[Mapping[str, Any]]:
    """Every row of the journal, chain by chain, for verification."""
    chosen = select(JOURNAL).order_by(JOURNAL.c.chain, JOURNAL.c.entry).execution_options(yield_per=READ_AT_ONCE)
    with connection.execute(chosen) as result:
        for row in result:
            yield row._asdict()


def length(connection: Connection) -> int:
    """How many entries there are."""
    return connection.execute(select(func.count()).select_from(JOURNAL)).scalar_one()


def _entry(row: Mapping[Any, Any]) -> JournalEntry:
    """A row as an entry."""
    return JournalEntry(
        row["entity"],
        row["document"],
        row["entry"],
        from_microseconds(row["recorded_at"]),
        row["actor"],
        row["on_behalf"],
        row["operation"],
        row["package"],
        row["request"],
        from_canonical(row["body"]),
    )
