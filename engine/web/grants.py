"""Every route says who may use it, and a route that does not say so cannot be built.

The grant is an attribute of the route object. Access is never decided by looking at the text of an address: that is
how the worst holes of this field came about. For entities and reports the door asks the policy once here and the
operation asks it again, per item and per field, because the same operation stands behind other doors too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from starlette.routing import BaseRoute, Route

from engine.access.actor import Actor
from engine.access.decide import check_action, may_run, policy
from engine.language.problems import Problem, Refused
from engine.packages.schema import App
from engine.web.incoming import Incoming


@dataclass(frozen=True, slots=True)
class Public:
    """Anybody, signed in or not. `why` is shown by the list of routes and must convince a reader."""

    why: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Anybody who is signed in; what they see is cut by the operation."""


@dataclass(frozen=True, slots=True)
class On:
    """Somebody whose role grants `action` on the entity or report that the address names."""

    kind: Literal["entity", "report"]
    action: str


Grant = Public | SignedIn | On


class Granted(Route):
    """A route with the declared grant and the most bytes that its body may have."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        grant: Grant,
        *,
        method: str = "GET",
        limit: int = 64 * 1024,
        name: str | None = None,
    ) -> None:
        super().__init__(path, endpoint, methods=[method], name=name)
        self.grant = grant
        self.limit = limit


def refuse_undeclared(routes: list[BaseRoute]) -> None:
    """Start-up fails for a route without a declared grant, and for anything that is not a plain route of ours."""
    for route in routes:
        if not isinstance(route, Granted) or not isinstance(route.grant, Public | SignedIn | On):
            raise RuntimeError(f"{route!r} has no declared grant")  # noqa: TRY004  not a type, a missing decision


def check_grant(grant: Grant, incoming: Incoming) -> None:
    """Let the request through or raise `Refused`.

    WEB-109 sign in first, WEB-107 there is no such entity or report, ACC-110 none of the person's roles grants it.
    """
    if isinstance(grant, Public):
        return
    if incoming.session is None:
        raise Refused((Problem("WEB-109", {}),))
    if isinstance(grant, On):
        app, name = incoming.app, incoming.path[grant.kind]
        if name not in (app.entities if grant.kind == "entity" else app.reports):
            raise Refused((Problem("WEB-107", {}),))
        problems = _asked(grant, app, incoming.actor, name)
        if problems:
            raise Refused(problems)


def _asked(grant: On, app: App, actor: Actor, name: str) -> tuple[Problem, ...]:
    if grant.kind == "entity":
        return check_action(policy(app.roles, actor, name, grant.action), app.roles)
    if may_run(app.roles, actor, report=name):
        return ()
    return (Problem("WEB-107", {}),)
