"""Settings: the typed switches and values a business changes without touching the package."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import TypeAdapter

from engine.entities.fields import AnyField
from engine.language.declared import Declared, Identifier, Label
from engine.language.types import Type


class SettingChoice(Declared):
    """One allowed value of a choice setting."""

    id: Identifier
    label: Label | None = None


class Setting(Declared):
    """One setting, readable in formulas as `settings.<id>`.

    `scope` says where a value may be given: everywhere, per company, per org unit or per place. `default` is the value
    where nobody gave one; it is written as people type it (`30`, `"0.05"`, `true`).
    """

    setting: Identifier
    label: Label | None = None
    help: Label | None = None
    kind: Literal["text", "integer", "decimal", "quantity", "money", "percentage", "date", "choice", "flag"]
    scope: Literal["everywhere", "company", "org_unit", "place"] = "everywhere"
    default: Any = None
    choices: tuple[SettingChoice, ...] | None = None
    unit: str | None = None
    currency: str | None = None
    scale: int | None = None
    min: Any = None
    max: Any = None

    def field(self) -> Any:
        """The field kind that parses, formats and types values of this setting."""
        skipped = {"setting", "scope", "default", "field_kind"}
        data = {name: getattr(self, name) for name in type(self).model_fields if name not in skipped}
        given = {name: value for name, value in data.items() if value is not None}
        if self.choices is not None:
            given["choices"] = [choice.model_dump(exclude_none=True) for choice in self.choices]
        for name in ("label", "help"):
            given.pop(name, None)
        return _FIELDS.validate_python({"id": self.setting, **given})

    def type(self) -> Type:
        """What the setting is in a formula."""
        found: Type = self.field().type()
        return found


_FIELDS: TypeAdapter[Any] = TypeAdapter(AnyField)
