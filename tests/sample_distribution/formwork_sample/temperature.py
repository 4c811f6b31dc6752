"""A field kind: a temperature in degrees Celsius, typed as `-18`, `4.5` or `4.5 °C`."""

from typing import ClassVar, Literal

from engine.entities.fields.base import Outcome, ParseContext, Raw, Sample
from engine.entities.fields.number import Number
from engine.language.types import QuantityType, Type


class TemperatureField(Number):
    """A temperature with one digit after the point; never below absolute zero."""

    widget: ClassVar[str] = "decimal"
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            {}, ("-18", "4.5", "4.5 °C", "4.5°C", 21), (("cold", "VAL-110"), ("4.55", "VAL-112"), (True, "VAL-110"))
        ),
    )

    kind: Literal["temperature"] = "temperature"

    def stored_places(self) -> int:
        """One digit after the point."""
        return 1

    def type(self) -> Type:
        """A quantity of its own: degrees cannot be added to kilograms."""
        return QuantityType("celsius")

    def read(self, raw: Raw, context: ParseContext) -> Outcome:
        """The number in front of the sign of the unit."""
        return super().read(raw.removesuffix("°C").rstrip() if isinstance(raw, str) else raw, context)
