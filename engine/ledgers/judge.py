"""Judges the movements of a whole document against the limits of every balance they touch, each balance once.

Lines are never judged one by one: the sum of the document is what counts, on every declared grain. A `fact` has already
happened and is never refused; it may leave a balance beyond its limit, and a later decision may not make that worse.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Count:
    """A counted balance: its grain, the range it is counted from, the kept balance that is taken off."""

    ledger: Ledger
    grain: Grain
    key: GrainKey
    range: CellRange
    less: GrainKey | None


def counted(movements: Sequence[Movements], ledgers: Mapping[str, Ledger]) -> tuple[Count, ...]:
    """The counted balances that decisions can bring below their limit: what must be read and locked to judge them."""
    limited = [(ledger, grain) for ledger in ledgers.values() for grain in ledger.counted if grain.min is not None]
    found: dict[GrainKey, Count] = {}
    for each in movements:
        for entry in () if each.fact else each.entries:
            for ledger, grain in limited:
                if _lowers(ledger, grain, entry, ledgers):
                    count = _count(ledger, grain, _values(ledgers[entry.ledger], entry), ledgers)
                    found.setdefault(count.key, count)
    return tuple(found.values())


def judge_counted(
    movements: Sequence[Movements],
    ledgers: Mapping[str, Ledger],
    cells: Cells,
    scope: Mapping[str, object],
) -> tuple[Problem, ...]:
    """A problem for every counted balance that decisions bring below its limit. `scope` has today, now and settings."""
    problems = []
    for count in counted(movements, ledgers):
        assert count.grain.min is not None
        measure = count.ledger.limited(count.grain)
        lying = cells.candidates(count.range) or ()
        there = [_counts(count, each.seen, each.balance.amount(measure), scope) for each in lying]
        off = _ZERO if count.less is None else cells.amount(count.less, _limited(ledgers, count.less))
        left = sum(there, _ZERO) - off + _moved(movements, ledgers, count, scope, facts=True)
        decided = _moved(movements, ledgers, count, scope, facts=False)
        if decided < 0 and left < count.grain.min:
            parameters = {"needed": shown(-decided), "available": shown(left - decided - count.grain.min)}
            note = next(_notes(movements, ledgers, count), None)
            problems.append(_limit("LED-101", count.key, count.ledger, count.grain, parameters, note, cells.title))
    return tuple(problems)


def _concerns(ledger: Ledger, grain: Grain, entry: Entry) -> bool:
    """Whether an entry changes what a counted grain is counted from, or what is taken off."""
    own = entry.ledger == ledger.ledger and grain.of in entry.grains
    return own or grain.less in [f"{entry.ledger}.{name}" for name in entry.grains]


def _lowers(ledger: Ledger, grain: Grain, entry: Entry, ledgers: Mapping[str, Ledger]) -> bool:
    """Whether an entry can make a counted grain smaller: less of what it is counted from, or more that is taken off."""
    if not _concerns(ledger, grain, entry):
        return False
    own = entry.ledger == ledger.ledger and grain.of in entry.grains
    if own and entry.deltas.get(ledger.limited(grain), _ZERO) < 0:
        return True
    name, _, taken_off = (grain.less or "").partition(".")
    off = entry.ledger == name and taken_off in entry.grains
    return off and entry.deltas.get(_limited(ledgers, GrainKey(name, taken_off, ())), _ZERO) > 0


def _values(ledger: Ledger, entry: Entry) -> Mapping[str, Any]:
    """The dimensions of an entry's cell by name."""
    return {each.id: value for each, value in zip(ledger.dimensions, entry.cell, strict=True)}


def _count(ledger: Ledger, grain: Grain, values: Mapping[str, Any], ledgers: Mapping[str, Ledger]) -> Count:
    """The counted balance that a cell belongs to."""
    key = GrainKey(ledger.ledger, grain.id, tuple(values[name] for name in grain.by))
    fixed = tuple((name, values[name]) for name in grain.by)
    less: GrainKey | None = None
    if grain.less is not None:
        name, _, taken_off = grain.less.partition(".")
        other = ledgers[name].grain(taken_off)
        assert other is not None  # checked when the package was loaded
        less = GrainKey(name, taken_off, tuple(values[each] for each in other.by))
    return Count(ledger, grain, key, CellRange(ledger.ledger, str(grain.of), fixed), less)


def _limited(ledgers: Mapping[str, Ledger], key: GrainKey) -> str:
    """The measure that a kept balance is about."""
    grain = ledgers[key.ledger].grain(key.grain)
    assert grain is not None
    return ledgers[key.ledger].limited(grain)


def _counts(count: Count, seen: Mapping[str, object], amount: Decimal, scope: Mapping[str, object]) -> Decimal:
    """What an amount in one cell counts for: all of it where the condition holds."""
    where = count.grain.where
    return amount if where is None or where.expression.evaluate({**scope, **seen}) is True else _ZERO


def _entries(
    movements: Sequence[Movements], ledgers: Mapping[str, Ledger], count: Count, *, facts: bool = True
) -> Iterator[tuple[Entry, Note]]:
    """The entries that a counted balance is concerned by."""
    for each in movements:
        if each.fact and not facts:
            continue
        for entry, note in zip(each.entries, each.notes, strict=True):
            if _concerns(count.ledger, count.grain, entry):
                values = _values(ledgers[entry.ledger], entry)
                if tuple(values[name] for name in count.grain.by) == count.key.key:
                    yield entry, note


def _moved(
    movements: Sequence[Movements],
    ledgers: Mapping[str, Ledger],
    count: Count,
    scope: Mapping[str, object],
    *,
    facts: bool,
) -> Decimal:
    """What a counted balance changes by: through decisions alone, or with the facts beside them."""
    total = _ZERO
    for entry, note in _entries(movements, ledgers, count, facts=facts):
        if entry.ledger == count.ledger.ledger and count.grain.of in entry.grains:
            total += _counts(count, note[0], entry.deltas.get(count.ledger.limited(count.grain), _ZERO), scope)
        if count.less is not None and entry.ledger == count.less.ledger and count.less.grain in entry.grains:
            total -= entry.deltas.get(_limited(ledgers, count.less), _ZERO)
    return total


def _notes(movements: Sequence[Movements], ledgers: Mapping[str, Ledger], count: Count) -> Iterator[Note]:
    """What is remembered of the entries that a counted balance is concerned by."""
    return (note for _, note in _entries(movements, ledgers, count, facts=False))


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
