"""The sign-in page, also when a session ended while somebody was typing: what was typed waits in the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.responses import Response

from engine.language.problems import Problem
from engine.web.incoming import Incoming
from engine.web.pages import page
from engine.web.session import FIELD, csrf_of, new_visit, read_cookie, safe_next, set_cookie

KEPT = "kept-"
"""What the names of fields begin with that wait in the sign-in page for their form."""


def sign_in_page(
    incoming: Incoming,
    *,
    status: int = 200,
    login: str = "",
    problems: Sequence[Problem] = (),
    after: str | None = None,
    kept: Mapping[str, str] | None = None,
) -> Response:
    """The page, with the token that its form must repeat (a new visitor gets one as a cookie)."""
    visit = csrf_of(incoming) or new_visit()
    response = page(
        incoming,
        "sign_in.html",
        status=status,
        csrf=visit,
        login=login,
        problems=tuple(problems),
        after=safe_next(after),
        kept={f"{KEPT}{name}": text for name, text in (kept or {}).items()},
    )
    if incoming.session is None and read_cookie(incoming, "visit") is None:
        set_cookie(response, incoming, "visit", visit)
    return response


def typed_in_vain(incoming: Incoming) -> Mapping[str, str]:
    """What one of our own forms sent without a living session. Nothing where the browser does not say it was ours."""
    if incoming.body.kind != "form" or incoming.headers.get("sec-fetch-site") != "same-origin":
        return {}
    return {name: text for name, text in incoming.body.fields.items() if name != FIELD}


def waiting(fields: Mapping[str, str]) -> dict[str, str]:
    """What waits in a sign-in form, by the names it was typed under."""
    return {name.removeprefix(KEPT): text for name, text in fields.items() if name.startswith(KEPT)}
