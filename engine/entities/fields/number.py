"""What the kinds of exact numbers share: reading a number without ever rounding it, steps, storage as a scaled integer.

`Number` is no kind of its own; integer, decimal, quantity and money build on it by saying how many digits they keep.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import ClassVar

from engine.entities.columns import Column, fits, plain
from engine.entities.fields.base import FormatContext, Outcome, ParseContext, Raw, shape
from engine.entities.fields.bounded import Bounded, Limit, at
from engine.entities.record import Scalar, Value
from engine.language.formula import Formula
from engine.language.numbers import DIGIT_LIMIT, format_number, parse_number
from engine.language.problems import Problem
from engine.language.types import DecimalType, Expected, Type
from engine.language.units import check_step

_LARGEST_EXPONENT = 40
LONGEST_WRITTEN = 200
_WIDE = Context(prec=200)

DIGITS = "[0-9０-９]"
WHOLE = rf"[+\-－＋]?{DIGITS}{{1,3}}([,，]?{DIGITS}{{3}})*{DIGITS}*"


class Number(Bounded):
    """An exact number with at most `places` digits after the point and, with `step`, only multiples of it."""

    widget: ClassVar[str] = "number"
    numeric: ClassVar[bool] = True

    step: Limit = None

    def stored_places(self) -> int:
        """How many digits after the point are stored."""
        raise NotImplementedError

    def places(self, scope: Mapping[str, object]) -> int:
        """How many digits after the point a value may have, which may depend on the record it stands in."""
        return self.stored_places()

    def unit_in(self, scope: Mapping[str, object]) -> str | None:
        """What the number counts (a unit, a currency) for one record; None for a bare number or if not known."""
        return None

    def type(self) -> Type:
        """A decimal number."""
        return DecimalType(self.stored_places())

    @classmethod
    def fixed(cls, written: object) -> Scalar:
        """A limit that is a number, quoted or not, is that number."""
        if isinstance(written, bool) or not isinstance(written, str | int | Decimal):
            return None
        found = number_of(written)
        return None if isinstance(found, Problem) else found

    def limit_types(self) -> Expected:
        """A limit is of the field's own type or a bare number."""
        return (self.type(), DecimalType())

    def formulas(self) -> tuple[tuple[str, Formula, Expected], ...]:
        """The default, the limits and the step."""
        found = super().formulas()
        return (*found, ("step", self.step, self.limit_types())) if isinstance(self.step, Formula) else found

    def read(self, raw: Raw, context: ParseContext) -> Outcome:
        """The number, exactly as typed or refused."""
        number = number_of(raw)
        return (None, (number,)) if isinstance(number, Problem) else self.exactly(number, context)

    def exactly(self, number: Decimal, context: ParseContext) -> Outcome:
        """The number if this field can keep every digit of it."""
        problem = unkept(number, self.places(context.scope), self.stored_places())
        return (None, (problem,)) if problem else (plain(number), ())

    def judge(self, value: Value, scope: Mapping[str, object]) -> tuple[Problem, ...]:
        """Outside the limits, off the step."""
        problems = super().judge(value, scope)
        step = at(self.step, scope)
        if step is None or not isinstance(value, Decimal | int):
            return problems
        off = check_step(Decimal(value), Decimal(step), self.unit_in(scope) or "")
        return (*problems, off) if off else problems

    def format(self, value: Value, context: FormatContext) -> str:
        """The digits, without trailing zeros."""
        return format_number(value) if isinstance(value, Decimal) else ""

    def to_json(self, value: Value) -> object:
        """Text, so that no reader makes a binary fraction of it."""
        return format_number(value) if isinstance(value, Decimal) else None

    def column(self) -> Column:
        """An integer count of the smallest digit."""
        return Column("scaled", self.stored_places())

    def json_schema(self) -> dict[str, object]:
        """A number, or its text, with no more digits than are kept."""
        return {"anyOf": [self.number_schema(), {"type": "string", "pattern": f"^{self.text_pattern()}$"}]}

    def number_schema(self) -> dict[str, object]:
        """A JSON number. What depends on a formula is judged by the server alone."""
        places = self.places({})
        largest = Decimal(2**63 - 1).scaleb(-self.stored_places())
        schema: dict[str, object] = {"type": "number", "multipleOf": Decimal((0, (1,), -places)) if places else 1}
        for limit, inclusive, exclusive, is_exclusive, widest in (
            (self.min, "minimum", "exclusiveMinimum", self.exclusive_min, -largest),
            (self.max, "maximum", "exclusiveMaximum", self.exclusive_max, largest),
        ):
            schema[exclusive if is_exclusive else inclusive] = limit if isinstance(limit, Decimal | int) else widest
        return schema

    def text_pattern(self) -> str:
        """Number text of any width with no more digits after the point than are kept, zeros behind them apart."""
        places = self.places({})
        return rf"({WHOLE}([.．]{DIGITS}{{0,{places}}}[0０]*)?|[+\-－＋]?[.．]{DIGITS}{{1,{max(places, 1)}}})"


def number_of(raw: Raw) -> Decimal | Problem:
    """The exact number that was handed in: text in any width, int or Decimal; never true/false, NaN or a float."""
    if isinstance(raw, str):
        return parse_number(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
        return Problem("VAL-201", {"text": shape(raw)})
    number = Decimal(raw)
    if not number.is_finite():
        return Problem("VAL-201", {"text": str(raw)})
    return Problem("VAL-202", {"text": str(raw)[:40], "limit": DIGIT_LIMIT}) if _is_too_long(number) else number


def _is_too_long(number: Decimal) -> bool:
    """Whether the number, written out as a form would have it, has more digits than a typed text may have."""
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    written = max(number.adjusted() + 1, 1) + max(-exponent, 0)
    return DIGIT_LIMIT < written <= LONGEST_WRITTEN


def unkept(number: Decimal, places: int, stored_places: int) -> Problem | None:
    """The problem of a number that would not be kept whole: beyond 64 bits, or with too many digits after the point."""
    unit = Decimal((0, (1,), -places))
    if number and number.adjusted() > _LARGEST_EXPONENT:
        return Problem("VAL-113", {"places": stored_places})
    if number and number.adjusted() < -_LARGEST_EXPONENT:
        below, above = (-unit, Decimal(0)) if number < 0 else (Decimal(0), unit)
    else:
        below, above = number.quantize(unit, ROUND_FLOOR, _WIDE), number.quantize(unit, ROUND_CEILING, _WIDE)
    if below != above:
        return Problem("VAL-112", {"places": places, "below": plain(below), "above": plain(above)})
    return None if fits(number, stored_places) else Problem("VAL-113", {"places": stored_places})
