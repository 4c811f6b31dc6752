"""Turns a document into movements: pure data, worked out before anything is locked or written.

    movements, problems = post(posting, ledgers, scope)
    keys = touched([movements])                       # the balances that must be read and locked
    balances, problems = judge([movements], balances, ledgers)     # engine.ledgers.judge

This is on the path of every submit, so its inner loop is tuples and dictionaries only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal
from typing import Any

from engine.entities.changes import Entry, GrainKey, Post
from engine.language.problems import Problem
from engine.ledgers.plan import EntryPlan, plan_of
from engine.ledgers.schema import Ledger, Posting

Path = tuple[str | int, ...]
Totals = dict[tuple[str, str, tuple[Any, ...]], dict[str, Decimal]]
_EXACT = Context(prec=100)


Note = tuple[Mapping[str, object], Path]
"""What is remembered of an entry for messages only: the cell as formulas saw it, and the path of its line."""


@dataclass(frozen=True, slots=True)
class Movements:
    """The movements of one posting. `balances` has, for every grain an entry falls into, the sum of the deltas.

    `notes` stand beside `entries`, one for one; `grains` says for each entry which positions in `balances` it went to.
    """

    posting: str
    fact: bool
    entries: tuple[Entry, ...]
    balances: tuple[tuple[GrainKey, Mapping[str, Decimal]], ...]
    notes: tuple[Note, ...] = field(default=(), compare=False)
    grains: tuple[tuple[int, ...], ...] = field(default=(), compare=False)

    def change(self, entity: str, document: str, transition: str, effective: date) -> Post:
        """What the unit of work is asked to write."""
        return Post(self.posting, entity, document, transition, effective, self.entries, self.balances)


def post(
    posting: Posting, ledgers: Mapping[str, Ledger], scope: Mapping[str, object]
) -> tuple[Movements | None, tuple[Problem, ...]]:
    """The movements of a document under one posting, or every problem that keeps it from having any.

    `scope` has the document's values with references as mappings. An entry whose amounts are all zero is left out.
    """
    plan = plan_of(posting, ledgers)
    work = _Work()
    for path, inner in _rows(plan.each, scope):
        if plan.when is None or plan.when(inner) is True:
            for entry in plan.entries:
                if entry.when is None or entry.when(inner) is True:
                    work.add(entry, inner, path)
    if not plan.balanced and not work.problems:
        _check_sums(plan.entries, work)
    if work.problems:
        return None, tuple(work.problems)
    balances = tuple((GrainKey(*key), sums) for key, sums in work.totals.items())
    fact = posting.kind == "fact"
    return Movements(posting.posting, fact, tuple(work.entries), balances, tuple(work.notes), tuple(work.grains)), ()


def _rows(each: str | None, scope: Mapping[str, object]) -> Iterator[tuple[Path, Mapping[str, object]]]:
    """The scope of the document once, or the scope of each line; one dictionary serves all lines in turn."""
    if each is None:
        yield (), scope
        return
    lines = scope.get(each)
    inner = dict(scope)
    for index, line in enumerate(lines if isinstance(lines, list | tuple) else ()):
        inner["line"] = line
        yield (each, index), inner


def touched(movements: Iterable[Movements]) -> frozenset[GrainKey]:
    """The balances that movements change: what must be read and locked before they are judged."""
    return frozenset(key for each in movements for key, _ in each.balances)


def inverse(movements: Movements) -> Movements:
    """The movements that undo these, cell by cell."""
    entries = tuple(
        Entry(each.ledger, each.cell, _negated(each.deltas), each.line, each.grains) for each in movements.entries
    )
    balances = tuple((key, _negated(sums)) for key, sums in movements.balances)
    return Movements(movements.posting, movements.fact, entries, balances, movements.notes, movements.grains)


class _Work:
    """What one call of `post` has gathered so far."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.notes: list[Note] = []
        self.grains: list[tuple[int, ...]] = []
        self.totals: Totals = {}
        self.order: dict[tuple[str, str, tuple[Any, ...]], int] = {}
        self.problems: list[Problem] = []

    def add(self, plan: EntryPlan, scope: Mapping[str, object], path: Path) -> None:
        """One entry for the document or one of its lines: a cell for each side, the amounts, the grains."""
        amounts = self._amounts(plan, scope, path)
        if not amounts:
            return
        values = list(plan.start)
        for position, get in plan.shared:
            values[position] = get(scope)
        line: Any = scope.get("line") if path else None
        line_id = line.get("id") if line is not None else None
        for number, (sign, own) in enumerate(plan.sides):
            side = values.copy()
            for position, get in own:
                side[position] = get(scope)
            cell, seen = self._cell(plan, side, path)
            if cell is None:
                continue
            if number == 0:
                self._steps(plan, amounts, seen, path)
            deltas = amounts if sign > 0 else _negated(amounts)
            names, positions = self._grains(plan, cell, seen, deltas, path)
            self.entries.append(Entry(plan.ledger.ledger, cell, deltas, line_id, names))
            self.notes.append((seen, path))
            self.grains.append(positions)

    def _amounts(self, plan: EntryPlan, scope: Mapping[str, object], path: Path) -> dict[str, Decimal]:
        """The amounts that move; empty when all are zero or one is missing."""
        amounts: dict[str, Decimal] = {}
        moves = False
        for amount in plan.amounts:
            value = amount.value(scope)
            if value is None:
                parameters = {"measure": _title(plan.ledger.measure(amount.measure), amount.measure)}
                self.problems.append(Problem("LED-104", parameters, plan.entry.place, path))
                return {}
            exact = value if isinstance(value, Decimal) else Decimal(value)  # type: ignore[arg-type]
            amounts[amount.measure] = exact
            moves = moves or bool(exact)
        return amounts if moves else {}

    def _cell(
        self, plan: EntryPlan, values: list[Any], path: Path
    ) -> tuple[tuple[Any, ...] | None, Mapping[str, object]]:
        """The cell as it is kept, and as formulas see it; no cell when a dimension that applies is missing."""
        seen = dict(zip(plan.names, values, strict=True))
        unset = []
        for position, applies in plan.conditions:
            if applies(seen) is not True:
                unset.append(position)
                values[position] = seen[plan.names[position]] = None
        for position in plan.required:
            if values[position] is None and position not in unset:
                dimension = plan.ledger.dimensions[position]
                problem = Problem("LED-105", {"dimension": _title(dimension, dimension.id)}, plan.entry.place, path)
                if problem not in self.problems:  # the other side lacks it too
                    self.problems.append(problem)
                return None, seen
        for position in plan.references:
            value = values[position]
            if value is not None and not isinstance(value, str):
                values[position] = value["id"]
        return tuple(values), seen

    def _steps(self, plan: EntryPlan, amounts: Mapping[str, Decimal], seen: Mapping[str, object], path: Path) -> None:
        """LED-103 for every amount that is no whole number of steps, with the nearest amounts that are."""
        for amount in plan.amounts:
            step = amount.step(seen) if amount.step is not None else None
            if step is None or not step:
                continue
            value, size = amounts[amount.measure], Decimal(step)  # type: ignore[arg-type]
            rest = _EXACT.remainder(value, size)
            if rest:
                below = _EXACT.subtract(value, rest if rest > 0 else rest + size)
                measure = _title(plan.ledger.measure(amount.measure), amount.measure)
                numbers = {"amount": value, "step": size, "below": below, "above": _EXACT.add(below, size)}
                parameters = {"measure": measure, **{name: shown(number) for name, number in numbers.items()}}
                self.problems.append(Problem("LED-103", parameters, plan.entry.place, path))

    def _grains(
        self,
        plan: EntryPlan,
        cell: tuple[Any, ...],
        seen: Mapping[str, object],
        deltas: Mapping[str, Decimal],
        path: Path,
    ) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Add the deltas to every grain the cell falls into; answers with those grains and their positions."""
        names, reached = [], []
        for grain in plan.grains:
            if grain.where is not None:
                belongs = grain.where(seen)
                if belongs is None and all(cell[position] is not None for position in grain.where_reads):
                    parameters = {"ledger": _title(plan.ledger, plan.ledger.ledger), "grain": grain.id}
                    self.problems.append(Problem("LED-106", parameters, plan.entry.place, path))
                if belongs is not True:
                    continue
            key = (plan.ledger.ledger, grain.id, tuple([cell[position] for position in grain.positions]))
            sums = self.totals.get(key)
            if sums is None:
                self.order[key] = len(self.totals)
                self.totals[key] = dict(deltas)
            else:
                for measure, delta in deltas.items():
                    sums[measure] = sums.get(measure, _ZERO) + delta
            names.append(grain.id)
            reached.append(self.order[key])
        return tuple(names), tuple(reached)


_ZERO = Decimal(0)


def shown(amount: Decimal) -> Decimal:
    """An amount as messages show it: the same number without zeros at the end."""
    return _EXACT.normalize(amount)


def _negated(amounts: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The amounts with the other sign, exact whatever their length."""
    return {measure: amount.copy_negate() if amount else amount for measure, amount in amounts.items()}


