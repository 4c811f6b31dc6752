"""`stop`: ends the flow at once where a condition holds, such as an order too small to bother anybody with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from engine.language.declared import Identifier
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.types import FlagType
from engine.workflows.flow_steps.base import FlowStepKind, Turn, Turned
from engine.workflows.seen import seen_by


class Stop(FlowStepKind):
    """`{stop: small, when: total < 100, as: approved}`."""

    word: ClassVar[str] = "stop"
    example: ClassVar[str] = "{stop: small, when: total < 100, as: approved}"

    stop: Identifier = Field(description="Id of the step")
    when: Formula = Field(description="Condition of the document")
    end: Identifier = Field(alias="as", description="End that is reached")

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """The condition must be one."""
        yield from self.when.bind(scope, FlagType)

    def take(self, turn: Turn) -> Turned:
        """The end, or nothing."""
        holds = self.when.expression.evaluate(turn.scope) is True
        return Turned(
            "ended" if holds else "no_case", None, seen_by(self.when, turn.scope), end=self.end if holds else None
        )
