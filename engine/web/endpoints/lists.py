"""Lists of documents, reports, and the search behind a reference field. Filter, order and page live in the address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from engine.language.problems import Problem, Refused
from engine.operations.listing import Listing, Query
from engine.web.incoming import Incoming
from engine.web.pages import label, page
from engine.web.respond import json_answer
from engine.web.spreadsheet import MOST_ROWS, csv_answer
from engine.web.way_back import way_back

RESERVED = frozenset({"q", "order", "page", "size", "format", "group", "back"})
SIZES = (25, 50, 100, 200)
USUAL_SIZE = 50
LOOKUP_LIMIT = 20


def documents(incoming: Incoming) -> Response:
    """The records of an entity that this person may see."""
    entity = incoming.path["entity"]
    wanted = read_query(incoming)
    listing = incoming.doors.browse(incoming.site, incoming.actor, entity, wanted)
    declared = incoming.app.entities[entity]
    if is_file(incoming):
        return csv_answer(listing, incoming.language, label(declared.label, incoming.language) or entity)
    if is_data(incoming):
        return json_answer(listing_json(listing))
    return page(incoming, "list.html", listing=listing, query=wanted, entity=declared, **_addresses(incoming))


def report(incoming: Incoming) -> Response:
    """A report with its totals; each row that comes from a document opens it."""
    wanted = read_query(incoming)
    table = incoming.doors.run_report(incoming.site, incoming.actor, incoming.path["report"], wanted)
    declared = incoming.app.reports[incoming.path["report"]]
    if is_file(incoming):
        return csv_answer(table, incoming.language, label(declared.label, incoming.language) or declared.report)
    if is_data(incoming):
        return json_answer(listing_json(table))
    return page(incoming, "report.html", listing=table, query=wanted, report=declared, **_addresses(incoming))


def movements(incoming: Incoming) -> Response:
    """What a number of a report is made of: its movements, each with the document that opens behind it."""
    wanted = read_query(incoming, with_empty=True)
    found = incoming.doors.movements_behind(incoming.site, incoming.actor, incoming.path["report"], wanted)
    declared = incoming.app.reports[incoming.path["report"]]
    title = label(declared.label, incoming.language) or declared.report
    if is_file(incoming):
        return csv_answer(found.listing, incoming.language, title)
    if is_data(incoming):
        about = {fact.name: fact.text for fact in found.about}
        return json_answer(listing_json(found.listing) | {"about": about, "rest": found.rest_totals})
    return page(
        incoming,
        "movements.html",
        found=found,
        listing=found.listing,
        query=wanted,
        title=title,
        **way_back(incoming, f"/r/{declared.report}"),
        **_addresses(incoming),
    )


def lookup(incoming: Incoming) -> Response:
    """At most 20 records that match what was typed into a reference field: what to type for each, and its title."""
    found = incoming.doors.lookup(
        incoming.site, incoming.actor, incoming.path["entity"], incoming.query.get("q", ""), LOOKUP_LIMIT
    )
    return json_answer(
        {"options": [{"id": option.id, "text": label(option.text, incoming.language)} for option in found]}
    )


def read_query(incoming: Incoming, *, with_empty: bool = False) -> Query:
    """What the address asks for; a file has all rows. Raises `Refused` (WEB-115) for a page or size out of limits.

    An empty filter is none, as forms send it; `with_empty` keeps it, where it means "has no value". Only pages have
    groups: a program and a spreadsheet gather rows themselves.
    """
    asked = incoming.query
    whole = is_file(incoming)
    return Query(
        filters={name: text for name, text in asked.items() if name not in RESERVED and (text or with_empty)},
        search=asked.get("q", ""),
        order=asked.get("order", ""),
        page=1 if whole else read_number(asked, "page", 1, 1_000_000),
        size=MOST_ROWS if whole else read_number(asked, "size", USUAL_SIZE, SIZES[-1]),
        group="-" if whole or is_data(incoming) else asked.get("group", ""),
    )


def is_file(incoming: Incoming) -> bool:
    """Whether the address asks for a file instead of a page. Raises `Refused` (WEB-115) for a format that is none."""
    return _format(incoming) == "csv"


def is_data(incoming: Incoming) -> bool:
    """Whether a program asks, or somebody who wants to see what a program is told."""
    return incoming.wants_json or _format(incoming) == "json"


def _format(incoming: Incoming) -> str:
    asked = incoming.query.get("format", "")
    if asked not in ("", "csv", "json"):
        raise Refused((Problem("WEB-115", {"name": "format", "text": asked[:40]}),))
    return asked


def listing_json(listing: Listing) -> dict[str, Any]:
    """A page of a list for a program: exact values, not the texts of the page."""
    return {
        "columns": [{"id": column.id, "label": column.label, "kind": column.kind} for column in listing.columns],
        "rows": [
            {"id": row.id, "values": row.values} | ({"behind": row.behind} if row.behind else {})
            for row in listing.rows
        ],
        "total": listing.total,
        "sums": listing.totals,
        "page": listing.page,
        "size": listing.size,
    }


def read_number(asked: Mapping[str, str], name: str, usual: int, most: int) -> int:
    """A whole number of the address between 1 and a limit. Raises `Refused` (WEB-115) for anything else."""
    text = asked.get(name) or str(usual)
    if not re.fullmatch(r"\d{1,9}", text) or not 1 <= int(text) <= most:
        raise Refused((Problem("WEB-115", {"name": name, "text": text[:40]}),))
    return int(text)


def _addresses(incoming: Incoming) -> dict[str, Any]:
    """How a list page links to itself with one thing changed, and how a document opened from it finds its way back."""
    here, _, asked = incoming.address.partition("?")
    is_plain = not asked and here.startswith("/d/")
    return {
        "here": here,
        "asked": dict(incoming.query),
        "sizes": SIZES,
        "back": "" if is_plain else incoming.address,
        "most_rows": MOST_ROWS,
    }
