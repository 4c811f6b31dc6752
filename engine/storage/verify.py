"""Recomputing what must agree: balances and their postings, chains and their hashes, seals, blobs, STRICT tables.

Everything is read in one consistent view while others go on working. Each kind of mistake names the first row that
differs in each ledger, chain or seal, not every row behind it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, text

from engine.language.problems import Problem
from engine.storage import journal
from engine.storage.canonical import key_text
from engine.storage.columns import decoder
from engine.storage.database import Database
from engine.storage.packages import digest_of
from engine.storage.system_tables import BLOB, CHAIN, JOURNAL, SEAL, SEAL_HEAD
from engine.storage.tables import LedgerTable, Tables

LOOSE_TABLES = text("SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0 AND schema = 'main'")
AT_ONCE = 2_000


def verify(database: Database, tables: Tables) -> tuple[Problem, ...]:
    """Every disagreement in a database; empty when all is well."""
    problems: list[Problem] = []
    with database.read() as connection:
        if database.dialect == "sqlite":
            problems.extend(_loose_tables(connection))
        heads = _chains(connection, problems)
        problems.extend(_seals(connection))
        for table in tables.ledgers.values():
            problems.extend(_ledger(connection, table, heads))
        problems.extend(_lost_lines(connection, tables))
        problems.extend(_blobs(connection))
    return tuple(problems)


def _loose_tables(connection: Connection) -> Iterator[Problem]:
    """SQLite tables that would let an inexact number in."""
    for (name,) in connection.execute(LOOSE_TABLES):
        if name.startswith(("e_", "l_", "s_")):
            yield Problem("STO-146", {"table": name})


def _chains(connection: Connection, problems: list[Problem]) -> dict[str, journal.Head]:
    """Follow every chain from its beginning; gives back the head that each one really has."""
    heads: dict[str, journal.Head] = {}
    broken: set[str] = set()
    for row in journal.entries(connection):
        chain, before = row["chain"], heads.get(row["chain"], (0, journal.BEGINNING))
        told = {"entity": row["entity"], "document": row["document"], "entry": row["entry"]}
        if chain not in broken and (row["entry"], row["previous"]) != (before[0] + 1, before[1]):
            problems.append(Problem("STO-142", told))
            broken.add(chain)
        elif chain not in broken and journal.hash_of(row) != row["hash"]:
            problems.append(Problem("STO-141", told))
            broken.add(chain)
        heads[chain] = (row["entry"], row["hash"])
    for chain, entry, hash_ in connection.execute(
        select(CHAIN.c.chain, CHAIN.c.entry, CHAIN.c.hash).order_by(CHAIN.c.chain)
    ):
        found = heads.get(chain, (0, journal.BEGINNING))
        if found != (entry, hash_) and chain not in broken:
            problems.append(Problem("STO-143", {"chain": chain, "expected": entry, "found": found[0]}))
    return heads


def _seals(connection: Connection) -> Iterator[Problem]:
    """Follow the seals, and compare what they closed with what the journal holds."""
    members: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in connection.execute(select(SEAL_HEAD).order_by(SEAL_HEAD.c.epoch, SEAL_HEAD.c.chain)):
        members[row.epoch].append((row.chain, row.entry, row.hash))
    previous, last = journal.BEGINNING, 0
    for row in connection.execute(select(SEAL).order_by(SEAL.c.epoch)):
        stated: Mapping[str, Any] = row._asdict()
        expected = journal.seal_hash(stated, members[row.epoch])
        if (row.epoch, row.previous, row.hash) != (last + 1, previous, expected):
            yield Problem("STO-144", {"epoch": row.epoch})
            return
        previous, last = row.hash, row.epoch
    joined = SEAL_HEAD.outerjoin(
        JOURNAL, (JOURNAL.c.chain == SEAL_HEAD.c.chain) & (JOURNAL.c.entry == SEAL_HEAD.c.entry)
    )
    differing = JOURNAL.c.hash.is_(None) | (JOURNAL.c.hash != SEAL_HEAD.c.hash)
    chosen = select(SEAL_HEAD).select_from(joined).where(differing).order_by(SEAL_HEAD.c.epoch, SEAL_HEAD.c.chain)
    for row in connection.execute(chosen.limit(1)):
        yield Problem("STO-145", {"epoch": row.epoch, "chain": row.chain, "entry": row.entry})


def _ledger(connection: Connection, table: LedgerTable, heads: Mapping[str, journal.Head]) -> Iterator[Problem]:
    """Sum up all postings per grain and compare with the balances; every posting has its cell and journal entry."""
    cells = {row[0]: row[1:] for row in _columns(connection, table.cell, ["_id", *table.dimensions])}
    places = {name: index for index, name in enumerate(table.dimensions)}
    wanted = {name: [places[each] for each in grain.by] for name, grain in table.grains.items()}
    sums: dict[str, list[int]] = defaultdict(lambda: [0] * len(table.measures))
    lost: Problem | None = None
    names = ["_cell", "_grains", "_entity", "_document", "_entry", *table.measures]
    for cell, grains, entity, document, entry, *deltas in _columns(connection, table.posting, names):
        dimensions = cells.get(cell)
        if dimensions is None or heads.get(journal.chain_name(entity, document), (0, ""))[0] < entry:
            lost = lost or Problem("STO-148", {"ledger": table.name, "document": document, "entry": entry})
            continue
        for grain in grains.split():
            total = sums[key_text(grain, *(dimensions[index] for index in wanted[grain]))]
            for index, delta in enumerate(deltas):
                total[index] += delta
    if lost is not None:
        yield lost
    yield from _compare(connection, table, sums)


def _compare(connection: Connection, table: LedgerTable, sums: Mapping[str, Sequence[int]]) -> Iterator[Problem]:
    """The first balance of a ledger that is not the sum of its postings."""
    unseen = dict(sums)
    for key, *stored in _columns(connection, table.balance, ["_id", *table.measures]):
        summed = unseen.pop(key, [0] * len(table.measures))
        if list(summed) != stored:
            yield _difference(table, key, stored, summed)
            return
    for key, summed in unseen.items():
        if any(summed):
            yield _difference(table, key, [0] * len(summed), summed)
            return


def _difference(table: LedgerTable, key: str, stored: Sequence[int], summed: Sequence[int]) -> Problem:
    """What differs in one balance, as amounts."""
    for name, left, right in zip(table.measures, stored, summed, strict=True):
        if left != right:
            decode = decoder(table.measures[name].column) or int
            said = {"ledger": table.name, "key": key, "measure": name, "stored": decode(left), "summed": decode(right)}
            return Problem("STO-140", said)
    raise AssertionError("two balances that differ do not differ")


def _columns(connection: Connection, table: Any, names: Sequence[str]) -> Iterator[Any]:
    """Some columns of all rows, in the order of the primary key, fetched piece by piece."""
    chosen = select(*(table.c[name] for name in names)).order_by(*table.primary_key.columns)
    with connection.execute(chosen.execution_options(yield_per=AT_ONCE)) as result:
        yield from result


def _lost_lines(connection: Connection, tables: Tables) -> Iterator[Problem]:
    """Lines whose record is gone."""
    for entity in tables.entities.values():
        for child in entity.children:
            owner = child.table.c["_record"]
            joined = child.table.outerjoin(entity.table, entity.table.c.id == owner)
            chosen = select(owner).select_from(joined).where(entity.table.c.id.is_(None)).order_by(owner).limit(1)
            for (record,) in connection.execute(chosen):
                yield Problem("STO-149", {"entity": entity.name, "document": record, "lines": child.name})


def _blobs(connection: Connection) -> Iterator[Problem]:
    """Stored content that is not what its digest says."""
    for digest, content in _columns(connection, BLOB, ["digest", "content"]):
        if digest_of(bytes(content)) != digest:
            yield Problem("STO-147", {"digest": digest})
