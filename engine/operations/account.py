"""What people do with their own account: another password, and an end to sessions on other devices."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.language.problems import Problem, Refused
from engine.operations.people import PERSON
from engine.operations.sign_in import (
    IDLE,
    LONGEST,
    TRIES_PER_LOGIN,
    WINDOW,
    Session,
    SignedIn,
    hashed,
    limit_key,
    refuse_weak,
    token_hash,
    verified,
)
from engine.operations.site import Site
from engine.storage import people, records

HANDLE = 16
"""As much of a token's digest as names a session among those of one person."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One of a person's sessions: `id` names it on the page of the account, `mine` is the one that asks."""

    id: str
    began: datetime
    seen: datetime
    ends: datetime
    mine: bool


def sessions(site: Site, session: Session) -> tuple[OpenSession, ...]:
    """The living sessions of a person, newest first."""
    now = site.clock()
    with site.database.read() as connection:
        rows = people.sessions_of(connection, session.actor.person)
    return tuple(
        OpenSession(
            row.token_hash[:HANDLE], row.began_at, row.seen_at, row.ends_at, row.token_hash == session.token_hash
        )
        for row in rows
        if row.ends_at > now and row.seen_at > now - IDLE
    )


def end_sessions(site: Site, session: Session, id: str | None) -> None:
    """End one of a person's own sessions, or (None) all but the present one. One that is over already is no mistake."""
    with site.database.write() as connection:
        if id is None:
            people.end_sessions(connection, session.actor.person, keep=session.token_hash)
            return
        for row in people.sessions_of(connection, session.actor.person):
            if row.token_hash[:HANDLE] == id and row.token_hash != session.token_hash:
                people.end_session(connection, row.token_hash)


def change_password(site: Site, session: Session, present: str, wanted: str, again: str) -> SignedIn:
    """Take another password. All sessions of the person end and this one goes on under a new token.

    Raises `Refused`: ACC-102 after too many guesses at the present password, ACC-106 it is wrong, ACC-107 the two new
    ones differ, ACC-103 to ACC-105 and ACC-108 the new one will not do.
    """
    now, person = site.clock(), session.actor.person
    _count_guess(site, person, now)
    with site.reading() as (connection, running):
        known = people.credential_for(connection, person)
        record = records.get_one(connection, running.tables, PERSON, person)
        names = (running.app.name, "formwork", str(record.values.get("name") or "") if record else "")
    if known is None or not verified(known.password_hash, present):
        raise Refused((Problem("ACC-106", {}, None, ("present",)),))
    if wanted != again:
        raise Refused((Problem("ACC-107", {}, None, ("again",)),))
    if wanted == present:
        raise Refused((Problem("ACC-108", {}, None, ("password",)),))
    refuse_weak(wanted, (known.login, *names))
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    with site.database.write() as connection:
        people.set_credential(connection, person, known.login, hashed(wanted), now)
        row = people.SessionRow(token_hash(token), person, csrf, now, now, now + LONGEST)
        people.begin_session(connection, row)
        people.forget_attempts(connection, _key(person))
    return SignedIn(token, csrf, session.actor)


def _count_guess(site: Site, person: str, now: datetime) -> None:
    """Whoever finds an open screen may not try all passwords on it."""
    with site.database.write() as connection:
        count, until = people.count_attempt(connection, _key(person), now, WINDOW)
    if count > TRIES_PER_LOGIN:
        raise Refused((Problem("ACC-102", {"seconds": max(1, (until - now) // timedelta(seconds=1))}),))


def _key(person: str) -> str:
    return limit_key("password", person)
