"""What a report file may say: a source, columns, groups, order, filters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, StringConstraints

from engine.language.declared import Declared, Identifier, Label
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.types import FlagType

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

    def column(self, name: str) -> ReportColumn | None:
        """The column with an id, or None."""
        return next((column for column in self.columns if column.id == name), None)
