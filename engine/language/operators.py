"""Which types the operators `+ - * / **` go with, and what type comes out. One table, read at load.

Quantities and money keep their unit and currency: only equal ones are added, a rate (money per unit) times a quantity
is money, and two quantities in the same unit divide to a plain number.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.language.types import (
    NUMBERS,
    TEXTS,
    DateType,
    DecimalType,
    DurationType,
    InstantType,
    IntegerType,
    MoneyType,
    MonthsType,
    QuantityType,
    Type,
    unify,
)

Kinds = tuple[type[Type], ...]
Row = tuple[str, Kinds, Kinds, Callable[[Type, Type], Type | None]]

QUANTITY: Kinds = (QuantityType,)
MONEY: Kinds = (MoneyType,)
MEASURED: Kinds = (QuantityType, MoneyType)
DATE: Kinds = (DateType,)
INSTANT: Kinds = (InstantType,)
DURATION: Kinds = (DurationType,)
WHOLE: Kinds = (IntegerType,)


def _left(left: Type, _right: Type) -> Type:
    return left


def _right(_left: Type, right: Type) -> Type:
    return right


def _number(left: Type, right: Type) -> Type:
    return IntegerType() if isinstance(left, IntegerType) and isinstance(right, IntegerType) else DecimalType()


def _ratio(_left: Type, _right: Type) -> Type:
    return DecimalType()


def _ratio_if_equal(left: Type, right: Type) -> Type | None:
    return DecimalType() if left == right else None


def _if_equal(left: Type, right: Type) -> Type | None:
    return left if left == right else None


def _later(left: Type, right: Type) -> Type | None:
    """A date moves by whole days only."""
    return left if isinstance(right, DurationType) and right.whole_days else None


TABLE: tuple[Row, ...] = (
    ("+", NUMBERS, NUMBERS, _number),
    ("-", NUMBERS, NUMBERS, _number),
    ("*", NUMBERS, NUMBERS, _number),
    ("/", NUMBERS, NUMBERS, _ratio),
    ("**", NUMBERS, WHOLE, _left),
    ("+", MEASURED, MEASURED, _if_equal),
    ("-", MEASURED, MEASURED, _if_equal),
    ("*", MEASURED, NUMBERS, _left),
    ("*", NUMBERS, MEASURED, _right),
    ("/", MEASURED, NUMBERS, _left),
    ("*", QUANTITY, MONEY, _right),
    ("*", MONEY, QUANTITY, _left),
    ("/", MONEY, QUANTITY, _left),
    ("/", QUANTITY, QUANTITY, _ratio_if_equal),
    ("/", MONEY, MONEY, _ratio_if_equal),
    ("-", DATE, DATE, lambda _l, _r: DurationType(whole_days=True)),
    ("-", INSTANT, INSTANT, lambda _l, _r: DurationType()),
    ("+", DATE, DURATION, _later),
    ("-", DATE, DURATION, _later),
    ("+", DURATION, DATE, lambda left, right: _later(right, left)),
    ("+", INSTANT, DURATION, _left),
    ("-", INSTANT, DURATION, _left),
    ("+", DURATION, INSTANT, _right),
    ("+", DURATION, DURATION, unify),
    ("-", DURATION, DURATION, unify),
    ("*", DURATION, WHOLE, _left),
    ("*", WHOLE, DURATION, _right),
    ("+", DATE, (MonthsType,), _left),
    ("-", DATE, (MonthsType,), _left),
    ("+", (MonthsType,), DATE, _right),
)


def arithmetic_type(operator: str, left: Type, right: Type) -> Type | None:
    """The type of `left operator right`, None where the operator does not go with these types."""
    for sign, lefts, rights, result in TABLE:
        if sign == operator and isinstance(left, lefts) and isinstance(right, rights):
            return result(left, right)
    return None


def refusal(operator: str, left: Type, right: Type) -> str:
    """The code of the problem that says best why the operator does not go with these types."""
    if operator == "+" and isinstance(left, TEXTS) and isinstance(right, TEXTS):
        return "EXP-443"
    return (mismatch(left, right) if operator != "*" else None) or "EXP-440"


def mismatch(left: Type, right: Type) -> str | None:
    """Units that differ (EXP-441), currencies that differ (EXP-442), or None."""
    if isinstance(left, QuantityType) and isinstance(right, QuantityType) and left != right:
        return "EXP-441"
    if isinstance(left, MoneyType) and isinstance(right, MoneyType) and left != right:
        return "EXP-442"
    return None
