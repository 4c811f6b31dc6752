"""Turns a source into what its target begins with: pure values, taken from the document and from what is open of it.

keys = open_keys(conversion, scope)             # the balances to read, one for each line of the source
begun = convert(conversion, scope, amounts)     # the fields and lines of the target
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine.conversions.schema import OPEN, SOURCE, Conversion
from engine.language.formula import Formula

Scope = Mapping[str, object]
Begun = Mapping[str, object]
"""Values of the target by field, references as ids; lines as a list of such mappings."""

May = Callable[[Formula], bool]
"""Whether somebody may see what a formula reads."""


def may_take(conversion: Conversion, scope: Scope) -> bool:
    """Whether a document may be converted; unknown is not true."""
    return conversion.when is None or conversion.when.expression.evaluate(with_source(scope)) is True


def open_keys(conversion: Conversion, scope: Scope) -> list[Mapping[str, object]]:
    """The dimensions of the balance of each line of the source; none where no balance is named."""
    if conversion.lines is None or conversion.lines.open is None:
        return []
    key = conversion.lines.open.key
    return [_evaluated(key, each) for each in _rows(conversion, scope)]


def convert(conversion: Conversion, scope: Scope, amounts: Sequence[Decimal], may: May) -> Begun:
    """What the target begins with. `amounts` are what is open of each line of the source, as `open_keys` has them.

    A value that is made of something the person may not see is left out.
    """
    within = with_source(scope)
    begun: dict[str, object] = _evaluated(_seen(conversion.values, may), within)
    lines = conversion.lines
    if lines is not None:
        values = _seen(lines.values, may)
        rows = _rows(conversion, scope)
        if lines.open is not None:
            rows = [{**row, OPEN: amount} for row, amount in zip(rows, amounts, strict=True)]
        coming = [row for row in rows if lines.when is None or lines.when.expression.evaluate(row) is True]
        begun[lines.into] = [_evaluated(values, row) for row in coming]
    return begun


def with_source(scope: Scope) -> Scope:
    """The scope of a document with `source` for the document itself, unless a field is called so."""
    return scope if SOURCE in scope else {**scope, SOURCE: scope}


def _rows(conversion: Conversion, scope: Scope) -> list[dict[str, object]]:
    """The scope of each line of the source."""
    assert conversion.lines is not None
    rows: Any = scope.get(conversion.lines.each) or ()
    within = with_source(scope)
    return [{**within, "line": row} for row in rows]


def _seen(values: Mapping[str, Formula], may: May) -> Mapping[str, Formula]:
    return {name: formula for name, formula in values.items() if may(formula)}


def _evaluated(values: Mapping[str, Formula], scope: Scope) -> dict[str, object]:
    """Values by name, references as ids."""
    found = {name: formula.expression.evaluate(scope) for name, formula in values.items()}
    return {name: value.get("id") if isinstance(value, Mapping) else value for name, value in found.items()}
