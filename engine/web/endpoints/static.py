"""Our own files, kept by browsers for a year because their name changes with their bytes."""

from __future__ import annotations

from starlette.responses import Response

from engine.language.problems import Problem, Refused
from engine.web.files import FOR_A_YEAR, static_files
from engine.web.incoming import Incoming


def give(incoming: Incoming) -> Response:
    """One file; a name of yesterday is not found."""
    found = static_files().get(incoming.path["name"])
    if found is None:
        raise Refused((Problem("WEB-107", {}),))
    headers = {"Cache-Control": FOR_A_YEAR, "Vary": "Accept-Encoding"}
    if "gzip" in incoming.headers.get("accept-encoding", ""):
        return Response(found.packed, 200, headers | {"Content-Encoding": "gzip"}, media_type=found.media_type)
    return Response(found.content, 200, headers, media_type=found.media_type)
