"""Units and exact conversion: ratios are fractions, so 1 box = 9 pieces is 9, and 1 piece is 1/9 box, never 0.111.

A unit is a base (kg, piece) or a ratio of another unit (g = 1/1000 kg). A unit that is `per_item` (box) has no ratio of
its own; each item says how many of the other unit it holds, in `overrides`. An override also wins over a general ratio.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from engine.language.exact import ROUNDING
from engine.language.problems import Problem

SMALLEST_STEP = Decimal("0.000001")
"""What storage keeps of a quantity: six decimal places."""

Overrides = Mapping[str, Fraction]
"""Per-item ratios: how many of its `of` unit one unit holds. {"box": 9} for an item with 9 pieces in a box."""

NONE: Overrides = {}


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit. `of` and `ratio` say what it is made of; a base has neither. `names` are further spellings (labels)."""

    id: str
    of: str | None = None
    ratio: Fraction | None = None
    per_item: bool = False
    names: tuple[str, ...] = field(default=(), compare=False)


class UnitTable:
    """All units of an app. Built once; unknown units and cycles in `of` are programmer's mistakes by then."""

    def __init__(self, units: Iterable[Unit] = ()) -> None:
        self.units: Mapping[str, Unit] = {unit.id: unit for unit in units}
        self._named: dict[str, str] = {}
        for unit in self.units.values():
            for name in (unit.id, *unit.names):
                self._named.setdefault(folded(name), unit.id)
        for unit in self.units.values():
            self._base(unit.id)

    def __contains__(self, unit: object) -> bool:
        return unit in self.units

    def named(self, text: str) -> str | None:
        """The id of the unit that people call so: its id or one of its labels, capital or small."""
        return text if text in self.units else self._named.get(folded(text))

    def base(self, unit: str) -> str:
        """The base a unit goes back to."""
        return self._base(unit)

    def _base(self, unit: str) -> str:
        seen: list[str] = []
        while (of := self.units[unit].of) is not None:
            assert of not in seen, f"units go round in a circle: {seen}"
            seen.append(of)
            unit = of
        return unit

    def ratio(self, unit: str, overrides: Overrides = NONE) -> Fraction | Problem:
        """How much of its base one unit is; a Problem where a per-item ratio is not given."""
        total = Fraction(1)
        while True:
            one = self.units[unit]
            if one.of is None:
                return total
            own = overrides.get(unit, one.ratio)
            if own is None:
                return Problem("VAL-207", {"unit": unit, "of": one.of})
            total *= own
            unit = one.of

    def factor(self, source: str, target: str, overrides: Overrides = NONE) -> Fraction | Problem:
        """How many of `target` one `source` is."""
        if source == target:
            return Fraction(1)
        for unit in (source, target):
            if unit not in self.units:
                return Problem("VAL-205", {"unit": unit, "offered": tuple(self.units)})
        if self._base(source) != self._base(target):
            return Problem("VAL-206", {"unit": source, "target": target})
        up, down = self.ratio(source, overrides), self.ratio(target, overrides)
        if isinstance(up, Problem):
            return up
        return down if isinstance(down, Problem) else up / down

    def convert(
        self, amount: Decimal, source: str, target: str, overrides: Overrides = NONE, step: Decimal = SMALLEST_STEP
    ) -> Decimal | Problem:
        """The exact amount in another unit, or the Problem with the nearest amounts that can be written (VAL-208)."""
        if source == target:
            return amount
        factor = self.factor(source, target, overrides)
        if isinstance(factor, Problem):
            return factor
        return representable(Fraction(amount) * factor, target, step)


def representable(exact: Fraction, unit: str, step: Decimal = SMALLEST_STEP) -> Decimal | Problem:
    """An exact amount as a multiple of `step`; where it is none, the Problem with the nearest below and above."""
    steps = exact / Fraction(step)
    if steps.denominator == 1:
        return trimmed(ROUNDING.multiply(Decimal(steps.numerator), step))
    below = steps.numerator // steps.denominator
    lower = trimmed(ROUNDING.multiply(Decimal(below), step))
    upper = trimmed(ROUNDING.multiply(Decimal(below + 1), step))
    return Problem("VAL-208", {"lower": lower, "upper": upper, "unit": unit, "step": trimmed(step)})


def check_step(amount: Decimal, step: Decimal, unit: str) -> Problem | None:
    """Whether an amount is a multiple of its step; where not, the Problem (VAL-209) with the nearest ones."""
    if step <= 0 or not ROUNDING.remainder(amount, step):
        return None
    found = representable(Fraction(amount), unit, step)
    if isinstance(found, Decimal):
        return None
    return Problem("VAL-209", {"amount": trimmed(amount), **found.parameters})


def trimmed(amount: Decimal) -> Decimal:
    """The amount without trailing zeros behind the point, and never in exponent form: 100, not 1E+2."""
    short = amount.normalize(ROUNDING)
    exponent = short.as_tuple().exponent
    return short.quantize(Decimal(1), context=ROUNDING) if isinstance(exponent, int) and exponent > 0 else short


def folded(name: str) -> str:
    """A unit's spelling without case and blanks."""
    return name.strip().casefold()
