"""Reads the formulas of ledgers and postings at load, and finds what can never work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from engine.language.filling import expected_of
from engine.language.formula import Formula
from engine.language.problems import Place, Problem
from engine.language.scope import ROW_NAME, Scope, suggestion
from engine.language.types import (
    ChoiceType,
    DateType,
    DecimalType,
    Expected,
    FlagType,
    InstantType,
    MoneyType,
    QuantityType,
    ReferenceType,
    RowsType,
    TextType,
    Type,
)
from engine.ledgers.schema import Dimension, DimensionChoice, Draw, Grain, Ledger, Measure, Posting, PostingEntry

COUNTED = ("there", "held")
"""Names of a counted balance beside its measure: what lies there and counts, and what is taken off."""


MOVED: Mapping[str, Type] = {
    "document": TextType(),
    "posting": TextType(),
    "transition": TextType(),
    "effective": DateType(),
    "recorded": InstantType(),
}
"""What is known of a movement beside its cell and amounts; a dimension of the same name comes first."""


def dimension_type(dimension: Dimension) -> Type:
    """What a dimension is in a formula."""
    if dimension.ref is not None:
        return ReferenceType(dimension.ref)
    if dimension.choices is not None:
        return choice_type(dimension)
    return DateType() if dimension.kind == "date" else TextType()


def choice_type(dimension: Dimension) -> ChoiceType:
    """The closed list of a dimension, with what people read for each value."""
    titles = {
        choice.id: choice.label.as_mapping()
        for choice in dimension.choices or ()
        if isinstance(choice, DimensionChoice) and choice.label is not None
    }
    return ChoiceType(dimension.choice_ids, titles)


def measure_type(measure: Measure) -> Type:
    """What a measure is in a formula over the dimensions of its ledger."""
    if measure.unit is not None:
        return QuantityType(measure.unit)
    return MoneyType(measure.currency) if measure.currency is not None else DecimalType()


def cell_types(ledger: Ledger) -> Mapping[str, Type]:
    """The names of a cell: every dimension of the ledger."""
    return {dimension.id: dimension_type(dimension) for dimension in ledger.dimensions}


def balance_types(ledger: Ledger, grain: Grain | None = None) -> Mapping[str, Type]:
    """The names of a balance, for reports: the dimensions of a grain (all without one) and the measures."""
    types = cell_types(ledger)
    kept = {name: types[name] for name in grain.by if name in types} if grain is not None else dict(types)
    if grain is not None and grain.of is not None:
        measure = next((each for each in ledger.measures if each.id == ledger.limited(grain)), ledger.measures[0])
        return {**kept, **dict.fromkeys((measure.id, *COUNTED), measure_type(measure))}
    if grain is None:
        kept = {**MOVED, **kept}
    return {**kept, **{measure.id: measure_type(measure) for measure in ledger.measures}}


def bind_ledger(ledger: Ledger, scope: Scope) -> Iterator[Problem]:
    """Read the formulas of a ledger; `scope` has `settings` and the like, which only draws and counted grains see.

    What falls into a kept balance must not change with the clock or with who asks, or the balance would no longer be
    the sum of its movements: such a condition looks at dimensions only.
    """
    cell = Scope(cell_types(ledger), scope.entities, scope.functions)
    for dimension in ledger.dimensions:
        yield from _dimension(ledger, dimension, cell)
    for measure in ledger.measures:
        yield from _known(ledger, measure.conserve, measure.place)
        if measure.unit is not None and measure.currency is not None:
            yield Problem("LED-122", {"ledger": ledger.ledger, "measure": measure.id}, measure.place)
        if measure.step is not None:
            yield from measure.step.bind(cell, (measure_type(measure), DecimalType))
    asked = scope.with_names(cell_types(ledger))
    for grain in ledger.grains:
        yield from _grain(ledger, grain, cell if grain.of is None else asked)
    for draw in ledger.draws:
        yield from _draw(ledger, draw, asked)


def _grain(ledger: Ledger, grain: Grain, scope: Scope) -> Iterator[Problem]:
    """One grain: its dimensions and measures, its condition; a counted one stands on a kept one that is finer."""
    yield from _known(ledger, grain.by, grain.place)
    if grain.measure is not None and ledger.measure(grain.measure) is None:
        yield _unknown("LED-112", ledger, grain.measure, [measure.id for measure in ledger.measures], grain.place)
    if grain.where is not None:
        found = grain.where.bind(scope, FlagType)
        yield from found or (() if grain.of is not None else _timeless(grain.where, ledger, grain.id))
    if grain.of is None:
        if grain.less is not None:
            yield Problem("LED-136", {"ledger": ledger.ledger, "grain": grain.id}, grain.place)
        return
    finer = ledger.grain(grain.of)
    if finer is None or finer.of is not None:
        known = [each.id for each in ledger.kept]
        yield _near("LED-137", {"ledger": ledger.ledger}, grain.of, known, grain.place)
    elif lost := [name for name in grain.by if name not in finer.by]:
        yield Problem("LED-138", {"grain": grain.id, "of": finer.id, "name": lost[0]}, grain.place)


def _draw(ledger: Ledger, draw: Draw, scope: Scope) -> Iterator[Problem]:
    """One draw: its grain tells every cell apart; its condition and its order look at the candidate."""
    grain = ledger.grain(draw.grain)
    if grain is None or grain.of is not None:
        yield _near("LED-137", {"ledger": ledger.ledger}, draw.grain, [each.id for each in ledger.kept], draw.place)
    elif lost := [each.id for each in ledger.dimensions if each.id not in grain.by]:
        yield Problem("LED-138", {"grain": draw.id, "of": grain.id, "name": lost[0]}, draw.place)
    if draw.where is not None:
        yield from draw.where.bind(scope, FlagType)
    for key in draw.order:
        yield from Formula(key.lstrip("-"), draw.place).bind(scope)


def _dimension(ledger: Ledger, dimension: Dimension, cell: Scope) -> Iterator[Problem]:
    """One dimension: exactly one type, a default among its choices, a condition on the others."""
    given = [key for key in (dimension.ref, dimension.choices, dimension.kind) if key is not None]
    if len(given) != 1:
        yield Problem("LED-121", {"ledger": ledger.ledger, "dimension": dimension.id}, dimension.place)
    if dimension.default is not None and dimension.default not in dimension.choice_ids:
        yield _unknown("LED-114", ledger, dimension.default, dimension.choice_ids, dimension.place)
    if dimension.when is not None:
        yield from dimension.when.bind(cell, FlagType) or _timeless(dimension.when, ledger, dimension.id)


def _timeless(formula: Formula, ledger: Ledger, name: str) -> tuple[Problem, ...]:
    """LED-123 when a condition of a ledger looks at the clock."""
    clocks = [path[0] for path in formula.expression.paths if path[0] in ("today", "now")]
    return (Problem("LED-123", {"ledger": ledger.ledger, "name": name}, formula.place),) if clocks else ()


def bind_posting(posting: Posting, ledgers: Mapping[str, Ledger], scope: Scope) -> Iterator[Problem]:
    """Read the formulas of a posting; `scope` has the names of its entity."""
    ways = (bool(posting.entries), posting.reverses is not None, posting.moves_on is not None)
    if ways.count(True) != 1 or bool(posting.to) != (posting.moves_on is not None):
        yield Problem("LED-141", {"posting": posting.posting}, posting.place)
    if posting.each is not None:
        lines = scope.names.get(posting.each)
        if not isinstance(lines, RowsType):
            known = [name for name, type_ in scope.names.items() if isinstance(type_, RowsType)]
            yield _near("LED-115", {"posting": posting.posting}, posting.each, known, posting.place)
            return
        scope = scope.with_names({ROW_NAME: lines.record})
    if posting.when is not None:
        yield from posting.when.bind(scope, FlagType)
    for name, formula in posting.to.items():
        found = next((each for ledger in ledgers.values() if (each := ledger.dimension(name)) is not None), None)
        if found is not None:  # what is no dimension is told by the cross checks
            yield from formula.bind(scope, dimension_type(found))
    for entry in posting.entries:
        ledger = ledgers.get(entry.ledger)
        if ledger is None:
            yield _near("LED-111", {"posting": posting.posting}, entry.ledger, ledgers, entry.place)
        else:
            yield from _entry(entry, ledger, scope)


def _entry(entry: PostingEntry, ledger: Ledger, scope: Scope) -> Iterator[Problem]:
    """One entry: its condition, the dimensions of its sides, its measures."""
    if entry.when is not None:
        yield from entry.when.bind(scope, FlagType)
    if not entry.sides:
        yield Problem("LED-124", {"entry": entry.id, "ledger": ledger.ledger}, entry.place)
    for cell in (entry.at, entry.source or {}, entry.target or {}):
        yield from _cell(entry, cell, ledger, scope)
    yield from _chosen(entry, ledger)
    for name, formula in entry.amounts.items():
        measure = ledger.measure(name)
        if measure is None:
            known = [measure.id for measure in ledger.measures]
            yield _unknown("LED-112", ledger, name, known, formula.place or entry.place)
        else:
            yield from formula.bind(scope, expected_amount(measure, entry, ledger))
            yield from _conserved(measure, entry, ledger)


def _chosen(entry: PostingEntry, ledger: Ledger) -> Iterator[Problem]:
    """Amounts are stated in one way; a draw takes one measure from one side; a count has a cell of its own."""
    if bool(entry.measures) == bool(entry.becomes):
        yield Problem("LED-132", {"entry": entry.id}, entry.place)
    if entry.draw is not None:
        if ledger.draw(entry.draw) is None:
            known = [draw.id for draw in ledger.draws]
            yield _near("LED-133", {"ledger": ledger.ledger}, entry.draw, known, entry.place)
        if entry.source is None or entry.becomes or len(entry.measures) != 1:
            yield Problem("LED-139", {"entry": entry.id}, entry.place)
    whole = any(set(grain.by) == {each.id for each in ledger.dimensions} for grain in ledger.kept)
    if entry.becomes and (entry.target is None or not whole):
        yield Problem("LED-140", {"entry": entry.id, "ledger": ledger.ledger}, entry.place)


def _cell(entry: PostingEntry, cell: Mapping[str, Formula], ledger: Ledger, scope: Scope) -> Iterator[Problem]:
    """The dimensions of one side. A plain word that is one of the choices of the dimension stands for itself."""
    for name, formula in cell.items():
        dimension = ledger.dimension(name)
        if dimension is None:
            known = [dimension.id for dimension in ledger.dimensions]
            yield _unknown("LED-113", ledger, name, known, formula.place or entry.place)
        elif formula.text in dimension.choice_ids:
            formula.bind_word(choice_type(dimension))
        else:
            yield from formula.bind(scope, dimension_type(dimension))


def expected_amount(measure: Measure, entry: PostingEntry, ledger: Ledger) -> Expected:
    """The type an amount must have: its unit is read through the formula that gives the dimension.

    With `unit: item.unit` and `item: line.item` the amount must be in `line.item.unit`.
    """
    root = (measure.unit or measure.currency or "").partition(".")[0]
    side = next((side for _, side in entry.sides if root in side), {})
    return expected_of(measure_type(measure), side, cell_types(ledger))


def _conserved(measure: Measure, entry: PostingEntry, ledger: Ledger) -> Iterator[Problem]:
    """LED-125 when the two sides of an entry name a conserved dimension differently."""
    if entry.source is not None and entry.target is not None:
        for name in measure.conserve:
            texts = {side[name].text if name in side else None for _, side in entry.sides}
            if len(texts) > 1:
                parameters = {"ledger": ledger.ledger, "measure": measure.id, "dimension": name, "entry": entry.id}
                yield Problem("LED-125", parameters, entry.place)


def _known(ledger: Ledger, names: Iterable[str], place: Place | None) -> Iterator[Problem]:
    """LED-113 for every name that is no dimension of the ledger."""
    known = [dimension.id for dimension in ledger.dimensions]
    return (_unknown("LED-113", ledger, name, known, place) for name in names if name not in known)


def _unknown(code: str, ledger: Ledger, name: str, known: Iterable[str], place: Place | None) -> Problem:
    """A name that a ledger does not know."""
    return _near(code, {"ledger": ledger.ledger}, name, known, place)


def _near(code: str, parameters: Mapping[str, object], name: str, known: Iterable[str], place: Place | None) -> Problem:
    """A problem about an unknown name, with the names there are and the nearest of them."""
    allowed = tuple(known)
    found = {**parameters, "name": name, "allowed": allowed, "meant": suggestion(name, allowed)}
    return Problem(code, found, place)
