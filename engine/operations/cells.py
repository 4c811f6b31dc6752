"""What lies in the ledgers as far as a transition has to look at it: candidates of draws, balances that are counted.

Read twice by the same code: in the view that everything is judged on, and again under lock, where it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache

from engine.entities.changes import Balance, CellRange, Entry, GrainKey
from engine.entities.record import Record
from engine.language.sentence import sentence
from engine.language.tree import Node
from engine.ledgers.cells import Looked, Shelf
from engine.ledgers.schema import Ledger
from engine.operations.case import Case
from engine.operations.names import ledger_labels_of
from engine.operations.pool import Key
from engine.operations.related import formula_paths, formulas_in, looked_through
from engine.operations.titles import title_in_message
from engine.packages.schema import App
from engine.storage.state import State


def look(case: Case, *, facts: bool) -> Looked:
    """What lies there in the view that the case was gathered in, as far as that was read: see `catch_up`.

    Facts look at what earlier ones will have moved by then (`View.foresee`). Decisions do not: what they are refused
    for must be so.
    """
    view = case.view
    foreseen = view.foreseen if facts else {}

    def shelf_of(wanted: CellRange) -> Shelf | None:
        keys = view.lying.get(wanted)
        return None if keys is None else _shelf(case, wanted, keys)

    return _looked(case, shelf_of, lambda key: foreseen.get(key) or view.balances.get(key))


def catch_up(case: Case, looked: Looked) -> None:
    """Read what was looked at and is missing: a constant number of statements."""
    case.view.lie(looked.ranges)
    case.view.hold(looked.balances)


def look_again(case: Case, state: State) -> Looked:
    """What lies there now, locked. Asks the unit of work for what it has not read yet."""

    def shelf_of(wanted: CellRange) -> Shelf:
        return _shelf(case, wanted, state.keys_in(wanted, _by(case.running.app, wanted)), judged=True)

    return _looked(case, shelf_of, state.balance)


def is_as_it_was(case: Case, looked: Looked, state: State) -> bool:
    """Whether everything that was looked at is found the same under lock."""
    app = case.running.app
    return all(state.keys_in(wanted, _by(app, wanted)) == keys for wanted, keys in looked.ranges.items()) and all(
        state.balance(key) == balance for key, balance in looked.balances.items()
    )


def _looked(
    case: Case, shelf_of: Callable[[CellRange], Shelf | None], held: Callable[[GrainKey], Balance | None]
) -> Looked:
    """The balances with their dimensions as formulas see them."""
    looked = Looked(shelf_of, held, title_in_message(case))
    looked.words_of = lambda part: _words(case, part, {wanted.ledger for wanted in looked.ranges})
    return looked


def _shelf(case: Case, wanted: CellRange, keys: tuple[GrainKey, ...], *, judged: bool = False) -> Shelf:
    """The balances of a range as formulas see them; the case then rests on the records that they are made of.

    Another case may have put them in order before. When it is already `judged`, a case takes no records over from
    others: it reads them itself, as they are now.
    """
    related = case.related
    shelf, made_of = related.shelves.get(wanted, (None, {}))
    if shelf is not None and (not judged or made_of.keys() <= related.records.keys()):
        if shelf.keys != keys and set(keys) <= set(shelf.keys):
            shelf = shelf.holding(keys)
            related.shelves[wanted] = (shelf, made_of)
        if shelf.keys == keys:
            related.take(made_of)
            return shelf
    ledger = case.running.app.ledgers[wanted.ledger]
    by = _by(case.running.app, wanted)
    made_of = _load(case, ledger, by, keys)
    shelf = Shelf(keys, tuple([_cell(case, ledger, by, key) for key in keys]))
    related.shelves[wanted] = (shelf, made_of)
    return shelf


def _cell(case: Case, ledger: Ledger, by: Sequence[str], key: GrainKey) -> Mapping[str, object]:
    """The dimensions of a balance as formulas see them; those that it is not kept by are unset."""
    seen: dict[str, object] = dict.fromkeys(dimension.id for dimension in ledger.dimensions)
    for name, value in zip(by, key.key, strict=True):
        dimension = ledger.dimension(name)
        seen[name] = case.related.view(dimension.ref, value) if dimension is not None and dimension.ref else value
    return seen


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


def _load(case: Case, ledger: Ledger, by: Sequence[str], keys: Iterable[GrainKey]) -> Mapping[Key, Record]:
    """The records that the dimensions name, and those behind them that a draw or a counted grain looks at."""
    related = case.related
    made_of: set[Key] = set()
    for place, name in enumerate(by):
        dimension = ledger.dimension(name)
        if dimension is None or dimension.ref is None:
            continue
        ids = {str(key.key[place]) for key in keys if key.key[place] is not None}
        related.load(dimension.ref, ids)
        named = {(dimension.ref, id) for id in ids}.intersection(related.records)
        made_of |= named
        for path in behind(case.running.app, ledger.ledger, name):
            made_of |= related.load_paths(dimension.ref, [related.records[key].values for key in named], path)
    return {key: related.records[key] for key in made_of if key in related.records}


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


def _words(case: Case, part: Node, ledgers: Collection[str]) -> Mapping[str, str]:
    """A condition in words, with the names of the ledger it stands in."""
    labels = ledger_labels_of(case.running.app, next(iter(ledgers))) if len(ledgers) == 1 else None
    return {language: sentence(part, language, labels) for language in ("zh", "en")}
