"""JSON in and out, exactly.

Reading: `language.strict_json`, and UTF-8 only. Writing: a Decimal is a JSON *string* ("2.10"),
because most readers of JSON numbers make floats of them; an int is a number; dates are ISO 8601 texts, instants end in
Z, durations are whole or decimal seconds as a string.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from engine.language.problems import Problem, Refused
from engine.language.strict_json import read_json_text


def read_json(content: bytes) -> object:
    """The value that a request body holds. Raises `Refused` (WEB-105, WEB-106, WEB-114, WEB-117) for anything else."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as mistake:
        raise Refused((Problem("WEB-105", {"reason": str(mistake)}),)) from mistake
    return read_json_text(text)


def write_json(value: object) -> bytes:
    """The bytes of a value made of mappings, sequences and run-time values."""
    return json.dumps(plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")


def plain(value: object) -> Any:
    """The same value in the types that JSON has."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return format(Decimal(value // timedelta(microseconds=1)).scaleb(-6).normalize(), "f")
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, frozenset | set):
        return [plain(item) for item in sorted(value, key=repr)]
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    raise TypeError(f"JSON has no form for {type(value).__name__}")
