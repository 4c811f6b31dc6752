"""Number series: how documents are numbered when they are posted."""

from __future__ import annotations

from collections.abc import Iterator

from engine.language.declared import Declared, Identifier, Label
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.template import TextTemplate
from engine.language.types import IntegerType


class Series(Declared):
    """One number series. `format` names `number` (the counter) and fields of the document.

    For example `GR{year(received_on)}-{number:05}`.

    `per` are formulas over the document; each different set of their values counts on its own (company, year).
    `gap_free` promises that no number is ever skipped, which costs a lock per number.
    """

    series: Identifier
    label: Label | None = None
    format: TextTemplate
    per: tuple[Formula, ...] = ()
    start: int = 1
    gap_free: bool = True

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """Read the formulas against a document; `number` is the counter in the format."""
        yield from self.format.bind(scope.with_names({"number": IntegerType()}))
        for formula in self.per:
            yield from formula.bind(scope)
