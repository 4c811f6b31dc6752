"""One of a closed list of ids."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.entities.columns import Column
from engine.entities.fields.base import FieldKind, FormatContext, Outcome, ParseContext, Raw, Sample, refused, shape
from engine.entities.record import Value
from engine.language.declared import Declared, Label
from engine.language.types import ChoiceType, Type

LANGUAGES = ("zh", "en")


class Choice(Declared):
    """One item of a choice field: its id is what is stored, its label is what people read."""

    id: Annotated[str, Field(min_length=1, max_length=63)]
    label: Label | None = None

    def title(self, language: str) -> str:
        """The label in a language; the id where none is declared."""
        return self.label.text(language) if self.label is not None else self.id


class ChoiceField(FieldKind):
    """One of the declared `choices`. People type or pick the id or the exact label in either language."""

    widget: ClassVar[str] = "choice"
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            {"choices": [{"id": "ok", "label": {"zh": "合格", "en": "Passed"}}, {"id": "A+"}]},
            ("ok", "合格", "Passed", "A+"),
            (("OK?", "VAL-140"), (1, "VAL-140"), ({"id": "ok"}, "VAL-140")),
        ),
    )

    kind: Literal["choice"] = "choice"
    choices: Annotated[tuple[Choice, ...], Field(min_length=1)]

    def type(self) -> Type:
        """A choice of these ids."""
        titles = {choice.id: {language: choice.title(language) for language in LANGUAGES} for choice in self.choices}
        return ChoiceType(tuple(titles), titles)

    def read(self, raw: Raw, context: ParseContext) -> Outcome:
        """The id that was typed, or the id of the only choice with that label."""
        ids = tuple(choice.id for choice in self.choices)
        if not isinstance(raw, str):
            return refused("VAL-140", text=shape(raw), allowed=ids)
        if raw in ids:
            return raw, ()
        named = [choice.id for choice in self.choices if raw in {choice.title(each) for each in LANGUAGES}]
        return (named[0], ()) if len(named) == 1 else refused("VAL-140", text=raw, allowed=ids)

    def format(self, value: Value, context: FormatContext) -> str:
        """The label in the reader's language, or the id where the label would not be read back as this choice."""
        for choice in self.choices:
            if choice.id == value:
                title = choice.title(context.language)
                return title if self.read(title, ParseContext())[0] == value else choice.id
        return "" if value is None else str(value)

    def typed(self, value: Value, context: FormatContext) -> str:
        """The id."""
        return "" if value is None else str(value)

    def column(self) -> Column:
        """The id as text."""
        return Column("text")

    def json_schema(self) -> dict[str, object]:
        """Ids, and labels that name one choice."""
        texts = {choice.id for choice in self.choices}
        texts |= {choice.title(language) for choice in self.choices for language in LANGUAGES}
        return {"enum": sorted(text for text in texts if self.read(text, ParseContext())[0] is not None)}
