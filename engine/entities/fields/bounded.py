"""What the ordered kinds share: a least and a greatest value, and for numbers a step.

A limit is a fixed value or a formula over the record (in lines: over the line), judged once references are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from pydantic import ValidatorFunctionWrapHandler, field_validator

from engine.entities.columns import plain
from engine.entities.fields.base import FieldKind
from engine.entities.record import Scalar, Value
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.types import Type

if TYPE_CHECKING:
    Limit = Formula | Decimal | date | None
else:
    Limit = Formula | None  # what a package may write; fixed values are taken out before (see `Bounded.take_fixed`)


def at(limit: Limit, scope: Mapping[str, object]) -> Any:
    """The value of a limit for one record or line; None where there is none or it is not known."""
    return limit.expression.evaluate(scope) if isinstance(limit, Formula) else limit


class Bounded(FieldKind):
    """A kind whose values have an order: `min` and `max`, included unless `exclusive_min` or `exclusive_max` says so."""

    min: Limit = None
    max: Limit = None
    exclusive_min: bool = False
    exclusive_max: bool = False

    @classmethod
    def fixed(cls, text: str) -> Scalar:
        """The fixed value that the text of a limit stands for; None where it is a formula."""
        return None

    @field_validator("min", "max", "step", mode="wrap", check_fields=False)
    @classmethod
    def take_fixed(cls, value: object, handler: ValidatorFunctionWrapHandler) -> object:
        """Numbers and fixed texts become values; anything else is a formula."""
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return Decimal(value)
        constant = cls.fixed(value) if isinstance(value, str) else None
        return handler(value) if constant is None else constant

    def formulas(self) -> tuple[tuple[str, Formula, tuple[Type, ...]], ...]:
        """The default and those limits that are formulas."""
        limits = (("min", self.min), ("max", self.max))
        found = tuple((key, limit, self.limit_types()) for key, limit in limits if isinstance(limit, Formula))
        return super().formulas() + found

    def limit_types(self) -> tuple[Type, ...]:
        """What a limit may be as a formula."""
        return (self.type(),)

    def judge(self, value: Value, scope: Mapping[str, object]) -> tuple[Problem, ...]:
        """Problems where the value lies outside its limits."""
        low, high = at(self.min, scope), at(self.max, scope)
        problems = []
        if low is not None and (value < low or (self.exclusive_min and value == low)):
            problems.append(Problem("VAL-116" if self.exclusive_min else "VAL-114", {"limit": low}))
        if high is not None and (value > high or (self.exclusive_max and value == high)):
            problems.append(Problem("VAL-117" if self.exclusive_max else "VAL-115", {"limit": high}))
        return tuple(problems)


def off_step(value: Decimal, step: Decimal) -> Problem | None:
    """The problem of a number that is no multiple of its step, with the nearest values that are; exact."""
    if step <= 0:
        return None
    count = Fraction(value) / Fraction(step)
    if count.denominator == 1:
        return None
    below = count.numerator // count.denominator
    nearest = [plain(Decimal(str(step)) * each) for each in (below, below + 1)]
    return Problem("VAL-118", {"step": plain(step), "below": nearest[0], "above": nearest[1]})
