"""Text: one line, or several with `multiline`."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from engine.entities.fields.base import FieldKind, Outcome, ParseContext, Raw, Sample, forbidden, refused, shape
from engine.entities.patterns import safe_pattern
from engine.language.problems import Problem
from engine.language.values import is_zone

LONGEST = 10_000


class TextField(FieldKind):
    """Text without blanks around it, in Unicode NFC; no control characters; `max` characters at most.

    `pattern` is a regular expression of a small safe subset (see `engine.entities.patterns`) that the whole text must
    match. A code such as `007` is text: a number typed without quotes in JSON is refused rather than shortened.
    `names: zone` wants the name of a time zone, such as Asia/Shanghai.
    """

    widget: ClassVar[str] = "text"
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            {}, ("面粉", "flour", "007", "a" * 200, "ａ１"), ((7, "VAL-102"), ("a\0b", "VAL-105"), (True, "VAL-102"))
        ),
        Sample({"max": 3, "min": 2}, ("ab", "abc"), (("abcd", "VAL-103"), ("a", "VAL-104"), (["ab"], "VAL-102"))),
        Sample({"pattern": "[A-Z]{2}-[0-9]+"}, ("AB-1", "ZZ-0099"), (("AB-", "VAL-106"), ("xAB-1", "VAL-106"))),
        Sample(
            {"names": "zone"}, ("Asia/Shanghai", "Europe/London"), (("+8", "VAL-107"), ("Asia Shanghai", "VAL-107"))
        ),
        Sample({"multiline": True}, ("one\ntwo", "one\ttwo"), (("a\ab", "VAL-105"), ("a\ud800", "VAL-105"))),
    )

    kind: Literal["text"] = "text"
    max: Annotated[int, Field(ge=1, le=LONGEST)] = 200
    min: Annotated[int, Field(ge=0, le=LONGEST)] = 0
    pattern: Annotated[str, AfterValidator(safe_pattern)] | None = None
    names: Literal["zone"] | None = None
    multiline: bool = False

    def input_widget(self) -> str:
        """Several lines need an area."""
        return "area" if self.multiline else self.widget

    def read(self, raw: Raw, context: ParseContext) -> Outcome:
        """The text as typed, its line ends as `\\n`."""
        if not isinstance(raw, str):
            return refused("VAL-102", text=shape(raw))
        text = raw.replace("\r\n", "\n") if self.multiline else raw
        problem = forbidden(text, allowed="\n\t" if self.multiline else "") or self._misfit(text)
        return (None, (problem,)) if problem else (text, ())

    def _misfit(self, text: str) -> Problem | None:
        """What the declaration finds wrong with the text."""
        if len(text) > self.max:
            return Problem("VAL-103", {"length": len(text), "limit": self.max})
        if len(text) < self.min:
            return Problem("VAL-104", {"length": len(text), "limit": self.min})
        if self.pattern is not None and re.fullmatch(self.pattern, text) is None:
            return Problem("VAL-106", {"pattern": self.pattern})
        if self.names == "zone" and not is_zone(text):
            return Problem("VAL-107", {"text": text})
        return None

    def json_schema(self) -> dict[str, object]:
        """Lengths count code points, as JSON Schema does."""
        schema: dict[str, object] = {
            "type": "string",
            "minLength": max(self.min, 1),
            "maxLength": self.max,
            "not": {"pattern": _CONTROL[self.multiline]},
        }
        if self.pattern is not None:
            schema["pattern"] = f"^(?:{self.pattern})$"
        elif self.names == "zone":
            schema["pattern"] = _ZONE
        return schema


_CONTROL = {
    False: "[\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]",
    True: "[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\ud800-\\udfff]",
}
"""Characters that no text may hold, by `multiline`, as a pattern of JSON Schema."""

_ZONE = "^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$"
"""What names of time zones look like; which of them exist is no matter of a schema."""
