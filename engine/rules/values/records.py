"""Values made of others: a record with fields, and a list of records or of plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from engine.entities.fields.base import FieldKind, Outcome, ParseContext, Raw, Sample, refused, shape
from engine.entities.record import Value
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.scope import suggestion
from engine.language.types import Expected, RecordType, RowsType, TextType, Type

if TYPE_CHECKING:
    from engine.rules.values import AnyValue

MOST = 1_000
"""Items of one list."""

PLAIN = "value"
"""The one field of a list of plain values."""


class RecordValue(FieldKind):
    """Several values under one name, each by its id or its label: `loan.rate`."""

    samples: ClassVar[tuple[Sample, ...]] = (
        Sample({"fields": [{"id": "rate", "kind": "number"}]}, ({"rate": 1},), ((1, "VAL-161"),)),
    )

    kind: Literal["record"] = "record"
    fields: Annotated[tuple[AnyValue, ...], Field(min_length=1)]

    def record_type(self) -> RecordType:
        """The fields, as formulas see them."""
        return RecordType(self.id, {field.id: field.type() for field in self.fields})

    def type(self) -> Type:
        """A record of these fields."""
        return self.record_type()

    def formulas(self) -> tuple[tuple[str, Formula, Expected], ...]:
        """Those of the fields."""
        return (*super().formulas(), *inner_formulas(self.fields))

    def read(self, raw: Raw, context: ParseContext) -> Outcome:
        """Every field, missing or read."""
        if not isinstance(raw, Mapping):
            return refused("VAL-161", text=shape(raw))
        values, problems = read_fields(self.fields, raw, context)
        found: Any = values
        return (None, problems) if problems else (found, ())

    def to_json(self, value: Value) -> object:
        """An object; of a record of which nothing is known, nothing."""
        record: Any = value
        known = isinstance(record, Mapping) and any(record.get(field.id) is not None for field in self.fields)
        return written_fields(self.fields, record) if known else None


class ListValue(RecordValue):
    """A list of records with these fields; whose only field is `value`, it is a list of plain values."""

    samples: ClassVar[tuple[Sample, ...]] = (
        Sample({"fields": [{"id": "value", "kind": "text"}]}, ([], ["a"], [{"value": "a"}]), (("a", "VAL-160"),)),
    )

    kind: Literal["list"] = "list"  # type: ignore[assignment]

    @property
    def is_plain(self) -> bool:
        """Whether its items are plain values."""
        return [field.id for field in self.fields] == [PLAIN]

    def type(self) -> Type:
        """Rows of these fields."""
        return RowsType(RecordType(self.id, {"id": TextType(), **self.record_type().fields}))

    def read(self, raw: Raw, context: ParseContext) -> Outcome:
        """Every item, numbered by its position."""
        if isinstance(raw, str | Mapping) or not isinstance(raw, Sequence):
            return refused("VAL-160", text=shape(raw))
        if len(raw) > MOST:
            return refused("VAL-163", count=len(raw), limit=MOST)
        rows: list[dict[str, Any]] = []
        problems: list[Problem] = []
        for position, item in enumerate(raw):
            row: Raw = item if isinstance(item, Mapping) or not self.is_plain else {PLAIN: item}
            if not isinstance(row, Mapping):
                problems.append(Problem("VAL-161", {"text": shape(item)}, path=(position,)))
                continue
            values, wrong = read_fields(self.fields, row, context)
            rows.append({"id": str(position), **values})
            problems += (replace(problem, path=(position, *problem.path)) for problem in wrong)
        return (None, tuple(problems)) if problems else (tuple(rows), ())

    def to_json(self, value: Value) -> object:
        """A list of objects, or of plain values."""
        if not isinstance(value, list | tuple):
            return None
        items = [written_fields(self.fields, row) for row in value]
        return [item.get(PLAIN) for item in items] if self.is_plain else items


def read_fields(
    fields: Sequence[FieldKind], raw: Mapping[str, Raw], context: ParseContext
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """The values handed in by id or label, every declared name among them, and what is wrong with them."""
    names = {known: field.id for field in reversed(fields) for known in names_of(field)}
    given: dict[str, Raw] = {}
    problems: list[Problem] = []
    for name, handed in raw.items():
        if name in names and names[name] not in given:
            given[names[name]] = handed
        else:
            meant = suggestion(name, names)
            problems.append(Problem("RUL-571", {"name": name, "allowed": tuple(f.id for f in fields), "meant": meant}))
    values: dict[str, Any] = {}
    for field in fields:
        value, wrong = field.parse(given.get(field.id), context)
        if value is None and not wrong and field.required:
            wrong = (Problem("RUL-572", {"name": field.id}),)
        problems += (replace(problem, path=(field.id, *problem.path)) for problem in wrong)
        values[field.id] = value
    return values, tuple(problems)


def names_of(field: FieldKind) -> Iterator[str]:
    """What a value may be handed in under: its id, or its label in either language."""
    yield field.id
    if field.label is not None:
        yield from dict.fromkeys(field.label.as_mapping().values())


def written_fields(fields: Sequence[FieldKind], values: Mapping[str, Any]) -> dict[str, object]:
    """The values as JSON says them, by id."""
    return {field.id: written(field, values.get(field.id)) for field in fields}


def written(field: FieldKind, value: Any) -> object:
    """A value as JSON says it; numbers stay exact numbers."""
    return value if value is None or field.numeric else field.to_json(value)


def inner_formulas(fields: Sequence[FieldKind]) -> tuple[tuple[str, Formula, Expected], ...]:
    """The formulas of declarations inside another."""
    return tuple(formula for field in fields for formula in field.formulas())
