"""Compares what people wrote as an expectation with what is there: numbers as numbers, references as codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.entities.fields.base import FieldKind, ParseContext
from engine.entities.fields.lines import LinesField
from engine.entities.fields.reference import ReferenceField
from engine.entities.record import Record
from engine.operations.site import Running
from engine.packages.scenario import plain

ReadMany = Callable[[str, Sequence[str]], Mapping[str, Record]]
Difference = tuple[str, str, str]
"""What differs, what was expected, what was found."""


class Comparison:
    """Compares records with the values that people expect of them. `read` gives records by id."""

    def __init__(self, running: Running, read: ReadMany) -> None:
        self.running, self.read = running, read

    def differences(self, record: Record, expected: Mapping[str, Any]) -> Iterator[Difference]:
        """Every value that is another than expected; lines by position, of them only the fields that are written."""
        entity = self.running.app.entities[record.entity]
        for name, raw in expected.items():
            kind = entity.by_id[name]
            if isinstance(kind, LinesField):
                held: Any = record.values.get(name) or ()
                yield from self._lines(name, kind, held, list(raw or ()))
            elif not self._same(kind, record.values.get(name), plain(raw), record.scope()):
                yield name, written(raw), written(kind.to_json(record.values.get(name)))

    def _lines(
        self, what: str, kind: Any, held: Sequence[Mapping[str, Any]], expected: Sequence[Mapping[str, Any]]
    ) -> Iterator[Difference]:
        if len(held) != len(expected):
            yield f"{what}: lines", str(len(expected)), str(len(held))
            return
        fields = {inner.id: inner for inner in kind.fields}
        for number, (line, wanted) in enumerate(zip(held, expected, strict=True)):
            for name, raw in wanted.items():
                if not self._same(fields[name], line.get(name), plain(raw), line):
                    yield f"{what}[{number}].{name}", written(raw), written(fields[name].to_json(line.get(name)))

    def _same(self, kind: FieldKind, held: Any, raw: Any, scope: Mapping[str, Any]) -> bool:
        """Whether a value is the one that people wrote."""
        if isinstance(kind, ReferenceField) and isinstance(held, str) and raw != held:
            identity = self.running.app.entities[kind.to].identity
            found = self.read(kind.to, (held,)).get(held)
            plain_part = identity[-1] if identity else ""
            return found is not None and found.values.get(plain_part) == raw
        if isinstance(held, Decimal):
            return number_of(raw) == held
        value, problems = kind.parse(raw, ParseContext("en", self.running.app.zone, self.running.units, scope))
        return not problems and value == held


def says(raw: Any, value: object, cell: str = "") -> bool:
    """Whether a value is what people wrote: by its exact value, or by the text that a page shows."""
    raw = plain(raw)
    if value is None or raw is None:
        return value in (None, "") and raw in (None, "")
    if isinstance(value, bool) or isinstance(raw, bool):
        return value is raw
    if isinstance(value, Decimal | int) and number_of(raw) == value:
        return True
    text = value.isoformat() if isinstance(value, date | datetime) else str(value)
    return str(raw) in (text, cell) or (isinstance(value, str) and number_of(raw) == number_of(value) is not None)


def number_of(raw: object) -> Decimal | None:
    """A plain number that people wrote; None for anything else."""
    try:
        found = Decimal(str(raw))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def written(value: object) -> str:
    """A value as a report of differences shows it."""
    found = plain(value)
    if isinstance(found, Decimal):
        return format(found, "f")
    return "—" if found in (None, "") else str(found)
