"""What happens by itself: deadlines that are due, messages that wait, seals; the loop that looks for them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Event

from engine.entities.changes import Send, SetDue
from engine.language.problems import Refused
from engine.operations.alert_rows import ENGINE
from engine.operations.alerts import judge_alert
from engine.operations.case import Submission
from engine.operations.people import player
from engine.operations.publish import ALERT, SCHEDULE, next_run
from engine.operations.rows import condition
from engine.operations.site import Running, Site
from engine.operations.submit import submit
from engine.operations.time_and_settings import today_in
from engine.storage import due, journal, outbox, records
from engine.storage.work import Decision, Intent

LOG = logging.getLogger("formwork.wake")
EVERY_SECONDS = 1.0
SEAL_EVERY = timedelta(seconds=5)
MOVED_ON = frozenset({"WFL-101", "WFL-106", "ACC-112"})
"""The document is no longer where the transition starts, or not there at all."""


def wake(site: Site, now: datetime) -> int:
    """Handle everything that is due at this instant; gives how many rows were handled. Never raises for data."""
    return _due_rows(site, now) + _messages(site, now)


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


def _due_rows(site: Site, now: datetime) -> int:
    """Handle every row that is due by its kind; one that cannot be handled now comes back later, with the reason."""
    rows = due.claim(site.database, now)
    done: set[str] = set()
    for row in rows:
        try:
            if row.body.get("once") not in done:  # what several rows ask for is done once for all of them
                HANDLERS[row.kind](site, row, now)
        except Refused as refused:
            due.fail(site.database, row, now, str(refused))
        else:
            due.finish(site.database, row)
            done.add(str(row.body.get("once", row.key)))
    return len(rows)


def _deadline(site: Site, row: due.DueRow, _now: datetime) -> None:
    """Take the transition of a deadline, unless the document has moved on meanwhile."""
    asked = Submission(str(row.body["entity"]), str(row.body["id"]), str(row.body["transition"]), {}, None, _key(row))
    _take(site, asked)


def _schedule(site: Site, row: due.DueRow, now: datetime) -> None:
    """Take the transition of a schedule for every document that meets its condition, then set its next time."""
    with site.reading() as (connection, running):
        schedule = running.app.schedules.get(str(row.body["schedule"]))
        if schedule is None:
            return
        where = []
        if schedule.where is not None:
            known: dict[tuple[str, ...], object] = {
                ("actor",): {},
                ("today",): today_in(running.app.zone, now),
                ("now",): now,
            }
            where.append(condition(running, schedule.entity, schedule.where.expression, known))
        workflow = running.app.workflows[schedule.entity]
        taken = workflow.transition(schedule.take)
        assert taken is not None  # checked when the package was loaded
        where.append(
            records.any_of(records.equals(running.tables, schedule.entity, ("state",), each) for each in taken.source)
        )
        found = records.list_records(connection, running.tables, schedule.entity, where=where, lines=False)
        following = next_run(SCHEDULE, schedule.schedule, schedule, now, running.app.zone)
    for record in found:
        _take(site, Submission(schedule.entity, record.id, schedule.take, {}, None, f"{_key(row)}:{record.id}"))
    _write(site, running, f"{_key(row)}:next", following)


def _alert(site: Site, row: due.DueRow, now: datetime) -> None:
    """Judge an alert; where the calendar asked for it, set its next time in the same commit."""
    name, app = str(row.body["alert"]), site.app()
    alert = app.alerts.get(name)
    calendar = alert.check if alert is not None and not row.body.get("once") else None
    following = next_run(ALERT, name, calendar, now, app.zone) if calendar is not None else None
    judge_alert(site, name, _key(row), following)


def _take(site: Site, submission: Submission) -> None:
    """A transition that the engine takes by itself; a document that moved on meanwhile needs none."""
    with site.reading() as (connection, running):
        actor = player(connection, running, ENGINE, running.app.roles, "zh")
    try:
        submit(site, actor, submission, automatic=True)
    except Refused as refused:
        if not {problem.code for problem in refused.problems} & MOVED_ON:
            raise


def _write(site: Site, running: Running, key: str, change: SetDue) -> None:
    """One change of the engine's own, through the unit of work like every other."""
    decision = Decision((change,), {}, {"due": change.due}, ("operation", change.key))
    intent = Intent(key, key, "schedule", ENGINE, lambda _state: decision, package=running.app.digest)
    running.work.run([intent], site.clock())[0].result()


def _key(row: due.DueRow) -> str:
    """The idempotency key of handling a row: the same row at the same time is handled once."""
    return f"due:{row.key}:{row.due.isoformat()}"


HANDLERS: Mapping[str, Callable[[Site, due.DueRow, datetime], None]] = {
    "transition": _deadline,
    SCHEDULE: _schedule,
    ALERT: _alert,
}
"""What is done with a due row, by its kind."""


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
            channel(Send(message.key, message.channel, message.to, message.subject, message.body))
        except Exception as error:  # noqa: BLE001 - a channel from outside may fail in any way; the row is tried again
            outbox.fail(site.database, message, now, type(error).__name__)
            continue
        outbox.sent(site.database, message.key, now)
    return len(waiting)
