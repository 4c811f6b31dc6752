"""One spelling of a value as JSON text, so that equal values have equal text, equal keys and equal hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any


def canonical(value: object) -> str:
    """JSON with sorted names and no blanks; decimals, dates and instants as text, never as a float."""
    return _CANONICAL.encode(value)


def from_canonical(text: str) -> Any:
    """What a canonical text says; numbers with a point come back as Decimal."""
    return json.loads(text, parse_float=Decimal)


def key_text(*parts: str | int | None) -> str:
    """Several values as one key; different values never give the same text."""
    return _KEY.encode(parts)


def cell_id(dimensions: Mapping[str, str | int | None]) -> str:
    """The id of a ledger's cell: a 128-bit digest of its set dimensions, so a dimension added later changes no id."""
    named = sorted((name, value) for name, value in dimensions.items() if value is not None)
    return hashlib.blake2b(_KEY.encode(named).encode(), digest_size=16).hexdigest()


def sha256(text: str) -> str:
    """The digest of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    """The JSON form of a value that JSON does not know."""
    match value:
        case Decimal():
            return format(value, "f")
        case datetime() | date():
            return value.isoformat()
        case timedelta():
            return f"{value // timedelta(microseconds=1)}us"
        case Mapping():
            return dict(value)
        case frozenset() | set():
            return sorted(value)
        case _:
            raise TypeError(f"{type(value).__name__} has no canonical form")


# Made once: `json.dumps` with other than its own settings makes an encoder at every call.
_CANONICAL = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain, allow_nan=False
)
_KEY = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
