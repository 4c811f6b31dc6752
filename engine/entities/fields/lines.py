"""Lines: the rows of a document, each with fields of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, cast

from pydantic import Field, field_validator

from engine.entities.fields.base import FieldKind, FormatContext, Outcome, ParseContext, Raw, Sample, shape
from engine.entities.fields.reference import ReferenceField
from engine.entities.misdeclared import misdeclared
from engine.entities.record import Line, Scalar, Value
from engine.language.problems import Problem, Refused
from engine.language.strict_json import read_json_text
from engine.language.types import RecordType, RowsType, TextType, Type

if TYPE_CHECKING:
    from engine.entities.fields import AnyField

MOST = 1_000
"""Lines of one document where a declaration names no `max`."""

NOT_JSON = "WEB-105"


class LinesField(FieldKind):
    """Rows with the given `fields`, at least `min`, at most `max`. Each line keeps an id of its own through edits.

    No two lines may agree in a field declared `unique`. Lines have no lines of their own.
    """

    widget: ClassVar[str] = "lines"
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            {"fields": [{"id": "note", "kind": "text", "max": 5}, {"id": "count", "kind": "integer"}]},
            ([], [{"note": "a", "count": 2}, {"id": "l7", "note": None}], [{}]),
            (("a", "VAL-160"), ({"note": "a"}, "VAL-160"), (["a"], "VAL-161"), ([{"note": "abcdef"}], "VAL-103")),
        ),
    )

    kind: Literal["lines"] = "lines"
    fields: Annotated[tuple[AnyField, ...], Field(min_length=1)]
    min: Annotated[int, Field(ge=0)] = 0
    max: Annotated[int, Field(ge=1, le=100_000)] = MOST

    @field_validator("fields")
    @classmethod
    def refuse_nesting(cls, fields: tuple[FieldKind, ...]) -> tuple[FieldKind, ...]:
        """Fields that can stand in a line: anything but lines."""
        nested = next((field.id for field in fields if isinstance(field, LinesField)), None)
        if nested is not None:
            raise misdeclared("UX-711", name=nested)
        return fields

    @cached_property
    def by_id(self) -> Mapping[str, FieldKind]:
        """The fields of a line by id, in the order declared."""
        return MappingProxyType({field.id: field for field in self.fields})

    @cached_property
    def blank(self) -> Mapping[str, None]:
        """A line of which nothing is known."""
        return dict.fromkeys(field.id for field in self.fields)

    @cached_property
    def references(self) -> Mapping[str, str]:
        """The fields of a line that are references, each with the entity it refers to."""
        return {field.id: field.to for field in self.fields if isinstance(field, ReferenceField)}

    def field(self, name: str) -> FieldKind | None:
        """The field of a line with this id."""
        return self.by_id.get(name)

    def record_type(self) -> RecordType:
        """One line, as formulas see it."""
        return RecordType(self.id, {"id": TextType(), **{field.id: field.type() for field in self.fields}})

    def type(self) -> Type:
        """Rows of the line's record."""
        return RowsType(self.record_type())

    def rows(self, raw: Raw) -> tuple[tuple[Mapping[str, Raw], ...], tuple[Problem, ...]]:
        """The rows that were handed in, not yet read: a list of objects, or the JSON text of one."""
        if isinstance(raw, str):
            try:
                raw = cast(Raw, read_json_text(raw))
            except Refused as refused:
                said = refused.problems[0]
                return (), (Problem("VAL-160", {"text": shape(raw)}),) if said.code == NOT_JSON else refused.problems
        if raw is None:
            return (), ()
        if isinstance(raw, str | Mapping) or not isinstance(raw, Sequence):
            return (), (Problem("VAL-160", {"text": shape(raw)}),)
        if len(raw) > self.max:
            return (), (Problem("VAL-163", {"count": len(raw), "limit": self.max}),)
        wrong = [Problem("VAL-161", {"text": shape(row)}, path=(at,)) for at, row in enumerate(raw) if not _is_row(row)]
        return tuple(row for row in raw if isinstance(row, Mapping)), tuple(wrong)

    def read(self, raw: Raw, context: ParseContext) -> Outcome:
        """Every line with every field, a line without id named by its position; without looking at references."""
        rows, problems = self.rows(raw)
        lines: list[Line] = []
        found = list(problems)
        for position, row in enumerate(rows):
            line, wrong = self._line(row, position, context)
            lines.append(line)
            found += [replace(problem, path=(position, *problem.path)) for problem in wrong]
        return (None, tuple(found)) if found else (tuple(lines), ())

    def _line(self, row: Mapping[str, Raw], position: int, context: ParseContext) -> tuple[Line, list[Problem]]:
        """One line and what is wrong with it."""
        problems = [Problem("VAL-180", {"name": name}, path=(name,)) for name in row if not self._knows(name)]
        line: dict[str, Scalar] = {"id": str(row.get("id") or position)}
        for field in self.fields:
            value, wrong = field.parse(row.get(field.id), context)
            line[field.id] = value if not isinstance(value, tuple) else None
            problems += [replace(problem, path=(field.id, *problem.path)) for problem in wrong]
        return line, problems

    def _knows(self, name: str) -> bool:
        return name == "id" or self.field(name) is not None

    def to_json(self, value: Value) -> object:
        """A list of objects."""
        if not isinstance(value, tuple):
            return None
        return [
            {"id": line["id"], **{each.id: each.to_json(line.get(each.id)) for each in self.fields}} for line in value
        ]

    def format(self, value: Value, context: FormatContext) -> str:
        """JSON text; pages show lines as a table instead."""
        return "" if value is None else json.dumps(self.to_json(value), ensure_ascii=False)

    def column(self) -> None:
        """Lines live in a table of their own."""
        return

    def json_schema(self) -> dict[str, object]:
        """An array of objects."""
        items = object_schema(self.fields, extra=("id",))
        return {"type": "array", "items": items, "minItems": self.min, "maxItems": self.max}


def object_schema(fields: Sequence[FieldKind], extra: Sequence[str] = ()) -> dict[str, object]:
    """JSON Schema of an object with these fields; those not required may be null or an empty text."""
    properties: dict[str, object] = {name: {"type": ["string", "null"]} for name in extra}
    for field in fields:
        schema = field.json_schema()
        properties[field.id] = schema if field.required else {"anyOf": [schema, {"enum": [None, ""]}]}
    required = [field.id for field in fields if field.required and field.default is None]
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": required} if required else schema


def _is_row(row: Raw) -> bool:
    return isinstance(row, Mapping)
