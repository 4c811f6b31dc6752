"""Credentials, sessions and counted attempts: kept in the database, so that every process sees the same.

Nothing here judges a password or knows a clock: hashes, tokens' digests and the time are handed in. What ends a right
(disabling a person, changing a password) ends the sessions in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, select, update

from engine.storage.bulk import Insert
from engine.storage.columns import from_microseconds, microseconds
from engine.storage.system_tables import CREDENTIAL, LIMIT, SESSION

INSERT_CREDENTIALS = Insert(CREDENTIAL, "replace")
INSERT_SESSIONS = Insert(SESSION)
KEEP_LIMITS = Insert(LIMIT, "keep")


@dataclass(frozen=True, slots=True)
class Credential:
    """How a person signs in."""

    person: str
    login: str
    password_hash: str
    changed_at: datetime
    disabled: bool


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session, found by the digest of its token. `seen_at` is kept coarse by the caller."""

    token_hash: str
    person: str
    csrf: str
    began_at: datetime
    seen_at: datetime
    ends_at: datetime


def credential_of(connection: Connection, login: str) -> Credential | None:
    """The credential with this login name."""
    return _credential(connection, CREDENTIAL.c.login == login)


def credential_for(connection: Connection, person: str) -> Credential | None:
    """The credential of a person."""
    return _credential(connection, CREDENTIAL.c.person == person)


def any_credential(connection: Connection) -> bool:
    """Whether anybody can sign in at all; False on a fresh site."""
    return connection.execute(select(CREDENTIAL.c.person).limit(1)).first() is not None


def set_credential(connection: Connection, person: str, login: str, password_hash: str, now: datetime) -> None:
    """Give a person a login and a password hash; every session of the person ends."""
    row = {"person": person, "login": login, "password_hash": password_hash, "disabled": 0}
    INSERT_CREDENTIALS.run(connection, [{**row, "changed_at": microseconds(now)}])
    end_sessions(connection, person)


def rehash(connection: Connection, person: str, password_hash: str) -> None:
    """Keep the same password under a stronger hash; sessions live on."""
    connection.execute(update(CREDENTIAL).where(CREDENTIAL.c.person == person).values(password_hash=password_hash))


def disable(connection: Connection, person: str, *, disabled: bool) -> None:
    """Forbid or allow a person to sign in; forbidding ends the sessions at once."""
    connection.execute(update(CREDENTIAL).where(CREDENTIAL.c.person == person).values(disabled=int(disabled)))
    if disabled:
        end_sessions(connection, person)


def begin_session(connection: Connection, session: SessionRow) -> None:
    """Store a new session."""
    INSERT_SESSIONS.run(
        connection,
        [
            {
                "token_hash": session.token_hash,
                "person": session.person,
                "csrf": session.csrf,
                "began_at": microseconds(session.began_at),
                "seen_at": microseconds(session.seen_at),
                "ends_at": microseconds(session.ends_at),
            }
        ],
    )


def session(connection: Connection, token_hash: str, now: datetime, idle: timedelta) -> SessionRow | None:
    """The living session of a token: neither past its end nor idle for too long nor of a disabled person."""
    moment = microseconds(now)
    chosen = (
        select(SESSION)
        .join(CREDENTIAL, CREDENTIAL.c.person == SESSION.c.person)
        .where(SESSION.c.token_hash == token_hash, SESSION.c.ends_at > moment, CREDENTIAL.c.disabled == 0)
        .where(SESSION.c.seen_at > microseconds(now - idle))
    )
    row = connection.execute(chosen).first()
    return None if row is None else _session(row)


def sessions_of(connection: Connection, person: str) -> tuple[SessionRow, ...]:
    """All sessions of a person, newest first."""
    rows = connection.execute(select(SESSION).where(SESSION.c.person == person).order_by(SESSION.c.began_at.desc()))
    return tuple(_session(row) for row in rows)


def touch_session(connection: Connection, token_hash: str, now: datetime) -> None:
    """Note that a session is in use."""
    connection.execute(update(SESSION).where(SESSION.c.token_hash == token_hash).values(seen_at=microseconds(now)))


def end_session(connection: Connection, token_hash: str) -> None:
    """Sign out."""
    connection.execute(delete(SESSION).where(SESSION.c.token_hash == token_hash))


def end_sessions(connection: Connection, person: str, keep: str | None = None) -> None:
    """End every session of a person, but for the one to keep."""
    chosen = delete(SESSION).where(SESSION.c.person == person)
    connection.execute(chosen if keep is None else chosen.where(SESSION.c.token_hash != keep))


def remove_ended(connection: Connection, now: datetime) -> int:
    """Forget sessions that are over; gives back how many."""
    return connection.execute(delete(SESSION).where(SESSION.c.ends_at <= microseconds(now))).rowcount


def count_attempt(connection: Connection, key: str, now: datetime, window: timedelta) -> tuple[int, datetime]:
    """Count one attempt in the key's present window; gives back the count and when the window ends."""
    moment, length = microseconds(now), window // timedelta(microseconds=1)
    KEEP_LIMITS.run(connection, [{"key": key, "window_began": moment, "attempts": 0}])
    row = connection.execute(select(LIMIT).where(LIMIT.c.key == key).with_for_update()).one()
    began, count = (row.window_began, row.attempts) if moment < row.window_began + length else (moment, 0)
    connection.execute(update(LIMIT).where(LIMIT.c.key == key).values(window_began=began, attempts=count + 1))
    return count + 1, from_microseconds(began + length)


def attempts(connection: Connection, key: str, now: datetime, window: timedelta) -> int:
    """How many attempts the key's present window has counted."""
    row = connection.execute(select(LIMIT).where(LIMIT.c.key == key)).first()
    if row is None or microseconds(now - window) >= row.window_began:
        return 0
    return int(row.attempts)


def forget_attempts(connection: Connection, key: str) -> None:
    """Begin counting anew, after a success."""
    connection.execute(delete(LIMIT).where(LIMIT.c.key == key))


def _credential(connection: Connection, condition: ColumnElement[bool]) -> Credential | None:
    """The one credential that meets a condition."""
    row = connection.execute(select(CREDENTIAL).where(condition)).first()
    if row is None:
        return None
    return Credential(row.person, row.login, row.password_hash, from_microseconds(row.changed_at), bool(row.disabled))


def _session(row: Any) -> SessionRow:
    """A row as a session."""
    times = [from_microseconds(instant) for instant in (row.began_at, row.seen_at, row.ends_at)]
    return SessionRow(row.token_hash, row.person, row.csrf, *times)
