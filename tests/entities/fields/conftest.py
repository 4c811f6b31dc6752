"""Makes one field of a kind from its declared keys."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from engine.entities.fields import AnyField
from engine.entities.fields.base import FieldKind, ParseContext

ADAPTER: TypeAdapter[Any] = TypeAdapter(AnyField)


def field(kind: str, **declared: Any) -> FieldKind:
    made: FieldKind = ADAPTER.validate_python({"id": "x", "kind": kind, **declared})
    return made


def outcome(each: FieldKind, raw: Any, context: ParseContext | None = None) -> Any:
    """The value, or the code of the only problem."""
    value, problems = each.parse(raw, context or ParseContext())
    return value if not problems else problems[0].code
