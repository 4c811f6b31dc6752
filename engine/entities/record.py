"""What a record is once it has been read: plain typed values with an id and a version, never changed in place.

Value shapes by field kind: text, choice, reference, attachment → `str`; integer → `int`; decimal, quantity, money →
`Decimal`; date → `date`; instant → aware `datetime` in UTC; flag → `bool`; lines → tuple of mappings, each with the
line's `id` and its fields; anything missing → None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from operator import attrgetter

Scalar = str | int | Decimal | bool | date | datetime | timedelta | None
Line = Mapping[str, Scalar]
Value = Scalar | tuple[Line, ...]

SYSTEM_FIELDS = ("id", "number", "state", "version", "created_at", "created_by", "changed_at", "changed_by")
_system_values = attrgetter(*SYSTEM_FIELDS)


@dataclass(frozen=True, slots=True)
class Record:
    """One master or document as stored: its field values and what the engine itself keeps about it.

    `version` counts the writes, 1 after the first; `package` is the digest of the package it was made under;
    `number` is None until it was issued; instants are UTC; `created_by` and `changed_by` are ids of persons.
    """

    entity: str
    id: str
    version: int
    values: Mapping[str, Value]
    state: str | None = None
    number: str | None = None
    package: str | None = None
    created_at: datetime | None = None
    created_by: str | None = None
    changed_at: datetime | None = None
    changed_by: str | None = None

    def scope(self) -> dict[str, Value]:
        """The names a formula may see: the values and the system fields (a reference is still its bare id)."""
        return {**self.values, **self.bookkeeping()}

    def bookkeeping(self) -> dict[str, Scalar]:
        """What the engine itself keeps about the record, as formulas name it."""
        return dict(zip(SYSTEM_FIELDS, _system_values(self), strict=True))

    def lines(self, name: str) -> tuple[Line, ...]:
        """The lines kept under a field; none when it is unset."""
        value = self.values.get(name)
        return value if isinstance(value, tuple) else ()

    def with_values(self, values: Mapping[str, Value]) -> Record:
        """The same record with some values replaced."""
        return replace(self, values={**self.values, **values}) if values else self
