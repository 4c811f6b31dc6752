"""`warn`: like `require`, but the document goes on and the person is told."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from engine.rules.kinds.require import Check


class Warn(Check):
    """A formula that should be true; when it is not, people see a warning and may go on."""

    example: ClassVar[str] = (
        "- {id: large, kind: warn, that: total < 50000, message: {zh: 金额很大, en: A large amount}}"
    )
    kind: Literal["warn"] = Field(description="warn: should hold")
    failed: ClassVar[tuple[str, str, str]] = ("warned", "RUL-503", "RUL-504")
