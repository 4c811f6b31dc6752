"""The first page."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from engine.operations.home import Home
from engine.operations.listing import Query
from engine.web.endpoints.lists import listing_json
from engine.web.incoming import Incoming
from engine.web.pages import page
from engine.web.respond import json_answer


def show(incoming: Incoming) -> Response:
    """What waits, what is near its end, and where to go."""
    shown = incoming.doors.home(incoming.site, incoming.actor)
    if incoming.wants_json:
        return json_answer(home_json(shown))
    return page(incoming, "home.html", home=shown, none_asked=Query())


def home_json(shown: Home) -> dict[str, Any]:
    """The first page for a program."""
    return {
        "menu": shown.menu,
        "inbox": shown.inbox,
        "alerts": {each.alert: len(each.rows) for each in shown.alerts},
        "waiting": shown.waiting,
        "drafts": shown.drafts,
        "reports": {each.report: listing_json(each.listing) for each in shown.excerpts},
        "kinds": shown.kinds,
    }
