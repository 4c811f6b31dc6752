"""What the kinds of exact numbers share: reading a number without ever rounding it, steps, storage as a scaled integer.

`Number` is no kind of its own; decimal, quantity, money and others build on it by naming a scale.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from engine.entities.columns import Column, fits, plain
from engine.entities.fields.base import FormatContext, Outcome, ParseContext, Raw, refused, shape
from engine.entities.fields.bounded import Bounded, Limit, at, off_step
from engine.entities.record import Scalar, Value
from engine.language.formula import Formula
from engine.language.numbers import parse_number
from engine.language.problems import Problem
from engine.language.types import DecimalType, Type

LONGEST = 60
"""Characters of a typed number that are looked at."""

_LARGEST_EXPONENT = 40
_WIDE = Context(prec=200)

NUMBER = r"[+\-－＋]?[0-9０-９,，' ]*[.．]?[0-9０-９]+[.．]?"
"""Typed numbers as JSON Schema can describe them; the server looks closer."""


class Number(Bounded):
    """An exact number with at most `places` digits after the point and, with `step`, only multiples of it."""

    widget = "number"
    numeric = True

    step: Limit = None

    def places(self, scope: Mapping[str, object]) -> int:
        """How many digits after the point a value may have, which may depend on the record it stands in."""
        return self.stored_places()

    def stored_places(self) -> int:
        """How many digits after the point are stored."""
        raise NotImplementedError

    def type(self) -> Type:
        """A decimal number."""
        return DecimalType(self.stored_places())

    @classmethod
    def fixed(cls, text: str) -> Scalar:
        """A limit that is a number in quotes is that number."""
        found = number_of(text) if text[:1] in "-0123456789" and text[-1:].isdigit() else None
        return found if isinstance(found, Decimal) else None

    def limit_types(self) -> tuple[Type, ...]:
        """A limit is of the field's own type or a bare number."""
        return (self.type(), DecimalType())

    def formulas(self) -> tuple[tuple[str, Formula, tuple[Type, ...]], ...]:
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
        off = off_step(value, step) if isinstance(value, Decimal) and step is not None else None
        return (*problems, off) if off else problems

    def format(self, value: Value, context: FormatContext) -> str:
        """The digits, without trailing zeros."""
        return f"{plain(value):f}" if isinstance(value, Decimal) else ""

    def to_json(self, value: Value) -> object:
        """Text, so that no reader makes a binary fraction of it."""
        return f"{plain(value):f}" if isinstance(value, Decimal) else None

    def column(self) -> Column:
        """An integer count of the smallest digit."""
        return Column("scaled", self.stored_places())

    def json_schema(self) -> dict[str, object]:
        """A number, or its text, with no more digits than are kept."""
        places = self.stored_places()
        number: dict[str, object] = {"type": "number", "multipleOf": Decimal((0, (1,), -places)) if places else 1}
        if isinstance(self.min, Decimal):
            number["exclusiveMinimum" if self.exclusive_min else "minimum"] = self.min
        if isinstance(self.max, Decimal):
            number["exclusiveMaximum" if self.exclusive_max else "maximum"] = self.max
        digits = rf"([.．][0-9０-９]{{0,{places}}}0*)?" if places else r"([.．]0*)?"
        whole = rf"[+\-＋－]?([0-9０-９,，' ]{{1,30}}{digits}|[.．][0-9０-９]{{1,{max(places, 1)}}})"
        return {"anyOf": [number, {"type": "string", "pattern": f"^{whole}$"}]}


def number_of(raw: Raw) -> Decimal | Problem:
    """The exact number that was handed in: text in any width, int or Decimal; never true/false, NaN or a float."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal):
        return Problem("VAL-110", {"text": shape(raw)})
    if isinstance(raw, str):
        if len(raw) > LONGEST:
            return Problem("VAL-110", {"text": raw[:LONGEST] + "…"})
        found = parse_number(raw)
        number = Decimal(found) if isinstance(found, Decimal | int) else None
    else:
        number = Decimal(raw)
    if number is None or not number.is_finite():
        return Problem("VAL-110", {"text": str(raw)})
    return number


def unkept(number: Decimal, places: int, stored_places: int) -> Problem | None:
    """The problem of a number that would not be kept whole: beyond 64 bits, or with too many digits after the point."""
    if number and number.adjusted() > _LARGEST_EXPONENT:
        return Problem("VAL-113", {"limit": stored_places})
    if number and number.adjusted() < -_LARGEST_EXPONENT:
        below, above = (Decimal(0), Decimal((0, (1,), -places)))
        if number < 0:
            below, above = -above, below
        return Problem("VAL-112", {"places": places, "below": below, "above": above})
    unit = Decimal((0, (1,), -places))
    below = number.quantize(unit, ROUND_FLOOR, _WIDE)
    if below != number:
        above = number.quantize(unit, ROUND_CEILING, _WIDE)
        return Problem("VAL-112", {"places": places, "below": plain(below), "above": plain(above)})
    return None if fits(number, stored_places) else Problem("VAL-113", {"limit": stored_places})


def narrow(text: str) -> str:
    """Full-width digits and signs as the narrow ones."""
    return unicodedata.normalize("NFKC", text)
