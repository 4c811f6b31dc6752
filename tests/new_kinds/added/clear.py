"""`clear`: empties a field of the document, such as a note that only counted for the draft."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from engine.language.declared import Identifier
from engine.language.problems import Problem
from engine.language.scope import Scope, suggestion
from engine.workflows.steps.base import Asked, Asking, StepKind


class Clear(StepKind):
    """`{clear: note}`."""

    word: ClassVar[str] = "clear"
    example: ClassVar[str] = "{clear: note}"

    clear: Identifier = Field(description="Field of the document")

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """The field must be there."""
        if self.clear not in scope.names:
            allowed = tuple(scope.names)
            parameters = {"name": self.clear, "allowed": allowed, "meant": suggestion(self.clear, allowed)}
            yield Problem("WFL-114", parameters, self.place)

    def ask(self, asking: Asking) -> Asked:
        """Nothing in its place."""
        return Asked(values={self.clear: None})
