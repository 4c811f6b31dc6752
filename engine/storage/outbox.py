"""Messages to hand to a channel: written in the business transaction, handed over after it, at least once.

A channel recognises a repeated hand-over by the message's key. The channel `local` is this database itself: what goes
there is a notice in the hands of everyone it is for as soon as it is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update

from engine.entities.changes import Send
from engine.storage.bulk import Insert
from engine.storage.canonical import canonical, from_canonical
from engine.storage.columns import from_microseconds, microseconds
from engine.storage.database import Database
from engine.storage.due import LEASE, after_failure, claim_rows
from engine.storage.system_tables import NOTICE, OUTBOX

LOCAL = "local"
WRITE_MESSAGES = Insert(OUTBOX, "keep")
WRITE_NOTICES = Insert(NOTICE, "keep")


@dataclass(frozen=True, slots=True)
class Message:
    """A message waiting to be handed over."""

    key: str
    channel: str
    to: tuple[str, ...]
    subject: str
    body: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Received:
    """A notice that a person was given; `about` is the document it tells of, as entity and id."""

    key: str
    subject: str
    body: str
    written_at: datetime
    about: tuple[str, str] | None


def write(connection: Connection, changes: Sequence[tuple[Send, str]], now: datetime) -> None:
    """Put messages into the outbox; a key that is there already is not sent twice."""
    messages = {change.key: change for change, _ in changes}
    ordered = [messages[key] for key in sorted(messages)]
    WRITE_MESSAGES.run(connection, [_row(each, microseconds(now)) for each in ordered])
    local = [each for each in ordered if each.channel == LOCAL]
    WRITE_NOTICES.run(connection, [row for each in local for row in _notices(each, microseconds(now))])


def claim(database: Database, now: datetime, limit: int = 50, lease: timedelta = LEASE) -> tuple[Message, ...]:
    """Take up to `limit` messages that nobody is handing over."""
    with database.write() as connection:
        rows = claim_rows(connection, OUTBOX, now, limit, lease)
    return tuple(_message(row) for row in rows)


def sent(database: Database, key: str, now: datetime) -> None:
    """The channel has taken the message."""
    with database.write() as connection:
        connection.execute(update(OUTBOX).where(OUTBOX.c.key == key).values(sent_at=microseconds(now), dead=1))


def fail(database: Database, message: Message, now: datetime, problem: str) -> None:
    """The channel did not take it: try later, with growing pauses."""
    with database.write() as connection:
        values = after_failure(message.attempts, now, problem)
        connection.execute(update(OUTBOX).where(OUTBOX.c.key == message.key).values(**values))


def messages(connection: Connection) -> tuple[Message, ...]:
    """Every message ever written, in the order of writing."""
    rows = connection.execute(select(OUTBOX).order_by(OUTBOX.c.written_at, OUTBOX.c.key))
    return tuple(_message(row._mapping) for row in rows)


def received(connection: Connection, person: str, limit: int, offset: int) -> tuple[Received, ...]:
    """The notices of one person, newest first."""
    chosen = (
        select(NOTICE, OUTBOX.c.subject, OUTBOX.c.body)
        .join(OUTBOX, OUTBOX.c.key == NOTICE.c.key)
        .where(NOTICE.c.person == person)
        .order_by(NOTICE.c.written_at.desc(), NOTICE.c.key)
        .limit(limit)
        .offset(offset)
    )
    return tuple(
        Received(
            row.key,
            row.subject,
            row.body,
            from_microseconds(row.written_at),
            (row.entity, row.document) if row.entity and row.document else None,
        )
        for row in connection.execute(chosen)
    )


def count_received(connection: Connection, person: str) -> int:
    """How many notices a person was given."""
    chosen = select(func.count()).select_from(NOTICE).where(NOTICE.c.person == person)
    return int(connection.execute(chosen).scalar_one())


def _notices(change: Send, now: int) -> list[dict[str, Any]]:
    """The rows by which the people find a local message."""
    entity, document = change.about or (None, None)
    return [
        {"person": person, "key": change.key, "written_at": now, "entity": entity, "document": document}
        for person in sorted(set(change.to))
    ]


def _message(row: Any) -> Message:
    """A row as a message."""
    to = tuple(from_canonical(row["recipients"]))
    return Message(row["key"], row["channel"], to, row["subject"], row["body"], row["attempts"])


def _row(change: Send, now: int) -> dict[str, Any]:
    """A message as stored."""
    return {
        "key": change.key,
        "channel": change.channel,
        "recipients": canonical(list(change.to)),
        "subject": change.subject,
        "body": change.body,
        "written_at": now,
        "due": now,
        "attempts": 0,
        "leased_until": 0,
        "sent_at": None,
        "problem": None,
        "dead": 0,
    }
