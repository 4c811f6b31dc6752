"""Turns a document into movements: pure data, worked out before anything is locked or written.

    movements, problems = post(posting, ledgers, scope, cells)     # `cells`: what lies there, for draws and counts
    keys = touched([movements])                       # the balances that must be read and locked
    balances, problems = judge([movements], balances, ledgers)     # engine.ledgers.judge

This is on the path of every submit, so its inner loop is tuples and dictionaries only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Context, Decimal
from functools import partial
from typing import Any

from engine.entities.changes import CellRange, Entry, GrainKey
from engine.language.problems import Problem
from engine.ledgers.cells import Candidate, Cells, Looked
from engine.ledgers.draw import Drawn, choose
from engine.ledgers.movements import Movements, Note, Path, negated, shown, unit_in
from engine.ledgers.plan import DrawPlan, EntryPlan, GrainPlan, plan_of
from engine.ledgers.schema import Ledger, Posting

Totals = dict[tuple[str, str, tuple[Any, ...]], dict[str, Decimal]]
_EXACT = Context(prec=100)


Side = tuple[int, list[Any]]
"""The sign of the amounts on one side, and the values of its dimensions."""


def post(
    posting: Posting,
    ledgers: Mapping[str, Ledger],
    scope: Mapping[str, object],
    cells: Cells | None = None,
    before: Iterable[Movements] = (),
) -> tuple[Movements | None, tuple[Problem, ...]]:
    """The movements of a document under one posting, or every problem that keeps it from having any.

    `scope` has the document's values with references as mappings. An entry whose amounts are all zero is left out.
    `cells` is what lies there, `before` what earlier postings of the same transition move already.
    """
    plan = plan_of(posting, ledgers)
    work = Work(cells or Looked(), before, fact=posting.kind == "fact")
    for path, inner in _rows(plan.each, scope):
        if plan.when is None or plan.when(inner) is True:
            for entry in plan.entries:
                if entry.when is None or entry.when(inner) is True:
                    work.add(entry, inner, path)
    if not plan.balanced and not work.problems:
        _check_sums(plan.entries, work)
    if work.problems:
        return None, tuple(work.problems)
    return work.movements(posting.posting), ()


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


class Work:
    """What one call of `post` has gathered so far."""

    def __init__(self, cells: Cells, before: Iterable[Movements], *, fact: bool) -> None:
        self.cells = cells
        self.fact = fact
        self.drawn: list[Drawn] = []
        self.earlier: Totals = {}
        for key, deltas in (pair for each in before for pair in each.balances):
            sums = self.earlier.setdefault((key.ledger, key.grain, key.key), {})
            for measure, delta in deltas.items():
                sums[measure] = sums.get(measure, _ZERO) + delta
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
        if plan.draw is not None:
            self._draw(plan, plan.draw, values, amounts, scope, path)
            return
        sides: list[Side] = []
        for sign, own in plan.sides:
            side = values.copy()
            for position, get in own:
                side[position] = get(scope)
            sides.append((sign, side))
        if plan.counted is not None:
            amounts = self._counted(plan, plan.counted, sides[-1][1], amounts, path)
        if any(amounts.values()):
            self.write(plan, sides, amounts, scope, path)

    def write(
        self,
        plan: EntryPlan,
        sides: Sequence[Side],
        amounts: dict[str, Decimal],
        scope: Mapping[str, object],
        path: Path,
        *,
        drawn: bool = False,
    ) -> None:
        """The entries of both sides. What is `drawn` leaves the very cell it lies in, whatever applies by now."""
        line: Any = scope.get("line") if path else None
        line_id = line.get("id") if line is not None else None
        for number, (sign, side) in enumerate(sides):
            cell, seen = self._cell(plan, side, path, drawn=drawn)
            if cell is None:
                continue
            if number == 0:
                self._steps(plan, amounts, seen, path)
            deltas = amounts if sign > 0 else negated(amounts)
            names, positions = self._grains(plan, cell, seen, deltas, path)
            self.entries.append(Entry(plan.ledger.ledger, cell, deltas, line_id, names))
            self.notes.append((seen, path))
            self.grains.append(positions)

    def movements(self, posting: str) -> Movements:
        """Everything gathered."""
        balances = tuple((GrainKey(*key), sums) for key, sums in self.totals.items())
        return Movements(
            posting,
            self.fact,
            tuple(self.entries),
            balances,
            tuple(self.notes),
            tuple(self.grains),
            tuple(self.drawn),
        )

    def _draw(
        self,
        plan: EntryPlan,
        draw: DrawPlan,
        shared: list[Any],
        amounts: dict[str, Decimal],
        scope: Mapping[str, object],
        path: Path,
    ) -> None:
        """One entry for every candidate that something is taken from; what nobody states is the candidate's."""
        given: list[Any] = [None] * len(plan.names)
        for position, get in (*plan.shared, *plan.sides[0][1]):
            given[position] = get(scope)
        far = dict(plan.sides[1][1]) if len(plan.sides) > 1 else {}
        fixed = tuple(
            (plan.names[position], _stored(given[position]))
            for position in draw.positions
            if given[position] is not None
        )
        wanted = CellRange(plan.ledger.ledger, draw.grain.id, fixed)
        measure, needed = next(iter(amounts.items()))
        if needed < 0:
            parameters = {"measure": _title(plan.ledger.measure(measure), measure), "amount": shown(needed)}
            self.problems.append(Problem("LED-134", parameters, plan.entry.place, path))
            return
        found = self.cells.candidates(wanted)
        if found is None:
            return
        drawn = choose(draw, wanted, needed, found, partial(self._free, draw, measure), scope, path, fact=self.fact)
        if drawn.missing > 0:
            self.problems.append(self._short(plan, drawn, measure, {**scope, **_named(plan, given)}))
            return
        self.drawn.append(drawn)
        for portion in drawn.portions:
            own = shared.copy()
            for name in draw.grain.by:
                own[plan.names.index(name)] = portion.candidate.seen.get(name)
            other = own.copy()
            for position, get in far.items():
                other[position] = get(scope)
            sides = [(-1, own), (1, other)][: len(plan.sides)]
            self.write(plan, sides, {measure: portion.amount}, scope, path, drawn=True)

    def _free(self, draw: DrawPlan, measure: str, candidate: Candidate) -> Decimal:
        """What may still be taken of a candidate after what this document moves already."""
        return self._now(candidate.key, measure, candidate.balance.amount(measure)) - (draw.grain.min or _ZERO)

    def _now(self, key: GrainKey, measure: str, stored: Decimal) -> Decimal:
        """A balance with what this document moves already."""
        named = (key.ledger, key.grain, key.key)
        moved = (sums.get(named, {}).get(measure, _ZERO) for sums in (self.earlier, self.totals))
        return stored + sum(moved, _ZERO)

    def _counted(
        self, plan: EntryPlan, grain: GrainPlan, side: list[Any], amounts: Mapping[str, Decimal], path: Path
    ) -> dict[str, Decimal]:
        """What has to move so that the balance of a cell becomes what was counted."""
        cell, _ = self._cell(plan, side.copy(), path)
        if cell is None:
            return {}
        key = GrainKey(plan.ledger.ledger, grain.id, tuple(cell[position] for position in grain.positions))
        return {
            measure: amount - self._now(key, measure, self.cells.amount(key, measure))
            for measure, amount in amounts.items()
        }

    def _short(self, plan: EntryPlan, drawn: Drawn, measure: str, seen: Mapping[str, object]) -> Problem:
        """LED-130: what is missing, and how much lies there that may not be taken, by reason."""
        declared = plan.ledger.measure(measure)
        named = [(plan.ledger.dimension(name), value) for name, value in drawn.wanted.fixed]
        titles = [self.cells.title(each.ref, str(value)) for each, value in named if each is not None and each.ref]
        reasons = [
            (self.cells.words(part), f"{shown(amount):f}")
            for part, amount in sorted(drawn.kept_back.items(), key=lambda pair: -pair[1])
        ]
        told = {
            language: semicolon.join(f"{words.get(language, '')}: {amount}" for words, amount in reasons)
            for language, semicolon in (("zh", "；"), ("en", "; "))
        }
        draw = drawn.plan.draw
        parameters = {
            "what": {language: comma.join(titles) for language, comma in (("zh", "、"), ("en", ", "))},
            "needed": shown(drawn.needed),
            "available": shown(drawn.needed - drawn.missing),
            "missing": shown(drawn.missing),
            "unit": unit_in((declared.unit or declared.currency or "") if declared is not None else "", seen),
            "draw": _title(draw, draw.id),
            "kept_back": told,
        }
        code = "LED-131" if self.fact else "LED-135" if drawn.passed else "LED-130"
        return Problem(code, parameters, draw.place, drawn.path)

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
        return amounts if moves or plan.counted is not None else {}

    def _cell(
        self, plan: EntryPlan, values: list[Any], path: Path, *, drawn: bool = False
    ) -> tuple[tuple[Any, ...] | None, Mapping[str, object]]:
        """The cell as it is kept, and as formulas see it; no cell when a dimension that applies is missing."""
        seen = dict(zip(plan.names, values, strict=True))
        unset = []
        for position, applies in () if drawn else plan.conditions:
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


def _check_sums(plans: Iterable[EntryPlan], work: Work) -> None:
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


def _stored(value: Any) -> Any:
    """A dimension's value as it is kept: a record by its id."""
    return value["id"] if isinstance(value, Mapping) else value


def _named(plan: EntryPlan, values: Sequence[Any]) -> Mapping[str, object]:
    """Dimension values by their names."""
    return dict(zip(plan.names, values, strict=True))


def _title(declared: Any, name: str) -> Mapping[str, str]:
    """The label of a declared thing in both languages; its id where it has none."""
    label = getattr(declared, "label", None)
    return {language: label.text(language) if label is not None else name for language in ("zh", "en")}
