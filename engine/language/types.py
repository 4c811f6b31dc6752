"""The types of the formula language: what a name may hold, and which types go together.

Values behind the types are plain Python values (see `values.py`): a quantity or an amount of money is a Decimal whose
unit or currency is known here, at load, so that adding kg to pieces is refused before anything runs.

A unit or currency is a literal code ("kg", "CNY") or the path it is read from ("line.item.unit"). Two quantities agree
exactly if these texts are equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Wording = Mapping[str, str]
"""A text in the languages of the interface: {"zh": ..., "en": ...}."""

NO_TITLES: Mapping[str, Wording] = {}


@dataclass(frozen=True, slots=True)
class Type:
    """Base of all types. `wording` is how people are told about it."""

    @property
    def wording(self) -> Wording:
        """The type in words, zh and en."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class IntegerType(Type):
    """A whole number of any size; Python int."""

    @property
    def wording(self) -> Wording:
        """The type in words."""
        return {"zh": "整数", "en": "a whole number"}


@dataclass(frozen=True, slots=True)
class DecimalType(Type):
    """An exact decimal number. `scale` is the declared number of decimal places, None where it is not declared."""

    scale: int | None = None

    @property
    def wording(self) -> Wording:
        """The type in words."""
        return {"zh": "数字", "en": "a number"}


@dataclass(frozen=True, slots=True)
class TextType(Type):
    """Text; compared code point by code point."""

    @property
    def wording(self) -> Wording:
        """The type in words."""
        return {"zh": "文本", "en": "text"}


@dataclass(frozen=True, slots=True)
class FlagType(Type):
    """Yes or no; Python bool. A flag is not a number."""

    @property
    def wording(self) -> Wording:
        """The type in words."""
        return {"zh": "是/否", "en": "yes/no"}


@dataclass(frozen=True, slots=True)
class DateType(Type):
    """A day of the calendar without a time."""

    @property
    def wording(self) -> Wording:
        """The type in words."""
        return {"zh": "日期", "en": "a date"}


@dataclass(frozen=True, slots=True)
class InstantType(Type):
    """A moment in UTC; an aware datetime."""

    @property
    def wording(self) -> Wording:
        """The type in words."""
        return {"zh": "时刻", "en": "an instant"}


@dataclass(frozen=True, slots=True)
class DurationType(Type):
    """A length of time; timedelta. Only a duration of whole days can be added to a date."""

    whole_days: bool = False

    @property
    def wording(self) -> Wording:
        """The type in words."""
        if self.whole_days:
            return {"zh": "天数", "en": "a number of days"}
        return {"zh": "时长", "en": "a duration"}


@dataclass(frozen=True, slots=True)
class MonthsType(Type):
    """A number of calendar months: what `months(n)` gives. It can only be added to or taken from a date."""

    @property
    def wording(self) -> Wording:
        """The type in words."""
        return {"zh": "月数", "en": "a number of months"}


@dataclass(frozen=True, slots=True)
class ChoiceType(Type):
    """One of a closed list of ids; `titles` holds their labels by id, for sentences."""

    choices: tuple[str, ...] = ()
    titles: Mapping[str, Wording] = field(default_factory=lambda: NO_TITLES, compare=False)

    @property
    def wording(self) -> Wording:
        """The type in words."""
        return {"zh": "选项", "en": "a choice"}


@dataclass(frozen=True, slots=True)
class QuantityType(Type):
    """An exact amount in one unit; Decimal at run time."""

    unit: str

    @property
    def wording(self) -> Wording:
        """The type in words."""
        return {"zh": f"数量({self.unit})", "en": f"a quantity ({self.unit})"}


@dataclass(frozen=True, slots=True)
class MoneyType(Type):
    """An exact amount in one currency; Decimal at run time."""

    currency: str

    @property
    def wording(self) -> Wording:
        """The type in words."""
        return {"zh": f"金额({self.currency})", "en": f"an amount of money ({self.currency})"}


@dataclass(frozen=True, slots=True)
class ReferenceType(Type):
    """A record of an entity: a Mapping with at least "id" in a scope, its id everywhere else."""

    entity: str

    @property
    def wording(self) -> Wording:
        """The type in words."""
        return {"zh": f"引用({self.entity})", "en": f"a reference ({self.entity})"}


