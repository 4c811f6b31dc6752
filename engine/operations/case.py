"""Gathers everything one submission is about, in one consistent read: package, record, people, settings, references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection

from engine.access.actor import Actor
from engine.access.decide import Policy, check_write, visible_fields, writable_fields
from engine.entities.fields.base import Raw
from engine.entities.fields.reference import ReferenceField
from engine.entities.record import Record, Value
from engine.entities.schema import Entity
from engine.entities.task import Task
from engine.forms.sheet import paths_in
from engine.language.problems import Problem, Refused
from engine.operations.people import Directory
from engine.operations.related import Related, people_looked_at
from engine.operations.rows import open_everywhere, visible_where
from engine.operations.site import Running, Site
from engine.operations.time_and_settings import constants, today_in
from engine.operations.view import View, look
from engine.storage import records, tasks
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
    """One submission with all that is needed to judge it, in the view in which it is judged."""

    view: View
    submission: Submission
    entity: Entity
    before: Record | None
    related: Related
    id: str
    automatic: bool = False
    tasks: tuple[Task, ...] = ()

    @property
    def site(self) -> Site:
        """Where it is judged."""
        return self.view.site

    @property
    def running(self) -> Running:
        """The package the document lives under, with its tables."""
        return self.view.running

    @property
    def connection(self) -> Connection:
        """The open read."""
        return self.view.connection

    @property
    def actor(self) -> Actor:
        """Who asks for it."""
        return self.view.actor

    @property
    def now(self) -> datetime:
        """When."""
        return self.view.now

    @property
    def directory(self) -> Directory:
        """The people of the site."""
        return self.view.directory

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
        return self.view.policy(self.entity.entity, action)

    def company(self, values: Mapping[str, object]) -> str | None:
        """The company the document belongs to: the field the entity names, otherwise the actor's."""
        named = values.get(self.entity.company) if self.entity.company else None
        return named if isinstance(named, str) else self.actor.company

    def zone(self, values: Mapping[str, object]) -> str:
        """The zone in which the document's clocks run: the one it leads to, else its company's, else the app's."""
        if self.entity.zone is not None:
            name, _, field = self.entity.zone.partition(".")
            reference = self.entity.by_id[name]
            assert isinstance(reference, ReferenceField)
            own = self._text_behind(reference.to, values.get(name), field)
            if own is not None:
                return own
        return self._text_behind("company", self.company(values), "zone") or self.running.app.zone

    @property
    def zone_paths(self) -> tuple[str, ...]:
        """Where a document that is being read says its zone, the first that says one counts."""
        company = f"{self.entity.company}.zone" if self.entity.company else None
        return tuple(path for path in (self.entity.zone, company) if path is not None)

    def _text_behind(self, entity: str, id: object, field: str) -> str | None:
        """A text of a record that the document refers to; None where it has none."""
        if not isinstance(id, str) or entity not in self.running.app.entities:
            return None
        self.related.load(entity, (id,))
        record = self.related.records.get((entity, id))
        found = None if record is None else record.values.get(field)
        return found if isinstance(found, str) else None

    def today(self, values: Mapping[str, object]) -> date:
        """The document's effective day (of an instant: the day it falls on in the document's zone), or the present."""
        stated = values.get(self.entity.effective) if self.entity.effective else None
        if isinstance(stated, date) and not isinstance(stated, datetime):
            return stated
        return today_in(self.zone(values), stated if isinstance(stated, datetime) else self.now)

    def constants(self, values: Mapping[str, object]) -> dict[str, object]:
        """`actor`, `settings`, `today` and `now` as formulas of this document see them."""
        day = self.today(values)
        return constants(self.actor, self.view.settings(day, self.company(values)), self.now, day)

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
    return case_in(look(site, connection, actor), submission, automatic)


def case_in(view: View, submission: Submission, automatic: bool = False) -> Case:
    """Read what a submission is about, in a view that others may share."""
    if submission.entity not in view.running.app.entities:
        raise Refused((Problem("OPS-103", {"entity": submission.entity}),))
    before = None
    if submission.id is not None:
        running, before = find(view, submission.entity, submission.id)
        if running is not view.running:  # the document lives under the package it began with
            view = look(view.site, view.connection, view.actor, running)
    case = Case(
        view=view,
        submission=submission,
        entity=view.running.app.entities[submission.entity],
        before=before,
        related=Related(view.running.app, view.read, view.pool),
        id=submission.id or view.site.new_id(),
        automatic=automatic,
        tasks=() if before is None else tasks_of(view.connection, view.running, before),
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
    if case.before is None:
        return
    paths = {path for path, _ in case.entity.every_field()}
    handed = paths_in(case.entity, case.submission.raw) & paths
    seen, change = case.policy("open"), case.policy("edit")
    if open_everywhere(seen, handed) == handed:
        return
    scope = case.scope(case.before)
    hidden = handed - visible_fields(seen, scope, handed) - writable_fields(change, scope, handed)
    if hidden:
        raise Refused(check_write(change, sorted(hidden), scope, case.running.app.roles))


def find(view: View, entity: str, id: str) -> tuple[Running, Record]:
    """A record the actor may open, with the package it lives under. Raises `Refused` (ACC-112), hidden or not there."""
    running, connection = view.running, view.connection
    where = visible_where(connection, running, view.actor, entity, "open", view.now)
    record = None if where is None else records.get_one(connection, running.tables, entity, id, where)
    if record is None:
        raise Refused((Problem("ACC-112", {}),))
    pinned = record.package
    if pinned in (None, running.app.digest) or entity not in running.app.workflows:
        return running, record
    older = view.site.running_at(str(pinned), connection)
    found = records.get_one(connection, older.tables, entity, id)
    return older, found or record


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
