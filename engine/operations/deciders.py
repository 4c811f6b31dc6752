"""Who may decide at all: the grants that somebody needs to answer a task, wherever an approval flow names them.

To be named in an open task says on *which* document somebody decides; it takes the place of the row formulas of the
grants, never of the grants themselves.
"""

from __future__ import annotations

from engine.access.actor import Actor
from engine.access.decide import policy
from engine.packages.schema import App
from engine.workflows.approve import DECISIONS


def may_decide(app: App, actor: Actor, entity: str) -> bool:
    """Whether somebody's roles let them open documents of an entity and give some answer."""
    answers = any(policy(app.roles, actor, entity, action).allowed for action in DECISIONS)
    return answers and policy(app.roles, actor, entity, "open").allowed


def entities_decided(app: App, actor: Actor) -> tuple[str, ...]:
    """The entities on whose documents somebody may decide where asked."""
    return tuple(name for name in app.workflows if may_decide(app, actor, name))
