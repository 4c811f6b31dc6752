"""What the ordered kinds share: a least and a greatest value, and for numbers a step.

A limit is a fixed value or a formula over the record (in lines: over the line), judged once references are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pydantic import ValidatorFunctionWrapHandler, field_validator

from engine.entities.fields.base import FieldKind
from engine.entities.record import Scalar, Value
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.types import Expected

if TYPE_CHECKING:
    Limit = Formula | Decimal | date | None
else:
    Limit = Formula | None  # what a package may write; fixed values are taken out before (see `Bounded.take_fixed`)


def at(limit: Limit, scope: Mapping[str, object]) -> Any:
    """The value of a limit for one record or line; None where there is none or it is not known."""
    return limit.expression.evaluate(scope) if isinstance(limit, Formula) else limit


class Bounded(FieldKind):
    """A kind with an order: `min` and `max`, included unless `exclusive_min` or `exclusive_max` says otherwise."""

    min: Limit = None
    max: Limit = None
    exclusive_min: bool = False
    exclusive_max: bool = False

    @classmethod
    def fixed(cls, written: object) -> Scalar:
        """The fixed value that a limit stands for as written in the package; None where it is a formula."""
        del written  # a kind without fixed limits
        return None

    @field_validator("min", "max", "step", mode="wrap", check_fields=False)
    @classmethod
    def take_fixed(cls, value: object, handler: ValidatorFunctionWrapHandler) -> object:
        """Fixed limits become values; anything else is a formula."""
        constant = cls.fixed(value)
        return handler(value) if constant is None else constant

    def formulas(self) -> tuple[tuple[str, Formula, Expected], ...]:
        """The default and those limits that are formulas."""
        limits = (("min", self.min), ("max", self.max))
        found = tuple((key, limit, self.limit_types()) for key, limit in limits if isinstance(limit, Formula))
        return super().formulas() + found

    def limit_types(self) -> Expected:
        """What a limit may be as a formula."""
        return self.type()

    def judge(self, value: Value, scope: Mapping[str, object]) -> tuple[Problem, ...]:
        """Problems where the value lies outside its limits."""
        low: Any = at(self.min, scope)
        high: Any = at(self.max, scope)
        given: Any = value
        problems = []
        if low is not None and (given < low or (self.exclusive_min and given == low)):
            problems.append(Problem("VAL-116" if self.exclusive_min else "VAL-114", {"limit": low}))
        if high is not None and (given > high or (self.exclusive_max and given == high)):
            problems.append(Problem("VAL-117" if self.exclusive_max else "VAL-115", {"limit": high}))
        return tuple(problems)
