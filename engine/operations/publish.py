"""Publishing: a package becomes what new work uses, in one audited transaction, after everything was checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from engine.entities.changes import CancelDue, Change, Publish, SetDue, SetLevel
from engine.language.problems import Problem, Refused
from engine.operations.related import fields_read
from engine.operations.shape import shape_of
from engine.operations.site import Running, Site, files_of
from engine.packages.files import PackageFiles
from engine.packages.load import load
from engine.packages.schedules import Calendar
from engine.packages.schema import App
from engine.storage import alerts, due, packages, records
from engine.storage.filters import pushable
from engine.storage.migrate import is_current, renames_of
from engine.storage.migrate import migrate as take_steps
from engine.storage.plan import Plan, plan
from engine.storage.tables import tables_for
from engine.storage.work import Decision, Intent, Work

OPERATION = "publish"
SCHEDULE = "schedule"
ALERT = "alert"
NO_TABLES = "STO-109"


@dataclass(frozen=True, slots=True)
class Published:
    """A publication: the digest that new work carries from now on, and the warnings of the checks."""

    digest: str
    problems: tuple[Problem, ...] = ()


def publish(site: Site, layers: Sequence[PackageFiles], actor: str) -> Published:
    """Check a package and make it the published one. Raises `Refused` with everything that is in the way.

    The tables must fit already (`migrate`); every process uses the package from its next request on; documents that
    live keep theirs.
    """
    app, problems = load(layers, pushable=pushable)
    if app is None:
        raise Refused(problems)
    publish_app(site, app, actor)
    return Published(app.digest, problems)


def publish_app(site: Site, app: App, actor: str) -> None:
    """Make an app that was loaded, and so is sound, the published one. Refused (OPS-140) where tables are missing."""
    missing = () if fits(site, app) else plan_migration(site, app).steps
    if missing:
        raise Refused((Problem("OPS-140", {"steps": len(missing)}),))
    with site.database.read() as connection:
        renames = renames_of(connection)
        beside = (*calendar_changes(connection, app, site.clock()), *forgotten_levels(connection, app))
    change = Publish(app.digest, app.name, app.version, files_of(app.layers))
    body = {
        "name": app.name,
        "version": app.version,
        "digest": app.digest,
        "layers": [layer.name for layer in app.layers],
    }
    intent = Intent(
        key=site.new_id(),
        fingerprint=app.digest,
        operation=OPERATION,
        actor=actor,
        judge=lambda _state: Decision((change, *beside), {"digest": app.digest}, body),
        package=app.digest,
    )
    work = Work(site.database, tables_for(shape_of(app), renames), jitter=lambda: 0.5)
    work.run([intent], site.clock())[0].result()


def calendar_changes(connection: Connection, app: App, now: datetime) -> Iterator[Change]:
    """The due rows of the app's schedules and alerts set anew, those of what is gone forgotten; overdue ones stay."""
    wanted = {change.key: change for change in calendar(app, now)}
    kinds = {SCHEDULE, ALERT}
    waiting = {row.key: row for row in due.waiting(connection) if row.kind in kinds and not row.body.get("once")}
    yield from (CancelDue(key) for key in waiting if key not in wanted)
    yield from (change for key, change in wanted.items() if key not in waiting or waiting[key].due > now)


def forgotten_levels(connection: Connection, app: App) -> Iterator[Change]:
    """What rows had reached of alerts that are gone: should such an alert come back, it begins anew."""
    for name in sorted(alerts.alerts_with_rows(connection) - app.alerts.keys()):
        yield from (SetLevel(name, row, None, app.digest) for row in alerts.reached(connection, name))


def calendar(app: App, after: datetime) -> Iterator[SetDue]:
    """Everything that an app does by the calendar, at its next time."""
    yield from (next_run(SCHEDULE, name, schedule, after, app.zone) for name, schedule in app.schedules.items())
    for name, alert in app.alerts.items():
        if alert.check is not None:
            yield next_run(ALERT, name, alert.check, after, app.zone)


def next_run(kind: str, name: str, calendar: Calendar, after: datetime, zone: str) -> SetDue:
    """The due row of the next time of a schedule or an alert: its key and body name it by its kind."""
    return SetDue(f"{kind}:{name}", kind, calendar.next_after(after, zone), {kind: name})


def fits(site: Site, app: App) -> bool:
    """Whether the last migration was for these very tables, as after most changes of an app: one row is read."""
    return is_current(site.database, shape_of(app))


def plan_migration(site: Site, app: App) -> Plan:
    """What must change in the database for an app, with the rows each change touches; nothing is changed."""
    return plan(site.database, shape_of(app), live_readers(site))


def migrate(site: Site, app: App, allow_destructive: bool) -> Plan:
    """Bring the tables to what an app needs. Raises `Refused` when data would be lost and that was not agreed to."""
    return take_steps(
        site.database, shape_of(app), site.clock(), allow_destructive=allow_destructive, live_readers=live_readers(site)
    )


def live_readers(site: Site) -> dict[tuple[str, str], tuple[str, ...]]:
    """Who still reads each column: the digests of packages under which documents live that are not finished."""
    try:
        with site.database.read() as connection:
            latest = packages.published_digest(connection)
            return {} if latest is None else _live_readers(site, connection, latest)
    except Refused as refused:
        if any(problem.code == NO_TABLES for problem in refused.problems):
            return {}
        raise


def _live_readers(site: Site, connection: Connection, latest: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """The columns of every package that unfinished documents are pinned to."""
    running = site.running_at(latest, connection)
    readers: dict[tuple[str, str], set[str]] = {}
    for name, workflow in running.app.workflows.items():
        open_states = [state.id for state in workflow.states if not state.final]
        for digest in records.packages_in_use(connection, running.tables, name, open_states):
            for column in columns_read(site.running_at(digest, connection), name):
                readers.setdefault(column, set()).add(digest)
    return {key: tuple(sorted(found)) for key, found in readers.items()}


def columns_read(running: Running, entity: str) -> Iterator[tuple[str, str]]:
    """The columns, as (table, column) of the database, that work on a document reads: its own, and those behind it."""
    tables = running.tables.entities
    if entity not in tables:
        return
    own = tables[entity]
    for table in (own.table, *(child.table for child in own.children)):
        yield from ((table.name, column.name) for column in table.columns)
    for other, field in fields_read(running.app, entity):
        column = tables[other].table.c.get(field) if other in tables else None
        if column is not None:
            yield tables[other].table.name, column.name
