"""A record of another entity (or of the same)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from engine.entities.fields.base import (
    FieldKind,
    FormatContext,
    Handle,
    Outcome,
    ParseContext,
    Raw,
    Sample,
    forbidden,
    refused,
    shape,
    tidy,
)
from engine.entities.record import Value
from engine.language.declared import Identifier
from engine.language.problems import Problem
from engine.language.types import ReferenceType, Type

LONGEST = 500


class ReferenceField(FieldKind):
    """One record of the entity `to`, named by its id or its identity (a code), or by `{"id": …}` or `{"code": …}`.

    A single unique field names it as well: `{"barcode": …}`. `parse` gives the text that names it; `handle` also the
    (name, value) pairs; which record that is, the form reader asks for all references of a document at once.
    """

    widget: ClassVar[str] = "reference"
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            {"to": "item"},
            ("flour", "面粉 01", {"id": "0197"}, {"code": "flour"}),
            ((7, "VAL-151"), ({}, "VAL-151"), ({"id": 7}, "VAL-151"), (["flour"], "VAL-151"), ("a\0", "VAL-105")),
        ),
    )

    kind: Literal["reference"] = "reference"
    to: Identifier

    def type(self) -> Type:
        """A reference, through which paths may run."""
        return ReferenceType(self.to)

    def read(self, raw: Raw, context: ParseContext) -> Outcome:
        """The text that names the record. Pairs of a compound identity are no value; `handle` reads those too."""
        named, problems = self.handle(raw, context)
        if isinstance(named, tuple) and len(named) == 1:
            return named[0][1], ()
        return refused("VAL-151", text=shape(raw)) if isinstance(named, tuple) else (named, problems)

    def handle(self, raw: Raw, context: ParseContext) -> tuple[Handle | None, tuple[Problem, ...]]:
        """What names the record: a text, or (name, value) pairs sorted by name. Nothing typed is None."""
        if raw is None:
            return None, ()
        if isinstance(raw, str):
            text = tidy(raw)
            problem = _too_long_or_forbidden(raw, text) if text else None
            return (None, (problem,)) if problem else (text or None, ())
        if not isinstance(raw, Mapping) or not raw:
            return None, (Problem("VAL-151", {"text": shape(raw)}),)
        pairs: list[tuple[str, str]] = []
        for name, value in sorted(raw.items()):
            if not isinstance(value, str) or not tidy(value):
                return None, (Problem("VAL-151", {"text": shape(value)}),)
            problem = _too_long_or_forbidden(value, tidy(value))
            if problem is not None:
                return None, (problem,)
            pairs.append((name, tidy(value)))
        return (pairs[0][1] if list(raw) == ["id"] else tuple(pairs)), ()

    def format(self, value: Value, context: FormatContext) -> str:
        """The title of the record where it is known, else its id."""
        return "" if value is None else context.titles.get((self.to, str(value)), str(value))

    def typed(self, value: Value, context: FormatContext) -> str:
        """The id."""
        return "" if value is None else str(value)

    def json_schema(self) -> dict[str, object]:
        """Text, or an object of texts."""
        text = {"type": "string", "minLength": 1, "maxLength": LONGEST, "not": {"pattern": "[\\u0000-\\u001f]"}}
        return {"anyOf": [text, {"type": "object", "minProperties": 1, "additionalProperties": text}]}


def _too_long_or_forbidden(typed: str, text: str) -> Problem | None:
    """What keeps a text from naming anything."""
    if len(typed) > LONGEST:
        return Problem("VAL-103", {"length": len(typed), "limit": LONGEST})
    return forbidden(text)
