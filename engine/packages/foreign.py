"""Reads the rows of a foreign file (JSON or CSV) for a mapping, and puts rows of one document together.

A file is read twice. The first look (`look_at`) finds everything that is wrong with it as a file, counts, and notes
the last row of every document, so that a file of another shape is refused before anything of it is taken. The second
(`Source.documents`) hands out each document as soon as its last row has been read; only open documents are in memory.

Rows are numbered as people count them: the first row of data is 1. Numbers in JSON are exact; there are no floats.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

from engine.language.numbers import json_number
from engine.language.problems import Problem, Refused
from engine.packages.encodings import encoding_of
from engine.packages.mapping import BEYOND, Mapping, Translated, read_column, text_of, translate

JSON_BYTES_MAX = 200_000_000
"""Largest JSON file; it is read in one piece. A CSV file may have any size."""

CELL_MAX = 100_000
"""Longest cell of a CSV file, in characters."""

NAME_SHOWN = 80
"""Characters of the name of a refused row."""

Row = Map[str, object]


@dataclass(slots=True)
class Gathered:
    """One record or document of the file: its rows, what is handed to the door, what is wrong with it by row number.

    `name` is what people find it by in the file: the required columns of its first row. `passed_over` counts the rows
    that are not meant (`where`); a document without any other rows is none.
    """

    key: str
    name: str = ""
    rows: dict[int, Row] = field(default_factory=dict)
    values: dict[str, object] = field(default_factory=dict)
    lines: dict[str, list[Map[str, object]]] = field(default_factory=dict)
    problems: list[tuple[int, Problem]] = field(default_factory=list)
    passed_over: int = 0

    def raw(self) -> dict[str, object]:
        """The raw values for the door."""
        return {**self.values, **self.lines}

    def row_of(self, problem: Problem) -> int:
        """The row that a problem of the door is about: that of the line it is at, else the first."""
        numbers = list(self.rows)
        path = problem.path
        if len(path) > 1 and path[0] in self.lines and isinstance(path[1], int) and path[1] < len(numbers):
            return numbers[path[1]]
        return numbers[0]


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was looked at: its encoding and columns, how many rows and documents it has.

    `last` tells the number of the last row of each document by its key; it is empty where every row is a record.
    """

    path: Path
    mapping: Mapping
    encoding: str
    columns: tuple[str, ...]
    count: int
    last: Map[str, int]

    @property
    def total(self) -> int:
        """How many documents there are."""
        return len(self.last) if self.mapping.key is not None else self.count

    def documents(self) -> Iterator[Gathered]:
        """Every document with all of its rows, by their last rows. Raises `Refused` (IMP-117) for a changed file."""
        opened: dict[str, Gathered] = {}
        for number, row in enumerate(self.rows(), start=1):
            key = key_of(number, row, self.mapping)
            document = opened.get(key)
            if document is None:
                document = opened[key] = Gathered(key, _name(row, self.mapping))
            _take(document, number, row, self.mapping)
            if self.mapping.key is None or self.last.get(key) == number:
                yield opened.pop(key)
        if opened:
            refuse("IMP-117")

    def rows(self) -> Iterator[Row]:
        """The rows as they stand in the file."""
        if self.mapping.format == "json":
            return iter(_json_rows(self.path, self.encoding, self.mapping))
        return _csv_rows(self.path, self.encoding, self.mapping)


def look_at(path: Path, mapping: Mapping) -> Source:
    """Read a whole file once. Raises `Refused` with IMP-110 to IMP-118 when it is not what the mapping says."""
    encoding = encoding_of(path, mapping.encoding)
    if mapping.format == "json":
        rows = _json_rows(path, encoding, mapping)
        columns = tuple(dict.fromkeys(name for row in rows for name in row))
        found: Iterable[Row] = rows
        if rows:
            _columns_exist(columns, mapping)
    else:
        columns = _heading(path, encoding, mapping)
        found = _csv_rows(path, encoding, mapping)
        _columns_exist(columns, mapping)
    count = 0
    last: dict[str, int] = {}
    for count, row in enumerate(found, start=1):
        if mapping.key is not None:
            last[key_of(count, row, mapping)] = count
    return Source(path, mapping, encoding, columns, count, last)


