"""Portable SQL is a closed list: every statement that the tests of storage run is looked at, and the source as well."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage.portable_sql import offences

ENGINE = Path(__file__).parents[2] / "engine"


@pytest.mark.parametrize(
    "statement",
    [
        "LISTEN jobs",
        "SELECT pg_notify('a', 'b')",
        "SELECT pg_advisory_lock(1)",
        "SET statement_timeout = 1",
        "CREATE TABLE t (id SERIAL)",
        "CREATE TRIGGER x BEFORE INSERT ON t",
        "ALTER TABLE t ADD CONSTRAINT c UNIQUE (a) DEFERRABLE",
        "SAVEPOINT sa_1",
        "CREATE TEMP TABLE t (a int)",
        "LOCK TABLE t",
    ],
)
def test_the_list_finds_what_is_not_portable(statement: str) -> None:
    assert offences(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "SET LOCAL statement_timeout = 1",
        "UPDATE t SET a = 1 WHERE b = 2",
        "INSERT INTO t SELECT * FROM unnest(%s) ON CONFLICT (id) DO NOTHING",
        "SELECT a FROM t ORDER BY a FOR UPDATE",
    ],
)
def test_the_list_lets_portable_statements_pass(statement: str) -> None:
    assert not offences(statement)


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the last part of the name called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield name, node


def source_offences(source: str) -> list[str]:
    """SQL made from text that is not a constant, and nested transactions."""
    found: list[str] = []
    tree = ast.parse(source)
    from_sqlalchemy = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("sqlalchemy")
        for alias in node.names
    }
    for name, call in calls(tree):
        if name == "begin_nested":
            found.append(f"begin_nested at line {call.lineno}")
        by_name = isinstance(call.func, ast.Name) and name in from_sqlalchemy
        by_module = isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") in {"sqlalchemy", "sa"}
        if name != "exec_driver_sql" and not (name in {"text", "literal_column"} and (by_name or by_module)):
            continue
        if not (call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)):
            found.append(f"{name} at line {call.lineno}")
    return found


@pytest.mark.parametrize(
    "source",
    [
        "text(f'SELECT {x}')",
        "connection.exec_driver_sql(x)",
        "connection.begin_nested()",
        "text('a' + b)",
        "literal_column(x)",
        "sqlalchemy.text(x)",
    ],
)
def test_the_syntax_test_finds_sql_made_of_text(source: str) -> None:
    assert source_offences(f"from sqlalchemy import text, literal_column\n{source}")


@pytest.mark.parametrize("source", ["label.text(language)", "text('SELECT 1')", "connection.execute(select(x))"])
def test_the_syntax_test_lets_everything_else_pass(source: str) -> None:
    assert not source_offences(f"from sqlalchemy import text, select\n{source}")


def test_no_sql_is_made_of_text() -> None:
    found = {}
    for path in ENGINE.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        if "sqlalchemy" in source and (offending := source_offences(source)):
            found[str(path.relative_to(ENGINE))] = offending
    assert found == {}


def test_only_storage_knows_sql() -> None:
    importing = re.compile(r"^\s*(from|import)\s+(sqlalchemy|psycopg|sqlite3|alembic)\b", re.MULTILINE)
    naming_types = re.compile(r"^from sqlalchemy import (Connection|ColumnElement|and_|or_|not_|, )+$", re.MULTILINE)
    found = [
        str(path.relative_to(ENGINE))
        for path in ENGINE.rglob("*.py")
        if path.parent.name != "storage" and importing.search(naming_types.sub("", path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_rows_are_skipped_only_where_jobs_are_claimed() -> None:
    found = [path.name for path in ENGINE.rglob("*.py") if "skip_locked" in path.read_text(encoding="utf-8")]
    assert found == ["due.py"]
