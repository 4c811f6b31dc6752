"""What lies in the ledgers as far as a transition has to look at it: candidates of draws, balances that are counted.

Read twice by the same code: in the view that everything is judged on, and again under lock, where it counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from engine.entities.changes import Balance, CellRange, Entry, GrainKey
from engine.language.sentence import sentence
from engine.language.tree import Node
from engine.ledgers.cells import Candidate, Cell, Looked
from engine.ledgers.schema import Ledger
from engine.operations.case import Case
from engine.operations.names import ledger_labels_of
from engine.operations.related import formula_paths, formulas_in, looked_through
from engine.operations.titles import title_in_message
from engine.packages.schema import App
from engine.storage.state import State

Balances = Mapping[CellRange, Mapping[GrainKey, Balance]]


def look(case: Case, ranges: Iterable[CellRange], keys: Iterable[GrainKey]) -> Looked:
    """What lies there in the view that the case was gathered in: a constant number of statements."""
    return _looked(case, case.view.lying(ranges), case.view.held(keys))


def look_again(case: Case, state: State, ranges: Iterable[CellRange], keys: Iterable[GrainKey]) -> Looked:
    """What lies there now, locked. Asks the unit of work for what it has not read yet."""
    found = {each: state.balances_in(each, _by(case.running.app, each)) for each in ranges}
    return _looked(case, found, {key: state.balance(key) for key in keys})


def cells_seen(case: Case, written: Sequence[Entry]) -> list[Mapping[str, object]]:
    """The cells of entries as formulas see them."""
    app = case.running.app
    named: dict[str, set[str]] = {}
    for each in written:
        for dimension, value in zip(app.ledgers[each.ledger].dimensions, each.cell, strict=True):
            if dimension.ref is not None and value is not None:
                named.setdefault(dimension.ref, set()).add(str(value))
    for entity, ids in sorted(named.items()):
        case.related.load(entity, ids)
    return [_seen(case, app.ledgers[each.ledger], each.cell) for each in written]


def _seen(case: Case, ledger: Ledger, cell: Sequence[object]) -> Mapping[str, object]:
    return {
        dimension.id: case.related.view(dimension.ref, value) if dimension.ref else value
        for dimension, value in zip(ledger.dimensions, cell, strict=True)
    }


def _by(app: App, wanted: CellRange) -> tuple[str, ...]:
    """The dimensions of the grain of a range."""
    grain = app.ledgers[wanted.ledger].grain(wanted.grain)
    assert grain is not None
    return grain.by


def _looked(case: Case, ranges: Balances, balances: Mapping[GrainKey, Balance]) -> Looked:
    """The balances with their dimensions as formulas see them."""
    app = case.running.app
    for wanted, found in ranges.items():
        _load(case, app.ledgers[wanted.ledger], _by(app, wanted), found)
    candidates = {wanted: _candidates(case, wanted, found) for wanted, found in ranges.items()}
    return Looked(candidates, balances, title_in_message(case), lambda part: _words(case, part, ranges))


def _load(case: Case, ledger: Ledger, by: tuple[str, ...], found: Iterable[GrainKey]) -> None:
    """The records that the dimensions name, and those behind them that a draw or a counted grain looks at."""
    for place, name in enumerate(by):
        dimension = ledger.dimension(name)
        if dimension is None or dimension.ref is None:
            continue
        ids = {str(key.key[place]) for key in found if key.key[place] is not None}
        case.related.load(dimension.ref, ids)
        records = [case.related.records[dimension.ref, id] for id in ids if (dimension.ref, id) in case.related.records]
        for path in behind(case.running.app, ledger.ledger, name):
            case.related.load_paths(dimension.ref, [record.values for record in records], path)


@lru_cache(maxsize=256)
def behind(app: App, ledger: str, dimension: str) -> tuple[tuple[str, ...], ...]:
    """The references behind a dimension that draws and counted grains look through, shorter ones first."""
    declared = app.ledgers[ledger]
    found = declared.dimension(dimension)
    assert found is not None
    assert found.ref is not None
    paths = [
        path
        for part in (declared.draws, declared.counted)
        for each in formulas_in(part)
        for path in formula_paths(each)
    ]
    paths += [tuple(key.lstrip("-").split(".")) for draw in declared.draws for key in draw.order]
    through = {step for path in paths if path[0] == dimension for step in looked_through(app, found.ref, path[1:])}
    return tuple(sorted(through, key=lambda path: (len(path), path)))


def _candidates(case: Case, wanted: CellRange, found: Mapping[GrainKey, Balance]) -> tuple[Candidate, ...]:
    """The balances of a range as a draw sees them."""
    ledger = case.running.app.ledgers[wanted.ledger]
    dimensions = [ledger.dimension(name) for name in _by(case.running.app, wanted)]
    named = [(each.id, each.ref) for each in dimensions if each is not None]
    unset = dict.fromkeys(dimension.id for dimension in ledger.dimensions)
    view, cells = case.related.view, case.related.cells
    for key in found:
        if key not in cells:
            values = zip(named, key.key, strict=True)
            cells[key] = Cell({**unset, **{name: view(ref, value) if ref else value for (name, ref), value in values}})
    return tuple(Candidate(key, cells[key], balance) for key, balance in found.items())


def _words(case: Case, part: Node, ranges: Balances) -> Mapping[str, str]:
    """A condition in words, with the names of the ledger it stands in."""
    names = {wanted.ledger for wanted in ranges}
    labels = ledger_labels_of(case.running.app, next(iter(names))) if len(names) == 1 else None
    return {language: sentence(part, language, labels) for language in ("zh", "en")}
