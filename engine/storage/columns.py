"""The type table of the database: three SQL types carry the six column kinds, alike on SQLite and PostgreSQL.

SQLite's STRICT tables accept few type names, so every type has its variant here and nowhere else. Text compares by
bytes on both databases (`COLLATE "C"` on PostgreSQL), so that keys sort and lock in the same order everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import BigInteger, Integer, LargeBinary, Text
from sqlalchemy.types import TypeEngine

from engine.entities.columns import Column, OutOfRange, to_stored

TEXT: TypeEngine[str] = Text(collation="C").with_variant(Text(), "sqlite")
WHOLE: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")
BYTES: TypeEngine[bytes] = LargeBinary()

TEXT_COLUMN = Column("text")
DATE_COLUMN = Column("date")
INSTANT_COLUMN = Column("instant")

Encoder = Callable[[Any], str | int | None]
Decoder = Callable[[Any], Any]

_EPOCH_DAY = date(1970, 1, 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def sql_type(column: Column) -> TypeEngine[Any]:
    """The SQL type of a column: text, or a 64-bit integer for everything else."""
    return TEXT if column.kind == "text" else WHOLE


def encoder(column: Column) -> Encoder:
    """What turns a value into what is stored; raises `OutOfRange` where the column does not hold it exactly."""
    return _checked if column.kind == "text" else partial(to_stored, column)


def storable(text: str) -> bool:
    """Whether every database can keep a text: it has no NUL, and a UTF-8 form (half a character has none)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def _checked(value: str | None) -> str | None:
    """The same text; raises `OutOfRange` when it cannot be kept."""
    if value is not None and not storable(value):
        raise OutOfRange("a text with characters that cannot be stored")
    return value


def decoder(column: Column) -> Decoder | None:
    """What turns a stored text or integer (never None) into its value; None where it already is the value."""
    match column.kind:
        case "text" | "integer":
            return None
        case "scaled":
            return partial(_decimal, -column.scale)
        case "flag":
            return bool
        case "date":
            return _day
        case "instant":
            return _instant


def microseconds(instant: datetime) -> int:
    """An aware instant as microseconds since 1970-01-01 UTC."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(stored: int) -> datetime:
    """The aware UTC instant of a count of microseconds."""
    return _EPOCH + timedelta(microseconds=stored)


def days(day: date) -> int:
    """A date as days since 1970-01-01."""
    return (day - _EPOCH_DAY).days


def from_days(stored: int) -> date:
    """The date of a count of days."""
    return _EPOCH_DAY + timedelta(days=stored)


def _decimal(exponent: int, stored: int) -> Decimal:
    """A scaled integer as the decimal it stands for."""
    return Decimal(stored).scaleb(exponent)


_day = from_days
_instant = from_microseconds
