"""Sign in, sign out."""

from __future__ import annotations

import re
from dataclasses import replace

from starlette.responses import Response

from engine.language.problems import Problem, Refused
from engine.operations.sign_in import SignedIn
from engine.web.endpoints.documents import resume
from engine.web.grants import On, check_grant
from engine.web.incoming import Body, Incoming
from engine.web.respond import json_answer, see_other, status_of
from engine.web.session import (
    csrf_of,
    drop_cookie,
    new_visit,
    read_cookie,
    safe_next,
    set_cookie,
    token_of,
)
from engine.web.sign_in_page import sign_in_page, waiting

DOCUMENT = re.compile(r"/d/(?P<entity>[a-z][a-z0-9_]*)(?:/(?P<id>[^/?]+))?(?:\?.*)?")


def ask(incoming: Incoming) -> Response:
    """The sign-in page; it also gives the visitor the token that the next write must repeat."""
    if not incoming.wants_json:
        if incoming.session is not None:
            return see_other(safe_next(incoming.query.get("next")))
        return sign_in_page(incoming, after=incoming.query.get("next"))
    visit = csrf_of(incoming) or new_visit()
    response = json_answer({"csrf": visit})
    if incoming.session is None and read_cookie(incoming, "visit") is None:
        set_cookie(response, incoming, "visit", visit)
    return response


def sign_in(incoming: Incoming) -> Response:
    """Check login and password, then open a session under a token that was never used before."""
    sent = incoming.body.fields if incoming.body.kind == "form" else incoming.body.data
    if not isinstance(sent, dict):
        raise Refused((Problem("WEB-116", {}),))
    login, password = sent.get("login", ""), sent.get("password", "")
    if not isinstance(login, str) or not isinstance(password, str):
        raise Refused((Problem("WEB-116", {}),))
    after, kept = safe_next(str(sent.get("next", ""))), waiting(incoming.body.fields)
    try:
        opened = incoming.doors.sign_in(incoming.site, login, password, incoming.client)
    except Refused as refused:
        if incoming.wants_json:
            raise
        status = status_of(refused.problems)
        return sign_in_page(incoming, status=status, login=login, problems=refused.problems, after=after, kept=kept)
    response = _welcome(incoming, opened, after, kept)
    set_cookie(response, incoming, "session", opened.token)
    drop_cookie(response, incoming, "visit")
    return response


def _welcome(incoming: Incoming, opened: SignedIn, after: str, kept: dict[str, str]) -> Response:
    """Where a person goes after signing in: on, or back to the form that was being filled in."""
    if incoming.wants_json:
        return json_answer({"csrf": opened.csrf, "person": opened.actor.person, "name": opened.actor.name})
    form = DOCUMENT.fullmatch(after)
    if not kept or form is None:
        return see_other(after)
    session = incoming.doors.actor_for(incoming.site, opened.token)
    resumed = replace(
        incoming, session=session, address=after, path=form.groupdict(), body=Body("form", fields=kept), query={}
    )
    check_grant(On("entity", "open" if form["id"] else "create"), resumed)
    return resume(resumed, form["id"])


def sign_out(incoming: Incoming) -> Response:
    """End the session here and in the database, and make the browser forget what it kept."""
    incoming.doors.sign_out(incoming.site, token_of(incoming))
    response = json_answer({}) if incoming.wants_json else see_other("/sign-in")
    drop_cookie(response, incoming, "session")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
