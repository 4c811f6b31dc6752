"""Import mappings: how the rows of a foreign file become records or documents of an entity.

    mapping: foodkeeper
    entity: item
    format: json
    rows: product_data                                  # where the list of rows is
    day_words: {Days: 1, Weeks: 7, Months: 30}          # what a word of the file is worth in days
    columns:                                            # what is read; each is a name in the formulas below
      - {id: code, column: id, required: true}
      - {id: life, column: [fridge_text, pantry_text], read: days, take: low}
    checks:
      - {id: usable_life, that: life is not None, message: {zh: 没有可用的保质期, en: No usable shelf life}}
    fields:
      - {id: code, value: "concat('FK-', code)"}
      - {id: shelf_life_days, value: life}

`translate` turns one row into raw values, as if a person had typed them: the door that every document goes through
reads and judges them. Nothing is guessed; what cannot be read is a problem of that row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import Field

from engine.language.declared import Declared, FieldPath, Identifier, Label
from engine.language.formula import Formula, Scope
from engine.language.numbers import parse_number
from engine.language.problems import Problem
from engine.language.types import DateType, DecimalType, FlagType, IntegerType, RecordType, TextType, Type

Reading = Literal["text", "integer", "decimal", "date", "days"]

READ_TYPES: Map[str, Type] = {
    "text": TextType(),
    "integer": IntegerType(),
    "decimal": DecimalType(),
    "date": DateType(),
    "days": IntegerType(),
}
"""What each way of reading gives. `days` reads a span of time in words (`1 - 2 Months`, `5天`) as a number of days."""

Cell = str | int | Decimal | date | None
Raw = str | int | Decimal | bool | None

SPAN = re.compile(r"(\d{1,6})\s*(?:(?:-|–|—|~|～|至|到|to)\s*(\d{1,6}))?\s*([^\d\s].*)")
"""A number, or two with a dash between them, and a word."""

TEXT_SHOWN = 80
"""Characters of a refused text that are repeated in the message."""


class MappingColumn(Declared):
    """One column of the file. Of several column names the first whose text can be read counts."""

    id: Identifier = Field(description="Name of the column in the formulas of this mapping")
    column: str | tuple[str, ...] | None = Field(default=None, description="Name in the file; default: the id")
    read: Reading = Field(default="text", description="How its text is read")
    pattern: str | None = Field(default=None, description="Form of a date, such as `%d/%m/%Y`; default: 2026-01-31")
    take: Literal["low", "high"] = Field(default="low", description="Which end of a span such as `1 - 2 Weeks`")
    required: bool = Field(default=False, description="A row without it is refused and reported")

    @property
    def columns(self) -> tuple[str, ...]:
        """The names in the file, in the order in which they are tried."""
        if self.column is None:
            return (self.id,)
        return (self.column,) if isinstance(self.column, str) else self.column


class MappingCheck(Declared):
    """What a row must fulfil. A row that does not is refused with the message, and with it its whole document."""

    id: Identifier = Field(description="Id of the check")
    that: Formula = Field(description="What must be true of the columns")
    message: Label = Field(description="What people read in the report of the import")


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
    delimiter: str = Field(default=",", min_length=1, max_length=1, description="CSV: the character between columns")
    encoding: str = Field(default="utf-8-sig", description="Encoding of the file")
    day_words: dict[str, int] = Field(default={}, description="`read: days`: what each word is worth in days")
    columns: tuple[MappingColumn, ...] = Field(description="The columns that are read", min_length=1)
    where: Formula | None = Field(default=None, description="Rows that are meant; others are counted as passed over")
    checks: tuple[MappingCheck, ...] = Field(default=(), description="What a row must fulfil")
    key: Formula | None = Field(default=None, description="Documents: rows with the same key are one document")
    transition: Identifier | None = Field(default=None, description="Documents: the transition made after saving")
    fields: tuple[MappedField, ...] = Field(description="The fields that are filled", min_length=1)

    def row_type(self) -> RecordType:
        """A row as formulas see it."""
        return RecordType(self.mapping, {column.id: READ_TYPES[column.read] for column in self.columns})

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """Read all formulas; `scope` has the columns of `row_type` as names."""
        for condition in (self.where, *(check.that for check in self.checks)):
            if condition is not None:
                yield from condition.bind(scope, FlagType)
        for formula in (self.key, *(one.value for one in self.fields)):
            if formula is not None:
                yield from formula.bind(scope)


@dataclass(frozen=True, slots=True)
class Translated:
    """One row as raw values: `values` of the record, `lines` of the one line it is, by lines field.

    `key` tells which document the row belongs to; None where every row is a record of its own.
    """

    key: str | None
    values: Map[str, Raw]
    lines: Map[str, Map[str, Raw]] = field(default_factory=dict)

    def raw(self) -> dict[str, object]:
        """What is handed to the door for a record of one row."""
        return {**self.values, **{name: [dict(line)] for name, line in self.lines.items()}}


def translate(row: Map[str, object], mapping: Mapping) -> Translated | tuple[Problem, ...] | None:
    """The raw values of one row; what is wrong with it; or None for a row that is not meant (`where`).

    `row` holds texts, numbers as int or Decimal, or None by column name of the file.
    """
    scope: dict[str, object] = {}
    problems: list[Problem] = []
    for column in mapping.columns:
        value, wrong = read_column(row, column, mapping)
        scope[column.id] = value
        problems += wrong
    if mapping.where is not None and not problems and mapping.where.expression.evaluate(scope) is not True:
        return None
    if problems:
        return tuple(problems)
    for check in mapping.checks:
        if check.that.expression.evaluate(scope) is not True:
            problems.append(Problem("IMP-104", _said(check, row, mapping), check.place, (check.id,)))
    return tuple(problems) or _values(scope, mapping)


def read_column(row: Map[str, object], column: MappingColumn, mapping: Mapping) -> tuple[Cell, list[Problem]]:
    """The value of one column in a row: the first of its names whose text can be read.

    A text that cannot be read is a problem, except in `days`: there it is known that many texts say no number of days.
    """
    problems: list[Problem] = []
    for name in column.columns:
        text = text_of(row.get(name))
        if text == "":
            continue
        value = read_text(text, column, mapping)
        if not isinstance(value, Problem):
            return value, []
        if column.read != "days":
            problems.append(Problem(value.code, {**value.parameters, "column": name}, column.place, (name,)))
    if column.required and not problems:
        problems.append(Problem("IMP-101", {"column": ", ".join(column.columns)}, column.place, (column.columns[0],)))
    return None, problems


def text_of(value: object) -> str:
    """The text of a cell without blanks around it; nothing for a missing one. A flag is told as true or false."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def read_text(text: str, column: MappingColumn, mapping: Mapping) -> str | int | Decimal | date | Problem:
    """One text read the way its column says, or IMP-102 (not of that kind) with the text."""
    unread = Problem("IMP-102", {"text": text[:TEXT_SHOWN], "kind": column.read})
    match column.read:
        case "text":
            return text
        case "days":
            days = days_of(text, mapping.day_words, column.take)
            return unread if days is None else days
        case "date":
            try:
                return datetime.strptime(text, column.pattern or "%Y-%m-%d").date()  # noqa: DTZ007 (a day has no zone)
            except ValueError:
                return unread
        case _:
            number = parse_number(text)
            if isinstance(number, Problem) or (column.read == "integer" and number != int(number)):
                return unread
            return int(number) if column.read == "integer" else number


