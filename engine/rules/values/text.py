"""Text of a decision: exactly what is handed in."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.entities.fields.base import Outcome, ParseContext, Raw, Sample
from engine.entities.fields.text import LONGEST, TextField


class TextValue(TextField):
    """Text as it is: blanks around it stay, and a text without a letter is a text, unlike in a form."""

    samples: ClassVar[tuple[Sample, ...]] = (
        Sample({}, ("flour", " a ", "", "one\ntwo"), ((7, "VAL-102"), ("a\0b", "VAL-105"))),
    )

    kind: Literal["text"] = "text"
    max: Annotated[int, Field(ge=1, le=LONGEST)] = LONGEST
    multiline: bool = True

    def parse(self, raw: Raw, context: ParseContext) -> Outcome:
        """Nothing but null is missing."""
        return (None, ()) if raw is None else self.read(raw, context)
