"""The list that a page was opened from, as it was filtered, and how links carry it on. Never another site."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from engine.web.incoming import Incoming

LIST = re.compile(r"/(?P<kind>[dr])/(?P<name>[a-z][a-z0-9_]*)(?P<behind>/movements)?(\?[^\s\\]*)?\Z")


def way_back(incoming: Incoming, usual: str) -> dict[str, Any]:
    """For a page: where its list is and what that is called. `usual` is the address where none was named."""
    asked = incoming.query.get("back", "")
    named = _declared(incoming, asked)
    return {
        "list_address": asked if named is not None else usual,
        "list_label": named if named is not None else _declared(incoming, usual),
        "carried": f"?{urlencode({'back': asked})}" if named is not None else "",
    }


def _declared(incoming: Incoming, address: str) -> Any:
    """What the list at an address is called; None where it is no list of ours."""
    found = LIST.match(address)
    if found is None or (found["kind"] == "d" and found["behind"]):
        return None
    app, name = incoming.app, found["name"]
    declared = app.entities.get(name) if found["kind"] == "d" else app.reports.get(name)
    return None if declared is None else declared.label or name
