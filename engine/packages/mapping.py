"""Import mappings: how the rows of a foreign file become records or documents of an entity.

    mapping: foodkeeper
    entity: item
    format: json
    rows: product_data                                  # where the list of rows is
    day_words: {Days: 1, Weeks: 7, Months: 30}          # what a word of the file is worth in days
    columns:                                            # what is read; each is a name in the formulas below
      - {id: code, column: id, required: true}
      - {id: life, column: [fridge_text, pantry_text], read: days, take: low}
      - {id: sold_at, join: [Date, Time], read: instant}    # one text out of several columns
    checks:
      - {id: usable_life, that: life is not None, message: {zh: 没有可用的保质期, en: No usable shelf life}}
    fields:
      - {id: code, value: "concat('FK-', code)"}
      - {id: shelf_life_days, value: life}
      - {id: pack, value: ean, by: barcode}                 # a reference, found by a unique field of what it refers to

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
from functools import cached_property
from typing import Literal

from pydantic import Field

from engine.entities.fields.instant import parse_instant
from engine.language.declared import Declared, FieldPath, Identifier, Label
from engine.language.formula import Formula, Scope
from engine.language.numbers import parse_number
from engine.language.problems import Problem
from engine.language.types import DateType, DecimalType, FlagType, IntegerType, RecordType, TextType, Type
from engine.language.values import is_zone
from engine.packages.encodings import is_encoding

Reading = Literal["text", "integer", "decimal", "date", "instant", "days"]

READ_TYPES: Map[str, Type] = {
    "text": TextType(),
    "integer": IntegerType(),
    "decimal": DecimalType(),
    "date": DateType(),
    "instant": TextType(),
    "days": IntegerType(),
}
"""What each way of reading gives. `days` reads a span of time in words (`1 - 2 Months`, `5天`) as a number of days.

An `instant` is a text such as `2026-01-31 08:30:00`: by whose clock it is told is up to the document (its place, its
company), which is not known yet. Only where the column states a `zone` it is a moment: `2026-01-31T00:30:00Z`.
"""

PATTERNS: Map[Reading, str] = {"date": "%Y-%m-%d", "instant": "%Y-%m-%d %H:%M:%S"}
"""How days and times are written where a column says nothing else."""

PROBES: Map[Reading, datetime] = {"date": datetime(2003, 4, 5), "instant": datetime(2003, 4, 5, 18, 7)}  # noqa: DTZ001
"""Moments that a pattern has to read back from its own text: a pattern without a year, say, cannot."""

Cell = str | int | Decimal | date | None
Raw = str | int | Decimal | bool | None | Map[str, str]

SPAN = re.compile(r"(\d{1,6})\s*(?:(?:-|–|—|~|～|至|到|to)\s*(\d{1,6}))?\s*([^\d\s].*)")
"""A number, or two with a dash between them, and a word."""

EATEN = re.compile(r"[+-]?\d(?:[.,]\d+)?E\+\d{2,3}", re.IGNORECASE)
"""What a spreadsheet makes of a long number such as a barcode: `6.93217E+12`. The digits are gone."""

BEYOND = "\0"
"""The name in a row of what stands in it beyond the last column of the heading: a list of texts."""

TEXT_SHOWN = 80
"""Characters of a refused text that are repeated in the message."""


class MappingColumn(Declared):
    """One column of the file. Of several names in `column` the first whose text can be read counts.

    `join` makes one text out of several columns, with a blank between them: a day and a time of day.
    """

    id: Identifier = Field(description="Name of the column in the formulas of this mapping")
    column: str | tuple[str, ...] | None = Field(default=None, description="Name in the file; default: the id")
    join: tuple[str, ...] | None = Field(default=None, description="Names in the file whose texts are read as one")
    read: Reading = Field(default="text", description="How its text is read")
    pattern: str | None = Field(default=None, description="Form of a date or instant; default: %Y-%m-%d %H:%M:%S")
    zone: str | None = Field(default=None, description="Time zone of an instant; default: that of the document")
    take: Literal["low", "high"] = Field(default="low", description="Which end of a span such as `1 - 2 Weeks`")
    required: bool = Field(default=False, description="A row without it is refused and reported")

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names in the file, in the order in which they are tried or joined."""
        if self.join is not None:
            return self.join
        if self.column is None:
            return (self.id,)
        return (self.column,) if isinstance(self.column, str) else self.column

    @property
    def form(self) -> str:
        """The pattern that a date or instant is read by."""
        return self.pattern or PATTERNS[self.read]

    def texts(self, row: Map[str, object]) -> Iterator[tuple[str, str]]:
        """The texts of a row that are tried one after the other, each with the names it comes from."""
        if self.join is None:
            yield from ((name, text_of(row.get(name))) for name in self.columns)
        else:
            yield ", ".join(self.join), " ".join(text for name in self.join if (text := text_of(row.get(name))))

    def problems(self) -> Iterator[Problem]:
        """IMP-140: keys that do not go together; IMP-141: a pattern that cannot be read back; IMP-142: no zone."""
        unused = [
            *(("pattern",) if self.pattern is not None and self.read not in PATTERNS else ()),
            *(("zone",) if self.zone is not None and self.read != "instant" else ()),
        ]
        for key in unused:
            yield Problem("IMP-140", {"key": key, "other": f"read: {self.read}"}, self.place_at(key))
        if self.column is not None and self.join is not None:
            yield Problem("IMP-140", {"key": "join", "other": "column"}, self.place_at("join"))
        if self.pattern is not None and self.read in PATTERNS and not reads_back(self.pattern, PROBES[self.read]):
            yield Problem("IMP-141", {"pattern": self.pattern, "kind": self.read}, self.place_at("pattern"))
        if self.zone is not None and not is_zone(self.zone):
            yield Problem("IMP-142", {"zone": self.zone}, self.place_at("zone"))


