"""What an entity file may say: the fields of a record, what identifies it, what names and numbers it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, create_model

from engine.entities.fields import AnyField, field_union
from engine.entities.fields.base import FieldKind
from engine.entities.fields.lines import LinesField
from engine.entities.fields.reference import ReferenceField
from engine.language.declared import Declared, Identifier, Label
from engine.language.template import TextTemplate
from engine.language.types import InstantType, IntegerType, RecordType, ReferenceType, TextType, Type

SYSTEM_TYPES: Mapping[str, Type] = MappingProxyType(
    {
        "id": TextType(),
        "number": TextType(),
        "state": TextType(),
        "version": IntegerType(),
        "created_at": InstantType(),
        "created_by": ReferenceType("person"),
        "changed_at": InstantType(),
        "changed_by": ReferenceType("person"),
    }
)
"""What the engine itself keeps about every record, as formulas see it."""


ZonePath = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}$")]
"""A reference of the document and a text field of what it refers to: `place.zone`."""


class Entity(Declared):
    """A sort of record: a master (known by its `identity`) or a document (numbered by its `series` when it is posted).

    `effective` names the date or instant that is the document's day, `company` the reference that holds its company;
    `zone` leads to the text that says in which time zone its clocks run (`place.zone`), by default its company's;
    `title` is the text it is known by in lists and lookups. `renamed_from` keeps the data of an entity renamed.
    """

    entity: Identifier
    label: Label | None = None
    help: Label | None = None
    kind: Literal["master", "document"] = "master"
    identity: tuple[Identifier, ...] = ()
    title: TextTemplate | None = None
    series: Identifier | None = None
    effective: Identifier | None = None
    company: Identifier | None = None
    zone: ZonePath | None = None
    renamed_from: Identifier | None = None
    fields: Annotated[tuple[AnyField, ...], Field(min_length=1)]

    @cached_property
    def by_id(self) -> Mapping[str, FieldKind]:
        """The fields by id, in the order declared."""
        return MappingProxyType({field.id: field for field in self.fields})

    @cached_property
    def lines(self) -> tuple[LinesField, ...]:
        """The fields that are lines."""
        return tuple(field for field in self.fields if isinstance(field, LinesField))

    @cached_property
    def single(self) -> tuple[FieldKind, ...]:
        """The fields that are not lines."""
        return tuple(field for field in self.fields if not isinstance(field, LinesField))

    @cached_property
    def blank(self) -> Mapping[str, None]:
        """A record of which nothing is known."""
        return dict.fromkeys(field.id for field in self.fields)

    @cached_property
    def references(self) -> Mapping[str, str]:
        """The fields that are references, each with the entity it refers to; without those of lines."""
        return {field.id: field.to for field in self.fields if isinstance(field, ReferenceField)}

    def field(self, path: str) -> FieldKind | None:
        """The field at a path: `supplier`, `lines`, `lines.quantity`; None where there is none."""
        name, dot, inner = path.partition(".")
        found = self.by_id.get(name)
        if not dot:
            return found
        return found.field(inner) if isinstance(found, LinesField) else None

    def every_field(self) -> Iterator[tuple[str, FieldKind]]:
        """All fields with their paths, those of lines behind the lines."""
        for field in self.fields:
            yield field.id, field
            for inner in field.fields if isinstance(field, LinesField) else ():
                yield f"{field.id}.{inner.id}", inner

    def name(self, language: str) -> str:
        """The label in a language; the id where there is none."""
        return self.label.text(language) if self.label is not None else self.entity


def record_type(entity: Entity) -> RecordType:
    """One record of an entity as formulas see it: its fields and what the engine keeps about it."""
    return RecordType(entity.entity, {**SYSTEM_TYPES, **{field.id: field.type() for field in entity.fields}})


@cache
def entity_model(extra: tuple[type[FieldKind], ...] = ()) -> type[Entity]:
    """The model of entities whose fields may also be of further kinds; the same kinds give the same model."""
    if not extra:
        return Entity
    union = field_union(extra)
    fields: Any = Annotated[tuple[union, ...], Field(min_length=1)]  # type: ignore[valid-type]
    return create_model(
        "Entity", __base__=Entity, __module__=Entity.__module__, __doc__=Entity.__doc__, fields=(fields, ...)
    )
