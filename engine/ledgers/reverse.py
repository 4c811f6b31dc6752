"""Takes back what a posting moved: the exact inverse of what was written, cell by cell, never worked out anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine.entities.changes import Entry, GrainKey
from engine.ledgers.movements import Movements, Note, Path, negated
from engine.ledgers.schema import Ledger, Posting


def reverse(
    posting: Posting,
    ledgers: Mapping[str, Ledger],
    written: Sequence[Entry],
    seen: Sequence[Mapping[str, object]],
    lines: Iterable[Mapping[str, Any]] = (),
) -> Movements:
    """The movements that undo entries as they were written; `seen` has their cells as formulas see them.

    `lines` are the lines of the document, so that a problem can point to the one it is about.
    """
    places: dict[object, int] = {line.get("id"): position for position, line in enumerate(lines)}
    entries, notes, reached = [], [], []
    sums: dict[GrainKey, dict[str, Decimal]] = {}
    order: dict[GrainKey, int] = {}
    for each, cell in zip(written, seen, strict=True):
        ledger = ledgers[each.ledger]
        deltas = negated(each.deltas)
        entries.append(Entry(each.ledger, each.cell, deltas, each.line, each.grains))
        notes.append(_note(posting, cell, places.get(each.line)))
        keys = [_key(ledger, name, each.cell) for name in each.grains]
        for key in keys:
            order.setdefault(key, len(order))
            total = sums.setdefault(key, {})
            for measure, delta in deltas.items():
                total[measure] = total.get(measure, Decimal(0)) + delta
        reached.append(tuple(order[key] for key in keys))
    fact = posting.kind == "fact"
    return Movements(posting.posting, fact, tuple(entries), tuple(sums.items()), tuple(notes), tuple(reached))


def _note(posting: Posting, cell: Mapping[str, object], place: int | None) -> Note:
    path: Path = (posting.each, place) if posting.each is not None and place is not None else ()
    return cell, path


def _key(ledger: Ledger, grain: str, cell: Sequence[Any]) -> GrainKey:
    """The balance of a grain that a cell belongs to."""
    declared = ledger.grain(grain)
    assert declared is not None, f"{ledger.ledger} has no grain {grain}"
    names = [dimension.id for dimension in ledger.dimensions]
    return GrainKey(ledger.ledger, grain, tuple(cell[names.index(name)] for name in declared.by))
