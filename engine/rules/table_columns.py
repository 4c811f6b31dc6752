"""The columns of a decision table as they are declared: what is looked at, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from engine.language.declared import Declared, FieldPath, Identifier, Label
from engine.language.formula import Formula
from engine.language.types import (
    DateType,
    DecimalType,
    DurationType,
    FlagType,
    InstantType,
    MonthsType,
    TextType,
    Type,
)
from engine.rules.rows import Raw

OUTPUT_TYPES: Mapping[str, Type] = {
    "number": DecimalType(),
    "text": TextType(),
    "flag": FlagType(),
    "date": DateType(),
    "instant": InstantType(),
    "duration": DurationType(),
    "months": MonthsType(),
}
VALID = "valid"
"""Id of the column that rows have which are valid for some days only."""


class Input(Declared):
    """A column of conditions: what is looked at."""

    id: Identifier = Field(description="Id of the column")
    label: Label | None = Field(default=None, description="Heading")
    value: Formula = Field(description="What the cells of the column test")
    allowed: Raw = Field(default=None, description="Cell that the value has to pass, whatever row it would hit")


class Output(Declared):
    """A column of results: the field it sets, or a value that later rules read as `table_id.output_id`."""

    id: Identifier = Field(description="Id of the column")
    label: Label | None = Field(default=None, description="Heading")
    set: FieldPath | None = Field(default=None, description="Field that gets the value: `rate`, or `lines.rate`")
    type: Literal["number", "text", "flag", "date", "instant", "duration", "months"] = Field(
        default="number", description="Type of a value that sets no field"
    )
    values: tuple[Raw, ...] = Field(
        default=(), description="The only values it may have; for P and O in order of priority, the first counts most"
    )
