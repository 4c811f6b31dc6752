"""What a decisions file may say: what is asked, what is answered, and the rules between, without any document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated

from pydantic import Field

from engine.entities.fields.base import FieldKind
from engine.language.declared import Declared, Identifier, Label
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.signature import Function
from engine.language.types import Type
from engine.rules.evaluate import bind
from engine.rules.kinds import AnyRule
from engine.rules.schema import RuleSet
from engine.rules.values import AnyValue


class Decision(Declared):
    """A decision that needs no document: values in, values out, by the same rules that judge documents.

    `results` are the names that rules set, or what they offer under their own id, in the order of the answer; without
    them everything that rules offer is answered. What stands between is told when the answer is explained.
    """

    decision: Identifier = Field(description="Id of the decision, the name of its file")
    label: Label | None = Field(default=None, description="What people read")
    inputs: tuple[AnyValue, ...] = Field(default=(), description="What is asked for, declared like fields")
    results: tuple[AnyValue, ...] = Field(default=(), description="What is answered, declared like fields")
    items: Annotated[tuple[AnyRule, ...], Field(min_length=1)] = Field(description="The rules, in any order")

    @cached_property
    def rules(self) -> RuleSet:
        """The items as a set of rules, which knows the order to judge them in."""
        return RuleSet.model_construct(rules=self.decision, items=self.items)

    @cached_property
    def offered(self) -> Mapping[str, Type]:
        """What items give under their own id."""
        return {name: type_ for rule in self.items for name, type_ in rule.offers().items()}

    def bind(self, functions: Mapping[str, Function]) -> Iterator[Problem]:
        """Read all formulas against the names of inputs, results and items; then what no single item can see."""
        declared: tuple[FieldKind, ...] = (*self.inputs, *self.results)
        scope = Scope({field.id: field.type() for field in declared}, {}, functions)
        for field in declared:
            for _, formula, expected in field.formulas():
                yield from formula.bind(scope, expected)
        yield from bind(self.rules, scope)
        yield from self._names()

    def _names(self) -> Iterator[Problem]:
        """Every name means one thing, and every result comes from somewhere."""
        inputs = {field.id for field in self.inputs}
        for field in self.results:
            if field.id in inputs:
                yield Problem("RUL-573", {"name": field.id}, field.place)
        for rule in self.items:
            for name in rule.offers():
                if name in inputs:
                    yield Problem("RUL-573", {"name": name}, rule.place)
        given = {key[0] for rule in self.items for key in rule.writes()} | set(self.offered)
        for field in self.results:
            if field.id not in given and field.id not in inputs:
                yield Problem("RUL-574", {"name": field.id}, field.place)
