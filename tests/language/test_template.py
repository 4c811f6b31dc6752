"""Text with formulas in it."""

from datetime import date
from decimal import Decimal

import pytest

from engine.language.declared import Declared, validate
from engine.language.formula import Scope
from engine.language.source import read_source
from engine.language.template import TextTemplate
from engine.language.types import (
    DateType,
    DecimalType,
    FlagType,
    IntegerType,
    RecordType,
    ReferenceType,
    RowsType,
    TextType,
)

SCOPE = Scope(
    {
        "number": IntegerType(),
        "amount": DecimalType(2),
        "on": DateType(),
        "done": FlagType(),
        "name": TextType(),
        "supplier": ReferenceType("partner"),
        "lines": RowsType(RecordType("line", {})),
    },
    {"partner": RecordType("partner", {"name": TextType()})},
)
VALUES = {
    "number": 42,
    "amount": Decimal("1.50"),
    "on": date(2026, 1, 31),
    "supplier": {"id": "1", "name": "甲"},
    "done": True,
}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GR{year(on)}-{number:05}", "GR2026-00042"),
        ("{number} {supplier.name}", "42 甲"),
        ("{{{number}}}", "{42}"),
        ("plain", "plain"),
        ("", ""),
        ("{concat('}', ':05')}", "}:05"),
        ("{name}-{amount}-{on}-{done}", "-1.5-2026-01-31-✓"),
        ("{number + 1 : 03}", "043"),
    ],
)
def test_render(text: str, shown: str) -> None:
    template = TextTemplate(text)
    assert template.syntax == ()
    assert template.bind(SCOPE) == ()
    assert template.render(VALUES) == shown


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{number", "EXP-460"),
        ("number}", "EXP-460"),
        ("{number:5}", "EXP-461"),
        ("{number:099}", "EXP-461"),
        ("{number:0>10000000}", "EXP-461"),
        ("{}", "EXP-405"),
        ("{a b}", "EXP-401"),
        ("{__import__('os')}", "EXP-411"),
        ("{nummer}", "EXP-420"),
        ("{name:05}", "EXP-449"),
        ("{supplier}", "EXP-449"),
        ("{lines}", "EXP-424"),
        ("x" * 3000, "EXP-402"),
    ],
)
def test_refusals(text: str, code: str) -> None:
    assert [problem.code for problem in TextTemplate(text).bind(SCOPE)] == [code]


def test_paths() -> None:
    template = TextTemplate("{number} {supplier.name}")
    assert template.bind(SCOPE) == ()
    assert template.paths == {("number",), ("supplier", "name")}


def test_a_mistake_is_underlined_inside_the_template() -> None:
    class Part(Declared):
        title: TextTemplate

    node, _ = read_source("entities/x.yaml", 'title: "{number} {nam}"\n')
    assert node is not None
    part, problems = validate(Part, node)
    assert problems == ()
    assert part is not None
    (problem,) = part.title.bind(SCOPE)
    assert problem.place is not None
    assert (problem.place.column, problem.place.end_column) == (19, 22)
    assert str(problem.parameters["suggestion"]).count("name")
