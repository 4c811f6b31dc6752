"""The movements of a transition, worked out in memory: in the view it is judged on, and where they look at what lies
there, once more under lock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from engine.entities.record import Record
from engine.language.problems import Problem, Refused
from engine.ledgers.cells import Cells
from engine.ledgers.follow import move_on, reverse
from engine.ledgers.judge import counted
from engine.ledgers.movements import Movements
from engine.ledgers.post import post
from engine.ledgers.schema import Posting
from engine.operations.case import Case
from engine.operations.cells import catch_up, cells_seen, is_as_it_was, look, look_again
from engine.operations.listing import in_unit_words
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
    following, wrong = follow_all(case, so_far.record, postings, scope)
    facts = all(each.kind == "fact" for each in postings)
    cells = look(case, facts=facts)
    movements, problems = post_all(app, postings, scope, following, cells)
    while cells.missing:
        catch_up(case, cells)
        cells = look(case, facts=facts)
        movements, problems = post_all(app, postings, scope, following, cells)
    counts = counted(movements, app.ledgers)
    return replace(
        so_far,
        movements=movements,
        following=following,
        looked=cells,
        ranges=frozenset((*cells.ranges, *(each.range for each in counts))),
        less=frozenset(each.less for each in counts if each.less is not None),
        problems=(*so_far.problems, *in_unit_words(app, (*wrong, *problems))),
    )


def posting_scope(so_far: Walk) -> Mapping[str, object]:
    """What the formulas of postings see: the document as it will be after the transition."""
    assert so_far.advance is not None
    return {**so_far.evaluation.scope, **so_far.advance.values}


def post_all(
    app: App,
    postings: Iterable[Posting],
    scope: Mapping[str, object],
    following: Mapping[str, Movements],
    cells: Cells,
) -> tuple[tuple[Movements, ...], tuple[Problem, ...]]:
    """The movements of some postings one after the other, each looking at what the ones before move already."""
    made: list[Movements] = []
    problems: list[Problem] = []
    for each in postings:
        if each.earlier is not None:
            made += [following[each.posting]] if each.posting in following else []
            continue
        found, wrong = post(each, app.ledgers, scope, cells, made)
        problems += wrong
        made += [found] if found is not None else []
    return tuple(made), tuple(problems)


def follow_all(
    case: Case, record: Record, postings: Iterable[Posting], scope: Mapping[str, object]
) -> tuple[dict[str, Movements], list[Problem]]:
    """The movements of the postings that take up an earlier one: from what it wrote, so they need no second look."""
    app = case.running.app
    found: dict[str, Movements] = {}
    problems: list[Problem] = []
    for each in postings:
        if each.earlier is None:
            continue
        written = posted_by(case.connection, case.running.tables, app.ledgers, record.id, each.earlier)
        seen = cells_seen(case, written)
        if each.reverses is not None:
            lines = record.lines(each.each) if each.each else ()
            found[each.posting] = reverse(each, app.ledgers, written, seen, lines)
            continue
        moved, wrong = move_on(each, app.postings[each.earlier], app.ledgers, written, seen, scope)
        problems += wrong
        found |= {each.posting: moved} if moved is not None else {}
    return found, problems


def posted_anew(case: Case, judged: Walk, state: State) -> Walk:
    """The movements once more, where what they depend on has changed: draws and counts look at it under lock."""
    app = case.running.app
    if judged.looked is None or is_as_it_was(case, judged.looked, state):
        return judged
    postings = [app.postings[name] for name in judged.advance.posts] if judged.advance is not None else []
    cells = look_again(case, state)
    movements, problems = post_all(app, postings, posting_scope(judged), judged.following, cells)
    if problems:
        raise Refused(in_unit_words(app, problems))
    return replace(judged, movements=movements)
