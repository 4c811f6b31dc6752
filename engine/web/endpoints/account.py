"""One's own account: the password and the sessions on other devices."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response

from engine.language.problems import Problem, Refused
from engine.web.incoming import Incoming
from engine.web.notice import announce, take_notice
from engine.web.pages import page
from engine.web.respond import json_answer, see_other, status_of
from engine.web.session import set_cookie
from engine.web.texts import Texts

HERE = "/account"
HANDLE = re.compile(r"[0-9a-f]{16}")


def show(incoming: Incoming) -> Response:
    """Who I am, my password, my sessions."""
    if incoming.wants_json:
        return json_answer({"person": incoming.actor.person, "name": incoming.actor.name, "sessions": _own(incoming)})
    return _shown(incoming)


def change_password(incoming: Incoming) -> Response:
    """Take another password; the other sessions end, this one goes on under a new token."""
    present, wanted, again = (_text(incoming, name) for name in ("present", "password", "again"))
    try:
        opened = incoming.doors.change_password(incoming.site, incoming.session, present, wanted, again)
    except Refused as refused:
        if incoming.wants_json:
            raise
        return _shown(incoming, refused.problems, status_of(refused.problems))
    response = json_answer({"csrf": opened.csrf}) if incoming.wants_json else see_other(HERE)
    set_cookie(response, incoming, "session", opened.token)
    t = Texts(incoming.language)
    if not incoming.wants_json:
        announce(response, incoming, t("password_changed"))
    return response


def end_sessions(incoming: Incoming) -> Response:
    """End one session, or all the others."""
    wanted = _text(incoming, "session")
    if wanted != "others" and not HANDLE.fullmatch(wanted):
        raise Refused((Problem("WEB-115", {"name": "session", "text": wanted[:40]}),))
    incoming.doors.end_sessions(incoming.site, incoming.session, None if wanted == "others" else wanted)
    if incoming.wants_json:
        return json_answer({"sessions": _own(incoming)})
    response, t = see_other(HERE), Texts(incoming.language)
    announce(response, incoming, t("session_ended"))
    return response


def _shown(incoming: Incoming, problems: tuple[Problem, ...] = (), status: int = 200) -> Response:
    zone, notice = ZoneInfo(incoming.app.zone), take_notice(incoming)
    sessions = [
        {**each, **{name: each[name].astimezone(zone).strftime("%Y-%m-%d %H:%M") for name in ("began", "seen")}}
        for each in _own(incoming)
    ]
    t = Texts(incoming.language)
    known = {"present": t("password_present"), "password": t("password_new"), "again": t("password_again")}
    response = page(
        incoming,
        "account.html",
        status=status,
        sessions=sessions,
        problems=problems,
        known=known,
        notice=notice.shown,
    )
    notice.forget(response)
    return response


def _own(incoming: Incoming) -> list[dict[str, Any]]:
    return [
        {"id": each.id, "began": each.began, "seen": each.seen, "mine": each.mine}
        for each in incoming.doors.sessions(incoming.site, incoming.session)
    ]


def _text(incoming: Incoming, name: str) -> str:
    sent = incoming.body.fields if incoming.body.kind == "form" else incoming.body.data
    text = sent.get(name, "") if isinstance(sent, dict) else None
    if not isinstance(text, str):
        raise Refused((Problem("WEB-116", {}),))
    return text
