"""Reports laid out: order, groups, totals kept apart by unit, and what opens behind a number."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine.reports.layout import drill, headings, layout


def row(item, unit, place, quantity, value="1"):
    return {
        "item": {"id": item, "name": item, "unit": unit},
        "place": {"id": place, "name": place, "kind": "store"},
        "quantity": None if quantity is None else Decimal(quantity),
        "value": Decimal(value),
    }


ROWS = [
    row("flour", "kg", "main", "0.10"),
    row("milk", "box", "main", "3"),
    row("flour", "kg", "shop", "0.20"),
    row("salt", "kg", "main", "0"),
    row("sugar", "kg", "main", "7.5"),
]


def test_order_groups_and_totals(report):
    table = layout(report, ROWS)
    assert [each.values[:2] for each in table.rows] == [
        ("main", "sugar"),
        ("main", "milk"),
        ("main", "flour"),
        ("shop", "flour"),
    ]
    assert table.totals["quantity"] == {"box": Decimal(3), "kg": Decimal("7.80")}
    assert table.totals["value"] == {"": Decimal(4)}
    main, shop = table.groups
    assert (main.column, main.value, len(main.rows)) == ("place", "main", 3)
    assert main.totals["quantity"] == {"box": Decimal(3), "kg": Decimal("7.60")}
    assert shop.totals["quantity"] == {"kg": Decimal("0.20")}
    assert table.rows[0].units[2] == "kg"


def test_rows_that_cannot_be_judged_are_left_out(report):
    assert layout(report, [row("a", "kg", "main", None)]).rows == ()


def test_headings(report):
    assert [(each.id, each.kind, each.sum) for each in headings(report)] == [
        ("place", "text", False),
        ("item", "text", False),
        ("quantity", "quantity", True),
        ("double", "quantity", False),
        ("value", "money", True),
    ]
    assert headings(report)[0].label == {"zh": "库位", "en": "Place"}
    assert headings(report)[1].label == {"zh": "item", "en": "item"}


def test_missing_values_come_last_and_count_for_nothing(read, stock):
    for order in ("-quantity", "quantity"):
        found, _ = read(stock.replace("[-quantity]", f"[{order}]").replace("where: quantity != 0\n", ""))
        table = layout(found, [row("a", "kg", "main", None), *ROWS])
        assert table.groups[0].rows[-1].values[1] == "a"
        assert table.totals["quantity"]["kg"] == Decimal("7.80")


def test_what_opens_behind_a_row(report, read, stock):
    found = drill(report, ROWS[0], ("item", "place"))
    assert (found.kind, found.source, found.grain) == ("movements", "stock", "cell")
    assert found.filters == {"item": "flour", "place": "main"}
    moves, _ = read(stock.replace("grain: cell", "movements: true"))
    assert drill(moves, {**ROWS[0], "entity": "receipt", "document": "d1"}).filters == {"id": "d1"}
    records, _ = read(stock.replace("{ledger: stock, grain: cell}", "{entity: receipt}"))
    assert drill(records, {"id": "r1"}).filters == {"id": "r1"}


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y"]), st.decimals(-(10**12), 10**12, places=6)))
)
def test_totals_are_exact_and_groups_add_up(report, rows):
    table = layout(report, [row(item, "kg", place, quantity) for item, place, quantity in rows])
    total = table.totals["quantity"].get("kg", Decimal(0))
    assert total == sum((quantity for _, _, quantity in rows), Decimal(0))
    assert total == sum((group.totals["quantity"].get("kg", Decimal(0)) for group in table.groups), Decimal(0))
    assert sum(len(group.rows) for group in table.groups) == len(table.rows)
