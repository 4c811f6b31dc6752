"""`values`: names for values that follow from others, so that later rules can read them as `id.name`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from engine.language.declared import Declared, Identifier, Label
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.types import RecordType, Type
from engine.rules.frame import Frame, Path
from engine.rules.kinds.base import Key, RuleKind
from engine.rules.table_columns import OUTPUT_TYPES

TYPES: Mapping[str, Type] = {name: type_ for name, type_ in OUTPUT_TYPES.items() if name != "months"}
"""What a value may be: what a table may give, without months, which only stand beside a date."""


class NamedValue(Declared):
    """One value with its name, or several under one name."""

    id: Identifier = Field(description="Name of the value")
    label: Label | None = Field(default=None, description="What people read")
    type: Literal["number", "text", "flag", "date", "instant", "duration"] = Field(
        default="number", description="Type of the value"
    )
    to: Formula | None = Field(
        default=None, description="The value; it may read the values written before it as `id.name`"
    )
    values: tuple[NamedValue, ...] = Field(default=(), description="Values under this name, instead of `to`")

    @model_validator(mode="after")
    def says_one_thing(self) -> NamedValue:
        """Either a value or values inside."""
        if (self.to is None) is (not self.values):
            raise PydanticCustomError("formwork", "", {"code": "RUL-575", "parameters": {"name": self.id}})
        return self

    @property
    def held(self) -> Type:
        """The type of the value, or of those inside."""
        return bundle(self.id, self.values) if self.values else TYPES[self.type]

    def flat(self) -> Iterator[NamedValue]:
        """The value itself, or those inside that have a formula."""
        if not self.values:
            yield self
        for value in self.values:
            yield from value.flat()


def bundle(name: str, values: Sequence[NamedValue]) -> RecordType:
    """Values under one name, as formulas see them."""
    return RecordType(name, {value.id: value.held for value in values})


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
        return {self.id: bundle(self.id, self.values)}

    def bind_inner(self, scope: Scope) -> Iterator[Problem]:
        """Every value must have its type; it sees those before it."""
        for position, value in enumerate(self.values):
            inner = scope.with_names({self.id: bundle(self.id, self.values[:position])})
            for each in value.flat():
                assert each.to is not None, "a value without others inside has a formula"
                yield from each.to.bind(inner, TYPES[each.type])

    def formulas(self) -> Iterator[Formula]:
        """The condition and all values."""
        yield from super().formulas()
        for value in self.values:
            yield from (each.to for each in value.flat() if each.to is not None)

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
            found[value.id] = self._worked_out(value, frame, (self.id, value.id))

    def _worked_out(self, value: NamedValue, frame: Frame, path: Path) -> object:
        """One value, with a step for each formula."""
        if value.to is None:
            return {each.id: self._worked_out(each, frame, (*path, each.id)) for each in value.values}
        result = value.to.expression.evaluate(frame.scope)
        frame.step(self, path, "set", result, value.to.expression)
        return result