def key_of(number: int, row: Row, mapping: Mapping) -> str:
    """What tells the row's document; a row whose key cannot be read, or is empty, is a document of its own."""
    alone = f"row {number}"
    if mapping.key is None:
        return alone
    scope: dict[str, object] = {}
    for column in mapping.key_columns:
        scope[column.id], problems = read_column(row, column, mapping)
        if problems:
            return alone
    return text_of(mapping.key.expression.evaluate(scope)) or alone


def _take(document: Gathered, number: int, row: Row, mapping: Mapping) -> None:
    """Add one row to its document; a bad one makes the whole document bad."""
    found = translate(row, mapping)
    if found is None:
        document.passed_over += 1
        return
    document.rows[number] = row
    if isinstance(found, Translated):
        _join(document, number, found)
    else:
        document.problems += [(number, problem) for problem in found]


def _name(row: Row, mapping: Mapping) -> str:
    """The texts of the required columns of a row, or of its first column where none is required."""
    wanted = [column for column in mapping.columns if column.required] or mapping.columns[:1]
    texts = (text_of(row.get(name)) for column in wanted for name in column.columns[:1])
    return " ".join(text for text in texts if text)[:NAME_SHOWN]


def _join(document: Gathered, number: int, row: Translated) -> None:
    """Add one row: its line, and its values, which must agree with those of the rows before."""
    for name, value in row.values.items():
        if name in document.values and document.values[name] != value:
            parameters = {"field": name, "first": str(document.values[name]), "other": str(value)}
            document.problems.append((number, Problem("IMP-103", parameters, None, (name,))))
        document.values.setdefault(name, value)
    for name, line in row.lines.items():
        document.lines.setdefault(name, []).append(line)


def _json_rows(path: Path, encoding: str, mapping: Mapping) -> tuple[Row, ...]:
    """The list of objects at the path `rows`."""
    size = path.stat().st_size
    if size > JSON_BYTES_MAX:
        refuse("IMP-110", size=size, limit=JSON_BYTES_MAX)
    try:
        text = path.read_text(encoding=encoding)
        data = json.loads(text, parse_float=json_number, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        refuse("IMP-113", reason=str(error))
    for step in (mapping.rows or "").split(".") if mapping.rows else ():
        if not isinstance(data, dict) or step not in data:
            known = tuple(data) if isinstance(data, dict) else ()
            refuse("IMP-114", path=mapping.rows, step=step, known=known)
        data = data[step]
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        refuse("IMP-115", path=mapping.rows or ".")
    return tuple(data)


def _no_constant(name: str) -> NoReturn:
    """NaN and Infinity are no JSON."""
    raise ValueError(f"{name} is not JSON")


def _heading(path: Path, encoding: str, mapping: Mapping) -> tuple[str, ...]:
    """The names in the first row of a CSV file."""
    with path.open(encoding=encoding, newline="") as stream:
        try:
            return tuple(next(csv.reader(stream, delimiter=mapping.delimiter, strict=True), ()))
        except csv.Error as error:
            refuse("IMP-113", reason=str(error))


def _csv_rows(path: Path, encoding: str, mapping: Mapping) -> Iterator[Row]:
    """The rows below the heading, one after the other. Cells beyond the heading are under `BEYOND`."""
    csv.field_size_limit(CELL_MAX)
    with path.open(encoding=encoding, newline="") as stream:
        reader = csv.DictReader(stream, restkey=BEYOND, delimiter=mapping.delimiter, strict=True)
        try:
            yield from reader
        except csv.Error as error:
            refuse("IMP-113", reason=f"{reader.line_num}: {error}")


def _columns_exist(known: tuple[str, ...], mapping: Mapping) -> None:
    """A column that is in no row, or there twice, is a mistake in the mapping or the wrong file, not a bad row."""
    times = Counter(known)
    for name in (name for column in mapping.columns for name in column.columns):
        if name not in times:
            meant = tuple(get_close_matches(name, list(known), 3))
            refuse("IMP-116", column=name, suggestions=meant, mapping=mapping.mapping)
        if times[name] > 1:
            refuse("IMP-118", column=name)


def refuse(code: str, /, **parameters: object) -> NoReturn:
    """End with one problem."""
    raise Refused((Problem(code, parameters),))
