"""The table of values a decision takes and gives: most are kinds of fields, others are plain values of no column.

A new one is one file in this folder and one member of `AnyValue`.
"""

from typing import Annotated

from pydantic import Discriminator

from engine.entities.fields.choice import ChoiceField
from engine.entities.fields.date import DateField
from engine.entities.fields.decimal import DecimalField
from engine.entities.fields.flag import FlagField
from engine.entities.fields.instant import InstantField
from engine.entities.fields.integer import IntegerField
from engine.entities.fields.money import MoneyField
from engine.rules.values.clock import ClockValue
from engine.rules.values.duration import DurationValue
from engine.rules.values.months import MonthsValue
from engine.rules.values.number import NumberValue
from engine.rules.values.records import ListValue, RecordValue
from engine.rules.values.text import TextValue

AnyValue = Annotated[
    TextValue
    | NumberValue
    | FlagField
    | DateField
    | InstantField
    | ClockValue
    | DurationValue
    | MonthsValue
    | ChoiceField
    | IntegerField
    | DecimalField
    | MoneyField
    | RecordValue
    | ListValue,
    Discriminator("kind"),
]

for _nesting in (RecordValue, ListValue):
    _nesting.model_rebuild(_types_namespace={"AnyValue": AnyValue})
