"""What a form file may say: only what differs from the form that is generated from the entity."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field

from engine.entities.fields.lines import LinesField
from engine.entities.schema import Entity
from engine.language.declared import Declared, FieldPath, Identifier, Label
from engine.language.formula import Formula

Widget = Literal["text", "area", "number", "date", "instant", "choice", "flag", "reference", "attachment", "lines"]


class Section(Declared):
    """A part of the form with a heading; its fields in the order they are asked, `columns` abreast where it is wide."""

    id: Identifier
    label: Label | None = None
    fields: tuple[FieldPath, ...] = ()
    columns: Annotated[int, Field(ge=1, le=4)] = 2


class FormField(Declared):
    """What is special about one field in this form.

    Conditions are formulas over the record, in lines also over `line`: the field is hidden only where `show` is false,
    required where `require` is true, fixed where `lock` is true. All doors obey them alike.
    """

    id: FieldPath
    widget: Widget | None = None
    label: Label | None = None
    help: Label | None = None
    show: Formula | None = None
    require: Formula | None = None
    lock: Formula | None = None


class Form(Declared):
    """How the records of one entity are filled in."""

    form: Identifier
    entity: Identifier
    label: Label | None = None
    sections: tuple[Section, ...] = ()
    fields: tuple[FormField, ...] = ()
    listed: tuple[Identifier, ...] = Field(
        default=(), alias="list", description="Fields that lists of these records show, from left to right"
    )

    @cached_property
    def by_path(self) -> Mapping[str, FormField]:
        """What is special, by the path of the field."""
        return MappingProxyType({field.id: field for field in self.fields})


def sections_of(entity: Entity, form: Form | None) -> tuple[Section, ...]:
    """The sections of a form; where it names none: one with all single fields, then one for each sort of lines."""
    if form is not None and form.sections:
        return form.sections
    single = tuple(field.id for field in entity.fields if not isinstance(field, LinesField))
    lines = tuple(Section(id=field.id, label=field.label, fields=(field.id,), columns=1) for field in entity.lines)
    return (Section(id="head", fields=single), *lines) if single else lines
