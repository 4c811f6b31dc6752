"""The table of field kinds. A new kind is one file in this folder and, here, one import and one member of `AnyField`.

The table is a type: the parser of `fields:`, its error messages, the static type and the JSON Schema of the package
format all come from it. Kinds from installed distributions join through `field_union`, for the apps that name them.
"""

from collections.abc import Mapping
from functools import cache, reduce
from operator import or_
from types import MappingProxyType
from typing import Annotated, Any, get_args

from pydantic import Discriminator, Field, create_model

from engine.entities.fields.attachment import AttachmentField
from engine.entities.fields.base import FieldKind
from engine.entities.fields.choice import ChoiceField
from engine.entities.fields.date import DateField
from engine.entities.fields.decimal import DecimalField
from engine.entities.fields.flag import FlagField
from engine.entities.fields.instant import InstantField
from engine.entities.fields.integer import IntegerField
from engine.entities.fields.lines import LinesField
from engine.entities.fields.money import MoneyField
from engine.entities.fields.quantity import QuantityField
from engine.entities.fields.reference import ReferenceField
from engine.entities.fields.text import TextField

AnyField = Annotated[
    TextField
    | IntegerField
    | DecimalField
    | QuantityField
    | MoneyField
    | DateField
    | InstantField
    | ChoiceField
    | FlagField
    | ReferenceField
    | LinesField
    | AttachmentField,
    Discriminator("kind"),
]

LinesField.model_rebuild(_types_namespace={"AnyField": AnyField})


def kinds_of(union: Any) -> Mapping[str, type[FieldKind]]:
    """The kinds of a table by their name."""
    members: tuple[type[FieldKind], ...] = get_args(get_args(union)[0])
    return MappingProxyType({member.model_fields["kind"].default: member for member in members})


KINDS: Mapping[str, type[FieldKind]] = kinds_of(AnyField)


@cache
def field_union(extra: tuple[type[FieldKind], ...]) -> Any:
    """The table with further kinds, also inside lines. The same kinds give the same table."""
    if not extra:
        return AnyField
    inside: Any = Annotated[tuple["WiderField", ...], Field(min_length=1)]  # type: ignore[name-defined]  # noqa: F821
    lines = create_model(
        "LinesField",
        __base__=LinesField,
        __module__=LinesField.__module__,
        __doc__=LinesField.__doc__,
        fields=(inside, ...),
    )
    members: list[Any] = [lines if member is LinesField else member for member in KINDS.values()]
    union: Any = reduce(or_, [*members, *extra])
    table: Any = Annotated[union, Discriminator("kind")]
    lines.model_rebuild(_types_namespace={"WiderField": table})
    return table
