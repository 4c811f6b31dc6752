"""One reading of JSON, for request bodies and for texts that hold JSON: exact numbers, and nothing ambiguous.

A number with a point or an exponent becomes a Decimal, one without an int. NaN and Infinity, a key given twice, a lone
surrogate and NUL are refused. Source files of a package have a reader of their own that keeps places (`json_source`).
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import NoReturn

from engine.language.numbers import json_number
from engine.language.problems import Problem, Refused

MOST_DIGITS = 400
MOST_EXPONENT = 1000


def read_json_text(text: str) -> object:
    """The value that a text holds. Raises `Refused`: WEB-105 no JSON, WEB-106, WEB-114, WEB-117 not one clear value."""
    try:
        value = json.loads(
            text,
            parse_float=_read_decimal,
            parse_int=_read_integer,
            parse_constant=_refuse_number,
            object_pairs_hook=_without_twins,
        )
    except json.JSONDecodeError as mistake:
        raise Refused((Problem("WEB-105", {"reason": f"{mistake.lineno}:{mistake.colno} {mistake.msg}"}),)) from mistake
    except RecursionError as mistake:
        raise Refused((Problem("WEB-105", {"reason": "nesting"}),)) from mistake
    _refuse_unprintable_within(value)
    return value


def refuse_unprintable(text: str) -> None:
    """Refuse NUL and lone surrogates (WEB-117): no database column and no page can carry them."""
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Refused((Problem("WEB-117", {}),))


def _read_decimal(text: str) -> Decimal:
    if len(text) > MOST_DIGITS:
        _refuse_number(text[:40] + "…")
    try:
        number = json_number(text)
    except (ValueError, ArithmeticError):  # an exponent that no Decimal can have
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
            refuse_unprintable(key)
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
