"""The first page: what waits, what was begun, what reports put first, and the menu cut to what the person may use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, not_

from engine.access.actor import Actor
from engine.access.decide import may_run, policy
from engine.entities.record import SYSTEM_FIELDS
from engine.language.formula import Expression
from engine.operations.filtering import ME, NOT_ME
from engine.operations.inbox import Inbox, inbox
from engine.operations.listing import Listing, Query, Wording, value_text, worded
from engine.operations.people import names_of
from engine.operations.report import run_report
from engine.operations.report_page import UNGROUPED
from engine.operations.rows import condition, visible_where
from engine.operations.site import Running, Site
from engine.operations.standing import Standing, standing
from engine.operations.time_and_settings import constants, settings_for, today_in
from engine.operations.titles import titles
from engine.operations.tones import tone_of
from engine.reports.schema import Report
from engine.storage import records
from engine.storage.filters import pushable
from engine.storage.records import Order, Page
from engine.workflows.schema import State, Transition, Workflow
from engine.workflows.who import RoleHolder

MOST_DOCUMENTS = 5
"""Documents of one kind and state that the first page names; the rest is behind a link."""

KNOWN = frozenset({*SYSTEM_FIELDS, "actor", "settings"})
SYSTEM = "system/"
"""What the files of the engine's own layer begin with."""

Where = tuple[ColumnElement[bool], ...]

FIRST_TASKS = 5
"""How many of the tasks that wait stand on the first page; the inbox has all."""
NOTHING = Inbox((), 0, 1, FIRST_TASKS)


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One entry: a list (of documents or of masters) or a report."""

    label: Wording
    href: str
    create: bool = False
    document: bool = False


@dataclass(frozen=True, slots=True)
class MenuSection:
    """A titled group of entries."""

    label: Wording
    items: tuple[MenuEntry, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One document in a list of what is to be done: what it is called, who made it, when it was last changed."""

    title: str
    href: str
    by: str
    when: str
    at: str


@dataclass(frozen=True, slots=True)
class Pile:
    """Documents of one kind and state that wait for this person, or were begun by them: how many, and the first few."""

    label: Wording
    state: Wording
    tone: str
    count: int
    href: str
    documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class InState:
    """How many documents are in a state."""

    label: Wording
    count: int
    href: str
    tone: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of document, and how many of it there are in each state."""

    label: Wording
    href: str
    states: tuple[InState, ...]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The first rows of a report that asks to be seen first."""

    report: str
    label: Wording
    href: str
    listing: Listing


@dataclass(frozen=True, slots=True)
class Home:
    """The first page. A block that has nothing to say is empty, and pages leave it out.

    `begin` are the kinds of documents that this person may begin, what they made most often in front.
    """

    menu: tuple[MenuSection, ...]
    day: str
    begin: tuple[MenuEntry, ...] = ()
    waiting: tuple[Pile, ...] = ()
    drafts: tuple[Pile, ...] = ()
    excerpts: tuple[Excerpt, ...] = ()
    kinds: tuple[Kind, ...] = ()
    inbox: Inbox = NOTHING
    alerts: tuple[Standing, ...] = ()


def menu(site: Site, actor: Actor) -> tuple[MenuSection, ...]:
    """The menu of the published app, without what the actor may not use."""
    return _menu(site.running(), actor)


def home(site: Site, actor: Actor) -> Home:
    """What waits for this person, the drafts they began, reports that ask to be seen, and documents by state."""
    tasks, alerts = inbox(site, actor, 1, FIRST_TASKS), standing(site, actor)
    with site.reading() as (connection, running):
        now = site.clock()
        today = today_in(running.app.zone, now)
        known = constants(actor, settings_for(connection, running, actor, today), now, today)
        looked = [
            _Looked(connection, running, actor, workflow, where, known)
            for name, workflow in running.app.workflows.items()
            if (where := visible_where(connection, running, actor, name, "list", now)) is not None
        ]
        sections = _menu(running, actor)
        made = {f"/d/{one.name}": one.made() for one in looked}
        entries = [entry for section in sections for entry in section.items if entry.create and entry.document]
        found = Home(
            menu=sections,
            day=today.isoformat(),
            begin=tuple(sorted(entries, key=lambda entry: -made.get(entry.href, 0))),
            waiting=tuple(each for one in looked for each in one.waiting()),
            drafts=tuple(each for one in looked for each in one.drafts()),
            kinds=tuple(kind for one in looked if (kind := one.kind()) is not None),
            inbox=tasks,
            alerts=alerts,
        )
        told = {
            alert.on.report for alert in running.app.alerts.values() if alert.alert in {each.alert for each in alerts}
        }
        shown = [each for name, each in running.app.reports.items() if each.home is not None and name not in told]
        reports = [each for each in shown if may_run(running.app.roles, actor, report=each.report)]
    return replace(found, excerpts=tuple(each for report in reports for each in _excerpt(site, actor, report)))


def _excerpt(site: Site, actor: Actor, report: Report) -> Iterator[Excerpt]:
    """The first rows of a report, if it has any."""
    listing = run_report(site, actor, report.report, Query(size=report.home or 1, group=UNGROUPED))
    if listing.rows:
        yield Excerpt(report.report, worded(report.label, report.report), f"/r/{report.report}", listing)


