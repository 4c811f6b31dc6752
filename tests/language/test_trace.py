"""The trace shows every sub-expression, its value and the reason of a None."""

from datetime import date
from decimal import Decimal

from engine.language.formula import Formula, Scope
from engine.language.types import DateType, DecimalType, RecordType, ReferenceType, RowsType, TextType

SCOPE = Scope(
    {
        "a": DecimalType(2),
        "b": DecimalType(2),
        "on": DateType(),
        "ref": ReferenceType("item"),
        "lines": RowsType(RecordType("line", {"x": DecimalType(2)})),
    },
    {"item": RecordType("item", {"code": TextType(), "step": DecimalType(6)})},
)


def traced(text: str, **values: object):
    formula = Formula(text)
    assert formula.bind(SCOPE) == ()
    return formula.expression.trace(values)


def test_every_sub_expression_is_there() -> None:
    whole = traced("a + 1 > b and ref.code == 'x'", a=Decimal(2), b=Decimal(5), ref={"id": "1", "code": "x"})
    assert whole.lines() == [
        "a + 1 > b and ref.code == 'x' = False",
        "  a + 1 > b = False",
        "    a + 1 = 3",
        "      a = 2",
        "      1 = 1",
        "    b = 5",
        "  ref.code == 'x' = True",
        "    ref.code = x",
        "    'x' = x",
    ]


def test_why_something_is_missing() -> None:
    whole = traced("a / b > ref.step", a=Decimal(1), b=Decimal(0), ref=None)
    division, step = whole.children
    assert whole.value is None
    assert division.note is not None
    assert "0" in division.note["zh"]
    assert step.note == {"zh": "没有值", "en": "there is no value"}


def test_a_value_of_the_wrong_kind_is_named() -> None:
    assert traced("a + 1", a="text").note["en"].startswith("the value is not of the declared kind")
    assert traced("a", a=0.5).value is None


def test_rows_are_the_children_of_an_aggregate() -> None:
    whole = traced("sum(lines, line.x * 2)", lines=({"x": Decimal(1)}, {"x": None}))
    assert [one.value for one in whole.children] == [Decimal(2), None]
    assert whole.value is None
    assert whole.children[0].text == "line.x * 2"
    assert traced("max(lines.x)", lines=()).note["en"] == "there are no lines"


def test_a_day_that_does_not_exist() -> None:
    assert traced("add_days(on, 1)", on=date.max).note is not None
