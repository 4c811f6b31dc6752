"""What a report file may say: a source, columns, groups, order, filters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, PrivateAttr, StringConstraints

from engine.language.declared import Declared, Identifier, Label
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.scope import Scope, suggestion
from engine.language.tree import Path
from engine.language.types import AMOUNTS, FlagType, MoneyType, QuantityType, ReferenceType, TextType

OrderKey = Annotated[str, StringConstraints(pattern=r"^-?[a-z][a-z0-9_]{0,62}$")]
"""A column id; a leading `-` turns the order round."""


class Source(Declared):
    """Where the rows of a report come from: balances of a grain, movements of a ledger, or records of an entity."""

    ledger: Identifier | None = Field(default=None, description="Ledger whose balances or movements are shown")
    grain: Identifier | None = Field(default=None, description="Grain whose balances are shown, one row each")
    movements: bool = Field(default=False, description="Show the single movements of the ledger instead of balances")
    entity: Identifier | None = Field(default=None, description="Entity whose records are shown")
    lines: Identifier | None = Field(default=None, description="Lines field: one row for each line instead of record")

    def problems(self, report: str) -> Iterator[Problem]:
        """RPT-101 when the source is not exactly one of the kinds."""
        ledger = self.ledger is not None and (self.grain is not None) != self.movements
        entity = self.entity is not None and self.grain is None and not self.movements
        if ledger == entity or (self.lines is not None and not entity) or (self.ledger and self.entity):
            yield Problem("RPT-101", {"report": report}, self.place)


class ReportColumn(Declared):
    """One column: a value computed from the row; a number may be summed."""

    id: Identifier = Field(description="Id of the column")
    value: Formula | None = Field(default=None, description="What is shown; default: the field named like the column")
    label: Label | None = Field(default=None, description="Heading")
    sum: bool = Field(default=False, description="Show totals for groups and for the whole report")
    unit: Formula | None = Field(
        default=None, description="Unit or currency of the number; totals are kept apart by it, never mixed"
    )
    warning: Formula | None = Field(default=None, description="When the value is shown as a warning")
    danger: Formula | None = Field(default=None, description="When the value is shown as a danger")

    _own: Formula | None = PrivateAttr(default=None)

    @property
    def formula(self) -> Formula:
        """What is shown: `value`, or the field named like the column."""
        if self.value is not None:
            return self.value
        if self._own is None:
            self._own = Formula(self.id, self.place)
        return self._own

    @property
    def path(self) -> tuple[str, ...] | None:
        """The path the column shows when it is a plain path; None when it is computed."""
        tree = self.formula.expression.tree
        return tree.names if isinstance(tree, Path) else None

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """Everything that is computed for a cell."""
        return (self.formula, *(each for each in (self.unit, self.warning, self.danger) if each is not None))

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """Read the formulas. A sum needs a number, and `unit` where the unit differs from row to row."""
        found = self.formula.bind(scope)
        yield from found
        if self.unit is not None:
            yield from self.unit.bind(scope, (TextType, ReferenceType))
        for condition in (self.warning, self.danger):
            if condition is not None:
                yield from condition.bind(scope, FlagType)
        if found or not self.sum:
            return
        type_ = self.formula.expression.type
        if not isinstance(type_, AMOUNTS):
            yield Problem("RPT-103", {"column": self.id, "type": type_.wording}, self.place)
        read = type_.unit if isinstance(type_, QuantityType) else type_.currency if isinstance(type_, MoneyType) else ""
        if "." in read and self.unit is None:
            yield Problem("RPT-104", {"column": self.id, "unit": read}, self.place)


class Report(Declared):
    """A list with filter, groups and exact totals, each number of which opens the documents behind it."""

    report: Identifier = Field(description="Id of the report")
    label: Label | None = Field(default=None, description="Title")
    help: Label | None = Field(default=None, description="What the report answers")
    source: Source = Field(description="Where the rows come from")
    where: Formula | None = Field(default=None, description="Which rows of the source belong to the report")
    columns: tuple[ReportColumn, ...] = Field(description="What is shown, from left to right")
    group: tuple[Identifier, ...] = Field(default=(), description="Columns to group by, outermost first")
    order: tuple[OrderKey, ...] = Field(default=(), description="Columns to sort by; `-` in front: largest first")
    filters: tuple[Identifier, ...] = Field(default=(), description="Columns that people may filter by")
    home: Annotated[int, Field(ge=1, le=20)] | None = Field(
        default=None, description="How many of its first rows the home page shows; without it, none"
    )

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """Everything wrong with the report; `scope` has the names of a row of its source."""
        yield from self.source.problems(self.report)
        if self.where is not None:
            yield from self.where.bind(scope, FlagType)
        for column in self.columns:
            yield from column.bind(scope)
        known = tuple(column.id for column in self.columns)
        for name in (*self.group, *(name.lstrip("-") for name in self.order), *self.filters):
            if name not in known:
                yield Problem("RPT-102", {"name": name, "allowed": known, "meant": suggestion(name, known)}, self.place)

    def paths(self) -> frozenset[tuple[str, ...]]:
        """Every path the source must deliver, once bound: what columns, units and the condition read."""
        formulas = [formula for column in self.columns for formula in column.formulas]
        formulas += [self.where] if self.where is not None else []
        return frozenset(path for formula in formulas for path in formula.expression.paths)

    def column(self, name: str) -> ReportColumn | None:
        """The column with an id, or None."""
        return next((column for column in self.columns if column.id == name), None)
