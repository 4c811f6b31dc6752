"""What waits for whoever asks, and the notices they were given."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from engine.web.endpoints.lists import SIZES, USUAL_SIZE, read_number
from engine.web.incoming import Incoming
from engine.web.pages import page
from engine.web.respond import json_answer


def tasks(incoming: Incoming) -> Response:
    """The tasks of approval flows that this person may decide, what waits longest first."""
    number, size = _asked(incoming)
    found = incoming.doors.inbox(incoming.site, incoming.actor, number, size)
    if incoming.wants_json:
        return json_answer(found)
    return page(incoming, "inbox.html", listing=found, **_addresses(incoming))


def notices(incoming: Incoming) -> Response:
    """The notices in this person's hands, newest first."""
    number, size = _asked(incoming)
    found = incoming.doors.notices(incoming.site, incoming.actor, number, size)
    if incoming.wants_json:
        return json_answer(found)
    return page(incoming, "notices.html", listing=found, **_addresses(incoming))


def _asked(incoming: Incoming) -> tuple[int, int]:
    """Page and size from the address. Raises `Refused` (WEB-115) out of limits."""
    number = read_number(incoming.query, "page", 1, 1_000_000)
    return number, read_number(incoming.query, "size", USUAL_SIZE, SIZES[-1])


def _addresses(incoming: Incoming) -> dict[str, Any]:
    """How the page links to its other pages."""
    return {"here": incoming.address.partition("?")[0], "asked": dict(incoming.query), "sizes": SIZES}
