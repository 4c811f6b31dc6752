"""A file kept beside the record."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar, Literal

from engine.entities.fields.base import FieldKind, FormatContext, Outcome, ParseContext, Raw, Sample, refused, shape
from engine.entities.record import Value

ID = "[A-Za-z0-9][A-Za-z0-9_-]{0,99}"
_ID = re.compile(ID)


class AttachmentField(FieldKind):
    """The id of an uploaded file, or `{"id": …}`. The file itself was taken, sniffed and measured at its own door."""

    widget: ClassVar[str] = "attachment"
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            {},
            ("0197a2-4", "sha256-00ff", {"id": "a1"}),
            (("../x", "VAL-170"), (7, "VAL-170"), ({"name": "a"}, "VAL-170"), ("a b", "VAL-170")),
        ),
    )

    kind: Literal["attachment"] = "attachment"

    def read(self, raw: Raw, context: ParseContext) -> Outcome:
        """The id."""
        named = raw.get("id") if isinstance(raw, Mapping) else raw
        if not isinstance(named, str) or _ID.fullmatch(named) is None:
            return refused("VAL-170", text=named if isinstance(named, str) else shape(named))
        return named, ()

    def format(self, value: Value, context: FormatContext) -> str:
        """The name of the file where it is known, else its id."""
        return "" if value is None else context.titles.get(("attachment", str(value)), str(value))

    def typed(self, value: Value, context: FormatContext) -> str:
        """The id."""
        return "" if value is None else str(value)

    def json_schema(self) -> dict[str, object]:
        """An id, or an object with one."""
        text = {"type": "string", "pattern": f"^{ID}$"}
        return {"anyOf": [text, {"type": "object", "properties": {"id": text}, "required": ["id"]}]}
