from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from engine.entities.units import Units
from engine.language.declared import validate
from engine.language.problems import Problem
from engine.language.source import read_source


def units_of(text: str) -> tuple[Units | None, tuple[Problem, ...]]:
    node, problems = read_source("units/units.yaml", text)
    assert node is not None
    assert problems == ()
    return validate(Units, node)


def test_a_table_of_exact_ratios() -> None:
    made, problems = units_of(
        "units:\n  - {id: kg, label: {zh: 千克, en: kilo}, base: true}\n  - {id: g, of: kg, ratio: 1/1000}\n"
        "  - {id: lb, of: kg, ratio: 0.45359237}\n  - {id: box, of: kg, per_item: true}\n"
    )
    assert problems == ()
    assert made is not None
    assert made.table.named("千克") == "kg"
    assert made.table.named("Kilo") == "kg"
    assert made.table.ratio("g") == Fraction(1, 1000)
    assert made.table.convert(Decimal(100), "lb", "kg") == Decimal("45.359237")
    assert made.table.convert(Decimal(2), "box", "kg", {"box": Fraction(9, 2)}) == Decimal(9)


@pytest.mark.parametrize(
    ("units", "code"),
    [
        ("{id: g, of: kg, ratio: 1/1000}", "UX-720"),
        ("{id: a, of: b, ratio: 2}, {id: b, of: a, ratio: 2}", "UX-721"),
        ("{id: kg}, {id: g, of: kg, ratio: a/b}", "UX-722"),
        ("{id: kg}, {id: g, of: kg, ratio: 1/0}", "UX-722"),
        ("{id: kg}, {id: g, of: kg, ratio: -2}", "UX-722"),
        ("{id: kg}, {id: g, of: kg}", "UX-723"),
        ("{id: kg}, {id: g, ratio: 2}", "UX-723"),
        ("{id: kg}, {id: g, of: kg, ratio: 2, base: true}", "UX-723"),
    ],
)
def test_mistakes(units: str, code: str) -> None:
    made, problems = units_of(f"units: [{units}]")
    assert made is None
    assert [problem.code for problem in problems] == [code]
    assert all(problem.place is not None for problem in problems)
