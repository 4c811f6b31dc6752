"""Liveness knows nothing, readiness asks the database cheaply and at most every two seconds."""

from __future__ import annotations

import threading
import time
from weakref import WeakKeyDictionary

from starlette.responses import PlainTextResponse, Response

from engine.language.problems import Refused
from engine.operations.site import Site
from engine.web.incoming import Incoming

KEPT_SECONDS = 2.0
_lock = threading.Lock()
_answers: WeakKeyDictionary[Site, tuple[float, bool]] = WeakKeyDictionary()


def alive(incoming: Incoming) -> Response:
    """The process answers. Nothing is asked, so nothing can be worn out by asking."""
    del incoming
    return PlainTextResponse("ok")


def ready(incoming: Incoming) -> Response:
    """Whether the published package can be read, remembered for two seconds."""
    with _lock:
        asked, good = _answers.get(incoming.site, (0.0, False))
        now = time.monotonic()
        if not asked or now - asked > KEPT_SECONDS:
            good = _reads(incoming.site)
            _answers[incoming.site] = (now, good)
    return PlainTextResponse("ready" if good else "not ready", 200 if good else 503)


def _reads(site: Site) -> bool:
    try:
        site.app()
    except Refused:
        return False
    return True
