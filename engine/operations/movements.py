"""The movements of a transition, worked out in memory: in the view it is judged on, and where they look at what lies
there, once more under lock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from engine.entities.record import Record
from engine.language.problems import Problem, Refused
from engine.ledgers.cells import Asked, Cells
from engine.ledgers.judge import counted
from engine.ledgers.movements import Movements
from engine.ledgers.post import NOTHING, post
from engine.ledgers.reverse import reverse
from engine.ledgers.schema import Posting
from engine.operations.case import Case
from engine.operations.cells import cells_seen, look, look_again
from engine.operations.stages import Walk
from engine.packages.schema import App
from engine.storage.balances import posted_by
from engine.storage.state import State


def make_movements(case: Case, so_far: Walk) -> Walk:
    """Ledgers: the movements of every posting of the transition, worked out in memory on the document as it will be."""
    if so_far.advance is None or so_far.errors:
        return so_far
    app, scope = case.running.app, posting_scope(so_far)
    postings = [app.postings[name] for name in so_far.advance.posts]
    undone = {each.posting: undo(case, so_far.record, each) for each in postings if each.reverses is not None}
    asked = Asked()
    if any(each.looks for each in postings):
        post_all(app, postings, scope, undone, asked)
    cells = look(case, asked.ranges, asked.keys) if asked.ranges or asked.keys else NOTHING
    movements, problems = post_all(app, postings, scope, undone, cells)
    ranges = frozenset(asked.ranges.union(counted(movements, app.ledgers).values()))
    return replace(
        so_far,
        movements=movements,
        undone=undone,
        ranges=ranges,
        looked=frozenset(asked.keys),
        problems=(*so_far.problems, *problems),
    )


def posting_scope(so_far: Walk) -> Mapping[str, object]:
    """What the formulas of postings see: the document as it will be after the transition."""
    assert so_far.advance is not None
    return {**so_far.evaluation.scope, **so_far.advance.values}


def post_all(
    app: App,
    postings: Iterable[Posting],
    scope: Mapping[str, object],
    undone: Mapping[str, Movements],
    cells: Cells,
) -> tuple[tuple[Movements, ...], tuple[Problem, ...]]:
    """The movements of some postings one after the other, each looking at what the ones before move already."""
    made: list[Movements] = []
    problems: list[Problem] = []
    for each in postings:
        if each.reverses is not None:
            made.append(undone[each.posting])
            continue
        found, wrong = post(each, app.ledgers, scope, cells, made)
        problems += wrong
        made += [found] if found is not None else []
    return tuple(made), tuple(problems)


def undo(case: Case, record: Record, posting: Posting) -> Movements:
    """The inverse of what the document moved by another posting, as it was written."""
    app = case.running.app
    written = posted_by(case.connection, case.running.tables, app.ledgers, record.id, str(posting.reverses))
    seen = cells_seen(case, written)
    return reverse(posting, app.ledgers, written, seen, record.lines(posting.each) if posting.each else ())


def posted_anew(case: Case, judged: Walk, state: State) -> Walk:
    """The movements once more, where they depend on what lies there: draws and counts look at it under lock."""
    app = case.running.app
    postings = [app.postings[name] for name in judged.advance.posts] if judged.advance is not None else []
    if not any(each.looks for each in postings):
        return judged
    asked = Asked()
    post_all(app, postings, posting_scope(judged), judged.undone, asked)
    cells = look_again(case, state, asked.ranges, asked.keys)
    movements, problems = post_all(app, postings, posting_scope(judged), judged.undone, cells)
    if problems:
        raise Refused(problems)
    return replace(judged, movements=movements)
