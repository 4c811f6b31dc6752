"""Judges an alert: which rows have newly reached a level, and who is told. Each crossing is told once.

Everything is read in one view and decided outside the lock; what is written stands in a numbered round of the alert. If
another process was faster the round is taken, and everything is read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from engine.entities.changes import Change, Issue, Send, SetDue, SetLevel
from engine.entities.record import Record
from engine.language.problems import Problem, Refused
from engine.ledgers.movements import Movements
from engine.operations.alert_rows import ENGINE, alert_rows, report_of, with_columns
from engine.operations.listing import worded
from engine.operations.people import PERSON, Directory
from engine.operations.site import Running, Site
from engine.packages.alerts import Alert, Level
from engine.packages.schema import App
from engine.storage import alerts as stored
from engine.storage import records
from engine.storage.state import ReadSet, State
from engine.storage.work import Decision, Intent
from engine.workflows.who import Subject, identity

ROUNDS = 5
"""How often an alert is judged anew because another process judged it meanwhile."""

MOST_LINES = 100
"""Rows that one message names; the others it counts."""

MORE = {"zh": "……还有 {count} 项", "en": "… and {count} more"}
COUNT = {"zh": "{label}：{count} 项", "en": "{label}: {count}"}


class Overtaken(Exception):
    """Another process has judged the alert since it was read."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """A row that has newly reached a level: what formulas see of it, and the company it belongs to."""

    level: Level
    scope: Mapping[str, Any]
    company: str | None


def judge_alert(site: Site, name: str, key: str, following: SetDue | None = None) -> None:
    """Tell what has newly reached a level, remember it, and forget what left all levels. `key` makes it happen once.

    `following` is the alert's next time by the calendar, written in the same commit. Raises `Refused` (OPS-107) when
    others are always faster, OPS-132 when there are more rows than a report reads.
    """
    for _ in range(ROUNDS):
        with site.reading() as (connection, running):
            alert = running.app.alerts.get(name)
            if alert is None:
                return
            round_ = stored.round_of(connection, name)
            crossed, changes = _compare(site, connection, running, alert)
            messages = tuple(_messages(site, connection, running, alert, crossed, round_ + 1))
        wanted: tuple[Change, ...] = (*changes, *messages, *(() if following is None else (following,)))
        if not wanted:
            return
        try:
            _write(site, running, alert, key, round_, wanted)
        except Overtaken:
            continue
        return
    raise Refused((Problem("OPS-107", {}),))


def _compare(
    site: Site, connection: Connection, running: Running, alert: Alert
) -> tuple[list[Crossing], tuple[SetLevel, ...]]:
    """The rows at their levels now against what is remembered: what was newly reached, and what is to be kept.

    A row that goes back to a wider level is not told again, but is when it comes to the narrower one once more.
    """
    before, report = stored.reached(connection, alert.alert), report_of(running.app, alert)
    crossed: list[Crossing] = []
    changes: list[SetLevel] = []
    still: set[str] = set()
    for row in alert_rows(site, connection, running, alert):
        if row.level is None:
            continue
        still.add(row.key)
        known = before.get(row.key)
        if known is not None and known.level == row.level.id:
            continue
        changes.append(SetLevel(alert.alert, row.key, row.level.id, running.app.digest))
        if known is None or alert.rank(row.level.id) < alert.rank(known.level):
            crossed.append(Crossing(row.level, with_columns(report, row.scope), row.company))
    gone = sorted(before.keys() - still)
    return crossed, (*changes, *(SetLevel(alert.alert, key, None, running.app.digest) for key in gone))


def _write(site: Site, running: Running, alert: Alert, key: str, round_: int, wanted: tuple[Change, ...]) -> None:
    """One round, in one commit: levels, messages, the next time. Raises `Overtaken`."""
    counter = stored.round_key(alert.alert)
    levels = [change for change in wanted if isinstance(change, SetLevel)]
    told = sum(isinstance(change, Send) for change in wanted)

    def judge(state: State) -> Decision:
        if not levels:
            return Decision(wanted, {}, {}, (stored.SUBJECT, alert.alert))
        if state.counter(counter) != round_:
            raise Overtaken
        body = {"round": round_ + 1, "levels": {change.row: change.level for change in levels}, "messages": told}
        return Decision((*wanted, Issue(counter, round_ + 1)), {}, body, (stored.SUBJECT, alert.alert))

    reads = ReadSet(counters=frozenset({counter})) if levels else ReadSet()
    intent = Intent(key, key, "alert", ENGINE, judge, package=running.app.digest, reads=reads)
    running.work.run([intent], site.clock())[0].result()


def _messages(
    site: Site, connection: Connection, running: Running, alert: Alert, crossed: Sequence[Crossing], round_: int
) -> Iterator[Send]:
    """What people are told: one message each for every channel; a list when it is about many rows."""
    directory = Directory(connection, running, site.clock())
    told: dict[tuple[str, str], list[Crossing]] = {}
    for each in crossed:
        channel = running.app.notices[each.level.notice].channel
        for person in dict.fromkeys(
            person for who in each.level.to for person in who.people(_subject(each, directory))
        ):
            told.setdefault((person, channel), []).append(each)
    languages = _languages(connection, running, {person for person, _ in told})
    for (person, channel), rows in sorted(told.items(), key=lambda item: item[0]):
        subject, body = _words(running.app, alert, rows, languages[person])
        key, entity = f"alert:{alert.alert}:{round_}:{channel}:{person}", alert.on.entity
        about = (entity, str(rows[0].scope["id"])) if entity is not None and len(rows) == 1 else None
        yield Send(key, channel, (person,), subject, body, about)


def _subject(crossing: Crossing, directory: Directory) -> Subject:
    """What questions about people need of a row: its company, and what it refers to."""
    scope, company = crossing.scope, crossing.company
    return Subject(scope, identity(scope.get("created_by")), company, identity(scope.get("unit")), directory)


def _languages(connection: Connection, running: Running, people: Iterable[str]) -> Mapping[str, str]:
    """The language that each person reads."""
    found = records.get(connection, running.tables, PERSON, sorted(people))
    spoken = {id: record.values.get("language") for id, record in found.items()}
    return {id: "en" if spoken.get(id) == "en" else "zh" for id in people}


def _words(app: App, alert: Alert, crossed: Sequence[Crossing], language: str) -> tuple[str, str]:
    """Heading and text: those of the notice for one row, otherwise a list, the narrowest level first."""
    if len(crossed) == 1:
        return app.notices[crossed[0].level.notice].words(language, crossed[0].scope)
    label = worded(alert.label, alert.alert)[language]
    ordered = sorted(crossed, key=lambda each: alert.rank(each.level.id))
    lines = [f"- {app.notices[each.level.notice].subject.words(language, each.scope)}" for each in ordered]
    more = len(lines) - MOST_LINES
    if more > 0:
        lines = [*lines[:MOST_LINES], MORE[language].replace("{count}", str(more))]
    heading = COUNT[language].replace("{label}", label).replace("{count}", str(len(crossed)))
    return heading, "\n".join(lines)


def asked_by_posting(app: App, movements: Iterable[Movements], record: Record, now: datetime) -> Iterator[SetDue]:
    """The due rows by which a posting asks for the alerts on its ledgers: judged soon after, not in its transaction."""
    ledgers = {entry.ledger for each in movements for entry in each.entries}
    for name, alert in app.alerts.items():
        report = app.reports.get(alert.on.report or "")
        if alert.after == "posting" and report is not None and report.source.ledger in ledgers:
            body = {"alert": name, "once": f"alert:{name}"}
            yield SetDue(f"alert:{name}:{record.id}:{record.version}", "alert", now, body)
