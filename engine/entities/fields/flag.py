"""Yes or no."""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.entities.columns import Column
from engine.entities.fields.base import FieldKind, FormatContext, Outcome, ParseContext, Raw, Sample, refused, shape
from engine.entities.record import Value
from engine.language.types import FlagType, Type

WORDS = {
    **dict.fromkeys(("true", "yes", "y", "on", "1", "是", "对", "真", "√"), True),
    **dict.fromkeys(("false", "no", "n", "off", "0", "否", "不", "假", "×"), False),
}
SHOWN = {"zh": {True: "是", False: "否"}, "en": {True: "Yes", False: "No"}}


class FlagField(FieldKind):
    """Yes or no, or not said. A flag is not a number; the words of both languages are read, in any case."""

    widget: ClassVar[str] = "flag"
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            {},
            (True, False, "是", "否", "yes", "No", "TRUE", "on", "0"),
            (("maybe", "VAL-141"), (2, "VAL-141"), (["yes"], "VAL-141")),
        ),
    )

    kind: Literal["flag"] = "flag"

    def type(self) -> Type:
        """A flag."""
        return FlagType()

    def input_widget(self) -> str:
        """A box can only say yes or no; where it may stay unsaid people choose."""
        return "flag" if self.required or self.default is not None else "choice"

    def read(self, raw: Raw, context: ParseContext) -> Outcome:
        """True, false, or one of the words for them."""
        if isinstance(raw, bool):
            return raw, ()
        if not isinstance(raw, str):
            return refused("VAL-141", text=shape(raw))
        value = WORDS.get(raw.lower())
        return refused("VAL-141", text=raw) if value is None else (value, ())

    def format(self, value: Value, context: FormatContext) -> str:
        """The word in the reader's language."""
        return "" if value is None else SHOWN.get(context.language, SHOWN["en"])[bool(value)]

    def typed(self, value: Value, context: FormatContext) -> str:
        """What an input holds: `true`, `false`, or nothing."""
        return "" if value is None else str(bool(value)).lower()

    def column(self) -> Column:
        """0 or 1."""
        return Column("flag")

    def json_schema(self) -> dict[str, object]:
        """A boolean, or a word for one in lower, upper or title case."""
        words = sorted({form for word in WORDS for form in (word, word.upper(), word.title())})
        return {"anyOf": [{"type": "boolean"}, {"enum": words}]}
