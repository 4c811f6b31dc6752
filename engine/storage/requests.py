"""Idempotency: every request that was carried out, by its key, with the answer to repeat."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from engine.storage.bulk import Insert
from engine.storage.canonical import canonical, from_canonical
from engine.storage.columns import microseconds
from engine.storage.system_tables import REQUEST

INSERT_REQUESTS = Insert(REQUEST)
READ_REQUESTS = select(REQUEST.c.key, REQUEST.c.fingerprint, REQUEST.c.actor, REQUEST.c.answer).where(
    REQUEST.c.key.in_(bindparam("keys", expanding=True))
)
HAS_KEY = select(REQUEST.c.key).where(REQUEST.c.key == bindparam("key"))


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that was carried out: what was asked (its fingerprint), by whom, and the answer."""

    fingerprint: str
    actor: str
    answer: Mapping[str, Any]


def read(connection: Connection, keys: Iterable[str]) -> dict[str, Answered]:
    """The requests among these keys that were carried out."""
    rows = connection.execute(READ_REQUESTS, {"keys": list(keys)})
    return {key: Answered(fingerprint, actor, from_canonical(answer)) for key, fingerprint, actor, answer in rows}


def was_answered(connection: Connection, key: str) -> bool:
    """Whether a request with this key was carried out."""
    return connection.execute(HAS_KEY, {"key": key}).first() is not None


def row(
    key: str, fingerprint: str, operation: str, actor: str, answer: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """The row that makes a repeat of a key recognisable."""
    return {
        "key": key,
        "fingerprint": fingerprint,
        "operation": operation,
        "actor": actor,
        "answered_at": microseconds(now),
        "answer": canonical(answer),
    }
