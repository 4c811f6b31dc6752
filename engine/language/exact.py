"""Decimal arithmetic that never loses a digit in silence.

Python computes Decimals to 28 digits and rounds without a word. Where that would happen in a formula, it is evaluated
in `EXACT` instead: 100 digits, and a result that would need more is trapped (the formula then gives None, and the trace
says why). Division is the one operation that cannot be exact; it has a fixed precision of its own, `DIVISION`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import (
    ROUND_HALF_EVEN,
    Clamped,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
    Subnormal,
    Underflow,
    getcontext,
    setcontext,
)

EXACT_DIGITS = 100
DIVISION_DIGITS = 34

EXACT = Context(prec=EXACT_DIGITS, traps=[Inexact, Overflow, Underflow, InvalidOperation, DivisionByZero, Clamped])
"""The context of formulas: + - * are exact or raise."""

DIVISION = Context(prec=DIVISION_DIGITS, rounding=ROUND_HALF_EVEN, traps=[Overflow, InvalidOperation, Subnormal])
"""The context of `/`: 34 significant digits, half to even (the precision of IEEE 754 decimal128)."""

ROUNDING = Context(prec=2 * EXACT_DIGITS, traps=[Overflow, InvalidOperation])
"""Wide enough to quantize any exact value without an error."""


@contextmanager
def exactly() -> Iterator[None]:
    """Within the block Decimals are computed in `EXACT`: one switch for all the formulas somebody evaluates there."""
    before = getcontext()
    setcontext(EXACT)
    try:
        yield
    finally:
        setcontext(before)


class Undefined(ArithmeticError):
    """A calculation has no answer (division by zero, a day that does not exist). Formulas turn it into None."""


def divide(left: int | Decimal, right: int | Decimal) -> Decimal:
    """`left / right` to 34 significant digits, half to even; exact results keep no trailing noise.

    Raises Undefined for division by zero.
    """
    if right == 0:
        raise Undefined("division by zero")
    return DIVISION.divide(Decimal(left), Decimal(right))


def power(base: int | Decimal, exponent: int) -> int | Decimal:
    """`base ** exponent` for a small whole exponent ≥ 0, exact; raises Inexact where 100 digits do not suffice."""
    if isinstance(base, int):
        base = Decimal(base)
        return int(EXACT.power(base, exponent))
    return EXACT.power(base, exponent)