class MappingCheck(Declared):
    """What a row must fulfil. A row that does not is refused with the message, and with it its whole document."""

    id: Identifier = Field(description="Id of the check")
    that: Formula = Field(description="What must be true of the columns")
    message: Label = Field(description="What people read in the report of the import")


class MappedField(Declared):
    """One field of the entity (`name`) or of its lines (`lines.item`) and the value it gets.

    A reference is named by its identity (a code), or `by` any unique field of what it refers to (a barcode).
    """

    id: FieldPath = Field(description="Field of the entity, or `lines.field`")
    value: Formula | None = Field(default=None, description="The value; default: the column of the same name")
    by: Identifier | None = Field(
        default=None, description="References: the unique field that the value is looked for in"
    )


class Mapping(Declared):
    """How one sort of foreign file is read. Rows with the same `key` become one document with several lines."""

    mapping: Identifier = Field(description="Id of the mapping")
    label: Label | None = Field(default=None, description="What people read")
    help: Label | None = Field(default=None, description="Where such a file comes from")
    entity: Identifier = Field(description="Entity whose records the rows become")
    format: Literal["json", "csv"] = Field(default="csv", description="Format of the file")
    rows: str | None = Field(default=None, description="JSON: dotted path to the list of rows")
    delimiter: str = Field(default=",", min_length=1, max_length=1, description="CSV: the character between columns")
    encoding: str | None = Field(default=None, description="Encoding of the file; default: UTF-8, else GB18030")
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

    @cached_property
    def key_columns(self) -> tuple[MappingColumn, ...]:
        """The columns that the key is made of."""
        assert self.key is not None
        read = {path[0] for path in self.key.expression.paths}
        return tuple(column for column in self.columns if column.id in read)

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """Read all formulas; `scope` has the columns of `row_type` as names. IMP-112: an encoding nobody knows."""
        for column in self.columns:
            yield from column.problems()
        if self.encoding is not None and not is_encoding(self.encoding):
            yield Problem("IMP-112", {"encoding": self.encoding}, self.place_at("encoding"))
        for condition in (self.where, *(check.that for check in self.checks)):
            if condition is not None:
                yield from condition.bind(scope, FlagType)
        for formula in (self.key, *(one.value for one in self.fields)):
            if formula is not None:
                yield from formula.bind(scope)


@dataclass(frozen=True, slots=True)
class Translated:
    """One row as raw values: `values` of the record, `lines` of the one line it is, by lines field."""

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
    if BEYOND in row:
        problems.append(Problem("IMP-108", {"cells": row[BEYOND]}))
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
    for name, text in column.texts(row):
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
    """One text read the way its column says, or IMP-102 (not of that kind) with the text.

    IMP-106 for a code that a spreadsheet has turned into a rounded number.
    """
    unread = Problem("IMP-102", {"text": text[:TEXT_SHOWN], "kind": column.read})
    match column.read:
        case "text":
            return Problem("IMP-106", {"text": text}) if EATEN.fullmatch(text) else text
        case "days":
            days = days_of(text, mapping.day_words, column.take)
            return unread if days is None else days
        case "date" | "instant":
            try:
                local = datetime.strptime(text, column.form)  # noqa: DTZ007 (by whose clock is not known here)
            except ValueError:
                return unread
            return local.date() if column.read == "date" else instant_text(local, column.zone)
        case _:
            number = parse_number(text)
            if isinstance(number, Problem) or (column.read == "integer" and number != int(number)):
                return unread
            return int(number) if column.read == "integer" else number


def instant_text(local: datetime, zone: str | None) -> str | Problem:
    """A local time as a door reads it; of a known zone the moment, or the problem that the zone has it not or twice."""
    text = local.isoformat(sep=" ")
    if zone is None:
        return text
    moment = parse_instant(text, zone)
    return Problem(moment, {"text": text}) if isinstance(moment, str) else moment.isoformat().replace("+00:00", "Z")


def reads_back(pattern: str, moment: datetime) -> bool:
    """Whether a pattern says all of a moment, so that its text can mean nothing else."""
    try:
        return datetime.strptime(moment.strftime(pattern), pattern) == moment  # noqa: DTZ007
    except ValueError:
        return False


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
        value = raw_of(scope[name] if one.value is None else one.value.expression.evaluate(scope))
        sought = value if one.by is None or value is None else {one.by: text_of(value)}
        (lines.setdefault(holder, {}) if holder else values)[name] = sought
    return Translated(values, lines)


def raw_of(value: object) -> str | int | Decimal | bool | None:
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
