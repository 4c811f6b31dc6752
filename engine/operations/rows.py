"""Row grants as SQL: the same formula that judges a write becomes the WHERE of every list, get, lookup and report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_

from engine.access.actor import Actor
from engine.access.decide import Policy, policy, visible_fields
from engine.language.formula import Expression
from engine.ledgers.schema import Dimension
from engine.operations.deciders import may_decide
from engine.operations.site import Running
from engine.operations.time_and_settings import settings_for, today_in
from engine.storage import records, tasks
from engine.storage.balances import LedgerRows
from engine.storage.filters import to_sql

Columns = Callable[[tuple[str, ...]], ColumnElement[Any]]


def visible_where(
    connection: Connection, running: Running, actor: Actor, entity: str, action: str, now: datetime
) -> tuple[ColumnElement[bool], ...] | None:
    """The condition that a row is one the actor may see by an action; None when there is no grant at all.

    Whoever is asked to decide on a document may open it, whatever the row formulas of the grants say.
    """
    found = policy(running.app.roles, actor, entity, action)
    if not found.allowed:
        return None
    conditions = row_condition(connection, running, found, entity, actor, now)
    if action == "open" and conditions and may_decide(running.app, actor, entity):
        waits = tasks.waits_for(actor.person, actor.roles, (entity,))
        return (or_(*conditions, tasks.asked_about(running.tables, entity, waits)),)
    return conditions


def row_condition(
    connection: Connection, running: Running, found: Policy, entity: str, actor: Actor, now: datetime
) -> tuple[ColumnElement[bool], ...]:
    """The row formulas of a policy, joined by *or*; nothing when every row is meant."""
    filters = found.filters
    if not filters:
        return ()
    today = today_in(running.app.zone, now)
    needs_settings = any(path[0] == "settings" for each in filters for path in each.expression.paths)
    settings = settings_for(connection, running, actor, today) if needs_settings else {}
    conditions = [
        condition(
            running,
            entity,
            each.expression,
            {("actor",): each.actor, ("today",): today, ("now",): now, ("settings",): settings},
        )
        for each in filters
    ]
    return (or_(*conditions),)


def visible_cells(
    connection: Connection,
    running: Running,
    actor: Actor,
    source: LedgerRows,
    dimensions: Iterable[Dimension],
    now: datetime,
) -> list[ColumnElement[bool]] | None:
    """The condition that every record these dimensions refer to may be listed; None where one never may."""
    conditions: list[ColumnElement[bool]] = []
    for dimension in dimensions:
        if dimension.ref is None:
            continue
        where = visible_where(connection, running, actor, dimension.ref, "list", now)
        if where is None:
            return None
        if where:
            pointer = source.column((dimension.id,))
            conditions.append(pointer.is_(None) | pointer.in_(records.select_ids(running.tables, dimension.ref, where)))
    return conditions


def open_everywhere(found: Policy, fields: Iterable[str]) -> frozenset[str]:
    """Of these fields, those that may be seen in every row the policy shows; what is open in some rows only is not.

    Only by these may rows be searched, ordered, matched and summed: by a field that is hidden in a row anybody could
    find out its value there.
    """
    free = tuple(each for each in found.permissions if each.rows is None)
    return frozenset(
        field
        for field in fields
        if any(each.read.includes(field) for each in free)
        or (found.permissions and all(each.read.includes(field) for each in found.permissions))
    )


def seen_in(found: Policy, scope: Mapping[str, object], fields: Iterable[str]) -> frozenset[str]:
    """Of these fields, those that the actor sees in a stored record that was opened.

    One that no grant covers was opened because the actor is asked to decide on it; then what is open in every row.
    """
    return visible_fields(found, scope, fields) if found.covers(scope) else open_everywhere(found, fields)


def where_open(
    connection: Connection, running: Running, found: Policy, field: str, actor: Actor, now: datetime
) -> tuple[ColumnElement[bool], ...]:
    """The condition that a field may be seen in a row that the policy shows; nothing when it may in all of them."""
    if open_everywhere(found, (field,)):
        return ()
    opening = replace(found, permissions=tuple(each for each in found.permissions if each.read.includes(field)))
    if not opening.allowed:
        return (records.any_of(()),)
    return row_condition(connection, running, opening, found.entity, actor, now)


def condition(
    running: Running, entity: str, expression: Expression, constants: Mapping[tuple[str, ...], Any]
) -> ColumnElement[bool]:
    """A formula over the fields of an entity as a SQL condition."""
    return to_sql(expression.tree, lambda path: running.tables.column(entity, path), constants)
