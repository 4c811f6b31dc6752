"""Signing in and out: argon2id, one answer for every wrong guess, tokens of which only the hash is kept."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection

from engine.access.actor import Actor
from engine.language.problems import Problem, Refused
from engine.operations.people import PERSON, actor_of
from engine.operations.site import Site
from engine.storage import people, records

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=5)
WINDOW = timedelta(minutes=15)
TRIES_PER_LOGIN = 10
TRIES_PER_ADDRESS = 50
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1_000

LOG = logging.getLogger("formwork.sign_in")
_HASHER = PasswordHasher()
_AT_ONCE = BoundedSemaphore(2)  # a hash costs 64 MiB and a core: guesses must not starve the people at work
_IN_LINE = BoundedSemaphore(6)  # nor may a crowd of guesses hold every thread that serves them
_A_MOMENT = 5


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: the token for the cookie (kept nowhere in clear), the CSRF token, who it is."""

    token: str
    csrf: str
    actor: Actor


@dataclass(frozen=True, slots=True)
class Session:
    """A living session as a request sees it."""

    actor: Actor
    csrf: str
    token_hash: str


def sign_in(site: Site, login: str, password: str, address: str) -> SignedIn:
    """Open a session. Raises `Refused`: ACC-101 for any wrong pair, ACC-102 after too many tries."""
    now, place = site.clock(), network_of(address)
    by_login, by_address = limit_key("login", login, place), limit_key("address", place)
    with site.database.write() as connection:
        wait = _wait(connection, by_login, by_address, now)
    if wait is not None:
        _note("too many tries", None, address)
        raise Refused((Problem("ACC-102", {"seconds": wait}),))
    with _in_line(), site.reading() as (connection, running):
        known = people.credential_of(connection, login)
        right = verified(known.password_hash if known else _nobody(), password)
        actor = actor_of(connection, running, known.person, now) if known and right and not known.disabled else None
    if known is None or actor is None:
        with site.database.write() as connection:
            people.count_attempt(connection, by_address, now, WINDOW)
        _note("refused", known.person if known else None, address)
        raise Refused((Problem("ACC-101", {}),))
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    stronger = hashed(password) if _HASHER.check_needs_rehash(known.password_hash) else None
    with site.database.write() as connection:
        row = people.SessionRow(token_hash(token), known.person, csrf, now, now, now + LONGEST)
        people.remove_ended(connection, now)
        people.begin_session(connection, row)
        people.forget_attempts(connection, by_login)
        if stronger is not None:
            people.rehash(connection, known.person, stronger)
    return SignedIn(token, csrf, actor)


def _note(what: str, person: str | None, address: str) -> None:
    """One line of the log. What was typed as log-in is left out where nobody has it: it is often a password."""
    LOG.warning("sign-in %s %s", what, json.dumps({"person": person, "client": address}))


def _wait(connection: Connection, by_login: str, by_address: str, now: datetime) -> int | None:
    """The seconds to wait before the next try; None when it may be made, which is then counted.

    An address counts what was wrong, so that a whole office may sign in behind one; a login counts every try until one
    is right. An address that has to wait leaves no further rows: whoever is nobody cannot fill the database.
    """
    count, until = people.attempts(connection, by_address, now, WINDOW), now
    if count >= TRIES_PER_ADDRESS:
        _, until = people.count_attempt(connection, by_address, now, WINDOW)
    else:
        count, until = people.count_attempt(connection, by_login, now, WINDOW)
        if count <= TRIES_PER_LOGIN:
            return None
    return max(1, (until - now) // timedelta(seconds=1))


@contextmanager
def _in_line() -> Iterator[None]:
    """Wait for a turn at the hashes; refused at once (ACC-102) when too many wait already."""
    if not _IN_LINE.acquire(blocking=False):
        raise Refused((Problem("ACC-102", {"seconds": _A_MOMENT}),))
    try:
        yield
    finally:
        _IN_LINE.release()


def network_of(address: str) -> str:
    """The address that tries are counted for: of IPv6 the network, because one house holds 2^64 addresses."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((known, 64), strict=False))
    return str(known)


def limit_key(kind: str, *parts: str) -> str:
    """The key of a counter, of one length whatever was typed, and without it: people type passwords as log-ins."""
    text = "\n".join(f"{len(part)}:{part}" for part in parts)
    return f"{kind}:{hashlib.sha256(text.encode()).hexdigest()}"


def actor_for(site: Site, token: str | None) -> Session | None:
    """The session of a token with the rights of this very moment; None when there is none (any more)."""
    if not token:
        return None
    now, digest = site.clock(), token_hash(token)
    with site.reading() as (connection, running):
        row = people.session(connection, digest, now, IDLE)
        actor = actor_of(connection, running, row.person, now) if row is not None else None
    if row is None or actor is None:
        return None
    if now - row.seen_at > SEEN_EVERY:
        with site.database.write() as connection:
            people.touch_session(connection, digest, now)
    return Session(actor, row.csrf, digest)


def sign_out(site: Site, token: str | None) -> None:
    """End the session of a token."""
    if token:
        with site.database.write() as connection:
            people.end_session(connection, token_hash(token))


def set_password(site: Site, person: str, password: str) -> None:
    """Give a person a password; all sessions of the person end. Raises `Refused` (ACC-103 to ACC-105)."""
    with site.reading() as (connection, running):
        record = records.get_one(connection, running.tables, PERSON, person)
        names = (running.app.name, "formwork")
    if record is None:
        raise Refused((Problem("ACC-112", {}),))
    login = str(record.values.get("code"))
    refuse_weak(password, (login, str(record.values.get("name") or ""), *names))
    with site.database.write() as connection:
        people.set_credential(connection, person, login, hashed(password), site.clock())


def refuse_weak(password: str, names: tuple[str, ...]) -> None:
    """Eight characters at least, any characters at all, nothing that everybody guesses first."""
    if len(password) < SHORTEST_PASSWORD:
        raise Refused((Problem("ACC-103", {"least": SHORTEST_PASSWORD}, None, ("password",)),))
    if len(password) > LONGEST_PASSWORD:
        raise Refused((Problem("ACC-104", {"most": LONGEST_PASSWORD}, None, ("password",)),))
    if password.lower() in {*COMMON, *(name.lower() for name in names)} or len(set(password)) < 3:
        raise Refused((Problem("ACC-105", {}, None, ("password",)),))


def token_hash(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def same_secret(given: str, expected: str) -> bool:
    """Compare two secrets without telling by the time how far they agree."""
    return hmac.compare_digest(given.encode(), expected.encode())


def hashed(password: str) -> str:
    """The argon2id hash of a password, with its parameters in it."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def verified(stored: str, password: str) -> bool:
    """Whether a password fits a hash."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash that no password fits: an unknown name costs the same time as a known one."""
    return _HASHER.hash(secrets.token_urlsafe(32))


COMMON = frozenset(
    """
    password password1 password123 password! p@ssw0rd p@ssword passw0rd 12345678 123456789 1234567890 87654321 987654321
    11111111 00000000 88888888 66666666 11223344 12341234 123123123 147258369 159753456 qwertyui qwerty123 qwertyuiop
    asdfghjkl asdf1234 zxcvbnm1 1q2w3e4r 1qaz2wsx abcd1234 abc12345 a1234567 aa123456 admin123 administrator letmein1
    iloveyou welcome1 welcome123 changeme football baseball princess sunshine superman woaini520 woaini1314 5201314520
    wang1234 zhang123 test1234 testtest demo1234 formwork1 formwork123
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
"""What is tried first by whoever guesses."""
