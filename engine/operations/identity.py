"""Where ids and the time come from: the only place of the engine that asks the machine for either."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def utc_now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)


def uuid7() -> str:
    """A new id: UUID version 7 (RFC 9562), so that ids made later sort later and indexes grow at one end."""
    milliseconds = (utc_now() - EPOCH) // MILLISECOND
    number = (milliseconds << 80) | (7 << 76) | (secrets.randbits(12) << 64) | (0b10 << 62) | secrets.randbits(62)
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
