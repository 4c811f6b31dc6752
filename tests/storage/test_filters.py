"""A formula selects the same rows in Python and in SQL, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import pytest
from sqlalchemy import Column, ColumnElement, Engine, Integer, MetaData, Table, create_engine, insert, select

from engine.entities.columns import Column as Stored
from engine.entities.columns import to_stored
from engine.language.formula import Expression, Formula
from engine.language.types import (
    ChoiceType,
    DateType,
    DecimalType,
    FlagType,
    InstantType,
    IntegerType,
    MoneyType,
    QuantityType,
    ReferenceType,
    TextType,
    Type,
)
from engine.storage.columns import sql_type
from engine.storage.filters import pushable, to_sql
from tests.language.expressions import COLUMNS, SCOPE, Author, random_constants, random_row, scope_of
from tests.postgres import PostgresServer

FILTERS, ROWS = 300, 20
Path = tuple[str, ...]
Row = Mapping[Path, Any]


def stored_column(kind: Type) -> Stored:
    """How entities store a value of the type."""
    match kind:
        case TextType() | ChoiceType() | ReferenceType():
            return Stored("text")
        case IntegerType():
            return Stored("integer")
        case FlagType():
            return Stored("flag")
        case DateType():
            return Stored("date")
        case InstantType():
            return Stored("instant")
        case QuantityType():
            return Stored("scaled", 6)
        case MoneyType():
            return Stored("scaled", 4)
        case DecimalType(scale=scale):
            return Stored("scaled", scale or 0)
    raise AssertionError(kind)


TABLE = Table(
    "filtered",
    MetaData(),
    Column("row", Integer, primary_key=True),
    *(Column("__".join(path), sql_type(stored_column(kind))) for path, kind in COLUMNS.items()),
)


def column_of(path: Path) -> ColumnElement[Any]:
    return TABLE.c["__".join(path)]


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "sqlite":
        made = create_engine("sqlite://")
        yield made
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = server.create_database()
        made = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        yield made
        made.dispose()
        server.drop_database(url)
    made.dispose()


def fill(engine: Engine, rows: list[Row]) -> None:
    TABLE.metadata.create_all(engine)
    stored = [
        {"row": number}
        | {
            "__".join(path): None if value is None else to_stored(stored_column(COLUMNS[path]), value)
            for path, value in row.items()
        }
        for number, row in enumerate(rows)
    ]
    with engine.begin() as connection:
        connection.execute(insert(TABLE), stored)


def selected(engine: Engine, expression: Expression, constants: Mapping[Path, Any]) -> set[int]:
    with engine.connect() as connection:
        return set(connection.scalars(select(TABLE.c.row).where(to_sql(expression.tree, column_of, constants))))


def bound(text: str) -> Expression:
    formula = Formula(text)
    assert formula.bind(SCOPE) == (), text
    return formula.expression


def test_random_filters_select_the_same_rows(engine: Engine) -> None:
    random = Random(20260131)
    rows = [random_row(random) for _ in range(ROWS)]
    fill(engine, rows)
    pushed = 0
    while pushed < FILTERS:
        text = Author(random, pushable_only=True).write("flag", random.randint(1, 4))
        formula = Formula(text)
        if formula.syntax or formula.bind(SCOPE):
            continue
        assert pushable(formula.expression.tree) is None, text
        pushed += 1
        constants = random_constants(random)
        scopes = [scope_of(row, constants, random) for row in rows]
        wanted = {number for number, scope in enumerate(scopes) if formula.expression.evaluate(scope) is True}
        assert selected(engine, formula.expression, constants) == wanted, text
