"""What a rules file may say: the rules of one entity, in the order they are written."""

from __future__ import annotations

from pydantic import Field, PrivateAttr

from engine.language.declared import Declared, Identifier, Label
from engine.rules.kinds import AnyRule
from engine.rules.order import Plan, planned


class RuleSet(Declared):
    """All rules of one entity. They hold at every door alike: form, interface, import."""

    rules: Identifier = Field(description="Id of the entity these rules belong to")
    label: Label | None = Field(default=None, description="What people read")
    items: tuple[AnyRule, ...] = Field(default=(), description="The rules")

    _plan: Plan | None = PrivateAttr(default=None)

    @property
    def plan(self) -> Plan:
        """The rules in the order in which they are judged; computed once, after the formulas are bound."""
        if self._plan is None:
            self._plan = planned(self.items)
        return self._plan
