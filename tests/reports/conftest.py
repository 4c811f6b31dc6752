"""A stock report over a small ledger, read and bound as the loader does it."""

from collections.abc import Callable

import pytest

from engine.language.declared import validate
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.source import read_source
from engine.language.types import MoneyType, QuantityType, RecordType, ReferenceType, TextType
from engine.reports.schema import Report

SCOPE = Scope(
    {
        "item": ReferenceType("item"),
        "place": ReferenceType("place"),
        "quantity": QuantityType("item.unit"),
        "value": MoneyType("CNY"),
    },
    {
        "item": RecordType("item", {"name": TextType(), "unit": TextType()}),
        "place": RecordType("place", {"kind": TextType(), "name": TextType()}),
    },
)
STOCK = """
report: stock
label: {zh: 库存, en: Stock}
source: {ledger: stock, grain: cell}
where: quantity != 0
columns:
  - {id: place, value: place.name, label: {zh: 库位, en: Place}}
  - {id: item, value: item.name}
  - {id: quantity, sum: true, unit: item.unit}
  - {id: double, value: quantity * 2}
  - {id: value, sum: true}
group: [place]
order: [-quantity]
filters: [item]
"""


def read_report(text: str) -> tuple[Report | None, tuple[Problem, ...]]:
    node, problems = read_source("reports/stock.yaml", text)
    assert node is not None, problems
    assert not problems, problems
    report, problems = validate(Report, node)
    return report, problems if report is None else tuple(report.bind(SCOPE))


@pytest.fixture(scope="session")
def stock() -> str:
    return STOCK


@pytest.fixture(scope="session")
def read() -> Callable[[str], tuple[Report | None, tuple[Problem, ...]]]:
    return read_report


@pytest.fixture(scope="session")
def report() -> Report:
    found, problems = read_report(STOCK)
    assert found is not None
    assert problems == ()
    return found
