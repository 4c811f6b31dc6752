"""Every address of the product, from the router: with real ids of a furnished site in the places of its parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.operations.attach import attach
from engine.operations.site import Site
from engine.web.app import table
from engine.web.files import address_of
from engine.web.grants import Granted
from tests.security.attacker import actor, do

ROUTES = table()
READS = [route for route in ROUTES if "GET" in (route.methods or ())]
WRITES = [route for route in ROUTES if "POST" in (route.methods or ())]
FILLED = {
    "subject": "KANARI-SUBJECT",
    "story": "KANARI-STORY",
    "secret": "KANARI-SECRET",
    "level": "high",
    "pay": "5173.31",
    "count": "3",
    "share": "0.25",
    "weight": "2.5",
    "day": "2026-03-01",
    "at": "2026-03-01 08:00",
    "open_to_all": "true",
    "partner": "MILL",
    "lines": [{"what": "KANARI-LINE", "item": "FLOUR", "cost": "4711.19"}],
}
"""A dossier with something in every field."""


@dataclass(frozen=True)
class Known:
    """The ids that addresses are filled with."""

    dossier: str
    paper: str

    def address(self, route: Granted) -> str:
        """The address of a route where the dossier's company looks at it."""
        given = {
            "entity": "dossier",
            "report": "dossiers",
            "id": self.paper if route.path.startswith("/attachments") else self.dossier,
            "name": address_of("formwork.css").rpartition("/")[2],
        }
        return re.sub(r"{(\w+)}", lambda found: given[found[1]], route.path)


def fill(site: Site, login: str = "clerk", **changes: object) -> Known:
    """A dossier with everything in it, and the file that hangs on it."""
    paper = attach(site, actor(site, login), "KANARI-PAPER.pdf", b"%PDF-1.7 KANARI-CONTENT").id
    made = do(site, login, "dossier", {**FILLED, "paper": paper, **changes})
    return Known(made.id, paper)


def named(routes: list[Granted]) -> Iterator[str]:
    """Names of routes for parametrized tests."""
    for route in routes:
        yield f"{'POST' if route in WRITES else 'GET'} {route.path}"
