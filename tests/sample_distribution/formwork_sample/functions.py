"""A function of the formula language: degrees Celsius as degrees Fahrenheit."""

from decimal import Decimal

from engine.language.signature import Function, Parameter
from engine.language.types import DecimalType, QuantityType


def _fahrenheit(celsius: Decimal) -> Decimal:
    return celsius * 9 / 5 + 32


TO_FAHRENHEIT = Function(
    "to_fahrenheit",
    (Parameter("celsius", (QuantityType, DecimalType)),),
    DecimalType(),
    {"zh": "摄氏度换成华氏度。", "en": "Degrees Celsius as degrees Fahrenheit."},
    {"zh": "{0}换成华氏度", "en": "{0} in degrees Fahrenheit"},
    (("to_fahrenheit(100)", "212"),),
    _fahrenheit,
)
