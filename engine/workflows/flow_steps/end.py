"""`end`: ends the flow at once, at one of its ends."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from engine.language.declared import Identifier
from engine.workflows.flow_steps.base import FlowStepKind, Turn, Turned


class End(FlowStepKind):
    """`{end: rejected}`: the flow is over, whatever would follow."""

    word: ClassVar[str] = "end"
    example: ClassVar[str] = "{end: rejected}"

    end: Identifier = Field(description="End of the flow that is reached")

    @property
    def id(self) -> str | None:
        """None: several steps may lead to the same end."""
        return None

    @property
    def ends(self) -> bool:
        """Always."""
        return True

    def take(self, turn: Turn) -> Turned:
        """The end."""
        return Turned("ended", self.end, end=self.end)
