"""Cross checks of roles: what their grants name, and roles that can do nothing."""

from __future__ import annotations

from collections.abc import Iterator

from engine.access.schema import FieldGrant, Grant
from engine.language.problems import Problem
from engine.packages.checks.forms import field_paths
from engine.packages.look import Look
from engine.workflows.approve import DECISIONS

ACTIONS = ("list", "open", "create", "edit", "remove")
"""What can be done to any record; the transitions of its workflow come on top, and decisions where it has flows."""


def _grants(look: Look) -> Iterator[tuple[tuple[str, ...], Grant]]:
    """All grants of all roles with their paths."""
    for part_id, role in look.app.roles.items():
        for grant in role.grants:
            yield ("roles", part_id, "grants", grant.id), grant


def grants_name_things(look: Look) -> Iterator[Problem]:
    """REF-301, REF-310: a grant on an entity or a report that does not exist."""
    for path, grant in _grants(look):
        if grant.entity not in (None, "all", *look.app.entities) and not look.poison.has("entities", grant.entity):
            yield look.unknown("REF-301", str(grant.entity), look.app.entities, (*path, "entity"))
        if grant.report not in (None, "all", *look.app.reports) and not look.poison.has("reports", grant.report):
            yield look.unknown("REF-310", str(grant.report), look.app.reports, (*path, "report"))


def grants_name_actions(look: Look) -> Iterator[Problem]:
    """REF-308: an action that its entity does not have."""
    for path, grant in _grants(look):
        if grant.actions == "all" or grant.entity is None or look.poison.has("workflows", grant.entity):
            continue
        flows = look.app.workflows.values() if grant.entity == "all" else [look.app.workflows.get(grant.entity)]
        transitions = [each.id for flow in flows if flow is not None for each in flow.transitions if each.on is None]
        decisions = DECISIONS if any(flow is not None and flow.flows for flow in flows) else ()
        known = (*ACTIONS, *transitions, *decisions)
        for position, action in enumerate(grant.actions):
            if action not in known:
                yield look.unknown("REF-308", action, known, (*path, "actions", str(position)), entity=grant.entity)


def grants_name_fields(look: Look) -> Iterator[Problem]:
    """REF-302: a field that its entity does not have."""
    for path, grant in _grants(look):
        entity = look.app.entities.get(grant.entity or "")
        if entity is None or not isinstance(grant.fields, FieldGrant):
            continue
        known = field_paths(entity)
        for key in ("read", "write", "hide"):
            names = getattr(grant.fields, key)
            for position, name in enumerate(names if isinstance(names, tuple) else ()):
                if name not in known:
                    yield look.unknown(
                        "REF-302", name, known, (*path, "fields", key, str(position)), entity=grant.entity
                    )


def roles_can_do_something(look: Look) -> Iterator[Problem]:
    """REF-341: a role without grants."""
    for part_id, role in look.app.roles.items():
        if not role.grants and not look.poison.has("roles", part_id):
            yield look.at("REF-341", ("roles", part_id, "role"), name=part_id)
