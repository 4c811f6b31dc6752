"""The web application of one site: its routes, each with its grant, and the walk of a request through them.

An endpoint is a plain function `(Incoming) -> Response`. It runs in a worker thread, with the session, the language
and the body already read, after the grant and (for a write) the token were checked.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from engine.language.problems import Problem, Refused
from engine.operations.site import Site
from engine.web.doors import Doors
from engine.web.endpoints import (
    account,
    alerts,
    attachments,
    documents,
    health,
    home,
    inbox,
    lists,
    people,
    preferences,
    static,
)
from engine.web.grants import Grant, Granted, On, Public, SignedIn, check_grant, refuse_undeclared
from engine.web.guard import Guard
from engine.web.incoming import WRITES, Body, Incoming, read_body, read_pairs
from engine.web.respond import refuse
from engine.web.session import check_write, language_of, token_of

Endpoint = Callable[[Incoming], Response]
Background = Callable[[Starlette], AbstractAsyncContextManager[None]]

DOCUMENT_LIMIT = 4 * 1024 * 1024
"""The largest body that is read before it is known who sends it: what was typed outlives the session."""
ATTACHMENT_LIMIT = 16 * 1024 * 1024

WORTH_NOTING = frozenset({"ACC-110", "ACC-111", "ACC-112", "OPS-105", "WFL-102", "WFL-122", "WEB-101", "WEB-102"})
"""Refusals that say somebody tried what is not theirs. OWASP ASVS 5.0: 16.3.2."""

logger = logging.getLogger("formwork.refused")


def table() -> list[Granted]:
    """Every address of the product, with who may use it."""
    here = Public("the sign-in page must open before anybody is known")
    return [
        route("/", home.show, SignedIn()),
        route("/sign-in", people.ask, here),
        route("/sign-in", people.sign_in, here, method="POST", limit=DOCUMENT_LIMIT),
        route("/sign-out", people.sign_out, SignedIn(), method="POST"),
        route("/alerts", alerts.show, SignedIn()),
        route("/inbox", inbox.tasks, SignedIn()),
        route("/notices", inbox.notices, SignedIn()),
        route("/account", account.show, SignedIn()),
        route("/account/password", account.change_password, SignedIn(), method="POST"),
        route("/account/sessions", account.end_sessions, SignedIn(), method="POST"),
        route("/preferences", preferences.choose, Public("the sign-in page has the choice, too"), method="POST"),
        route("/d/{entity}", lists.documents, On("entity", "list")),
        route("/d/{entity}", documents.save_new, On("entity", "create"), method="POST", limit=DOCUMENT_LIMIT),
        route("/d/{entity}/new", documents.start, On("entity", "create")),
        route("/d/{entity}/{id}", documents.show, On("entity", "open")),
        route("/d/{entity}/{id}", documents.save, On("entity", "open"), method="POST", limit=DOCUMENT_LIMIT),
        route("/d/{entity}/{id}/why", documents.why, On("entity", "open")),
        route("/r/{report}", lists.report, On("report", "open")),
        route("/r/{report}/movements", lists.movements, On("report", "open")),
        route("/lookup/{entity}", lists.lookup, On("entity", "list")),
        route("/attachments", attachments.take, SignedIn(), method="POST", limit=ATTACHMENT_LIMIT),
        route("/attachments/{id}", attachments.give, SignedIn()),
        route("/static/{name}", static.give, Public("style sheet and script hold nothing of anybody")),
        route("/healthz", health.alive, Public("says only that the process runs")),
        route("/readyz", health.ready, Public("says only yes or no, and asks the database at most every 2 s")),
    ]


def route(path: str, endpoint: Endpoint, grant: Grant, *, method: str = "GET", limit: int = 64 * 1024) -> Granted:
    """One line of the table."""
    name = f"{endpoint.__module__.rpartition('.')[2]}.{endpoint.__name__}"
    return Granted(path, _entrance(endpoint), grant, method=method, limit=limit, name=name)


def build_app(
    site: Site, *, doors: Doors | None = None, routes: list[Granted] | None = None, background: Background | None = None
) -> Starlette:
    """The application of a site. Fails when a route has no declared grant.

    `background(app)` gives an asynchronous context that is open while the application serves (the wake loop).
    """
    declared = table() if routes is None else routes
    refuse_undeclared(list(declared))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        if background is None:
            yield
        else:
            async with background(app):
                yield

    app = Starlette(
        routes=declared,
        middleware=[Middleware(Guard, new_number=lambda: secrets.token_hex(6), failed=_failed)],
        exception_handlers={HTTPException: _http_exception},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # one address, one page: `/d/item/` is not another way to `/d/item`
    app.state.site = site
    app.state.doors = Doors() if doors is None else doors
    return app


def _entrance(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    """The asynchronous half of a route: read the body under its limit, then one hop into a worker thread."""

    async def enter(request: Request) -> Response:
        granted: Granted = request.scope["route"]
        try:
            if granted.limit > DOCUMENT_LIMIT and not isinstance(granted.grant, Public):
                await run_in_threadpool(_refuse_strangers, request)
            body = await read_body(request, granted.limit) if request.method in WRITES else Body()
        except Refused as refused:
            return await run_in_threadpool(refuse, unpack(request, Body(), {}), refused.problems)
        return await run_in_threadpool(_serve, request, granted, endpoint, body)

    return enter


def _serve(request: Request, granted: Granted, endpoint: Endpoint, body: Body) -> Response:
    incoming = unpack(request, body, {})
    try:
        incoming = unpack(request, body, read_pairs(request.scope["query_string"]))
        incoming = with_session(incoming)
        check_grant(granted.grant, incoming)
        if request.method in WRITES:
            check_write(incoming)
        return endpoint(incoming)
    except Refused as refused:
        note(incoming, refused)
        return refuse(incoming, refused.problems)


def _refuse_strangers(request: Request) -> None:
    """WEB-109 before a large body is read: only whoever has signed in may make the process hold it."""
    if with_session(unpack(request, Body(), {})).session is None:
        raise Refused((Problem("WEB-109", {}),))


def note(incoming: Incoming, refused: Refused) -> None:
    """One line of the log, in ASCII, for a refusal worth looking at: who, what, where from, for which reasons."""
    codes = sorted({problem.code for problem in refused.problems} & WORTH_NOTING)
    if codes:
        told = {
            "request": incoming.number,
            "codes": codes,
            "method": incoming.method,
            "path": incoming.address.partition("?")[0][:200],
            "person": incoming.session.actor.person if incoming.session is not None else None,
            "client": incoming.client,
        }
        logger.warning("%s", json.dumps(told))


def unpack(request: Request, body: Body, query: Mapping[str, str]) -> Incoming:
    """The request as an endpoint sees it, before anybody is known."""
    text = request.scope["query_string"].decode("latin-1")
    accept = request.headers.get("accept", "")
    return Incoming(
        site=request.app.state.site,
        doors=request.app.state.doors,
        method=request.method,
        address=request.url.path + (f"?{text}" if text else ""),
        path=request.path_params,
        query=query,
        headers=request.headers,
        cookies=request.cookies,
        client=request.client.host if request.client else "",
        secure=request.url.scheme == "https",
        number=request.state.number,
        language=language_of(request.headers, request.cookies),
        wants_json=("application/json" in accept and "text/html" not in accept) or (not accept and body.kind == "json"),
        body=body,
    )


def with_session(incoming: Incoming) -> Incoming:
    """The same request with the session that its cookie names, if that is still open."""
    token = token_of(incoming)
    return replace(incoming, session=incoming.doors.actor_for(incoming.site, token)) if token else incoming


def _http_exception(request: Request, mistake: Exception) -> Response:
    """No such address, or not by this method."""
    assert isinstance(mistake, HTTPException)
    known = {404: Problem("WEB-107", {}), 405: Problem("WEB-108", {"method": request.method})}
    problem = known.get(mistake.status_code, Problem("WEB-105", {"reason": str(mistake.status_code)}))
    response = refuse(unpack(request, Body(), {}), (problem,))
    response.headers.update(mistake.headers or {})
    return response


def _failed(request: Request) -> Response:
    """The last resort: a page (or JSON) with a number, and nothing of what went wrong."""
    number = request.state.number
    return refuse(unpack(request, Body(), {}), (Problem("WEB-110", {"number": number}),))
