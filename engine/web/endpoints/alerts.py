"""The rows that stand at a level of an alert, as far as this person may see them."""

from __future__ import annotations

from starlette.responses import Response

from engine.operations.standing import Standing
from engine.web.incoming import Incoming
from engine.web.pages import page
from engine.web.respond import json_answer


def show(incoming: Incoming) -> Response:
    """All alerts with rows, each with the level, since when, and where a row leads."""
    found = incoming.doors.standing(incoming.site, incoming.actor)
    if incoming.wants_json:
        return json_answer({"alerts": [as_json(each) for each in found]})
    return page(incoming, "alerts.html", alerts=found)


def as_json(standing: Standing) -> dict[str, object]:
    """One alert for programs: exact values, instants, addresses."""
    return {
        "alert": standing.alert,
        "label": standing.label,
        "href": standing.href,
        "columns": [{"id": column.id, "label": column.label, "kind": column.kind} for column in standing.columns],
        "rows": [
            {
                "level": row.level,
                "level_label": row.level_label,
                "since": row.since,
                "values": row.values,
                "cells": row.cells,
                "href": row.href,
            }
            for row in standing.rows
        ],
    }
