"""What a visitor chooses for this browser (language, light or dark, how dense), kept in cookies of their own."""

from __future__ import annotations

from starlette.responses import Response

from engine.language.problems import Problem, Refused
from engine.web.incoming import Incoming
from engine.web.respond import json_answer, see_other
from engine.web.session import CHOICES, safe_next

A_YEAR = 365 * 24 * 3600


def choose(incoming: Incoming) -> Response:
    """Remember what was chosen and go back to the page that asked. Raises `Refused` (WEB-115) for any other value."""
    sent = incoming.body.fields if incoming.body.kind == "form" else incoming.body.data
    sent = sent if isinstance(sent, dict) else {}
    chosen = {name: sent[name] for name in CHOICES if name in sent}
    for name, value in chosen.items():
        if value not in CHOICES[name]:
            raise Refused((Problem("WEB-115", {"name": name, "text": str(value)[:20]}),))
    if not chosen:
        raise Refused((Problem("WEB-115", {"name": "language", "text": ""}),))
    response = json_answer(chosen) if incoming.wants_json else see_other(safe_next(str(sent.get("next", ""))))
    for name, value in chosen.items():
        response.set_cookie(
            name, value, max_age=A_YEAR, path="/", secure=incoming.secure, httponly=True, samesite="lax"
        )
    return response
