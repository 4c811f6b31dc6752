"""A posting prepared for speed: everything that does not depend on the document is worked out once per package."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine.language.formula import Expression, Formula
from engine.language.generate import generate
from engine.language.tree import And, Node, Path, walk
from engine.ledgers.schema import Dimension, Draw, Grain, Ledger, Posting, PostingEntry

Evaluate = Callable[[Mapping[str, object]], object]
"""A bound formula: scope → value."""


@dataclass(frozen=True, slots=True)
class Amount:
    """One measure of an entry: its amount over the document, its step over the cell."""

    measure: str
    value: Evaluate
    step: Evaluate | None


@dataclass(frozen=True, slots=True)
class GrainPlan:
    """A grain: where the dimensions of its key stand in a cell, and its condition over the cell."""

    id: str
    positions: tuple[int, ...]
    where: Evaluate | None
    where_reads: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DrawPlan:
    """A draw: its grain, where the dimensions of the grain stand in a cell, the parts of its condition, its order.

    A part comes with its tree, to be put into words; an order key with "descending".
    """

    draw: Draw
    grain: Grain
    positions: tuple[int, ...]
    conditions: tuple[tuple[Evaluate, Node], ...]
    order: tuple[tuple[Evaluate, bool], ...]


@dataclass(frozen=True, slots=True)
class EntryPlan:
    """One entry of a posting. `shared` gives dimensions of both sides, `sides` (sign, dimensions) of each.

    Positions count the dimensions of the ledger in the order declared; `start` is a cell of defaults.
    """

    entry: PostingEntry
    ledger: Ledger
    names: tuple[str, ...]
    when: Evaluate | None
    start: tuple[object, ...]
    shared: tuple[tuple[int, Evaluate], ...]
    sides: tuple[tuple[int, tuple[tuple[int, Evaluate], ...]], ...]
    conditions: tuple[tuple[int, Evaluate], ...]
    references: tuple[int, ...]
    required: tuple[int, ...]
    amounts: tuple[Amount, ...]
    grains: tuple[GrainPlan, ...]
    conserved: tuple[tuple[str, tuple[int, ...]], ...]
    draw: DrawPlan | None
    counted: GrainPlan | None
    """The grain whose balance `becomes` something."""


@dataclass(frozen=True, slots=True)
class PostingPlan:
    """All entries of a posting, and its conditions."""

    when: Evaluate | None
    each: str | None
    entries: tuple[EntryPlan, ...]
    balanced: bool
    """Whether every entry has both sides with the same conserved dimensions, so that sums need not be checked."""


def plan_of(posting: Posting, ledgers: Mapping[str, Ledger]) -> PostingPlan:
    """The plan of a bound posting; made at the first use and kept with the posting."""
    plan = posting._plan  # the slot that the model keeps for this module
    if not isinstance(plan, PostingPlan):
        plan = _plan(posting, ledgers)
        posting._plan = plan
    return plan


def _plan(posting: Posting, ledgers: Mapping[str, Ledger]) -> PostingPlan:
    entries = tuple(_entry(entry, ledgers[entry.ledger], posting.entity) for entry in posting.entries)
    balanced = all(len(plan.sides) == 2 or not plan.conserved for plan in entries)
    return PostingPlan(_bound(posting.when), posting.each, entries, balanced)


def _entry(entry: PostingEntry, ledger: Ledger, entity: str) -> EntryPlan:
    names = tuple(dimension.id for dimension in ledger.dimensions)
    where = {name: position for position, name in enumerate(names)}
    dimensions = tuple(enumerate(ledger.dimensions))
    moved = {name: ledger.measure(name) for name in entry.amounts}
    return EntryPlan(
        entry,
        ledger,
        names,
        _bound(entry.when),
        tuple(dimension.default for dimension in ledger.dimensions),
        _getters(entry.at, ledger, where, entity),
        tuple(
            (sign, _getters(own, ledger, where, entity))
            for sign, own in ((-1, entry.source), (1, entry.target))
            if own is not None
        ),
        tuple((position, _evaluate(each.when)) for position, each in dimensions if each.when is not None),
        tuple(position for position, each in dimensions if each.ref is not None),
        tuple(position for position, each in dimensions if not each.optional),
        tuple(
            Amount(name, _evaluate(formula), _bound(measure.step) if (measure := moved[name]) is not None else None)
            for name, formula in entry.amounts.items()
        ),
        tuple(_grain(grain, where) for grain in ledger.kept),
        tuple(
            (measure.id, tuple(where[name] for name in measure.conserve))
            for measure in moved.values()
            if measure is not None and measure.conserve
        ),
        _draw(ledger.draw(entry.draw), ledger, where),
        _counted(entry, ledger, where),
    )


def _draw(draw: Draw | None, ledger: Ledger, where: Mapping[str, int]) -> DrawPlan | None:
    if draw is None:
        return None
    grain = ledger.grain(draw.grain)
    assert grain is not None  # checked when the package was loaded
    parts = conjuncts(draw.where.expression.tree) if draw.where is not None else ()
    return DrawPlan(
        draw,
        grain,
        tuple(where[name] for name in grain.by),
        tuple((generate(part), part) for part in parts),
        tuple((partial(_value_at, tuple(key.lstrip("-").split("."))), key.startswith("-")) for key in draw.order),
    )


def conjuncts(node: Node) -> tuple[Node, ...]:
    """The conditions that all have to hold for a formula to hold."""
    if isinstance(node, And):
        return tuple(part for operand in node.operands for part in conjuncts(operand))
    return (node,)


def _counted(entry: PostingEntry, ledger: Ledger, where: Mapping[str, int]) -> GrainPlan | None:
    """The first kept grain that tells all cells apart: a count names one cell."""
    whole = next((grain for grain in ledger.kept if set(grain.by) == set(where)), None)
    return _grain(whole, where) if entry.becomes and whole is not None else None


def _grain(grain: Grain, where: Mapping[str, int]) -> GrainPlan:
    reads = {where[path[0]] for path in grain.where.expression.paths if path[0] in where} if grain.where else set()
    return GrainPlan(grain.id, tuple(where[name] for name in grain.by), _bound(grain.where), tuple(sorted(reads)))


def _getters(
    cell: Mapping[str, Formula], ledger: Ledger, where: Mapping[str, int], entity: str
) -> tuple[tuple[int, Evaluate], ...]:
    """How to get the dimensions that an entry states."""
    stated = ((ledger.dimension(name), formula) for name, formula in cell.items())
    return tuple((where[each.id], getter_of(each, formula, entity)) for each, formula in stated if each is not None)


def getter_of(dimension: Dimension, formula: Formula, entity: str) -> Evaluate:
    """What gives a dimension its value: a formula, or the document itself."""
    if dimension.is_document(formula, entity):
        return partial(_follow, ())
    return _record(formula.expression) if dimension.ref is not None else _evaluate(formula)


def _record(expression: Expression) -> Evaluate:
    """A formula that gives a reference, with the whole record as the scope holds it, so that conditions can look at it.

    Evaluating gives only the id; the record is found through the paths in the formula, one of which it came from.
    """
    paths = [each.names for each in walk(expression.tree) if isinstance(each, Path) and each.row == 0]
    if isinstance(expression.tree, Path):
        return partial(_follow, paths[0])
    evaluate = generate(expression.tree)

    def found(scope: Mapping[str, object]) -> object:
        identity = evaluate(scope)
        records = (_follow(path, scope) for path in paths)
        same = (record for record in records if isinstance(record, Mapping) and record.get("id") == identity)
        return next(same, identity)

    return found


def _value_at(path: tuple[str, ...], scope: Mapping[str, object]) -> object:
    """The value at a path, a record as its id."""
    found = _follow(path, scope)
    return found.get("id") if isinstance(found, dict) or isinstance(found, Mapping) else found  # noqa: SIM101


def _follow(path: tuple[str, ...], scope: Mapping[str, object]) -> object:
    """The value at a path."""
    found: Any = scope
    for name in path:
        found = found.get(name) if isinstance(found, dict) or isinstance(found, Mapping) else None  # noqa: SIM101
    return found


def _evaluate(formula: Formula) -> Evaluate:
    """The generated function itself; an expression would hand out the one that compiles at the first call."""
    return generate(formula.expression.tree)


def _bound(formula: Formula | None) -> Evaluate | None:
    return None if formula is None else _evaluate(formula)
