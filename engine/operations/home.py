"""The first page: what waits, and the menu cut to what the person may use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.access.actor import Actor
from engine.access.decide import may_run, policy
from engine.operations.listing import Wording, worded
from engine.operations.rows import visible_where
from engine.operations.site import Running, Site
from engine.storage import records


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One entry: a list or a report."""

    label: Wording
    href: str
    create: bool = False


@dataclass(frozen=True, slots=True)
class MenuSection:
    """A titled group of entries."""

    label: Wording
    items: tuple[MenuEntry, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """A number that leads to the list behind it."""

    label: Wording
    value: str
    href: str
    tone: str = "neutral"
    note: Wording | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """The first page."""

    menu: tuple[MenuSection, ...]
    tiles: tuple[Tile, ...] = ()


def menu(site: Site, actor: Actor) -> tuple[MenuSection, ...]:
    """The menu of the published app, without what the actor may not use."""
    return _menu(site.running(), actor)


def home(site: Site, actor: Actor) -> Home:
    """The menu, and for each document with a workflow how many wait in each state that is not the end."""
    with site.reading() as (connection, running):
        tiles = []
        for name, workflow in running.app.workflows.items():
            where = visible_where(connection, running, actor, name, "list", site.clock())
            if where is None:
                continue
            label = worded(running.app.entities[name].label, name)
            for state in workflow.states:
                if state.final:
                    continue
                here = records.equals(running.tables, name, ("state",), state.id)
                count = records.count(connection, running.tables, name, (*where, here))
                if count:
                    tone = "info" if state.id != workflow.first else "neutral"
                    tiles.append(
                        Tile(label, str(count), f"/d/{name}?state={state.id}", tone, worded(state.label, state.id))
                    )
        return Home(_menu(running, actor), tuple(tiles))


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
                worded(item.label or app.entities[item.entity].label, item.entity), f"/d/{item.entity}", create
            )
        elif item.report is not None and may_run(app.roles, actor, report=item.report):
            yield MenuEntry(worded(item.label or app.reports[item.report].label, item.report), f"/r/{item.report}")
