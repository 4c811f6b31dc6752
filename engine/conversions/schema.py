"""What a conversion file may say: how a document becomes the beginning of another one.

conversion: receive
label: {zh: 收货, en: Receive}
source: purchase_order
target: goods_receipt
when: state == 'approved'
values: {supplier: supplier, order: source}
lines:
  each: lines
  into: lines
  open: {ledger: purchase, grain: open, key: {order: source, line: line.id}, measure: open}
  when: open > 0
  values: {item: line.item, quantity: open, order: source, order_line: line.id}

Formulas stand over the source: its fields by name, `source` (or `id`) for the document itself, in lines also `line`
and, where a balance is named, `open`: what of the line has not been converted yet, as the ledger knows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import Field

from engine.language.declared import Declared, Identifier, Label
from engine.language.filling import bind_filling, expected_of, with_unit
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.scope import ROW_NAME, Scope
from engine.language.types import FlagType, MoneyType, QuantityType, RecordType, ReferenceType, RowsType, Type

SOURCE, OPEN = "source", "open"
"""The names that formulas of a conversion see beside the fields of the source; a field that is called so stays."""


@dataclass(frozen=True, slots=True)
class BalanceTypes:
    """What `open` reads: the dimensions of the ledger, and the measure as declared there (None where there is none)."""

    dimensions: Mapping[str, Type] = field(default_factory=dict)
    measure: Type | None = None


class OpenBalance(Declared):
    """What of a line is still open: the balance of a ledger, found by the dimensions of one of its grains."""

    ledger: Identifier = Field(description="Ledger that knows what is open")
    grain: Identifier = Field(description="Grain of the balance")
    key: Mapping[Identifier, Formula] = Field(description="Its dimensions, over the source and `line`", min_length=1)
    measure: Identifier = Field(description="Measure that is read as `open`")

    def bind(self, scope: Scope, balance: BalanceTypes) -> Iterator[Problem]:
        """The key against the dimensions of the ledger; CNV-115 where the unit of what is open cannot be told."""
        for name, formula in self.key.items():
            yield from formula.bind(scope, balance.dimensions.get(name))
        if balance.measure is not None and self.amount(scope, balance) is None:
            yield Problem("CNV-115", {"measure": self.measure, "unit": _unit(balance.measure)}, self.place)

    def amount(self, scope: Scope, balance: BalanceTypes) -> Type | None:
        """What `open` is in a formula; None where there is no such balance, or its unit cannot be told.

        A unit that the ledger reads through a dimension is read as the key states that dimension, otherwise through
        the field of the line, or of the document, that has its name and refers to the same entity.
        """
        measure = balance.measure
        if not isinstance(measure, QuantityType | MoneyType):
            return measure
        found = expected_of(measure, self.key, balance.dimensions)
        if isinstance(found, Type):
            return found
        root, dot, rest = _unit(measure).partition(".")
        for path in ((ROW_NAME, root), (root,)):
            if dot and scope.type_of(path) == balance.dimensions[root]:
                return with_unit(measure, (*path, rest))
        return None


class LineConversion(Declared):
    """Which lines of the source become lines of the target."""

    each: Identifier = Field(description="Lines of the source")
    into: Identifier = Field(description="Lines of the target")
    open: OpenBalance | None = Field(default=None, description="The balance that is read as `open`")
    when: Formula | None = Field(default=None, description="Condition for a line to come along; default: all do")
    values: Mapping[Identifier, Formula] = Field(description="Fields of a line of the target", min_length=1)

    def bind(self, scope: Scope, target: RecordType, balance: BalanceTypes) -> Iterator[Problem]:
        """Read the formulas of a line; what does not exist is told by the cross checks."""
        rows, filled = scope.names.get(self.each), target.fields.get(self.into)
        if not isinstance(rows, RowsType) or not isinstance(filled, RowsType):
            return
        within = scope.with_names({ROW_NAME: rows.record})
        values, when = self.values, self.when
        if self.open is not None:
            yield from self.open.bind(within, balance)
            amount = self.open.amount(within, balance)
            if amount is not None:
                within = within.with_names({OPEN: amount})
            else:  # nothing can be said about formulas that read it
                values = {name: formula for name, formula in values.items() if not _reads_open(formula)}
                when = None if when is None or _reads_open(when) else when
        if when is not None:
            yield from when.bind(within, FlagType)
        yield from bind_filling(values, filled.record.fields, within)


class Conversion(Declared):
    """A way from one document to the beginning of another: which fields and lines of the new one follow from the old.

    Nothing is written: the person gets the form of the target filled in. What stays open between the two is a ledger
    that both post to, so partial conversions, tolerances and reversals follow from its limits.
    """

    conversion: Identifier = Field(description="Id of the conversion")
    label: Label | None = Field(default=None, description="Text of the button")
    source: Identifier = Field(description="Entity of the document that is converted")
    target: Identifier = Field(description="Entity of the document that begins")
    when: Formula | None = Field(default=None, description="Condition of the source for converting it")
    values: Mapping[Identifier, Formula] = Field(default={}, description="Fields of the target, over the source")
    lines: LineConversion | None = Field(default=None, description="How lines come along")

    def bind(self, scope: Scope, target: RecordType | None, balance: BalanceTypes) -> Iterator[Problem]:
        """Read all formulas; `scope` has the names of the source. What does not exist is told by the cross checks."""
        within = scope if SOURCE in scope.names else scope.with_names({SOURCE: ReferenceType(self.source)})
        if self.when is not None:
            yield from self.when.bind(within, FlagType)
        if target is not None:
            yield from bind_filling(self.values, target.fields, within)
            if self.lines is not None:
                yield from self.lines.bind(within, target, balance)

    def formulas(self) -> Iterator[Formula]:
        """Every formula of the conversion."""
        yield from self.values.values()
        if self.when is not None:
            yield self.when
        if self.lines is not None:
            yield from self.lines.values.values()
            yield from self.lines.open.key.values() if self.lines.open is not None else ()
            if self.lines.when is not None:
                yield self.lines.when


def _reads_open(formula: Formula) -> bool:
    """Whether a formula that is not bound reads what is open."""
    return re.search(rf"\b{OPEN}\b", formula.text) is not None


def _unit(type_: Type | None) -> str:
    """The unit or currency of an amount, as it is written."""
    match type_:
        case QuantityType(written) | MoneyType(written):
            return written
    return ""
