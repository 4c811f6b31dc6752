"""JSON in and out, exactly.

Reading: a number with a point or an exponent becomes a Decimal, one without an int; NaN and Infinity, a key given
twice, a lone surrogate, NUL and a text that is not UTF-8 are refused. Writing: a Decimal is a JSON *string* ("2.10"),
because most readers of JSON numbers make floats of them; an int is a number; dates are ISO 8601 texts, instants end in
Z, durations are whole or decimal seconds as a string.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NoReturn

from engine.language.numbers import json_number
from engine.language.problems import Problem, Refused

MOST_DIGITS = 400
MOST_EXPONENT = 1000


def read_json(content: bytes) -> object:
    """The value that a request body holds. Raises `Refused` (WEB-105, WEB-106, WEB-114) for anything else."""
    try:
        text = content.decode("utf-8")
        value = json.loads(
            text,
            parse_float=_read_decimal,
            parse_int=_read_integer,
            parse_constant=_refuse_number,
            object_pairs_hook=_without_twins,
        )
    except UnicodeDecodeError as mistake:
        raise Refused((Problem("WEB-105", {"reason": str(mistake)}),)) from mistake
    except json.JSONDecodeError as mistake:
        raise Refused((Problem("WEB-105", {"reason": f"{mistake.lineno}:{mistake.colno} {mistake.msg}"}),)) from mistake
    except RecursionError as mistake:
        raise Refused((Problem("WEB-105", {"reason": "nesting"}),)) from mistake
    _refuse_unprintable_within(value)
    return value


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


def _read_decimal(text: str) -> Decimal:
    if len(text) > MOST_DIGITS:
        _refuse_number(text[:40] + "…")
    try:
        number = json_number(text)
    except ValueError:
        _refuse_number(text)
    if abs(number.adjusted()) > MOST_EXPONENT:
        _refuse_number(text)
    return number


def _read_integer(text: str) -> int:
    if len(text) > MOST_DIGITS:
        _refuse_number(text[:40] + "…")
    return int(text)


def _refuse_number(text: str) -> NoReturn:
    raise Refused((Problem("WEB-114", {"text": text}),))


def _without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise Refused((Problem("WEB-106", {"name": key}),))
        found[key] = value
    return found


def _refuse_unprintable_within(value: object) -> None:
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                refuse_unprintable(text)
            case list() as items:
                waiting.extend(items)
            case dict() as pairs:
                waiting.extend((*pairs.keys(), *pairs.values()))


def refuse_unprintable(text: str) -> None:
    """Refuse NUL and lone surrogates: no database column and no page can carry them."""
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Refused((Problem("WEB-117", {}),))
