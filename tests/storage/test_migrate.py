"""Migrations: planned with row counts, refused where data would be lost, kept through renames, resumable."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import inspect, select, text

from engine.entities.columns import Column
from engine.entities.record import Record
from engine.language.problems import Refused
from engine.storage import migrate, records
from engine.storage.database import Database, open_database
from engine.storage.plan import plan
from engine.storage.shape import ChildShape, ColumnShape, EntityShape, Shape
from engine.storage.tables import tables_for
from engine.storage.work import Work
from tests.storage import samples as s

WEIGHT = ColumnShape("weight", Column("scaled", 2))


def shape(*columns: ColumnShape, **changes) -> Shape:
    return Shape((EntityShape("thing", (ColumnShape("name", s.TEXT), *columns), **changes),))


def fill(database: Database, wanted: Shape, now: datetime, **values) -> None:
    work = Work(database, tables_for(wanted), jitter=lambda: 0.5)
    judges = [s.saving(Record("thing", f"t{n}", 0, {"name": f"n{n}", **values})) for n in range(3)]
    outcomes = work.run([s.intent(f"k{n}", judge) for n, judge in enumerate(judges)], now)
    assert all(outcome.answer for outcome in outcomes)


def read(database: Database, wanted: Shape, entity: str = "thing") -> dict[str, Record]:
    with database.read() as connection:
        return records.get(connection, tables_for(wanted, migrate.renames_of(connection)), entity, ["t0", "t1", "t2"])


def test_an_empty_database_gets_every_table_and_then_needs_nothing(empty: Database, now: datetime) -> None:
    assert not migrate.is_current(empty, s.SHAPE)
    steps = migrate.migrate(empty, s.SHAPE, now).steps
    assert {step.kind for step in steps} == {"create_table", "create_index"}
    assert migrate.is_current(empty, s.SHAPE)
    assert plan(empty, s.SHAPE).empty


def test_every_sqlite_table_is_strict(empty: Database, now: datetime) -> None:
    migrate.migrate(empty, s.SHAPE, now)
    if empty.dialect == "sqlite":
        with empty.read() as connection:
            loose = connection.execute(text("SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0"))
            assert [name for (name,) in loose if not name.startswith("sqlite_")] == []


def test_a_plan_counts_rows_and_changes_nothing(empty: Database, now: datetime) -> None:
    migrate.migrate(empty, shape(WEIGHT), now)
    fill(empty, shape(WEIGHT), now, weight=Decimal("1.25"))
    planned = plan(empty, shape(ColumnShape("colour", s.TEXT, indexed=True)))
    assert [(step.kind, step.column, step.rows) for step in planned.steps] == [
        ("drop_column", "weight", 3),
        ("add_column", "colour", 3),
        ("create_index", None, 3),
    ]
    assert read(empty, shape(WEIGHT))["t0"].values["weight"] == Decimal("1.25")


def test_dropping_needs_the_flag_and_is_refused_while_a_live_version_reads(empty: Database, now: datetime) -> None:
    migrate.migrate(empty, shape(WEIGHT), now)
    fill(empty, shape(WEIGHT), now, weight=Decimal(1))
    with pytest.raises(Refused) as refused:
        migrate.migrate(empty, shape(), now)
    [problem] = refused.value.problems
    assert (problem.code, problem.parameters["rows"]) == ("MIG-601", 3)
    with pytest.raises(Refused) as refused:
        migrate.migrate(empty, shape(), now, allow_destructive=True, live_readers={("e_thing", "weight"): ("d1",)})
    assert [problem.code for problem in refused.value.problems] == ["MIG-602"]
    migrate.migrate(empty, shape(), now, allow_destructive=True)
    assert set(read(empty, shape(WEIGHT))["t0"].values) == {"name"}


def test_a_renamed_column_keeps_its_data_and_its_index(empty: Database, now: datetime) -> None:
    first = shape(replace(WEIGHT, unique=True))
    migrate.migrate(empty, first, now)
    work = Work(empty, tables_for(first), jitter=lambda: 0.5)
    work.run([s.intent("k", s.saving(Record("thing", "t0", 0, {"name": "n", "weight": Decimal("7.5")})))], now)
    second = shape(ColumnShape("mass", WEIGHT.column, unique=True, renamed_from="weight"))
    migrate.migrate(empty, second, now)
    third = shape(ColumnShape("heft", WEIGHT.column, unique=True, renamed_from="mass"))
    migrate.migrate(empty, third, now)
    assert plan(empty, third).empty
    for wanted, name in ((first, "weight"), (second, "mass"), (third, "heft")):
        assert read(empty, wanted)["t0"].values[name] == Decimal("7.5")
    with empty.read() as connection:
        assert [each["name"] for each in inspect(connection).get_indexes("e_thing")] == ["ux_e_thing_heft"]


def test_a_renamed_entity_keeps_its_lines_and_old_packages_read_them(empty: Database, now: datetime) -> None:
    lines = ChildShape("parts", (ColumnShape("count", Column("integer"), indexed=True),))
    first = shape(children=(lines,))
    migrate.migrate(empty, first, now)
    fill(empty, first, now, parts=({"id": "a", "count": 4},))
    renamed = replace(
        lines,
        name="pieces",
        renamed_from="parts",
        columns=(ColumnShape("amount", Column("integer"), indexed=True, renamed_from="count"),),
    )
    second = Shape((EntityShape("object", (ColumnShape("name", s.TEXT),), (renamed,), renamed_from="thing"),))
    steps = migrate.migrate(empty, second, now).steps
    assert {step.kind for step in steps} == {"rename_table", "rename_column", "drop_index", "create_index"}
    assert plan(empty, second).empty
    assert read(empty, second, "object")["t1"].values["pieces"] == ({"id": "a", "amount": 4},)
    assert read(empty, first)["t1"].values["parts"] == ({"id": "a", "count": 4},)


def test_a_wider_scale_keeps_the_numbers_and_a_narrower_one_that_loses_digits_is_refused(
    empty: Database, now: datetime
) -> None:
    migrate.migrate(empty, shape(WEIGHT), now)
    fill(empty, shape(WEIGHT), now, weight=Decimal("1.25"))
    wider = shape(ColumnShape("weight", Column("scaled", 4)))
    [step] = migrate.migrate(empty, wider, now).steps
    assert (step.kind, step.rows, step.destructive) == ("rescale_column", 3, False)
    assert read(empty, wider)["t0"].values["weight"] == Decimal("1.25")
    assert read(empty, shape(WEIGHT))["t0"].values["weight"] == Decimal("1.25")
    with pytest.raises(Refused) as refused:
        migrate.migrate(empty, shape(ColumnShape("weight", Column("scaled", 1))), now)
    assert [(problem.code, problem.parameters["rows"]) for problem in refused.value.problems] == [("MIG-604", 3)]
    migrate.migrate(empty, shape(WEIGHT), now)
    assert read(empty, shape(WEIGHT))["t2"].values["weight"] == Decimal("1.25")


def test_another_kind_of_value_is_destructive_even_where_the_sql_type_is_the_same(
    empty: Database, now: datetime
) -> None:
    first = shape(ColumnShape("on", Column("date"), indexed=True))
    migrate.migrate(empty, first, now)
    fill(empty, first, now, on=now.date())
    second = shape(ColumnShape("on", Column("integer"), indexed=True))
    planned = plan(empty, second)
    assert [step.kind for step in planned.destructive] == ["retype_column"]
    with pytest.raises(Refused):
        migrate.apply(empty, planned, now)
    migrate.apply(empty, planned, now, allow_destructive=True)
    assert read(empty, second)["t0"].values["on"] is None
    assert plan(empty, second).empty


def test_duplicates_stand_in_the_way_of_a_unique_column(empty: Database, now: datetime) -> None:
    migrate.migrate(empty, shape(WEIGHT), now)
    fill(empty, shape(WEIGHT), now, weight=Decimal(2))
    [problem] = plan(empty, shape(replace(WEIGHT, unique=True))).problems
    assert (problem.code, problem.parameters["rows"]) == ("MIG-605", 3)


def test_a_former_name_that_is_still_declared_is_a_problem(empty: Database, now: datetime) -> None:
    migrate.migrate(empty, shape(WEIGHT), now)
    planned = plan(empty, shape(WEIGHT, ColumnShape("mass", WEIGHT.column, renamed_from="weight")))
    assert [problem.code for problem in planned.problems] == ["MIG-606"]


def test_a_plan_that_was_overtaken_is_refused_but_a_finished_one_is_not(empty: Database, now: datetime) -> None:
    planned = plan(empty, shape())
    migrate.migrate(empty, shape(WEIGHT), now)
    with pytest.raises(Refused) as refused:
        migrate.apply(empty, planned, now, allow_destructive=True)
    assert [problem.code for problem in refused.value.problems] == ["MIG-603"]
    again = plan(empty, shape(WEIGHT))
    assert migrate.apply(empty, again, now).empty


def test_a_run_that_broke_off_goes_on(empty: Database, now: datetime) -> None:
    migrate.migrate(empty, shape(WEIGHT), now)
    fill(empty, shape(WEIGHT), now, weight=Decimal("1.25"))
    wanted = Shape(
        (
            EntityShape(
                "object",
                (
                    ColumnShape("name", s.TEXT, indexed=True),
                    ColumnShape("mass", Column("scaled", 3), renamed_from="weight"),
                    ColumnShape("colour", s.TEXT),
                ),
                renamed_from="thing",
            ),
            s.PARTNER,
        )
    )
    count = len(plan(empty, wanted).steps)
    assert count >= 5

    class BrokenOff(Exception):
        pass

    for allowed in range(1, count + 1):

        def progress(number: int, _total: int, _step: object, allowed: int = allowed) -> None:
            if number > 1:
                raise BrokenOff

        try:
            migrate.migrate(empty, wanted, now, progress=progress)
        except BrokenOff:
            continue
    assert plan(empty, wanted).empty
    found = read(empty, wanted, "object")["t1"]
    assert (found.values["mass"], found.values["name"]) == (Decimal("1.25"), "n1")


def test_four_processes_start_on_an_empty_database_at_once(empty_url: str) -> None:
    command = [
        sys.executable,
        "-c",
        "import sys\n"
        "from engine.storage import migrate\n"
        "from engine.storage.database import open_database\n"
        "from tests.storage.samples import NOW, SHAPE\n"
        "migrate.migrate(open_database(sys.argv[1]), SHAPE, NOW)\n",
        empty_url,
    ]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(4)]
    errors = [process.communicate()[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, errors
    database = open_database(empty_url)
    assert migrate.is_current(database, s.SHAPE)
    assert plan(database, s.SHAPE).empty
    database.close()


def test_steps_taken_are_kept(empty: Database, now: datetime) -> None:
    migrate.migrate(empty, shape(), now)
    migrate.migrate(empty, shape(WEIGHT), now)
    with empty.read() as connection:
        assert migrate.taken_steps(connection)[-1].column_name == "weight"
        assert connection.execute(select(tables_for(shape(WEIGHT)).entities["thing"].table)).all() == []
