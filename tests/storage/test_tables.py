"""Names, kinds and statements of the tables made from a shape."""

from __future__ import annotations

import pytest
from sqlalchemy import Text

from engine.entities.columns import Column
from engine.storage.shape import ChildShape, ColumnShape, EntityShape, Shape, child_table, entity_table, short_name
from engine.storage.system_tables import SYSTEM
from engine.storage.tables import Present, tables_for
from tests.storage.samples import SHAPE, TEXT


def test_a_name_too_long_for_a_database_keeps_its_beginning_and_stays_unique() -> None:
    one, other = (short_name("e_" + "x" * 80 + end) for end in "ab")
    assert one != other
    assert len(one) == len(other) <= 63
    assert short_name("e_item") == "e_item"


def test_every_table_is_strict_on_sqlite() -> None:
    for table in (*SYSTEM.tables.values(), *tables_for(SHAPE).metadata.tables.values()):
        assert table.dialect_options["sqlite"]["strict"], table.name


def test_no_entity_column_forbids_empty_values() -> None:
    for entity in tables_for(SHAPE).entities.values():
        assert all(entity.table.c[name].nullable for name in entity.columns)


def test_no_table_numbers_its_rows_itself() -> None:
    for table in (*SYSTEM.tables.values(), *tables_for(SHAPE).metadata.tables.values()):
        for column in table.primary_key.columns:
            assert isinstance(column.type, Text) or column.autoincrement is False, f"{table.name}.{column.name}"


def test_a_field_may_have_any_name_but_id() -> None:
    names = ["version", "state", "number", "package", "record", "position", "order", "select", "user"]
    columns = tuple(ColumnShape(name, TEXT) for name in names)
    made = tables_for(Shape((EntityShape("table", columns, (ChildShape("group", columns),)),)))
    assert {"version", "_version"} <= set(made.entities["table"].table.c.keys())


def test_a_shape_has_a_digest_that_every_detail_changes() -> None:
    column = ColumnShape("a", Column("scaled", 2))
    digests = {
        Shape((EntityShape("x", (column,)),)).digest,
        Shape((EntityShape("x", (ColumnShape("a", Column("scaled", 3)),)),)).digest,
        Shape((EntityShape("x", (ColumnShape("a", Column("scaled", 2), unique=True),)),)).digest,
        Shape((EntityShape("x", (column,), identity=("a",)),)).digest,
    }
    assert len(digests) == 4
    assert SHAPE.digest == Shape(SHAPE.entities, SHAPE.ledgers).digest


def test_what_was_dropped_is_left_out_and_what_was_renamed_is_found() -> None:
    shape = Shape((EntityShape("x", (ColumnShape("a", TEXT), ColumnShape("b", TEXT))), EntityShape("y", ())))
    present = Present({"e_x": "e_z"}, {("e_x", "a"): "c"}, {("e_z", "c"): Column("integer")})
    made = tables_for(shape, present)
    assert list(made.entities) == ["x"]
    assert made.entities["x"].table.name == "e_z"
    assert made.entities["x"].table.c["a"].name == "c"
    assert list(made.entities["x"].columns) == ["a"]


@pytest.mark.parametrize(
    ("path", "kind"), [(("supplier", "level"), "text"), (("number",), "text"), (("total",), "scaled")]
)
def test_a_path_runs_through_references(path: tuple[str, ...], kind: str) -> None:
    tables = tables_for(SHAPE)
    assert tables.kind("receipt", path).kind == kind
    assert "SELECT" in str(tables.column("receipt", path)) or len(path) == 1


def test_table_names_are_told_apart() -> None:
    names = [entity_table("a__b"), child_table("a", "b"), child_table("a__b", "c"), child_table("a", "b__c")]
    assert len(set(names)) == 4
    assert child_table("receipt", "lines") == "e_receipt__lines"
