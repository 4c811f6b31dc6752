"""Alerts: rows of a report, or records, that reach a level; told once for each row and crossing.

    alert: near_expiry
    label: {zh: 临期提醒, en: Near expiry}
    on: {report: stock}                 # or {entity: item}
    company: place.company              # where the row belongs: role(keeper) is asked there, settings hold there
    where: quantity > 0
    levels:                             # the narrowest first: the first that holds counts
      - {id: last, when: days_left <= settings.warn_days_last, notice: expires_last, to: [role(keeper), role(manager)]}
      - {id: first, when: days_left <= settings.warn_days_first, notice: expires_first, to: role(keeper)}
    check: {at: "06:00"}                # by the calendar
    after: posting                      # and soon after each posting that touches the ledger

Formulas see the names of the report's source (`item`, `place`, `quantity`) and, where the name is free, its columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from engine.entities.misdeclared import misdeclared
from engine.language.declared import Declared, Identifier, Label
from engine.language.formula import Expression, Formula
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.types import FlagType, ReferenceType
from engine.packages.schedules import Calendar
from engine.workflows.short import OneOrMany
from engine.workflows.who import Who


class AlertSource(Declared):
    """What is looked at: the rows of a report, or the records of an entity."""

    report: Identifier | None = Field(default=None, description="Report whose rows are looked at")
    entity: Identifier | None = Field(default=None, description="Or entity whose records are looked at")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        """A report or an entity."""
        if (self.report is None) == (self.entity is None):
            raise misdeclared("ALR-102")
        return self


class Level(Declared):
    """How far a row has come, and whom it concerns then."""

    id: Identifier = Field(description="Id of the level")
    label: Label | None = Field(default=None, description="What people read")
    when: Formula = Field(description="When a row is at this level, or beyond it")
    notice: Identifier = Field(description="Notice that is sent")
    to: Annotated[tuple[Who, ...], OneOrMany()] = Field(
        description="Whom: role(keeper) for the company of the row, person(field), manager_of(field)", min_length=1
    )


class Alert(Declared):
    """Rows that reach a level are told once; one that leaves all levels is told again when it comes back."""

    alert: Identifier = Field(description="Id of the alert")
    label: Label | None = Field(default=None, description="What people read")
    help: Label | None = Field(default=None, description="What it is for")
    on: AlertSource = Field(description="Whose rows are looked at: {report: stock} or {entity: item}")
    company: Formula | None = Field(
        default=None, description="Company that a row belongs to; default: what the entity says, else none"
    )
    where: Formula | None = Field(default=None, description="Which rows are looked at; default: all")
    levels: tuple[Level, ...] = Field(description="The levels, the narrowest first", min_length=1)
    check: Calendar | None = Field(default=None, description="When it is judged by the calendar")
    after: Literal["posting"] | None = Field(
        default=None, description="posting: also soon after each posting that touches the ledger of the report"
    )

    @model_validator(mode="after")
    def _is_judged(self) -> Self:
        """An alert that nothing judges would never say anything."""
        if self.check is None and self.after is None:
            raise misdeclared("ALR-103", alert=self.alert)
        return self

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """Read all formulas against the names of a row."""
        if self.company is not None:
            yield from self.company.bind(scope, ReferenceType("company"))
        for condition in (self.where, *(level.when for level in self.levels)):
            if condition is not None:
                yield from condition.bind(scope, FlagType)

    def level(self, name: str) -> Level | None:
        """The level with an id, or None."""
        return next((level for level in self.levels if level.id == name), None)

    def rank(self, name: str) -> int:
        """How narrow a level is, 0 the narrowest; one that is no more comes last."""
        return next((rank for rank, level in enumerate(self.levels) if level.id == name), len(self.levels))

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Every formula of the alert, bound."""
        formulas = (self.company, self.where, *(level.when for level in self.levels))
        return tuple(formula.expression for formula in formulas if formula is not None)
