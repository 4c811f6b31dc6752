"""Notices: the texts of the package put into words for whom they are for, and the list of those somebody was given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.access.actor import Actor
from engine.entities.changes import Send
from engine.entities.record import Record
from engine.operations.case import Case
from engine.operations.listing import value_text
from engine.operations.site import Site
from engine.storage import outbox
from engine.workflows.flow_steps.base import Tell

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice as people read it; `href` leads to the document that it tells of."""

    subject: str
    text: str
    at: str
    when: str
    href: str


@dataclass(frozen=True, slots=True)
class Notices:
    """One page of the notices that somebody was given, newest first."""

    rows: tuple[NoticeLine, ...]
    total: int
    page: int
    size: int


def received(site: Site, actor: Actor, page: int, size: int) -> Notices:
    """The notices in the hands of whoever asks; nobody sees those of others."""
    with site.reading() as (connection, running):
        total = outbox.count_received(connection, actor.person)
        found = outbox.received(connection, actor.person, size, (page - 1) * size)
    rows = (
        NoticeLine(
            subject=each.subject,
            text=each.body if each.body != each.subject else "",
            at=each.written_at.isoformat(),
            when=value_text(each.written_at, actor.language, running.app.zone),
            href=f"/d/{each.about[0]}/{each.about[1]}" if each.about else "",
        )
        for each in found
    )
    return Notices(tuple(rows), total, page, size)


def sends(case: Case, tells: Iterable[Tell], scope: Mapping[str, object], record: Record) -> Iterator[Send]:
    """The messages by which notices about a document go out: one for each language that is spoken among the people."""
    seen = {**scope, "number": record.number, "state": record.state}
    for tell in tells:
        notice = case.running.app.notices[tell.notice]
        case.related.load("person", tell.to)
        for language in LANGUAGES:
            people = tuple(person for person in tell.to if _language_of(case, person) == language)
            if people:
                subject, body = notice.words(language, seen)
                key = f"{tell.key}:{notice.notice}:{language}"
                yield Send(key, notice.channel, people, subject, body, (record.entity, record.id))


def _language_of(case: Case, person: str) -> str:
    """The language that a person reads."""
    record = case.related.records.get(("person", person))
    spoken = record.values.get("language") if record is not None else None
    return str(spoken) if spoken in LANGUAGES else LANGUAGES[0]
