"""Rows of a decision table as they are written: cells with the exact place of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from engine.language.problems import Place

Raw = str | int | Decimal | bool | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: what YAML read, and where it stands."""

    raw: Raw
    place: Place | None


Cells = tuple[Cell, ...] | Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """A row: all `cells` together, or `when` and `then` apart, each a list or a mapping by column id.

    `valid` is a test of the effective day; without it the row is valid on all days.
    """

    id: str | None = None
    cells: Cells | None = None
    when: Cells | None = None
    then: Cells | None = None
    place: Place | None = None
    valid: Cell | None = None

    @property
    def size(self) -> int:
        """How many cells there are."""
        return sum(len(part) for part in (self.cells, self.when, self.then) if part is not None)

    @property
    def names(self) -> list[str]:
        """The columns that are named."""
        parts = (self.cells, self.when, self.then)
        return [name for part in parts if isinstance(part, Mapping) for name in part]

    def split(
        self, inputs: Sequence[str], outputs: Sequence[str]
    ) -> tuple[list[Cell | None] | None, list[Cell | None] | None]:
        """Input cells and output cells by position; None for a part with the wrong columns, or a cell not written."""
        if isinstance(self.cells, Mapping):
            known = set(self.cells) <= {*inputs, *outputs}
            cells = self.cells
            found = [[cells.get(name) for name in part] for part in (inputs, outputs)]
            return (found[0], found[1]) if known else (None, None)
        if self.cells is not None:
            right = len(self.cells) == len(inputs) + len(outputs)
            border = len(inputs)
            return (list(self.cells[:border]), list(self.cells[border:])) if right else (None, None)
        return _by_position(self.when, inputs), _by_position(self.then, outputs)


def _by_position(cells: Cells | None, columns: Sequence[str]) -> list[Cell | None] | None:
    """Cells in the order of the columns."""
    if isinstance(cells, Mapping):
        return [cells.get(column) for column in columns] if set(cells) <= set(columns) else None
    found = cells or ()
    return list(found) if len(found) == len(columns) else None


class Row:
    """Pydantic annotation: reads a row and keeps the place of every cell."""

    def __get_pydantic_core_schema__(self, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(_row)

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        cell = {"type": ["string", "number", "boolean", "null", "array"]}
        cells = {"type": "array", "items": cell}
        apart = {"anyOf": [cells, {"type": "object", "additionalProperties": cell}]}
        texts = {"id": {"type": "string"}, "valid": {"type": "string"}}
        properties = {**texts, "when": apart, "then": apart, "cells": apart}
        mapping = {"type": "object", "properties": properties, "additionalProperties": False}
        return {"anyOf": [cells, mapping]}


def _row(value: object) -> WrittenRow:
    """A row from what the reader of the source gives."""
    if isinstance(value, WrittenRow):
        return value
    place = getattr(value, "place", None)
    if isinstance(value, list | tuple):
        return WrittenRow(None, _listed(value), place=place)
    if isinstance(value, Mapping) and set(value) <= {"id", "valid", "when", "then", "cells"}:
        name = value.get("id")
        cells, when, then = (_cells(value[key]) if key in value else None for key in ("cells", "when", "then"))
        valid = (
            _cell(value["valid"], getattr(value, "value_places", {}).get("valid", place)) if "valid" in value else None
        )
        return WrittenRow(None if name is None else str(name), cells, when, then, place, valid)
    raise _wrong("RUL-528")


def _cells(value: object) -> Cells:
    """The cells of `when` or `then`."""
    if isinstance(value, Mapping):
        places = getattr(value, "value_places", {})
        return {str(key): _cell(cell, places.get(key, getattr(value, "place", None))) for key, cell in value.items()}
    if isinstance(value, list | tuple):
        return _listed(value)
    raise _wrong("RUL-528")


def _listed(value: Sequence[object]) -> tuple[Cell, ...]:
    """The cells of a list; where the reader knows no place for a single item, the place of the list."""
    places = getattr(value, "item_places", None) or [getattr(value, "place", None)] * len(value)
    return tuple(_cell(cell, place) for cell, place in zip(value, places, strict=True))


def _cell(value: object, place: Place | None) -> Cell:
    """One cell. `[200..500]` without quotes is a list with one text for YAML; it is read as the range it looks like."""
    if isinstance(value, list | tuple) and len(value) == 1 and isinstance(value[0], str) and ".." in value[0]:
        return Cell(f"[{value[0]}]", getattr(value, "place", place))
    if value is None or isinstance(value, str | int | Decimal | bool):
        return Cell(value, getattr(value, "place", place))
    raise _wrong("RUL-529")


def _wrong(code: str) -> PydanticCustomError:
    """A refusal in the form that `declared.validate` turns into a problem of the catalogue."""
    return PydanticCustomError("formwork", "", {"code": code, "parameters": {}})
