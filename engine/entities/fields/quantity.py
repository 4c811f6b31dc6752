"""An amount in a unit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.entities.columns import QUANTITY_SCALE
from engine.entities.fields.base import Outcome, ParseContext, Raw, Sample, lookup, tidy
from engine.entities.fields.number import DIGITS, Number, number_of
from engine.language.amounts import parse_amount
from engine.language.problems import Problem
from engine.language.types import QuantityType, Type
from engine.language.units import Overrides

SUM = rf"[+\-－＋]? *({DIGITS}[0-9０-９,，.． ]*[^\s0-9０-９+＋.．,，\-－][^0-9０-９+＋]*[+＋]? *)+"
"""Amounts with units that are added up, as far as a schema can describe them."""


class QuantityField(Number):
    """An amount kept in one unit: `unit` is a unit's id or the path of a field that holds one (`item.unit`).

    People type `1.5`, `1.5 kg`, `2箱+3个` or hand in `{"amount": …, "unit": …}`; what is in another unit is converted
    exactly or refused with the nearest amounts. `ratios` is the path of lines on the same record, or one it refers to,
    that say how much of the next smaller unit one unit holds there: lines with the fields `unit` and `holds`.
    """

    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            {"unit": "kg"},
            (2, "1.5", "０．３５", Decimal("0.000001"), "-3", "1.5 kg", {"amount": "1.5", "unit": "kg"}, {"amount": 2}),
            (
                ("0.0000001", "VAL-112"),
                ("abc", "VAL-204"),
                ("kg", "VAL-204"),
                ({"unit": "kg"}, "VAL-201"),
                (True, "VAL-201"),
                (Decimal("NaN"), "VAL-201"),
                (Decimal("1e400"), "VAL-113"),
                (2**63, "VAL-113"),
            ),
        ),
    )

    kind: Literal["quantity"] = "quantity"
    unit: Annotated[str, Field(min_length=1, max_length=200)]
    ratios: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    scale: Annotated[int, Field(ge=0, le=QUANTITY_SCALE)] = QUANTITY_SCALE

    def type(self) -> Type:
        """A quantity in this unit."""
        return QuantityType(self.unit)

    def paths(self) -> tuple[str, ...]:
        """The unit, where it may be read from a field, and the ratios."""
        return (self.unit,) if self.ratios is None else (self.unit, self.ratios)

    def unit_in(self, scope: Mapping[str, object]) -> str | None:
        """The unit for one record: what the path leads to, else the declared unit; None where it is not known yet."""
        found = lookup(scope, self.unit)
        if isinstance(found, str):
            return found
        return None if "." in self.unit or self.unit in scope else self.unit

    def stored_places(self) -> int:
        """The same for all units, so that sums over them stay exact."""
        return QUANTITY_SCALE

    def places(self, scope: Mapping[str, object]) -> int:
        """The declared scale."""
        return self.scale

    def read(self, raw: Raw, context: ParseContext) -> Outcome:
        """The exact amount in the declared unit."""
        amount, unit = _apart(raw)
        number = number_of(amount)
        is_too_long = isinstance(number, Problem) and number.code == "VAL-202"
        if isinstance(amount, str) and (unit or (isinstance(number, Problem) and not is_too_long)):
            number = self._converted(f"{amount} {unit or ''}", context)
        elif unit and isinstance(number, Decimal):
            number = self._converted(f"{number:f} {unit}", context) if abs(number.adjusted()) < 40 else number
        return (None, (number,)) if isinstance(number, Problem) else self.exactly(number, context)

    def _converted(self, text: str, context: ParseContext) -> Decimal | Problem:
        """Text with units, in the declared unit."""
        target = self.unit_in(context.scope)
        if target is None:
            return Problem("VAL-122", {"text": text.strip(), "path": self.unit})
        if target not in context.units:
            return _own_unit(text, target)
        return parse_amount(text, target, context.units, self.overrides(context.scope))

    def overrides(self, scope: Mapping[str, object]) -> Overrides:
        """The ratios that hold for this record only."""
        lines = lookup(scope, self.ratios) if self.ratios else None
        found: dict[str, Fraction] = {}
        for line in lines if isinstance(lines, tuple) else ():
            unit, holds = line.get("unit"), line.get("holds")
            if isinstance(unit, str) and isinstance(holds, int | Decimal) and holds > 0:
                found[unit] = Fraction(holds)
        return found

    def json_schema(self) -> dict[str, object]:
        """A number, or text with units; whether the units can be converted is judged by the server."""
        text = f"^({self.text_pattern()}|{SUM})$"
        amount = {"anyOf": [self.number_schema(), {"type": "string", "pattern": text}]}
        both = {
            "type": "object",
            "properties": {"amount": amount, "unit": {"type": ["string", "null"]}},
            "required": ["amount"],
            "additionalProperties": False,
        }
        return {"anyOf": [amount, both]}


def _apart(raw: Raw) -> tuple[Raw, str | None]:
    """The amount and the unit handed in beside it."""
    if not isinstance(raw, Mapping):
        return raw, None
    unit = raw.get("unit")
    if not raw.keys() <= {"amount", "unit"} or not (unit is None or isinstance(unit, str)):
        return None, None
    amount = raw.get("amount")
    return (tidy(amount) if isinstance(amount, str) else amount), unit


def _own_unit(text: str, target: str) -> Decimal | Problem:
    """A number with the very unit declared, where the app has no table of units that knows it."""
    bare = text.strip().removesuffix(target).rstrip()
    number = number_of(bare)
    if isinstance(number, Problem):
        unit = bare.lstrip("+-0123456789., ")
        known = any(sign.isdigit() for sign in bare)
        return (
            Problem("VAL-205", {"unit": unit, "offered": (target,)})
            if known and unit
            else Problem("VAL-204", {"text": bare, "target": target})
        )
    return number
