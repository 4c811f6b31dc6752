"""Which types meet, and what places accept."""

import pytest

from engine.language.types import (
    ChoiceType,
    DateType,
    DecimalType,
    DurationType,
    Expected,
    FlagType,
    InstantType,
    IntegerType,
    MoneyType,
    MonthsType,
    NullType,
    QuantityType,
    RecordType,
    ReferenceType,
    RowsType,
    TextType,
    Type,
    accepts,
    unify,
    wording_of,
)

ROW = RecordType("line", {})
ALL: tuple[Type, ...] = (
    IntegerType(), DecimalType(2), TextType(), FlagType(), DateType(), InstantType(), DurationType(), MonthsType(),
    ChoiceType(("a",)), QuantityType("kg"), MoneyType("CNY"), ReferenceType("item"), ROW, RowsType(ROW), NullType(),
)  # fmt: skip


@pytest.mark.parametrize("one", ALL)
def test_every_type_has_words(one: Type) -> None:
    assert set(one.wording) == {"zh", "en"}
    assert wording_of(type(one))
    assert wording_of((one, IntegerType))["en"].endswith("a whole number")


@pytest.mark.parametrize("one", ALL)
def test_a_type_meets_itself_and_nothing(one: Type) -> None:
    assert unify(one, one) == one
    assert unify(one, NullType()) == one
    assert unify(NullType(), one) == one
    assert accepts(one, one)
    assert accepts(type(one), one)
    assert accepts(None, one)


@pytest.mark.parametrize(
    ("left", "right", "both"),
    [
        (IntegerType(), DecimalType(2), DecimalType()),
        (QuantityType("kg"), QuantityType("g"), None),
        (MoneyType("CNY"), MoneyType("USD"), None),
        (MoneyType("CNY"), DecimalType(), None),
        (ChoiceType(("a",)), TextType(), TextType()),
        (DateType(), InstantType(), None),
        (FlagType(), IntegerType(), None),
        (DurationType(whole_days=True), DurationType(), DurationType()),
        (ReferenceType("a"), ReferenceType("b"), None),
    ],
)
def test_unify(left: Type, right: Type, both: Type | None) -> None:
    assert unify(left, right) == both
    assert unify(right, left) == both


@pytest.mark.parametrize(
    ("expected", "actual", "answer"),
    [
        (DecimalType, IntegerType(), True),
        (DecimalType(2), DecimalType(), True),
        (IntegerType, DecimalType(), False),
        (TextType, ChoiceType(("a",)), True),
        (ChoiceType(("a", "b")), ChoiceType(("a",)), True),
        (ChoiceType(("a",)), ChoiceType(("a", "b")), False),
        (ChoiceType(("a",)), TextType(), False),
        (QuantityType, QuantityType("kg"), True),
        (QuantityType("kg"), QuantityType("g"), False),
        (DurationType(whole_days=True), DurationType(), False),
        (DurationType(), DurationType(whole_days=True), True),
        ((DateType, InstantType), InstantType(), True),
        ((DateType, InstantType), TextType(), False),
        (FlagType, NullType(), True),
    ],
)
def test_accepts(expected: Expected, actual: Type, answer: bool) -> None:
    assert accepts(expected, actual) is answer