def _check_sums(plans: Iterable[EntryPlan], work: _Work) -> None:
    """LED-107 for every conserved measure whose movements do not sum to zero over the whole document."""
    ledgers = {plan.ledger.ledger: plan.ledger for plan in plans}
    conserved = {(plan.ledger.ledger, measure): positions for plan in plans for measure, positions in plan.conserved}
    sums: dict[tuple[str, str, tuple[Any, ...]], Decimal] = {}
    for entry in work.entries:
        for measure, delta in entry.deltas.items():
            positions = conserved.get((entry.ledger, measure))
            if positions is not None:
                key = (entry.ledger, measure, tuple(entry.cell[position] for position in positions))
                sums[key] = _EXACT.add(sums.get(key, _ZERO), delta)
    for (name, measure, _), rest in sums.items():
        if rest:
            ledger = ledgers[name]
            parameters = {
                "ledger": _title(ledger, name),
                "measure": _title(ledger.measure(measure), measure),
                "amount": rest,
            }
            work.problems.append(Problem("LED-107", parameters))


def _title(declared: Any, name: str) -> Mapping[str, str]:
    """The label of a declared thing in both languages; its id where it has none."""
    label = getattr(declared, "label", None)
    return {language: label.text(language) if label is not None else name for language in ("zh", "en")}
