"""Sign in, sign out, choose the language."""

from __future__ import annotations

from starlette.responses import Response

from engine.language.problems import Problem, Refused
from engine.web.incoming import Incoming
from engine.web.pages import page
from engine.web.respond import json_answer, refuse, see_other, status_of
from engine.web.session import (
    LANGUAGES,
    csrf_of,
    drop_cookie,
    new_visit,
    read_cookie,
    safe_next,
    set_cookie,
    token_of,
)

A_YEAR = 365 * 24 * 3600


def ask(incoming: Incoming) -> Response:
    """The sign-in page; it also gives the visitor the token that the next write must repeat."""
    if incoming.session is not None and not incoming.wants_json:
        return see_other(safe_next(incoming.query.get("next")))
    visit = csrf_of(incoming) or new_visit()
    response = json_answer({"csrf": visit}) if incoming.wants_json else _form(incoming, visit)
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
    try:
        opened = incoming.doors.sign_in(incoming.site, login, password, incoming.client)
    except Refused as refused:
        if incoming.wants_json:
            return refuse(incoming, refused.problems)
        return _form(incoming, csrf_of(incoming) or "", login, refused.problems)
    if incoming.wants_json:
        response: Response = json_answer(
            {"csrf": opened.csrf, "person": opened.actor.person, "name": opened.actor.name}
        )
    else:
        response = see_other(safe_next(str(sent.get("next", ""))))
    set_cookie(response, incoming, "session", opened.token)
    drop_cookie(response, incoming, "visit")
    return response


def sign_out(incoming: Incoming) -> Response:
    """End the session here and in the database, and make the browser forget what it kept."""
    incoming.doors.sign_out(incoming.site, token_of(incoming))
    response = json_answer({}) if incoming.wants_json else see_other("/sign-in")
    drop_cookie(response, incoming, "session")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def choose_language(incoming: Incoming) -> Response:
    """Remember the language in a cookie and go back to the page that asked."""
    sent = incoming.body.fields if incoming.body.kind == "form" else incoming.body.data
    wanted = sent.get("language") if isinstance(sent, dict) else None
    if wanted not in LANGUAGES:
        raise Refused((Problem("WEB-115", {"name": "language", "text": str(wanted)[:20]}),))
    back = safe_next(str(sent.get("next", ""))) if isinstance(sent, dict) else "/"
    response = json_answer({"language": wanted}) if incoming.wants_json else see_other(back)
    response.set_cookie(
        "language", wanted, max_age=A_YEAR, path="/", secure=incoming.secure, httponly=True, samesite="lax"
    )
    return response


def _form(incoming: Incoming, visit: str, login: str = "", problems: tuple[Problem, ...] = ()) -> Response:
    status = status_of(problems) if problems else 200
    after = incoming.body.fields.get("next") if incoming.body.kind == "form" else incoming.query.get("next")
    return page(
        incoming, "sign_in.html", status=status, csrf=visit, login=login, problems=problems, after=safe_next(after)
    )
