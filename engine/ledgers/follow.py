"""Postings that take up an earlier one of the same document: what was written is reversed, or moves on.

Both start from the movements as they were written, cell by cell; nothing is worked out anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine.entities.changes import Entry, GrainKey
from engine.language.problems import Problem
from engine.ledgers.cells import Looked
from engine.ledgers.movements import Movements, Note, Path, negated
from engine.ledgers.plan import getter_of, plan_of
from engine.ledgers.post import Work
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


def move_on(
    posting: Posting,
    earlier: Posting,
    ledgers: Mapping[str, Ledger],
    written: Sequence[Entry],
    seen: Sequence[Mapping[str, object]],
    scope: Mapping[str, object],
) -> tuple[Movements | None, tuple[Problem, ...]]:
    """The movements that take what arrived somewhere by an earlier posting on to the cells that `to` states."""
    plans = {plan.ledger.ledger: plan for plan in plan_of(earlier, ledgers).entries}
    work = Work(Looked(), (), fact=posting.kind == "fact")
    lines: Any = scope.get(posting.each or earlier.each or "") or ()
    places = {line.get("id"): position for position, line in enumerate(lines)}
    for each, cell in zip(written, seen, strict=True):
        amounts = {measure: delta for measure, delta in each.deltas.items() if delta > 0}
        if not amounts:
            continue
        plan, place = plans[each.ledger], places.get(each.line)
        inner = scope if place is None else {**scope, "line": lines[place]}
        there = [cell.get(name) for name in plan.names]
        further = there.copy()
        for name, formula in posting.to.items():
            if name in plan.names:
                position = plan.names.index(name)
                further[position] = getter_of(plan.ledger.dimensions[position], formula, posting.entity)(inner)
        path: Path = (earlier.each or "", place) if place is not None else ()
        work.write(plan, [(-1, there), (1, further)], amounts, inner, path)
    if work.problems:
        return None, tuple(work.problems)
    return work.movements(posting.posting), ()


def _note(posting: Posting, cell: Mapping[str, object], place: int | None) -> Note:
    path: Path = (posting.each, place) if posting.each is not None and place is not None else ()
    return cell, path


def _key(ledger: Ledger, grain: str, cell: Sequence[Any]) -> GrainKey:
    """The balance of a grain that a cell belongs to."""
    declared = ledger.grain(grain)
    assert declared is not None, f"{ledger.ledger} has no grain {grain}"
    names = [dimension.id for dimension in ledger.dimensions]
    return GrainKey(ledger.ledger, grain, tuple(cell[names.index(name)] for name in declared.by))
