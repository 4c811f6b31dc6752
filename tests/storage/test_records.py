"""Reading records: lists with conditions, order and pages, the same on both databases and with few statements."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import event

from engine.entities.record import Record
from engine.language.problems import Refused
from engine.storage import records
from engine.storage.database import Database
from engine.storage.records import Order, Page
from engine.storage.tables import Tables
from engine.storage.work import Work
from tests.storage import samples as s


@pytest.fixture
def filled(work: Work, database: Database, now: datetime) -> Database:
    """Five items, two partners and three receipts."""
    names = ["Flour 50%", "flour", "Sugar_1", None, "盐 salt"]
    saved = [s.item(f"i{n}", f"C{n}", name=name) for n, name in enumerate(names)]
    saved += [Record("partner", f"p-{n}", 0, {"name": f"P{n}", "level": level}) for n, level in enumerate("AB")]
    saved += [
        s.receipt(f"r{n}", [s.line(1), s.line(2)], supplier=f"p-{n % 2}", total=Decimal(f"{n}.25")) for n in range(3)
    ]
    for outcome in work.run([s.intent(f"k{n}", s.saving(each)) for n, each in enumerate(saved)], now):
        outcome.result()
    return database


def ids(found: tuple[Record, ...]) -> list[str]:
    return [record.id for record in found]


def test_lists_are_ordered_alike_with_empty_values_last(filled: Database, tables: Tables) -> None:
    with filled.read() as connection:
        ascending = records.list_records(connection, tables, "item", order=[Order(("name",))])
        descending = records.list_records(connection, tables, "item", order=[Order(("name",), descending=True)])
        page = records.list_records(connection, tables, "item", order=[Order(("code",))], page=Page(2, 1))
    assert ids(ascending) == ["i0", "i2", "i1", "i4", "i3"]
    assert ids(descending) == ["i4", "i1", "i2", "i0", "i3"]
    assert ids(page) == ["i1", "i2"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("FLOUR", ["i0", "i1"]),
        ("50%", ["i0"]),
        ("r_1", ["i2"]),
        ("盐", ["i4"]),
        ("flour C1", ["i1"]),
        ("%", ["i0"]),
        ("\\", []),
    ],
)
def test_search_finds_each_word_typed_and_nothing_else(
    filled: Database, tables: Tables, typed: str, expected: list[str]
) -> None:
    with filled.read() as connection:
        where = [records.search(tables, "item", typed, ["code", "name"])]
        assert ids(records.list_records(connection, tables, "item", where=where)) == expected


def test_a_condition_hides_a_record_from_every_read(filled: Database, tables: Tables) -> None:
    hidden = [records.equals(tables, "receipt", ("supplier", "level"), "A")]
    with filled.read() as connection:
        assert ids(records.list_records(connection, tables, "receipt", where=hidden)) == ["r0", "r2"]
        assert records.count(connection, tables, "receipt", hidden) == 2
        assert records.get_one(connection, tables, "receipt", "r1", hidden) is None
        assert records.get(connection, tables, "receipt", ["r1", "r2", "zz"], hidden).keys() == {"r2"}
        assert records.sums(connection, tables, "receipt", ["total"], hidden) == {"total": Decimal("2.5")}


def test_many_records_with_lines_take_two_statements(filled: Database, tables: Tables) -> None:
    counted: list[str] = []
    event.listen(filled.engine, "before_cursor_execute", lambda *given: counted.append(given[2]))
    with filled.read() as connection:
        found = records.get(connection, tables, "receipt", ["r0", "r1", "r2"])
    assert [len(each.lines("lines")) for each in found.values()] == [2, 2, 2]
    assert len([each for each in counted if each.startswith("SELECT")]) == 2


def test_a_list_without_lines_says_nothing_about_them(filled: Database, tables: Tables) -> None:
    with filled.read() as connection:
        assert "lines" not in records.list_records(connection, tables, "receipt")[0].values
        assert records.list_records(connection, tables, "receipt", lines=True)[0].values["lines"]


def test_identities_are_found_in_bulk(filled: Database, tables: Tables) -> None:
    with filled.read() as connection:
        found = records.find(connection, tables, "item", ["code"], [("C1",), ("C4",), ("none",)])
        both = records.find(connection, tables, "item", ["code", "name"], [("C1", "flour"), ("C2", "flour")])
    assert found == {("C1",): "i1", ("C4",): "i4"}
    assert both == {("C1", "flour"): "i1"}


def test_a_sum_beyond_64_bits_is_refused(filled: Database, tables: Tables, work: Work, now: datetime) -> None:
    for number in range(2):
        work.run([s.intent(f"big{number}", s.saving(s.receipt(f"big{number}", pallets=2**62)))], now)
    with pytest.raises(Refused) as refused, filled.read() as connection:
        records.sums(connection, tables, "receipt", ["pallets"])
    assert refused.value.problems[0].code in {"STO-127", "STO-108"}


def test_packages_in_use_are_told_by_state(filled: Database, tables: Tables) -> None:
    with filled.read() as connection:
        assert records.packages_in_use(connection, tables, "receipt") == {"p1"}
        assert records.packages_in_use(connection, tables, "receipt", ["draft"]) == {"p1"}
        assert records.packages_in_use(connection, tables, "receipt", ["posted"]) == frozenset()


def test_no_condition_at_all_is_never_true(filled: Database, tables: Tables) -> None:
    with filled.read() as connection:
        assert records.list_records(connection, tables, "item", where=[records.any_of(())]) == ()