class _Looked:
    """The documents of one workflow as one person sees them."""

    def __init__(
        self,
        connection: Connection,
        running: Running,
        actor: Actor,
        workflow: Workflow,
        where: Where,
        constants: Mapping[str, object],
    ) -> None:
        self.connection, self.running, self.actor = connection, running, actor
        self.workflow, self.where, self.constants = workflow, where, constants
        self.name = workflow.workflow
        self.label = worded(running.app.entities[self.name].label, self.name)
        self.counts = records.counts(connection, running.tables, self.name, ("state",), where)

    def waiting(self) -> Iterator[Pile]:
        """Documents that wait for this person; drafts that they began themselves are told apart."""
        for state in self.workflow.states:
            if self.counts.get(state.id) and not state.final:
                conditions = self._steps(state)
                if conditions is not None:
                    yield from self._documents(state, NOT_ME if state.id == self.workflow.first else "", conditions)

    def drafts(self) -> Iterator[Pile]:
        """The drafts that this person began."""
        first = self.workflow.state(self.workflow.first)
        if first is not None and self.counts.get(first.id) and not first.final:
            yield from self._documents(first, ME)

    def made(self) -> int:
        """How many of these documents this person made."""
        mine = records.equals(self.running.tables, self.name, ("created_by",), self.actor.person)
        return records.count(self.connection, self.running.tables, self.name, (*self.where, mine))

    def _steps(self, state: State) -> Where | None:
        """The condition that a document in a state waits for this person, None where none does.

        A step is theirs that needs no second thought. What only the applicant may do (to withdraw) is no work that
        waits; of a condition that the database cannot judge it is taken that it holds.
        """
        taken = [each for each in self.workflow.transitions if state.id in each.source and self._is_theirs(each)]
        if not taken:
            return None
        conditions = [self._pushed(each.when.expression) for each in taken if each.when is not None]
        if len(conditions) < len(taken) or any(each is None for each in conditions):
            return ()
        return (records.any_of(each for each in conditions if each is not None),)

    def _is_theirs(self, each: Transition) -> bool:
        roles = {held.role for held in self.actor.roles}
        return (
            each.confirm is None
            and each.on is None
            and (not each.who or any(isinstance(who, RoleHolder) and who.role in roles for who in each.who))
            and policy(self.running.app.roles, self.actor, self.name, each.id).allowed
        )

    def _pushed(self, when: Expression) -> ColumnElement[bool] | None:
        """The condition of a transition as SQL; None where the database cannot judge it."""
        columns = self.running.tables.entities[self.name].columns
        if pushable(when.tree) is not None or not {path[0] for path in when.paths} <= columns.keys() | KNOWN:
            return None
        return condition(self.running, self.name, when, {(name,): value for name, value in self.constants.items()})

    def kind(self) -> Kind | None:
        """How many documents there are in which state; None without any."""
        states = tuple(
            InState(
                worded(state.label, state.id),
                self.counts[state.id],
                f"/d/{self.name}?state={state.id}",
                tone_of(self.workflow, state.id),
            )
            for state in self.workflow.states
            if self.counts.get(state.id)
        )
        return Kind(self.label, f"/d/{self.name}", states) if states else None

    def _documents(self, state: State, made_by: str, conditions: Where = ()) -> Iterator[Pile]:
        """The documents in a state, the newest first: of everybody, of the person alone, or of all others."""
        tables = self.running.tables
        where = [*self.where, *conditions, records.equals(tables, self.name, ("state",), state.id)]
        if made_by:
            mine = records.equals(tables, self.name, ("created_by",), self.actor.person)
            where.append(mine if made_by == ME else not_(mine))
        newest = (Order(("changed_at",), descending=True),)
        found = records.list_records(
            self.connection, tables, self.name, where=where, order=newest, page=Page(MOST_DOCUMENTS + 1)
        )
        if not found:
            return
        count = len(found) if len(found) <= MOST_DOCUMENTS else records.count(self.connection, tables, self.name, where)
        shown = found[:MOST_DOCUMENTS]
        named = titles(self.connection, self.running, ((self.name, record.id) for record in shown))
        people = names_of(self.connection, self.running, (record.created_by or "" for record in shown))
        yield Pile(
            self.label,
            worded(state.label, state.id),
            tone_of(self.workflow, state.id),
            count,
            f"/d/{self.name}?state={state.id}" + (f"&created_by={made_by}" if made_by else ""),
            tuple(
                Document(
                    named[self.name, record.id],
                    f"/d/{self.name}/{record.id}",
                    people.get(record.created_by or "", ""),
                    value_text(record.changed_at, self.actor.language, self.running.app.zone),
                    record.changed_at.isoformat() if record.changed_at is not None else "",
                )
                for record in shown
            ),
        )


def _menu(running: Running, actor: Actor) -> tuple[MenuSection, ...]:
    """The groups that lead somewhere for this person, those of the engine itself last."""
    groups = sorted(running.app.menu, key=lambda group: group.place is not None and group.place.file.startswith(SYSTEM))
    sections = (
        MenuSection(worded(group.label, group.id), tuple(_entries(running, actor, group.items))) for group in groups
    )
    return tuple(section for section in sections if section.items)


def _entries(running: Running, actor: Actor, items: object) -> Iterator[MenuEntry]:
    """The entries of one group that lead somewhere for this person."""
    app = running.app
    for item in items:  # type: ignore[attr-defined]
        if item.entity is not None and policy(app.roles, actor, item.entity, "list").allowed:
            create = policy(app.roles, actor, item.entity, "create").allowed
            yield MenuEntry(
                worded(item.label or app.entities[item.entity].label, item.entity),
                f"/d/{item.entity}",
                create,
                app.entities[item.entity].kind == "document",
            )
        elif item.report is not None and may_run(app.roles, actor, report=item.report):
            yield MenuEntry(worded(item.label or app.reports[item.report].label, item.report), f"/r/{item.report}")
