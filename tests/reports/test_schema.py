"""What a report file may say, and what is refused."""

import pytest

from engine.language.catalogue import message


def test_every_path_the_source_must_deliver(report):
    assert report.paths() == {("place", "name"), ("item", "name"), ("item", "unit"), ("quantity",), ("value",)}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("{ledger: stock, grain: cell}", "{ledger: stock}", "RPT-101"),
        ("{ledger: stock, grain: cell}", "{ledger: stock, grain: cell, movements: true}", "RPT-101"),
        ("{ledger: stock, grain: cell}", "{ledger: stock, grain: cell, entity: item}", "RPT-101"),
        ("{ledger: stock, grain: cell}", "{ledger: stock, grain: cell, lines: lines}", "RPT-101"),
        ("{ledger: stock, grain: cell}", "{}", "RPT-101"),
        ("group: [place]", "group: [plce]", "RPT-102"),
        ("order: [-quantity]", "order: [-quantty]", "RPT-102"),
        ("filters: [item]", "filters: [itm]", "RPT-102"),
        ("{id: item, value: item.name}", "{id: item, value: item.name, sum: true}", "RPT-103"),
        ("sum: true, unit: item.unit", "sum: true", "RPT-104"),
        ("value: item.name", "value: item.nam", "EXP"),
        ("{id: value, sum: true}", "{id: valeu}", "EXP"),
        ("where: quantity != 0", "where: quantity", "EXP"),
    ],
)
def test_what_is_refused(read, stock, old, new, code):
    assert old in stock
    _, problems = read(stock.replace(old, new))
    codes = [problem.code[: len(code)] for problem in problems]
    assert code in codes
    assert all(message(problem, language) for problem in problems for language in ("zh", "en"))
