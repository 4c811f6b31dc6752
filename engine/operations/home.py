"""The first page: what waits, and the menu cut to what the person may use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection

from engine.access.actor import Actor
from engine.access.decide import may_run, policy
from engine.operations.browse import ME, tone_of
from engine.operations.inbox import Inbox, inbox
from engine.operations.listing import Wording, worded
from engine.operations.rows import visible_where
from engine.operations.site import Running, Site
from engine.operations.standing import Standing, standing
from engine.storage import records
from engine.workflows.schema import State, Workflow

Where = tuple[ColumnElement[bool], ...]

FIRST_TASKS = 5
"""How many of the tasks that wait stand on the first page; the inbox has all."""
NOTHING = Inbox((), 0, 1, FIRST_TASKS)


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One entry: a list (of documents or of masters) or a report."""

    label: Wording
    href: str
    create: bool = False
    document: bool = False


@dataclass(frozen=True, slots=True)
class MenuSection:
    """A titled group of entries."""

    label: Wording
    items: tuple[MenuEntry, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """Documents that wait for this person, and the list behind them; `mine` of them this person made."""

    label: Wording
    value: str
    href: str
    tone: str = "neutral"
    note: Wording | None = None
    mine: int = 0
    mine_href: str = ""


@dataclass(frozen=True, slots=True)
class InState:
    """How many documents are in a state."""

    label: Wording
    count: int
    href: str
    tone: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of document, and how many of it there are in each state."""

    label: Wording
    href: str
    states: tuple[InState, ...]


@dataclass(frozen=True, slots=True)
class Home:
    """The first page."""

    menu: tuple[MenuSection, ...]
    tiles: tuple[Tile, ...] = ()
    kinds: tuple[Kind, ...] = ()
    inbox: Inbox = NOTHING
    alerts: tuple[Standing, ...] = ()


def menu(site: Site, actor: Actor) -> tuple[MenuSection, ...]:
    """The menu of the published app, without what the actor may not use."""
    return _menu(site.running(), actor)


def home(site: Site, actor: Actor) -> Home:
    """The menu, the tasks and documents that wait for this person, alerts, how many documents are in which state."""
    waiting, alerts = inbox(site, actor, 1, FIRST_TASKS), standing(site, actor)
    with site.reading() as (connection, running):
        tiles: list[Tile] = []
        kinds: list[Kind] = []
        for name, workflow in running.app.workflows.items():
            where = visible_where(connection, running, actor, name, "list", site.clock())
            if where is None:
                continue
            label = worded(running.app.entities[name].label, name)
            counted = [(state, _count(connection, running, name, where, state.id)) for state in workflow.states]
            states = [
                InState(
                    worded(state.label, state.id), count, f"/d/{name}?state={state.id}", tone_of(workflow, state.id)
                )
                for state, count in counted
                if count
            ]
            for state, count in counted:
                if count and not state.final:
                    own = _count(connection, running, name, where, state.id, actor.person)
                    tiles += _tile(running, actor, workflow, label, state, count, own)
            if states:
                kinds.append(Kind(label, f"/d/{name}", tuple(states)))
        return Home(_menu(running, actor), tuple(tiles), tuple(kinds), waiting, alerts)


def _count(
    connection: Connection, running: Running, entity: str, where: Where, state: str, person: str | None = None
) -> int:
    """How many visible documents are in a state, of all or of those a person made."""
    here = [records.equals(running.tables, entity, ("state",), state)]
    if person is not None:
        here.append(records.equals(running.tables, entity, ("created_by",), person))
    return records.count(connection, running.tables, entity, (*where, *here))


def _tile(
    running: Running, actor: Actor, workflow: Workflow, label: Wording, state: State, count: int, own: int
) -> Iterator[Tile]:
    """The tile of a state that waits for this person, or of the drafts that the person has begun."""
    name, title = workflow.workflow, worded(state.label, state.id)
    href = f"/d/{name}?state={state.id}"
    if waits_for(running, actor, workflow, state):
        yield Tile(label, str(count), href, tone_of(workflow, state.id), title, own, f"{href}&created_by={ME}")
    elif own and state.id == workflow.first:
        yield Tile(label, str(own), f"{href}&created_by={ME}", tone_of(workflow, state.id), title, own)


def waits_for(running: Running, actor: Actor, workflow: Workflow, state: State) -> bool:
    """Whether a document in this state usually waits for this person: a step is theirs that needs no second thought.

    Where an approval flow runs, the inbox says what waits for whom.
    """
    if any(each.on is not None and state.id in each.source for each in workflow.transitions):
        return False
    return any(
        state.id in each.source
        and each.confirm is None
        and policy(running.app.roles, actor, workflow.workflow, each.id).allowed
        for each in workflow.transitions
    )


def _menu(running: Running, actor: Actor) -> tuple[MenuSection, ...]:
    sections = (
        MenuSection(worded(group.label, group.id), tuple(_entries(running, actor, group.items)))
        for group in running.app.menu
    )
    return tuple(section for section in sections if section.items)


def _entries(running: Running, actor: Actor, items: object) -> Iterator[MenuEntry]:
    """The entries of one group that lead somewhere for this person."""
    app = running.app
    for item in items:  # type: ignore[attr-defined]
        if item.entity is not None and policy(app.roles, actor, item.entity, "list").allowed:
            create = policy(app.roles, actor, item.entity, "create").allowed
            yield MenuEntry(
                worded(item.label or app.entities[item.entity].label, item.entity),
                f"/d/{item.entity}",
                create,
                app.entities[item.entity].kind == "document",
            )
        elif item.report is not None and may_run(app.roles, actor, report=item.report):
            yield MenuEntry(worded(item.label or app.reports[item.report].label, item.report), f"/r/{item.report}")
