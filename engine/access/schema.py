"""What a role file may say: who may do what to which rows and which fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from engine.language.declared import Declared, FieldPath, Identifier, Label
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.types import FlagType

FieldSet = Literal["all"] | tuple[FieldPath, ...]
"""All fields, or the ones listed. A list of lines stands for every field of its lines."""


class FieldGrant(Declared):
    """Which fields a grant opens. What is not said stays open; `hide` takes away from `read` and from `write`."""

    read: FieldSet = Field(default="all", description="Fields that may be seen: `all` or a list")
    write: FieldSet = Field(default="all", description="Fields that may be changed: `all` or a list")
    hide: tuple[FieldPath, ...] = Field(default=(), description="Fields neither seen nor changed")


class Grant(Declared):
    """One permission of a role: actions on the rows of an entity, a report that may be run, or an operation.

    Several grants add up: whoever has one grant that allows a thing may do it.
    """

    id: Identifier = Field(description="Name of the grant inside its role")
    entity: Identifier | None = Field(default=None, description="Entity whose records are meant; `all` means every one")
    report: Identifier | None = Field(default=None, description="Report that may be run")
    operation: Identifier | None = Field(default=None, description="Operation of the engine, such as `publish`")
    actions: Literal["all"] | tuple[Identifier, ...] = Field(
        default=("list", "open"),
        description="list, open, create, edit, remove and the ids of transitions; or `all`",
    )
    fields: Literal["all"] | FieldGrant = Field(default="all", description="Fields that are open under this grant")
    where: Formula | None = Field(default=None, description="Which rows; the formula may use the fields and `actor`")

    @property
    def opened(self) -> FieldGrant:
        """The fields of this grant, with `all` spelled out."""
        return ALL_FIELDS if self.fields == "all" else self.fields

    def covers(self, entity: str, action: str) -> bool:
        """Whether this grant speaks about the action on the entity (for which rows is said by `where`)."""
        return self.entity in (entity, "all") and (self.actions == "all" or action in self.actions)

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """Read the row formula; `scope` has the fields of the entity and `actor`. Yields EXP and ACC problems."""
        targets = [name for name in (self.entity, self.report, self.operation) if name is not None]
        if len(targets) != 1:
            yield Problem("ACC-120", {"grant": self.id}, self.place)
        elif self.where is not None and self.entity in (None, "all"):
            yield Problem("ACC-121", {"grant": self.id}, self.where.place or self.place)
        elif self.where is not None:
            yield from self.where.bind(scope, FlagType)


ALL_FIELDS = FieldGrant()


class Role(Declared):
    """A named set of grants. Persons hold roles through dated assignments; a package never names a person."""

    role: Identifier = Field(description="Id of the role")
    label: Label | None = Field(default=None, description="What people read")
    help: Label | None = Field(default=None, description="What the role is for")
    grants: tuple[Grant, ...] = Field(default=(), description="What the role may do")
