"""Gathers everything one submission is about, in one consistent read: package, record, people, settings, references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import Connection

from engine.access.actor import Actor
from engine.access.decide import Policy, check_write, policy, visible_fields, writable_fields
from engine.entities.fields.base import Raw
from engine.entities.record import Record, Value
from engine.entities.schema import Entity
from engine.entities.task import Task
from engine.forms.sheet import paths_in
from engine.language.problems import Problem, Refused
from engine.operations.people import Directory
from engine.operations.related import ReadMany, Related, people_looked_at
from engine.operations.rows import open_everywhere, visible_where
from engine.operations.site import Running, Site
from engine.operations.time_and_settings import constants, settings_in_force, today_in
from engine.storage import records, tasks
from engine.storage import settings as stored_settings
from engine.workflows.approve import DECISIONS, Decision


@dataclass(frozen=True, slots=True)
class Submission:
    """What somebody asks for: save a document (`transition` None) or move it on, with what was typed.

    `raw` maps field ids to what a door was given; `version` is the one that was looked at, None when the door does not
    know it; `key` makes a repeat of the same request recognisable. Where documents go through approval flows,
    `transition` may also be a decision, `approve` or `reject`, and `opinion` what whoever decides says about it.
    """

    entity: str
    id: str | None
    transition: str | None
    raw: Mapping[str, Raw]
    version: int | None
    key: str
    opinion: str = ""


@dataclass(slots=True)
class Case:
    """One submission with all that is needed to judge it. Nothing in it changes while it is judged."""

    site: Site
    running: Running
    connection: Connection
    actor: Actor
    submission: Submission
    entity: Entity
    before: Record | None
    now: datetime
    related: Related
    directory: Directory
    id: str
    automatic: bool = False
    tasks: tuple[Task, ...] = ()
    settings_rows: tuple[stored_settings.SettingRow, ...] = ()
    _settings: dict[tuple[date, str | None], Mapping[str, Value]] = field(default_factory=dict)

    @property
    def action(self) -> str:
        """The action that grants speak about."""
        return self.submission.transition or ("edit" if self.before else "create")

    @property
    def decision(self) -> Decision | None:
        """The answer to an open task that is asked for; None for everything else."""
        workflow = self.running.app.workflows.get(self.entity.entity)
        return DECISIONS.get(self.submission.transition or "") if workflow is not None and workflow.flows else None

    @property
    def opinion(self) -> str:
        """What whoever acts says about it, without the blanks around it."""
        return self.submission.opinion.strip()

    def policy(self, action: str) -> Policy:
        """What the actor may do with this entity by an action."""
        return policy(self.running.app.roles, self.actor, self.entity.entity, action)

    def company(self, values: Mapping[str, object]) -> str | None:
        """The company the document belongs to: the field the entity names, otherwise the actor's."""
        named = values.get(self.entity.company) if self.entity.company else None
        return named if isinstance(named, str) else self.actor.company

    def zone(self, company: str | None) -> str:
        """The zone of the document's company, otherwise the app's."""
        if company is not None and "company" in self.running.app.entities:
            self.related.load("company", (company,))
            record = self.related.records.get(("company", company))
            if record is not None and record.values.get("zone"):
                return str(record.values["zone"])
        return self.running.app.zone

    def today(self, values: Mapping[str, object]) -> date:
        """The document's effective day, or the present day in the zone of its company."""
        stated = values.get(self.entity.effective) if self.entity.effective else None
        return stated if isinstance(stated, date) else today_in(self.zone(self.company(values)), self.now)

    def constants(self, values: Mapping[str, object]) -> dict[str, object]:
        """`actor`, `settings`, `today` and `now` as formulas of this document see them."""
        day, company = self.today(values), self.company(values)
        if (day, company) not in self._settings:
            scopes = [("company", company)] if company else []
            self._settings[day, company] = settings_in_force(self.running.app, self.settings_rows, day, scopes)
        return constants(self.actor, self._settings[day, company], self.now, day)

    def scope(self, record: Record) -> dict[str, object]:
        """All names that formulas of the document see, with references read as far as some formula looks."""
        self.related.gather(self.entity.entity, record.values)
        made_by = record.created_by or self.actor.person
        people = {"created_by": made_by, "changed_by": record.changed_by}
        looked_at = (people[name] for name in people_looked_at(self.running.app, self.entity.entity))
        self.related.load("person", (person for person in looked_at if person is not None))
        expanded = self.related.expand(self.entity, record.scope())
        return {**expanded, "created_by": self.related.view("person", made_by), **self.constants(record.values)}


