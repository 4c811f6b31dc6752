"""Judges the movements of a whole document against the limits of every balance they touch, each balance once.

Lines are never judged one by one: the sum of the document is what counts, on every declared grain. A `fact` has already
happened and is never refused; it may leave a balance beyond its limit, and a later decision may not make that worse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from engine.entities.changes import Balance, CellRange, Entry, GrainKey
from engine.language.problems import Problem
from engine.ledgers.cells import Cells, TitleOf
from engine.ledgers.movements import Movements, Note, shown, unit_in
from engine.ledgers.schema import Grain, Ledger

_EMPTY = Balance()
_ZERO = Decimal(0)


def judge(
    movements: Sequence[Movements],
    balances: Mapping[GrainKey, Balance],
    ledgers: Mapping[str, Ledger],
    title_of: TitleOf = lambda _entity, identity: identity,
) -> tuple[Mapping[GrainKey, Balance], tuple[Problem, ...]]:
    """The balances after all movements of one document, and a problem for every limit that a decision would break.

    A balance that is not given counts as empty. When there are problems nothing may be written: the balances answered
    are then the ones before.
    """
    after: dict[GrainKey, dict[str, Decimal]] = {}
    decided: dict[GrainKey, dict[str, Decimal]] = {}
    for each in movements:
        for key, deltas in each.balances:
            amounts = after.get(key)
            if amounts is None:
                amounts = after[key] = dict(balances.get(key, _EMPTY).amounts)
            for measure, delta in deltas.items():
                amounts[measure] = amounts.get(measure, _ZERO) + delta
            if not each.fact:
                sums = decided.setdefault(key, {})
                for measure, delta in deltas.items():
                    sums[measure] = sums.get(measure, _ZERO) + delta
    problems = _broken(after, decided, movements, ledgers, title_of)
    if problems:
        return {key: balances.get(key, _EMPTY) for key in after}, tuple(problems)
    return {key: Balance(amounts) for key, amounts in after.items()}, ()


Counted = Mapping[GrainKey, CellRange]
"""The counted balances that movements lower, each with the range of kept balances it is counted from."""


def counted(movements: Sequence[Movements], ledgers: Mapping[str, Ledger]) -> Counted:
    """The counted grains with a limit that decisions touch: what must be read and locked to judge them."""
    found: dict[GrainKey, CellRange] = {}
    for each in movements:
        for entry in () if each.fact else each.entries:
            ledger = ledgers[entry.ledger]
            for grain in ledger.counted:
                if grain.min is not None and grain.of in entry.grains:
                    key = _count_key(ledger, grain, entry)
                    found[key] = CellRange(ledger.ledger, str(grain.of), tuple(zip(grain.by, key.key, strict=True)))
    return found


def judge_counted(
    movements: Sequence[Movements],
    ledgers: Mapping[str, Ledger],
    cells: Cells,
    scope: Mapping[str, object],
) -> tuple[Problem, ...]:
    """A problem for every counted grain that decisions bring below its limit. `scope` has today, now and settings."""
    problems = []
    for key, wanted in counted(movements, ledgers).items():
        ledger = ledgers[key.ledger]
        grain = ledger.grain(key.grain)
        assert grain is not None
        assert grain.min is not None
        there = [_counts(ledger, grain, each.seen, each.balance.amounts, scope) for each in cells.candidates(wanted)]
        before = sum(there, _ZERO)
        decided, moved = (_moved(movements, ledger, grain, key, scope, facts=facts) for facts in (False, True))
        if decided < 0 and before + moved < grain.min:
            parameters = {"needed": shown(-decided), "available": shown(before + moved - decided - grain.min)}
            note = _first_into(ledger, grain, key, movements)
            problems.append(_limit("LED-101", key, ledger, grain, parameters, note, cells.title))
    return tuple(problems)


def _count_key(ledger: Ledger, grain: Grain, entry: Entry) -> GrainKey:
    """The counted balance that an entry belongs to."""
    values = {each.id: value for each, value in zip(ledger.dimensions, entry.cell, strict=True)}
    return GrainKey(ledger.ledger, grain.id, tuple(values[name] for name in grain.by))


def _counts(
    ledger: Ledger,
    grain: Grain,
    seen: Mapping[str, object],
    amounts: Mapping[str, Decimal],
    scope: Mapping[str, object],
) -> Decimal:
    """What amounts in one cell count for: those of the measure where the condition holds, without what is taken off."""
    holds = grain.where is None or grain.where.expression.evaluate({**scope, **seen}) is True
    amount = amounts.get(ledger.limited(grain), _ZERO) if holds else _ZERO
    return amount - (amounts.get(grain.less, _ZERO) if grain.less is not None else _ZERO)


def _moved(
    movements: Sequence[Movements],
    ledger: Ledger,
    grain: Grain,
    key: GrainKey,
    scope: Mapping[str, object],
    *,
    facts: bool,
) -> Decimal:
    """What a counted balance changes by: through decisions alone, or with the facts beside them."""
    return sum(
        (
            _counts(ledger, grain, note[0], entry.deltas, scope)
            for each in movements
            if facts or not each.fact
            for entry, note in zip(each.entries, each.notes, strict=True)
            if entry.ledger == ledger.ledger and grain.of in entry.grains and _count_key(ledger, grain, entry) == key
        ),
        _ZERO,
    )


def _first_into(ledger: Ledger, grain: Grain, key: GrainKey, movements: Sequence[Movements]) -> Note | None:
    """The first entry that belongs to a counted balance."""
    return next(
        (
            note
            for each in movements
            for entry, note in zip(each.entries, each.notes, strict=True)
            if entry.ledger == ledger.ledger and grain.of in entry.grains and _count_key(ledger, grain, entry) == key
        ),
        None,
    )


def _broken(
    after: Mapping[GrainKey, Mapping[str, Decimal]],
    decided: Mapping[GrainKey, Mapping[str, Decimal]],
    movements: Sequence[Movements],
    ledgers: Mapping[str, Ledger],
    title_of: TitleOf,
) -> list[Problem]:
    """A problem for every grain whose limit is broken in the direction that the decisions moved it."""
    problems = []
    for key, deltas in decided.items():
        ledger = ledgers[key.ledger]
        grain = ledger.grain(key.grain)
        if grain is None or (grain.min is None and grain.max is None):
            continue
        measure = ledger.limited(grain)
        moved, left = deltas.get(measure, _ZERO), after[key].get(measure, _ZERO)
        if grain.min is not None and moved < 0 and left < grain.min:
            parameters = {"needed": shown(-moved), "available": shown(left - moved - grain.min)}
            problems.append(_problem("LED-101", key, ledger, grain, parameters, movements, title_of))
        elif grain.max is not None and moved > 0 and left > grain.max:
            parameters = {"needed": shown(moved), "available": shown(grain.max - left + moved)}
            problems.append(_problem("LED-102", key, ledger, grain, parameters, movements, title_of))
    return problems


def _problem(
    code: str,
    key: GrainKey,
    ledger: Ledger,
    grain: Grain,
    amounts: Mapping[str, Decimal],
    movements: Sequence[Movements],
    title_of: TitleOf,
) -> Problem:
    """A broken limit of a kept balance."""
    return _limit(code, key, ledger, grain, amounts, _first_note(key, movements), title_of)


def _limit(
    code: str,
    key: GrainKey,
    ledger: Ledger,
    grain: Grain,
    amounts: Mapping[str, Decimal],
    note: Note | None,
    title_of: TitleOf,
) -> Problem:
    """A broken limit in words: what and where by title, how much was wanted, how much there is, in which unit."""
    measure = ledger.measure(ledger.limited(grain))
    written = (measure.unit or measure.currency or "") if measure is not None else ""
    parameters = {
        **amounts,
        "what": {language: _what(key, ledger, grain, title_of, language) for language in ("zh", "en")},
        "unit": unit_in(written, note[0] if note is not None else {}),
        "ledger": _label(ledger, ledger.ledger),
        "grain": grain.id,
    }
    return Problem(code, parameters, grain.place, note[1] if note is not None else ())


def _what(key: GrainKey, ledger: Ledger, grain: Grain, title_of: TitleOf, language: str) -> str:
    """The titles of the dimensions of a balance, such as "flour, main store"."""
    words = []
    for name, value in zip(grain.by, key.key, strict=True):
        dimension = ledger.dimension(name)
        if value is None or dimension is None:
            continue
        if dimension.ref is not None:
            words.append(title_of(dimension.ref, str(value)))
        else:
            choices = (choice for choice in dimension.choices or () if not isinstance(choice, str))
            label = next((choice.label for choice in choices if choice.id == value), None)
            words.append(label.text(language) if label is not None else str(value))
    return ("、" if language == "zh" else ", ").join(words)


def _first_note(key: GrainKey, movements: Sequence[Movements]) -> Note | None:
    """The first entry that went into a balance."""
    for each in movements:
        wanted = next((position for position, (found, _) in enumerate(each.balances) if found == key), None)
        for note, reached in zip(each.notes, each.grains, strict=False):
            if wanted in reached:
                return note
    return None


def _label(ledger: Ledger, name: str) -> Mapping[str, str]:
    """The label of a ledger in both languages."""
    label = ledger.label
    return {language: label.text(language) if label is not None else name for language in ("zh", "en")}
