"""Decides what an actor may do: one policy for an entity and an action, used by every read and every write.

A policy is the union of all grants of all roles the actor holds. Its row formulas are joined by *or* and go into the
WHERE of every list, get, lookup and report; which fields are open is known for the whole list (`readable`) and exactly
for one row (`visible_fields`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from engine.access.actor import Actor, actor_scope
from engine.access.schema import FieldGrant, FieldSet, Role
from engine.language.formula import Expression
from engine.language.problems import Problem

Fields = frozenset[str] | Literal["all"]
"""Names of fields, `lines.price` for a field of lines; or all."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Which fields one grant opens: the listed ones (or all) without the hidden ones."""

    listed: Fields
    hidden: frozenset[str] = frozenset()

    def includes(self, field: str) -> bool:
        """Whether a field is open. A lines field is open as a whole or as soon as one of its fields is."""
        lines = field.partition(".")[0]
        if field in self.hidden or lines in self.hidden:
            return False
        if self.listed == "all" or field in self.listed or lines in self.listed:
            return True
        return "." not in field and any(listed.startswith(f"{field}.") for listed in self.listed)


@dataclass(frozen=True, slots=True)
class Permission:
    """One grant as the actor holds it: its rows, its fields, and what `actor` means in its row formula."""

    role: str
    grant: str
    rows: Expression | None
    actor: Mapping[str, object]
    read: Opened
    write: Opened

    def holds(self, scope: Mapping[str, object]) -> bool:
        """Whether a row belongs to this permission; unknown is no."""
        return self.rows is None or self.rows.evaluate({**scope, "actor": self.actor}) is True


@dataclass(frozen=True, slots=True)
class RowFilter:
    """A row formula with the value of `actor` to fold into it."""

    expression: Expression
    actor: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Policy:
    """What an actor may do with an entity by one action."""

    entity: str
    action: str
    permissions: tuple[Permission, ...]

    @property
    def allowed(self) -> bool:
        """Whether there is any row the action may be done with."""
        return bool(self.permissions)

    @property
    def filters(self) -> tuple[RowFilter, ...]:
        """Row formulas joined by *or*; empty when every row is meant. Ask `allowed` first."""
        if any(permission.rows is None for permission in self.permissions):
            return ()
        return tuple(RowFilter(each.rows, each.actor) for each in self.permissions if each.rows is not None)

    @property
    def where(self) -> tuple[Expression, ...]:
        """The formulas of `filters` alone."""
        return tuple(each.expression for each in self.filters)

    def covers(self, scope: Mapping[str, object]) -> bool:
        """Whether the action may be done with the row in this scope."""
        return any(permission.holds(scope) for permission in self.permissions)

    def readable(self, fields: Iterable[str]) -> frozenset[str]:
        """Of these fields, those that may be seen in some row."""
        return frozenset(field for field in fields if any(each.read.includes(field) for each in self.permissions))

    def writable(self, fields: Iterable[str]) -> frozenset[str]:
        """Of these fields, those that may be changed in some row."""
        return frozenset(field for field in fields if any(each.write.includes(field) for each in self.permissions))


def policy(roles: Mapping[str, Role], actor: Actor, entity: str, action: str) -> Policy:
    """Everything the actor's roles grant for an action on an entity. `roles` are the roles of the app by id."""
    permissions: list[Permission] = []
    for held in sorted(actor.roles, key=lambda each: (each.role, each.company or "", each.unit or "")):
        role = roles.get(held.role)
        for grant in role.grants if role is not None else ():
            if grant.covers(entity, action):
                rows = grant.where.expression if grant.where is not None else None
                read, write = _opened(grant.opened)
                permission = Permission(held.role, grant.id, rows, actor_scope(actor, held), read, write)
                if permission not in permissions:
                    permissions.append(permission)
    return Policy(entity, action, tuple(permissions))


def visible_fields(policy: Policy, scope: Mapping[str, object], fields: Iterable[str]) -> frozenset[str]:
    """Of these fields, those that may be seen in this very row."""
    holding = [permission for permission in policy.permissions if permission.holds(scope)]
    return frozenset(field for field in fields if any(each.read.includes(field) for each in holding))


def writable_fields(policy: Policy, scope: Mapping[str, object], fields: Iterable[str]) -> frozenset[str]:
    """Of these fields, those that may be changed in this very row."""
    holding = [permission for permission in policy.permissions if permission.holds(scope)]
    return frozenset(field for field in fields if any(each.write.includes(field) for each in holding))


def check_write(
    policy: Policy, changed: Iterable[str], scope: Mapping[str, object] | None = None, roles: Mapping[str, Role] = {}
) -> tuple[Problem, ...]:
    """ACC-111 for every field that was changed and may not be; the message names the roles that could.

    `changed` has names of fields, `lines.price` for a field of lines. With `scope` the row itself decides which grants
    count.
    """
    names = tuple(dict.fromkeys(changed))
    open_ = policy.writable(names) if scope is None else writable_fields(policy, scope, names)
    return tuple(
        Problem(
            "ACC-111", {"field": name, "roles": who_could(roles, policy.entity, policy.action, name)}, None, (name,)
        )
        for name in names
        if name not in open_
    )


def check_action(policy: Policy, roles: Mapping[str, Role] = {}) -> tuple[Problem, ...]:
    """ACC-110 when nothing is granted at all; the message names the roles that could."""
    if policy.allowed:
        return ()
    could = who_could(roles, policy.entity, policy.action)
    return (Problem("ACC-110", {"entity": policy.entity, "action": policy.action, "roles": could}),)


def may_run(
    roles: Mapping[str, Role], actor: Actor, *, report: str | None = None, operation: str | None = None
) -> bool:
    """Whether a grant opens a report or an operation."""
    grants = (grant for held in actor.role_ids if held in roles for grant in roles[held].grants)
    if report is not None:
        return any(grant.report in (report, "all") for grant in grants)
    return any(grant.operation in (operation, "all") for grant in grants)


def who_could(roles: Mapping[str, Role], entity: str, action: str, field: str | None = None) -> Mapping[str, str]:
    """The titles, in both languages, of the roles that have a grant for an action (and for writing a field)."""
    found = [
        role
        for role in roles.values()
        if any(
            grant.covers(entity, action) and (field is None or _opened(grant.opened)[1].includes(field))
            for grant in role.grants
        )
    ]
    return {
        language: comma.join(_title(role, language) for role in found) or "—"
        for language, comma in (("zh", "、"), ("en", ", "))
    }


def _opened(fields: FieldGrant) -> tuple[Opened, Opened]:
    """What a grant opens for reading and for writing."""
    hidden = frozenset(fields.hide)
    return Opened(_set(fields.read), hidden), Opened(_set(fields.write), hidden)


def _set(fields: FieldSet) -> Fields:
    return "all" if fields == "all" else frozenset(fields)


def _title(role: Role, language: str) -> str:
    return role.label.text(language) if role.label is not None else role.role
