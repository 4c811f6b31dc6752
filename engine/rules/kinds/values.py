"""`values`: names for values that follow from others, so that later rules can read them as `id.name`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.language.declared import Declared, Identifier, Label
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.types import (
    DateType,
    DecimalType,
    DurationType,
    FlagType,
    InstantType,
    RecordType,
    TextType,
    Type,
)
from engine.rules.frame import Frame
from engine.rules.kinds.base import Key, RuleKind

TYPES: Mapping[str, Type] = {
    "number": DecimalType(),
    "text": TextType(),
    "flag": FlagType(),
    "date": DateType(),
    "instant": InstantType(),
    "duration": DurationType(),
}


class NamedValue(Declared):
    """One value with its name."""

    id: Identifier = Field(description="Name of the value")
    label: Label | None = Field(default=None, description="What people read")
    type: Literal["number", "text", "flag", "date", "instant", "duration"] = Field(
        default="number", description="Type of the value"
    )
    to: Formula = Field(description="The value; it may read the values written before it as `id.name`")


class Values(RuleKind):
    """Values that no field keeps: steps of a calculation, or several results under one name."""

    phase: ClassVar[Literal["default", "value", "check"]] = "value"
    example: ClassVar[str] = """
- id: share
  kind: values
  values:
    - {id: half, to: rate / 2}
    - {id: rest, to: 1 - share.half}
"""
    kind: Literal["values"] = Field(description="values: values that follow from others and have names")
    values: Annotated[tuple[NamedValue, ...], Field(min_length=1)] = Field(description="The values, each with its name")

    def offers(self) -> Mapping[str, Type]:
        """The values under the id of the rule."""
        return {self.id: RecordType(self.id, {value.id: TYPES[value.type] for value in self.values})}

    def bind_inner(self, scope: Scope) -> Iterator[Problem]:
        """Every value must have its type; it sees those before it."""
        known: dict[str, Type] = {}
        for value in self.values:
            inner = scope.with_names({self.id: RecordType(self.id, dict(known))})
            yield from value.to.bind(inner, TYPES[value.type])
            known[value.id] = TYPES[value.type]

    def formulas(self) -> Iterator[Formula]:
        """The condition and all values."""
        yield from super().formulas()
        for value in self.values:
            yield value.to

    def reads(self) -> frozenset[Key]:
        """What the formulas read, apart from the rule's own values."""
        return frozenset(key for key in super().reads() if key[0] != self.id)

    def writes(self) -> frozenset[Key]:
        """The names of the values."""
        return frozenset((self.id, value.id) for value in self.values)

    def judge(self, frame: Frame) -> None:
        """Work the values out, one after the other."""
        if not frame.applies(self, ()):
            return
        found: dict[str, object] = {}
        frame.scope[self.id] = found
        for value in self.values:
            expression = value.to.expression
            found[value.id] = expression.evaluate(frame.scope)
            frame.step(self, (self.id, value.id), "set", found[value.id], expression)
