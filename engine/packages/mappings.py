"""Import mappings: how the rows of a foreign file become records or documents of an entity.

    mapping: foodkeeper
    entity: item
    format: json
    rows: product_data                       # where the list of rows is
    columns:                                 # the row's columns, each a name in the formulas below
      - {id: code, column: id}
      - {id: name}
      - {id: life, column: [fridge_text, pantry_text], read: days, choose: lowest}
    where: name is not None
    fields:
      - {id: code, value: "concat('FK', code)"}
      - {id: name}                           # the column of the same name
      - {id: shelf_days, value: life}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from engine.language.declared import Declared, Identifier, Label
from engine.language.formula import Formula, Scope
from engine.language.problems import Problem
from engine.language.types import (
    DateType,
    DecimalType,
    FlagType,
    InstantType,
    IntegerType,
    RecordType,
    TextType,
    Type,
)

FieldPath = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}(\.[a-z][a-z0-9_]{0,62})?$")]

Reading = Literal["text", "integer", "decimal", "date", "instant", "days"]

READ_TYPES: dict[str, Type] = {
    "text": TextType(),
    "integer": IntegerType(),
    "decimal": DecimalType(),
    "date": DateType(),
    "instant": InstantType(),
    "days": IntegerType(),
}
"""What each way of reading gives. `days` reads a span of time in words (`1 - 2 Months`, `5天`) as a number of days."""


class MappingColumn(Declared):
    """One column of the file. Of several column names the first whose text can be read counts."""

    id: Identifier = Field(description="Name of the column in the formulas of this mapping")
    column: str | tuple[str, ...] | None = Field(default=None, description="Name in the file; default: the id")
    read: Reading = Field(default="text", description="How its text is read")
    pattern: str | None = Field(default=None, description="Form of a date or instant, such as `%d/%m/%Y`")
    choose: Literal["lowest", "highest"] = Field(default="lowest", description="Which end of a span such as `1 - 2`")
    required: bool = Field(default=False, description="A row without it is refused and reported")

    @property
    def columns(self) -> tuple[str, ...]:
        """The names in the file, in the order in which they are tried."""
        if self.column is None:
            return (self.id,)
        return (self.column,) if isinstance(self.column, str) else self.column


class MappedField(Declared):
    """One field of the entity (`name`) or of its lines (`lines.item`) and the value it gets."""

    id: FieldPath = Field(description="Field of the entity, or `lines.field`")
    value: Formula | None = Field(default=None, description="The value; default: the column of the same name")


class Mapping(Declared):
    """How one sort of foreign file is read. Rows with the same `key` become one document with several lines."""

    mapping: Identifier = Field(description="Id of the mapping")
    label: Label | None = Field(default=None, description="What people read")
    help: Label | None = Field(default=None, description="Where such a file comes from")
    entity: Identifier = Field(description="Entity whose records the rows become")
    format: Literal["json", "csv"] = Field(default="csv", description="Format of the file")
    rows: str | None = Field(default=None, description="JSON: dotted path to the list of rows")
    delimiter: str = Field(default=",", description="CSV: the character between columns")
    encoding: str = Field(default="utf-8-sig", description="Encoding of the file")
    columns: tuple[MappingColumn, ...] = Field(description="The columns that are read")
    where: Formula | None = Field(default=None, description="Rows that are meant; others are counted as passed over")
    key: Formula | None = Field(default=None, description="Documents: rows with the same key are one document")
    transition: Identifier | None = Field(default=None, description="Documents: the transition made after saving")
    fields: tuple[MappedField, ...] = Field(description="The fields that are filled")

    def row_type(self) -> RecordType:
        """A row as formulas see it."""
        return RecordType(self.mapping, {column.id: READ_TYPES[column.read] for column in self.columns})

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """Read all formulas; `scope` has the columns of `row_type` as names."""
        if self.where is not None:
            yield from self.where.bind(scope, FlagType)
        for formula in (self.key, *(field.value for field in self.fields)):
            if formula is not None:
                yield from formula.bind(scope)
