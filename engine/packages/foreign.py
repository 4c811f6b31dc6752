"""Reads the rows of a foreign file (JSON or CSV) for a mapping, and puts rows of one document together.

Rows are numbered as people count them: the first row of data is 1. Numbers in JSON are exact; there are no floats.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NoReturn

from engine.language.numbers import json_number
from engine.language.problems import Problem, Refused
from engine.packages.mapping import Mapping, Translated, read_column, text_of, translate

BYTES_MAX = 200_000_000
"""Largest file that is read in one piece."""

CELL_MAX = 100_000
"""Longest cell of a CSV file, in characters."""

NAME_SHOWN = 80
"""Characters of the name of a refused row."""

Row = Map[str, object]


@dataclass(slots=True)
class Gathered:
    """One record or document of the file: its rows by number, what is handed to the door, what is wrong with it.

    `name` is what people find it by in the file: the required columns of its first row.
    """

    key: str
    name: str = ""
    rows: list[int] = field(default_factory=list)
    values: dict[str, object] = field(default_factory=dict)
    lines: dict[str, list[Map[str, object]]] = field(default_factory=dict)
    problems: list[tuple[int, Problem]] = field(default_factory=list)

    def raw(self) -> dict[str, object]:
        """The raw values for the door."""
        return {**self.values, **self.lines}


@dataclass(frozen=True, slots=True)
class Outcome:
    """All rows of a file: documents in the order of their first row, and the numbers of rows that were not meant."""

    documents: tuple[Gathered, ...]
    passed_over: tuple[int, ...]


def read_rows(content: bytes, mapping: Mapping) -> tuple[Row, ...]:
    """Every row of the file. Raises `Refused` with IMP-110 to IMP-116 when it is not such a file."""
    if len(content) > BYTES_MAX:
        refuse("IMP-110", size=len(content), limit=BYTES_MAX)
    try:
        text = content.decode(mapping.encoding)
    except UnicodeDecodeError as error:
        refuse("IMP-111", encoding=mapping.encoding, position=error.start)
    except LookupError:
        refuse("IMP-112", encoding=mapping.encoding)
    rows = _json_rows(text, mapping) if mapping.format == "json" else _csv_rows(text, mapping)
    _columns_exist(rows, mapping)
    return rows


def gather(rows: Iterable[Row], mapping: Mapping) -> Outcome:
    """The documents of the rows. One bad row makes its whole document bad; rows of a bad key are never split up."""
    documents: dict[str, Gathered] = {}
    passed: list[int] = []
    for number, row in enumerate(rows, start=1):
        found = translate(row, mapping)
        if found is None:
            passed.append(number)
            continue
        key = _key(number, row, found, mapping)
        document = documents.setdefault(key, Gathered(key, _name(row, mapping)))
        document.rows.append(number)
        if isinstance(found, Translated):
            _join(document, number, found)
        else:
            document.problems += [(number, problem) for problem in found]
    return Outcome(tuple(documents.values()), tuple(passed))


def _key(number: int, row: Row, found: Translated | tuple[Problem, ...], mapping: Mapping) -> str:
    """What tells the row's document; a bad row still belongs to the document whose key can be read from it."""
    if mapping.key is None:
        return f"row {number}"
    if isinstance(found, Translated):
        return found.key or f"row {number}"
    scope = {column.id: read_column(row, column, mapping)[0] for column in mapping.columns}
    return text_of(mapping.key.expression.evaluate(scope)) or f"row {number}"


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


def _json_rows(text: str, mapping: Mapping) -> tuple[Row, ...]:
    """The list of objects at the path `rows`."""
    try:
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


def _csv_rows(text: str, mapping: Mapping) -> tuple[Row, ...]:
    """The rows below the heading."""
    csv.field_size_limit(CELL_MAX)
    try:
        return tuple(csv.DictReader(io.StringIO(text, newline=""), delimiter=mapping.delimiter, strict=True))
    except csv.Error as error:
        refuse("IMP-113", reason=str(error))


def _columns_exist(rows: tuple[Row, ...], mapping: Mapping) -> None:
    """A column that is in no row is a mistake in the mapping or the wrong file, not a missing value."""
    known = {name for row in rows for name in row}
    for column in mapping.columns:
        for name in column.columns:
            if rows and name not in known:
                meant = tuple(get_close_matches(name, [str(each) for each in known], 3))
                refuse("IMP-116", column=name, suggestions=meant, mapping=mapping.mapping)


def refuse(code: str, /, **parameters: object) -> NoReturn:
    """End with one problem."""
    raise Refused((Problem(code, parameters),))
