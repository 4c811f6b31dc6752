"""Writes the rows that an import refused as a file of the same form: correct it and bring it again.

It has the columns of the file it comes from, after three that say why: `import_row`, `import_code`, `import_reason`.
A mapping reads only the columns it names, so these are not in the way when the corrected file is brought.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from decimal import Decimal
from types import TracebackType
from typing import Any, TextIO

from engine.language.catalogue import message
from engine.language.problems import Problem
from engine.packages.foreign import Row, Source
from engine.packages.mapping import BEYOND, text_of

REASONS = ("import_row", "import_code", "import_reason")
"""The columns that say why: number of the row in its file, codes, words."""


class RefusedFile:
    """An open file that refused rows are written to, one by one, in the format of the file they come from.

    To be used as a context: a JSON file is complete only at its end.
    """

    def __init__(self, stream: TextIO, source: Source, language: str) -> None:
        self._stream, self._source, self._language = stream, source, language
        self._columns = tuple(name for name in source.columns if name not in REASONS)
        self._steps = [step for step in (source.mapping.rows or "").split(".") if step]
        self._table = csv.writer(stream, delimiter=source.mapping.delimiter)
        self._written = 0

    def __enter__(self) -> RefusedFile:
        """Write what stands before the rows."""
        if self._source.mapping.format == "json":
            self._stream.write("".join(f"{{{json.dumps(step)}: " for step in self._steps) + "[")
        else:
            self._table.writerow((*REASONS, *self._columns))
        return self

    def write(self, number: int, row: Row, problems: Sequence[Problem]) -> None:
        """One row with the reasons against it, in the reader's language."""
        reasons = (
            str(number),
            " ".join(dict.fromkeys(problem.code for problem in problems)),
            " ".join(dict.fromkeys(reason_of(problem, self._language) for problem in problems)),
        )
        if self._source.mapping.format == "json":
            values = {
                **dict(zip(REASONS, reasons, strict=True)),
                **{name: row[name] for name in row if name in self._columns},
            }
            self._stream.write(
                (",\n" if self._written else "\n") + json.dumps(values, ensure_ascii=False, default=_exact)
            )
        else:
            beyond: Any = row.get(BEYOND) or ()
            self._table.writerow((*reasons, *(text_of(row.get(name)) for name in self._columns), *beyond))
        self._written += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what stands behind the rows, also when the import was interrupted."""
        if self._source.mapping.format == "json":
            self._stream.write("\n]" + "}" * len(self._steps) + "\n")


def reason_of(problem: Problem, language: str) -> str:
    """A problem in words; of one that a door found, the field it is about as well."""
    path = f"{'.'.join(str(step) for step in problem.path)}: " if problem.path and problem.place is None else ""
    return f"{path}{message(problem, language)}"


def _exact(value: object) -> object:
    """A number of a JSON file as text: JSON of Python knows no exact ones, and a mapping reads text as well."""
    assert isinstance(value, Decimal)
    return str(value)
