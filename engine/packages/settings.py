"""Settings: the typed switches and values a business changes without touching the package."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from engine.entities.fields import KINDS, AnyField
from engine.entities.fields.base import FieldKind, Outcome, ParseContext
from engine.entities.misdeclared import misdeclared
from engine.language.declared import Declared, Identifier, Label
from engine.language.types import Type

NEEDED = {"choice": "choices", "quantity": "unit", "money": "currency"}
"""Kinds that say nothing without one more key."""


OF_A_KIND = ("choices", "unit", "currency", "scale", "min", "max")
"""Keys that mean the same as on a field of the kind, and that only some kinds have."""


class SettingChoice(Declared):
    """One allowed value of a choice setting."""

    id: Identifier = Field(description="Id of the value")
    label: Label | None = Field(default=None, description="What people read")


class Setting(Declared):
    """One setting, readable in formulas as `settings.<id>`.

    `scope` says where a value may be given: everywhere, per company, per org unit or per place. `default` is the value
    where nobody gave one; it is written as people type it (`30`, `"0.05"`, `true`).
    """

    setting: Identifier = Field(description="Id of the setting; formulas read settings.<id>")
    label: Label | None = Field(default=None, description="What people read")
    help: Label | None = Field(default=None, description="What the setting does")
    kind: Literal["text", "integer", "decimal", "quantity", "money", "date", "choice", "flag"] = Field(
        description="Kind of its value, as of a field"
    )
    scope: Literal["everywhere", "company", "org_unit", "place"] = Field(
        default="everywhere", description="Where a value may be given"
    )
    default: Any = Field(default=None, description="Value where nobody gave one, as people type it")
    choices: tuple[SettingChoice, ...] | None = Field(default=None, description="Allowed values of a choice")
    unit: str | None = Field(default=None, description="Unit of a quantity")
    currency: str | None = Field(default=None, description="Currency of money")
    scale: int | None = Field(default=None, description="Digits after the point of a decimal")
    min: Any = Field(default=None, description="Least value")
    max: Any = Field(default=None, description="Greatest value, or longest text")

    @model_validator(mode="after")
    def _says_enough(self) -> Self:
        """A choice needs choices, a quantity a unit, money a currency."""
        needed = NEEDED.get(self.kind)
        if needed is not None and getattr(self, needed) is None:
            raise misdeclared("PKG-202", key=needed)
        allowed = tuple(key for key in OF_A_KIND if key in KINDS[self.kind].model_fields)
        for key in OF_A_KIND:
            if getattr(self, key) is not None and key not in allowed:
                raise misdeclared("PKG-201", key=key, allowed=(*allowed, "default"), suggestions=())
        try:
            self.field  # noqa: B018 - made once here, so that a wrong limit is told with the file
        except ValidationError as error:
            raise _first_of(error) from None
        return self

    @cached_property
    def field(self) -> FieldKind:
        """The field kind that parses, formats and types values of this setting."""
        keys = {"kind", "scale", "min", "max", "currency", "unit", "label", "help"}
        given: dict[str, Any] = {key: getattr(self, key) for key in keys if getattr(self, key) is not None}
        if self.choices is not None:
            given["choices"] = [{"id": choice.id, "label": choice.label} for choice in self.choices]
        made: FieldKind = _FIELDS.validate_python({"id": self.setting, **given})
        return made

    def type(self) -> Type:
        """What the setting is in a formula."""
        return self.field.type()

    def value_of(self, raw: Any, context: ParseContext | None = None) -> Outcome:
        """A value as typed by a person, or problems (VAL-1xx)."""
        value, problems = self.field.parse(raw, context or ParseContext())
        if problems or value is None or isinstance(value, tuple):
            return value, problems
        return value, self.field.judge(value, {})


def _first_of(error: ValidationError) -> PydanticCustomError:
    """What the field kind finds wrong with its keys, as an error of the setting."""
    details = error.errors(include_url=False)[0]
    if details["type"] == "formwork":
        return misdeclared(details["ctx"]["code"], **details["ctx"]["parameters"])
    return misdeclared("PKG-209", reason=details["msg"])


_FIELDS: TypeAdapter[Any] = TypeAdapter(AnyField)