def days_of(text: str, words: Map[str, int], take: str) -> int | None:
    """The number of days a text such as `1 - 2 Months` says; None where it says none.

    >>> days_of("1 - 2 Months", {"Months": 30}, "low"), days_of("1 - 2 Months", {"Months": 30}, "high")
    (30, 60)
    """
    match = SPAN.fullmatch(text.strip())
    if match is None:
        return None
    worth = next((days for word, days in words.items() if word.casefold() == match[3].strip().casefold()), None)
    if worth is None:
        return None
    ends = [int(end) for end in (match[1], match[2]) if end]
    return worth * (min(ends) if take == "low" else max(ends))


def _values(scope: dict[str, object], mapping: Mapping) -> Translated:
    """The values of every field, those of lines apart."""
    values: dict[str, Raw] = {}
    lines: dict[str, dict[str, Raw]] = {}
    for one in mapping.fields:
        holder, _, name = one.id.rpartition(".")
        value = scope[name] if one.value is None else one.value.expression.evaluate(scope)
        (lines.setdefault(holder, {}) if holder else values)[name] = raw_of(value)
    key = None if mapping.key is None else text_of(mapping.key.expression.evaluate(scope))
    return Translated(key, values, lines)


def raw_of(value: object) -> Raw:
    """A value as a person or a JSON file would have said it."""
    if isinstance(value, date):
        return value.isoformat()
    assert value is None or isinstance(value, str | int | Decimal)
    return value


def _said(check: MappingCheck, row: Map[str, object], mapping: Mapping) -> dict[str, object]:
    """The message of a check, and the texts of the columns it looked at, as they stand in the file."""
    read = {path[0] for path in check.that.expression.paths}
    names = [name for column in mapping.columns if column.id in read for name in column.columns]
    texts = tuple(f"{name}: {text_of(row.get(name))[:TEXT_SHOWN]}" for name in names if text_of(row.get(name)))
    message = {language: check.message.text(language) for language in ("zh", "en")}
    return {"check": check.id, "message": message, "texts": texts}
