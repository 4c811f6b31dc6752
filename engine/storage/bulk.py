"""Many rows, one statement: how a batch is written on each database.

PostgreSQL gets the rows as arrays (`unnest`) in a single statement; SQLite runs the statement once per row inside the
driver (`executemany`), which costs no round trip there. Either way the number of statements does not depend on the
number of rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    Connection,
    Executable,
    LargeBinary,
    Table,
    Text,
    bindparam,
    column,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.sql.selectable import TableValuedAlias

Row = Mapping[str, Any]
OnConflict = Literal["fail", "keep", "replace"]


class Insert:
    """Rows put into a table. `on_conflict` says what happens when the primary key is there already.

    "fail" raises, "keep" leaves the stored row alone, "replace" overwrites it (`replaced` limits that to some columns).
    """

    def __init__(self, table: Table, on_conflict: OnConflict = "fail", replaced: Sequence[str] | None = None) -> None:
        self.names = [each.key for each in table.columns]
        keys = [each.key for each in table.primary_key.columns]
        names = [name for name in self.names if name not in keys] if replaced is None else list(replaced)
        self._sqlite = self._for_sqlite(table, on_conflict, keys, names)
        self._postgresql = self._for_postgresql(table, on_conflict, keys, names)

    def run(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Write the rows; every row names every column of the table."""
        if not rows:
            return
        if connection.dialect.name == "sqlite":
            connection.execute(self._sqlite, rows)
        else:
            connection.execute(self._postgresql, {f"all_{name}": [row[name] for row in rows] for name in self.names})

    @staticmethod
    def _for_sqlite(table: Table, on_conflict: OnConflict, keys: list[str], names: list[str]) -> Executable:
        """INSERT … VALUES, once per row."""
        if on_conflict == "fail":
            return insert(table)
        statement = sqlite_insert(table)
        if on_conflict == "keep":
            return statement.on_conflict_do_nothing(index_elements=keys)
        return statement.on_conflict_do_update(
            index_elements=keys, set_={name: statement.excluded[name] for name in names}
        )

    @staticmethod
    def _for_postgresql(table: Table, on_conflict: OnConflict, keys: list[str], names: list[str]) -> Executable:
        """INSERT … SELECT … FROM unnest, for all rows at once, in the order of the primary key."""
        rows = _unnested(table, [each.key for each in table.columns], "")
        ordered = select(*rows.columns).order_by(*(rows.columns[key] for key in keys))
        statement = postgresql_insert(table).from_select([each.key for each in table.columns], ordered)
        if on_conflict == "fail":
            return statement
        if on_conflict == "keep":
            return statement.on_conflict_do_nothing(index_elements=keys)
        return statement.on_conflict_do_update(
            index_elements=keys, set_={name: statement.excluded[name] for name in names}
        )


class Update:
    """Rows changed in a table, each found by its primary key and, where a guard column is named, by its old value.

    A row to write names the key columns, the columns to set and, for a guard, the expected value under "was".
    """

    def __init__(self, table: Table, names: Sequence[str], guard: str | None = None) -> None:
        self.keys = [each.key for each in table.primary_key.columns]
        self.names = list(names)
        self.guard = guard
        self._sqlite = self._for_sqlite(table)
        self._postgresql = self._for_postgresql(table)

    def run(self, connection: Connection, rows: Sequence[Row]) -> int:
        """Change the rows; gives back how many were found."""
        if not rows:
            return 0
        guard = [] if self.guard is None else ["was"]
        if connection.dialect.name == "sqlite":
            wanted = [(f"new_{name}", name) for name in self.names]
            wanted += [(f"old_{name}", name) for name in (*self.keys, *guard)]
            return connection.execute(self._sqlite, [{new: row[old] for new, old in wanted} for row in rows]).rowcount
        names = [*self.keys, *self.names, *guard]
        given = {f"all_{name}": [row[name] for row in rows] for name in names}
        return connection.execute(self._postgresql, given).rowcount

    def _for_sqlite(self, table: Table) -> Executable:
        """UPDATE … WHERE key, once per row."""
        statement = update(table).values({table.c[name]: bindparam(f"new_{name}") for name in self.names})
        for key in self.keys:
            statement = statement.where(table.c[key] == bindparam(f"old_{key}"))
        if self.guard is not None:
            statement = statement.where(table.c[self.guard] == bindparam("old_was"))
        return statement

    def _for_postgresql(self, table: Table) -> Executable:
        """UPDATE … FROM unnest, for all rows at once."""
        rows = _unnested(table, [*self.keys, *self.names], self.guard or "")
        statement = update(table).values({table.c[name]: rows.columns[name] for name in self.names})
        for key in self.keys:
            statement = statement.where(table.c[key] == rows.columns[key])
        if self.guard is not None:
            statement = statement.where(table.c[self.guard] == rows.columns["was"])
        return statement


def _unnested(table: Table, names: Sequence[str], guard: str) -> TableValuedAlias:
    """The rows handed in as one array per column, as something to select from; the guard's array is called "was"."""
    wanted = [(name, table.c[name]) for name in names]
    if guard:
        wanted.append(("was", table.c[guard]))
    types = {name: _plain_type(each.type) for name, each in wanted}
    arrays = [bindparam(f"all_{name}", type_=ARRAY(kind)) for name, kind in types.items()]
    return (
        func.unnest(*arrays).table_valued(*(column(name, kind) for name, kind in types.items())).render_derived("given")
    )


def _plain_type(kind: Any) -> Any:
    """The element type of an array: the column's own without its collation."""
    match kind:
        case Text():
            return Text()
        case LargeBinary():
            return LargeBinary()
        case _:
            return BigInteger()
