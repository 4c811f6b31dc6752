"""A formula selects the same rows in Python and in SQL, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sqlalchemy import Column, ColumnElement, Engine, Integer, MetaData, Table, create_engine, insert, select

from engine.entities.columns import Column as Stored
from engine.entities.columns import to_stored
from engine.language.catalogue import message
from engine.language.formula import Expression, Formula
from engine.language.signature import Function, Parameter
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
from engine.storage.filters import nested, pushable, to_sql
from tests.language.expressions import COLUMNS, NOW, SCOPE, TODAY, Author, random_constants, random_row, scope_of
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


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("lower(t) == 'a'", "lower"),
        ("m / 2 > 1", "/"),
        ("n ** 2 > 1", "**"),
        ("q * m > 1", "product"),
        ("sum(lines.amount) > 1", "sum"),
        ("f and any(lines, line.good)", "any"),
        ("add_months(on, 1) > today()", "add_months"),
        ("round_half_up(d, n) > 1", "rounding"),
        ("d * 1.1234567891 > 1", "digits"),
        ("stock(supplier) > 1", "stock"),
    ],
)
def test_what_cannot_be_pushed_is_named(text: str, named: str) -> None:
    words = {"zh": "{0}", "en": "{0}"}
    stock = Function("stock", (Parameter("item", None),), DecimalType(), words, words, bound=True)
    formula = Formula(text)
    assert formula.bind(replace(SCOPE, functions={"stock": stock})) == ()
    problem = pushable(formula.expression.tree)
    assert problem is not None
    assert problem.code == "EXP-470"
    assert named in message(problem, "en")
    assert message(problem, "zh")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("m > settings.limit / 3", {0}),  # computed beforehand, so division is no obstacle
        ("on >= add_months(today(), -1)", {0}),
        ("supplier == actor.company", {0}),
        ("supplier != actor.company", {1}),
        ("m == 3.00001", set()),
        ("m != 3.00001", {0, 1}),
        ("m < 99999999999999999999999999", {0, 1}),
        ("m == 99999999999999999999999999", set()),
        ("m in [7.00, 3.00001]", {0}),
        ("t == 'a%'", {1}),
        ("contains(t, '%')", {1}),
        ("True", {0, 1}),
        ("settings.strict", set()),
        ("f", {0}),
        ("not f", {1}),
        ("f == g", set()),
    ],
)
def test_single_filters(engine: Engine, text: str, wanted: set[int]) -> None:
    empty: dict[Path, Any] = dict.fromkeys(COLUMNS)
    rows = [
        empty | {("m",): Decimal(7), ("on",): TODAY, ("supplier",): "p1", ("t",): "ab", ("f",): True},
        empty | {("m",): Decimal(1), ("on",): date(2025, 1, 1), ("supplier",): "p2", ("t",): "a%", ("f",): False},
    ]
    fill(engine, rows)
    constants = {
        ("actor", "company"): "p1", ("settings", "limit"): Decimal(10), ("settings", "strict"): None,
        ("today",): TODAY, ("now",): NOW,
    }  # fmt: skip
    assert selected(engine, bound(text), constants) == wanted


@pytest.mark.parametrize(
    "text", ["q + r > 0", "q + r > 0 or q - r > 0", "q * 100 > 0", "not (q + r > 0)", "abs(q) + abs(r) > 1"]
)
def test_an_overflow_never_shows_a_row_that_python_would_not(engine: Engine, text: str) -> None:
    most = Decimal(2**63 - 1).scaleb(-6)
    empty: dict[Path, Any] = dict.fromkeys(COLUMNS)
    values = [(most, most), (-most, -most), (most, -most), (Decimal(1), most), (Decimal(1), Decimal(2))]
    rows = [empty | {("q",): left, ("r",): right} for left, right in values]
    fill(engine, rows)
    scopes = [scope_of(row, {}, Random(0)) for row in rows]
    expression = bound(text)
    allowed = {number for number, scope in enumerate(scopes) if expression.evaluate(scope) is True}
    assert selected(engine, expression, {}) <= allowed


def test_paths_come_from_the_callback_and_a_reference_read_through_keeps_its_id() -> None:
    assert nested({("actor", "company"): "c1", ("actor", "company", "level"): "A"}) == {
        "actor": {"company": {"id": "c1", "level": "A"}}
    }
