"""Files in and out. A file of a person can never act as a page of ours."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from engine.language.problems import Problem, Refused
from engine.web.incoming import Incoming
from engine.web.respond import json_answer


def take(incoming: Incoming) -> Response:
    """Store one file (multipart, field `file`) and answer with its id, always as JSON."""
    upload = incoming.body.uploads.get("file")
    if upload is None:
        raise Refused((Problem("WEB-116", {}),))
    kept = incoming.doors.attach(incoming.site, incoming.actor, upload.name, upload.content)
    return json_answer({"id": kept.id, "name": kept.name, "media_type": kept.media_type, "size": kept.size}, 201)


def give(incoming: Incoming) -> Response:
    """The file, to be saved and never to be shown: attachment, sandbox, nosniff (OWASP ASVS 5.0: 3.2.1)."""
    kept, content = incoming.doors.fetch(incoming.site, incoming.actor, incoming.path["id"])
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(kept.name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(content, 200, headers, media_type=kept.media_type)
