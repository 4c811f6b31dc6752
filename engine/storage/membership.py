"""Which grains each entry of a posting counts in, told from the sums that the posting says it adds to them.

A grain's filter is the business of the ledgers room and is not known here. The entries that fall on one balance by
their dimensions are either all counted, or those of some cells only: the cells whose deltas add up to the stated sum.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from engine.entities.changes import Entry, GrainKey, Post
from engine.entities.record import Value
from engine.storage.tables import LedgerTable

Cell = tuple[Value, ...]
Amounts = tuple[Decimal, ...]
MOST_CELLS = 16


def counted_in(post: Post, tables: Mapping[str, LedgerTable]) -> list[str]:
    """For each entry of a posting the names of its grains, separated by blanks, in the order of the entries."""
    stated: dict[str, dict[GrainKey, Mapping[str, Decimal]]] = defaultdict(dict)
    for key, sums in post.balances:
        stated[key.ledger][key] = sums
    counted: dict[tuple[str, Cell], list[str]] = defaultdict(list)
    for ledger, known in stated.items():
        table = tables[ledger]
        entries = [entry for entry in post.entries if entry.ledger == ledger]
        for grain, cells in _cells_by_key(table, entries).items():
            if grain in known:
                total = tuple(known[grain].get(name, Decimal(0)) for name in table.measures)
                for cell in _chosen(cells, total):
                    counted[ledger, cell].append(grain.grain)
    return [" ".join(sorted(counted.get((entry.ledger, entry.cell), ()))) for entry in post.entries]


def _cells_by_key(table: LedgerTable, entries: list[Entry]) -> dict[GrainKey, dict[Cell, Amounts]]:
    """For every balance that entries could fall on: the sum of the deltas of each cell."""
    places = {name: index for index, name in enumerate(table.dimensions)}
    found: dict[GrainKey, dict[Cell, Amounts]] = defaultdict(dict)
    for grain in table.grains.values():
        wanted = [places[name] for name in grain.by]
        for entry in entries:
            key = GrainKey(table.name, grain.name, tuple(entry.cell[index] for index in wanted))
            deltas = tuple(entry.deltas.get(name, Decimal(0)) for name in table.measures)
            before = found[key].get(entry.cell)
            found[key][entry.cell] = deltas if before is None else _sum(before, deltas)
    return found


def _chosen(cells: Mapping[Cell, Amounts], stated: Amounts) -> list[Cell]:
    """The cells whose sums add up to what is stated: all, the gaining, the losing, or the first set that does."""
    gaining = [cell for cell, amounts in cells.items() if max(amounts) > 0]
    losing = [cell for cell, amounts in cells.items() if min(amounts) < 0]
    for choice in (list(cells), gaining, losing):
        if _total(cells, choice, len(stated)) == stated:
            return choice
    assert len(cells) <= MOST_CELLS, "a posting's balances do not follow from its entries"
    reachable: dict[Amounts, list[Cell]] = {tuple(Decimal(0) for _ in stated): []}
    for cell, amounts in cells.items():
        reachable = {**{_sum(sums, amounts): [*chosen, cell] for sums, chosen in reachable.items()}, **reachable}
    assert stated in reachable, "a posting's balances do not follow from its entries"
    return reachable[stated]


def _total(cells: Mapping[Cell, Amounts], choice: list[Cell], width: int) -> Amounts:
    """The sum over some cells."""
    total: Amounts = tuple(Decimal(0) for _ in range(width))
    for cell in choice:
        total = _sum(total, cells[cell])
    return total


def _sum(one: Amounts, other: Amounts) -> Amounts:
    """Two rows of amounts added measure by measure."""
    return tuple(left + right for left, right in zip(one, other, strict=True))