def gather(site: Site, connection: Connection, actor: Actor, submission: Submission, automatic: bool = False) -> Case:
    """Read what a submission is about. Raises `Refused`: no such entity, or no such record that the actor can see."""
    running = site.running(connection)
    if submission.entity not in running.app.entities:
        raise Refused((Problem("OPS-103", {"entity": submission.entity}),))
    before = None
    if submission.id is not None:
        running, before = find(site, running, connection, actor, submission.entity, submission.id)
    case = Case(
        site=site,
        running=running,
        connection=connection,
        actor=actor,
        submission=submission,
        entity=running.app.entities[submission.entity],
        before=before,
        now=site.clock(),
        related=Related(running.app, reader(connection, running)),
        directory=Directory(connection, running, site.clock()),
        id=submission.id or site.new_id(),
        automatic=automatic,
        tasks=() if before is None else tasks_of(connection, running, before),
        settings_rows=stored_settings.read(connection) if running.app.settings else (),
    )
    refuse_guesses(case)
    return case


def tasks_of(connection: Connection, running: Running, record: Record) -> tuple[Task, ...]:
    """Every task that the approval flows of a document ever opened."""
    workflow = running.app.workflows.get(record.entity)
    return tasks.of_document(connection, record.entity, record.id) if workflow is not None and workflow.flows else ()


def refuse_guesses(case: Case) -> None:
    """ACC-111 for what is handed in for a field that the actor sees not and may not write, before anything is judged.

    Otherwise the answers to the right and to the wrong value would differ, and each try would tell something.
    """
    paths = {path for path, _ in case.entity.every_field()}
    handed = paths_in(case.entity, case.submission.raw) & paths
    seen, change = case.policy("open"), case.policy("edit")
    if case.before is None or open_everywhere(seen, handed) == handed:
        return
    scope = case.scope(case.before)
    hidden = handed - visible_fields(seen, scope, handed) - writable_fields(change, scope, handed)
    if hidden:
        raise Refused(check_write(change, sorted(hidden), scope, case.running.app.roles))


def find(
    site: Site, running: Running, connection: Connection, actor: Actor, entity: str, id: str
) -> tuple[Running, Record]:
    """A record the actor may open, with the package it lives under. Raises `Refused` (ACC-112), hidden or not there."""
    where = visible_where(connection, running, actor, entity, "open", site.clock())
    record = None if where is None else records.get_one(connection, running.tables, entity, id, where)
    if record is None:
        raise Refused((Problem("ACC-112", {}),))
    pinned = record.package
    if pinned in (None, running.app.digest) or entity not in running.app.workflows:
        return running, record
    older = site.running_at(str(pinned), connection)
    found = records.get_one(connection, older.tables, entity, id)
    return older, found or record


def reader(connection: Connection, running: Running) -> ReadMany:
    """A function that reads many records of one entity at once; unknown ids are left out."""
    return lambda entity, ids: records.get(connection, running.tables, entity, sorted(ids))


def new_record(case: Case, values: Mapping[str, Value]) -> Record:
    """The record as it is to be saved: the one before with other values, or a new one in its first state."""
    if case.before is not None:
        return case.before.with_values(values)
    workflow = case.running.app.workflows.get(case.entity.entity)
    return replace(
        Record(case.entity.entity, case.id, 0, values),
        state=workflow.first if workflow is not None else None,
        package=case.running.app.digest,
    )
