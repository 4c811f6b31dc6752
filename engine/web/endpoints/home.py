"""The first page."""

from __future__ import annotations

from starlette.responses import Response

from engine.web.incoming import Incoming
from engine.web.pages import page
from engine.web.respond import json_answer


def show(incoming: Incoming) -> Response:
    """What waits, what is near its end, and where to go."""
    shown = incoming.doors.home(incoming.site, incoming.actor)
    if incoming.wants_json:
        return json_answer({"menu": shown.menu, "tiles": shown.tiles, "kinds": shown.kinds, "inbox": shown.inbox})
    return page(incoming, "home.html", home=shown)