@dataclass(frozen=True, slots=True)
class RecordType(Type):
    """A bundle of named fields: an entity, a line, `actor`, `settings`. Not a value by itself."""

    name: str
    fields: Mapping[str, Type]

    @property
    def wording(self) -> Wording:
        """The type in words."""
        return {"zh": f"记录({self.name})", "en": f"a record ({self.name})"}


@dataclass(frozen=True, slots=True)
class RowsType(Type):
    """The lines of a document: a tuple of mappings. Only aggregates take it."""

    record: RecordType

    @property
    def wording(self) -> Wording:
        """The type in words."""
        return {"zh": "明细行", "en": "lines"}


@dataclass(frozen=True, slots=True)
class NullType(Type):
    """The type of the literal None: nothing is known, so it goes with everything."""

    @property
    def wording(self) -> Wording:
        """The type in words."""
        return {"zh": "空值", "en": "nothing (None)"}


Types = Mapping[str, Type]
"""What each root name of a scope holds."""

Expected = type[Type] | Type | tuple["type[Type] | Type", ...] | None
"""What a place that takes a formula asks for: a class of types, one exact type, several, or anything."""

NUMBERS: tuple[type[Type], ...] = (IntegerType, DecimalType)
AMOUNTS: tuple[type[Type], ...] = (*NUMBERS, QuantityType, MoneyType)
TEXTS: tuple[type[Type], ...] = (TextType, ChoiceType)
ORDERED: tuple[type[Type], ...] = (*AMOUNTS, DateType, InstantType, DurationType)
DECIMALS: tuple[type[Type], ...] = (DecimalType, QuantityType, MoneyType)


def unify(left: Type, right: Type) -> Type | None:
    """The one type that holds values of both, or None where there is none.

    Whole numbers and decimals meet as decimals; quantities and money only with the same unit or currency.
    """
    if left == right or isinstance(right, NullType):
        return left
    if isinstance(left, NullType):
        return right
    if isinstance(left, NUMBERS) and isinstance(right, NUMBERS):
        return DecimalType()
    if isinstance(left, TEXTS) and isinstance(right, TEXTS):
        return TextType()
    if isinstance(left, DurationType) and isinstance(right, DurationType):
        return DurationType()
    return None


def accepts(expected: Expected, actual: Type) -> bool:
    """Whether a place that asks for `expected` takes a value of type `actual`.

    A whole number is a number; a choice is text; a duration of whole days is a duration; None fits everywhere.
    """
    if expected is None or isinstance(actual, NullType):
        return True
    if isinstance(expected, tuple):
        return any(accepts(each, actual) for each in expected)
    if isinstance(expected, type):
        return (
            isinstance(actual, expected)
            or (expected is DecimalType and isinstance(actual, IntegerType))
            or (expected is TextType and isinstance(actual, ChoiceType))
        )
    return _accepts_one(expected, actual)


def _accepts_one(expected: Type, actual: Type) -> bool:
    if expected == actual:
        return True
    if isinstance(expected, DecimalType):
        return isinstance(actual, NUMBERS)
    if isinstance(expected, TextType):
        return isinstance(actual, TEXTS)
    if isinstance(expected, ChoiceType):
        return isinstance(actual, ChoiceType) and set(actual.choices) <= set(expected.choices)
    if isinstance(expected, DurationType):
        return isinstance(actual, DurationType) and (actual.whole_days or not expected.whole_days)
    return False


CLASS_WORDING: Mapping[type[Type], Wording] = {
    Type: {"zh": "任意值", "en": "any value"},
    QuantityType: {"zh": "数量", "en": "a quantity"},
    MoneyType: {"zh": "金额", "en": "an amount of money"},
    ReferenceType: {"zh": "引用", "en": "a reference"},
    RecordType: {"zh": "记录", "en": "a record"},
    RowsType: {"zh": "明细行", "en": "lines"},
}


def wording_of(expected: Expected) -> Wording:
    """What a place asks for, in words: "a number or a date"."""
    if expected is None:
        return CLASS_WORDING[Type]
    if isinstance(expected, tuple):
        each = [wording_of(one) for one in expected]
        return {"zh": "或".join(one["zh"] for one in each), "en": " or ".join(one["en"] for one in each)}
    if isinstance(expected, Type):
        return expected.wording
    return CLASS_WORDING[expected] if expected in CLASS_WORDING else expected().wording
