"""Writes what an import makes as YAML that people go on editing: short things on one line, texts quoted if needed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal

WIDTH = 110

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*( [A-Za-z0-9_]+)*")
_SPECIAL = frozenset(("true", "false", "null", "yes", "no", "on", "off", "none", "nil", "y", "n"))


def written(value: object, indent: int = 0) -> str:
    """A value below a key: on the line, or on lines of its own that begin with a line break."""
    short = flow(value)
    if not isinstance(value, Mapping | list) or (len(short) + indent < WIDTH and not _deep(value)):
        return f" {short}"
    pad = " " * indent
    if isinstance(value, Mapping):
        return "".join(f"\n{pad}{key}:{written(inner, indent + 2)}" for key, inner in value.items())
    return "".join(f"\n{pad}- {_item(inner, indent + 2)}" for inner in value)


def _item(value: object, indent: int) -> str:
    """An item of a list behind its dash."""
    short = flow(value)
    if not isinstance(value, Mapping) or (len(short) + indent < WIDTH and not _deep(value)):
        return short
    lines = [f"{key}:{written(inner, indent + 2)}" for key, inner in value.items()]
    return f"\n{' ' * indent}".join(lines)


def _deep(value: Mapping[str, object] | list[object]) -> bool:
    """Whether something stands inside that is better read on lines of its own."""
    if isinstance(value, Mapping):
        return any(
            isinstance(inner, list) and any(isinstance(one, Mapping) for one in inner) for inner in value.values()
        )
    return any(isinstance(one, Mapping) for one in value)


def flow(value: object) -> str:
    """A value on one line."""
    match value:
        case Mapping():
            return "{" + ", ".join(f"{key}: {flow(inner)}" for key, inner in value.items()) + "}"
        case list():
            return "[" + ", ".join(flow(inner) for inner in value) + "]"
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case int() | Decimal():
            return format(Decimal(value), "f")
    return scalar(str(value))


def scalar(text: str) -> str:
    """A text: plain where nobody could take it for anything else, else quoted."""
    if _PLAIN.fullmatch(text) and text.lower() not in _SPECIAL:
        return text
    if "'" not in text and "\\" not in text and text.isprintable():
        return f"'{text}'"
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in quoted)
