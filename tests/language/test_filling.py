"""Where the unit of a field stands in a field beside it, it is read through the formula that fills that field."""

import pytest

from engine.language.filling import expected_of
from engine.language.formula import Formula
from engine.language.scope import Scope
from engine.language.types import DateType, MoneyType, QuantityType, RecordType, ReferenceType, TextType

ITEM = RecordType("item", {"unit": TextType(), "other": ReferenceType("item")})
SCOPE = Scope({"goods": ReferenceType("item"), "word": TextType()}, {"item": ITEM}, record="item")
FIELDS = ("item", "unit", "amount")


def bound(text):
    formula = Formula(text)
    assert formula.bind(SCOPE) == ()
    return formula


@pytest.mark.parametrize(
    ("wanted", "beside", "expected"),
    [
        (DateType(), {}, DateType()),
        (QuantityType("kg"), {}, QuantityType("kg")),
        (MoneyType("CNY"), {"item": "goods"}, MoneyType("CNY")),
        (QuantityType("item.unit"), {"item": "goods"}, QuantityType("goods.unit")),
        (QuantityType("item.unit"), {"item": "goods.other"}, QuantityType("goods.other.unit")),
        (QuantityType("unit"), {"unit": "word"}, QuantityType("word")),
        (MoneyType("item.unit"), {"item": "goods"}, MoneyType("goods.unit")),
        (QuantityType("item.unit"), {}, (QuantityType,)),
        (QuantityType("unit"), {"unit": "'kg'"}, (QuantityType,)),
    ],
)
def test_the_type_a_formula_must_have(wanted, beside, expected):
    filled = {name: bound(text) for name, text in beside.items()}
    assert expected_of(wanted, filled, FIELDS) == expected


def test_id_is_the_record_itself_where_a_reference_to_it_is_asked_for():
    own = Formula("id")
    scope = Scope({"id": TextType()}, {"item": ITEM}, record="item")
    assert own.bind(scope, ReferenceType("item")) == ()
    assert own.expression.evaluate({"id": "i1"}) == "i1"
    assert Formula("id").bind(scope, TextType()) == ()
    assert [problem.code for problem in Formula("id").bind(scope, ReferenceType("other"))] == ["EXP-449"]
    assert [problem.code for problem in Formula("id").bind(Scope({"id": TextType()}), ReferenceType("item"))] == [
        "EXP-449"
    ]
