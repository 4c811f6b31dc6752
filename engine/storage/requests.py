"""Requests that were answered: how a repeat is recognised outside of the unit of work."""

from __future__ import annotations

from sqlalchemy import Connection, select

from engine.storage.system_tables import REQUEST


def was_answered(connection: Connection, key: str) -> bool:
    """Whether a request with this idempotency key was carried out before."""
    return connection.execute(select(REQUEST.c.key).where(REQUEST.c.key == key)).first() is not None
