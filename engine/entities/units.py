"""What the units file of an app may say: base units, exact ratios, units that every item fills differently."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from pydantic import field_validator, model_validator

from engine.entities.misdeclared import misdeclared
from engine.language.declared import Declared, Identifier, Label
from engine.language.units import Unit, UnitTable

_RATIO = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,18}))?(?:/([0-9]{1,18}))?")


class UnitDeclaration(Declared):
    """One unit: a base, or an exact `ratio` of another unit (`1/1000`, `12`, `0.45359237`), or `per_item`."""

    id: Identifier
    label: Label | None = None
    base: bool = False
    of: Identifier | None = None
    ratio: Any = None
    per_item: bool = False

    @field_validator("ratio", mode="before")
    @classmethod
    def exact_ratio(cls, value: object) -> Fraction | None:
        """The ratio as a fraction; raises the error of a text that is none, or is zero."""
        if value is None or isinstance(value, Fraction):
            return value
        text = format(value, "f") if isinstance(value, Decimal) else str(value).replace(" ", "")
        match = _RATIO.fullmatch(text)
        below = int(match[3] or 1) if match else 0
        ratio = Fraction(Decimal(f"{match[1]}.{match[2] or 0}")) / below if match and below else Fraction(0)
        if ratio <= 0:
            raise misdeclared("UX-722", text=str(value))
        return ratio

    @model_validator(mode="after")
    def say_one_thing(self) -> UnitDeclaration:
        """A unit is a base or made of another one, and then either by a ratio or per item."""
        if (self.of is None) != (self.ratio is None and not self.per_item) or (self.base and self.of is not None):
            raise misdeclared("UX-723", unit=self.id)
        return self

    def title(self, language: str) -> str:
        """The label in a language; the id where there is none."""
        return self.label.text(language) if self.label is not None else self.id


class Units(Declared):
    """All units of an app."""

    units: tuple[UnitDeclaration, ...] = ()

    @model_validator(mode="after")
    def meet_a_base(self) -> Units:
        """Every unit goes back to a base: what it is made of exists, and nothing goes round in a circle."""
        by_id = {unit.id: unit for unit in self.units}
        for unit in self.units:
            seen, current = {unit.id}, unit
            while current.of is not None:
                if current.of not in by_id:
                    raise misdeclared("UX-720", unit=current.id, of=current.of, known=tuple(by_id))
                if current.of in seen:
                    raise misdeclared("UX-721", unit=unit.id)
                seen.add(current.of)
                current = by_id[current.of]
        return self

    @cached_property
    def table(self) -> UnitTable:
        """The units ready to convert."""
        return UnitTable(
            Unit(unit.id, unit.of, unit.ratio, unit.per_item, tuple({unit.title("zh"), unit.title("en")}))
            for unit in self.units
        )
