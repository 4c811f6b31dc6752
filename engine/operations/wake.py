"""What happens by itself: deadlines that are due, messages that wait, seals; the loop that looks for them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event

from engine.access.actor import Actor, RoleAt
from engine.language.problems import Refused
from engine.operations.case import Submission, gather
from engine.operations.site import Site
from engine.operations.submit import Submitted, submit
from engine.storage import due, journal, outbox

LOG = logging.getLogger("formwork.wake")
EVERY_SECONDS = 1.0
SEAL_EVERY = timedelta(seconds=5)
ENGINE = "engine"
"""How the journal names the engine itself."""

Channel = Callable[[outbox.Message], None]


def wake(site: Site, now: datetime) -> int:
    """Handle everything that is due at this instant; gives how many rows were handled. Never raises for data."""
    return _deadlines(site, now) + _messages(site, now)


def run_loop(site: Site, stop: Event) -> None:
    """Wake again and again until told to stop; a fault of one round is logged and the next round tries again."""
    sealed = site.clock()
    while not stop.wait(EVERY_SECONDS):
        try:
            now = site.clock()
            wake(site, now)
            if now - sealed >= SEAL_EVERY:
                journal.seal(site.database, now)
                sealed = now
        except Refused as refused:
            LOG.warning("wake: %s", refused)


def _deadlines(site: Site, now: datetime) -> int:
    """Take the transition of every deadline that is due, unless the document has moved on meanwhile."""
    rows = due.claim(site.database, now)
    for row in rows:
        body = row.body
        key = f"due:{row.key}:{row.due.isoformat()}"
        try:
            _take(site, Submission(str(body["entity"]), str(body["id"]), str(body["transition"]), {}, None, key))
        except Refused as refused:
            codes = {problem.code for problem in refused.problems}
            if not codes & {"WFL-101", "WFL-106", "ACC-112"}:
                due.fail(site.database, row, now, str(refused))
                continue
        due.finish(site.database, row)
    return len(rows)


def _take(site: Site, submission: Submission) -> Submitted:
    """A transition that the engine takes by itself."""
    app = site.app()
    actor = Actor(ENGINE, ENGINE, frozenset(RoleAt(role) for role in app.roles), zone=app.zone)
    with site.database.read() as connection:
        case = gather(site, connection, actor, submission)
    company = case.company(case.before.values if case.before else {})
    return submit(site, replace(actor, company=company), submission, automatic=True)


def _messages(site: Site, now: datetime) -> int:
    """Hand waiting messages to their channels."""
    waiting = outbox.claim(site.database, now)
    if not waiting:
        return 0
    channels = site.app().plugins.channels
    for message in waiting:
        channel = channels.get(message.channel)
        if channel is None:
            outbox.sent(site.database, message.key, now)  # `local` and channels not configured: the inbox shows the row
            continue
        try:
            channel(message)
        except Exception as error:  # noqa: BLE001 - a channel from outside may fail in any way; the row is tried again
            outbox.fail(site.database, message, now, type(error).__name__)
            continue
        outbox.sent(site.database, message.key, now)
    return len(waiting)
