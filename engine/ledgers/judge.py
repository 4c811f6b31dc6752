"""Judges the movements of a whole document against the limits of every balance they touch, each balance once.

Lines are never judged one by one: the sum of the document is what counts, on every declared grain. A `fact` has already
happened and is never refused; it may leave a balance beyond its limit, and a later decision may not make that worse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from engine.entities.changes import Balance, GrainKey
from engine.language.problems import Problem
from engine.ledgers.post import Movements, Note, shown
from engine.ledgers.schema import Grain, Ledger

TitleOf = Callable[[str, str], str]
"""(entity, id) → the title people know the record by."""

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
    """A broken limit in words: what and where by title, how much was wanted, how much there is, in which unit."""
    measure = ledger.measure(ledger.limited(grain))
    note = _first_note(key, movements)
    written = (measure.unit or measure.currency or "") if measure is not None else ""
    parameters = {
        **amounts,
        "what": {language: _what(key, ledger, grain, title_of, language) for language in ("zh", "en")},
        "unit": _unit(written, note),
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


def _unit(written: str, note: Note | None) -> str:
    """The unit of a measure: a code as it is, a path as it leads through the cell."""
    if "." not in written:
        return written
    value: object = note[0] if note is not None else None
    for name in written.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    found = value.get("id") if isinstance(value, Mapping) else value
    return str(found) if found is not None else ""


def _label(ledger: Ledger, name: str) -> Mapping[str, str]:
    """The label of a ledger in both languages."""
    label = ledger.label
    return {language: label.text(language) if label is not None else name for language in ("zh", "en")}
