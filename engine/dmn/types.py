"""The types of FEEL, as the translator tells them apart, and what a type reference of a DMN file means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.dmn.model import ItemDefinition, Written
from engine.dmn.names import Names


@dataclass(frozen=True, slots=True)
class FeelField:
    """A component of a structure: its name in DMN, its id with us."""

    name: str
    id: str
    type: FeelType


@dataclass(frozen=True, slots=True)
class FeelType:
    """A type: `kind` is number, text, flag, date, time, instant, duration, months, null, any, record or list."""

    kind: str
    fields: tuple[FeelField, ...] = ()
    item: FeelType | None = None
    allowed: Written | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is one value."""
        return self.kind not in ("record", "list", "any", "null")

    def field(self, name: str) -> FeelField | None:
        """A component by its name."""
        return next((field for field in self.fields if field.name == name), None)


NUMBER, TEXT, FLAG, DATE = FeelType("number"), FeelType("text"), FeelType("flag"), FeelType("date")
TIME, INSTANT, DURATION, MONTHS = FeelType("time"), FeelType("instant"), FeelType("duration"), FeelType("months")
NULL_TYPE, ANY = FeelType("null"), FeelType("any")

BUILT_IN: Mapping[str, FeelType] = {
    "number": NUMBER, "string": TEXT, "boolean": FLAG, "date": DATE, "time": TIME, "date and time": INSTANT,
    "dateTime": INSTANT, "days and time duration": DURATION, "dayTimeDuration": DURATION,
    "years and months duration": MONTHS, "yearMonthDuration": MONTHS, "Any": ANY, "Null": NULL_TYPE,
    "integer": NUMBER, "long": NUMBER, "double": NUMBER, "decimal": NUMBER,
}  # fmt: skip

WORDS: Mapping[str, str] = {
    "number": "number", "text": "text", "flag": "flag", "date": "date", "instant": "instant", "time": "duration",
    "duration": "duration", "months": "number", "null": "text", "any": "text",
}  # fmt: skip
"""Kind of type → what the types of values are called in tables and `values` rules."""


def list_of(item: FeelType) -> FeelType:
    """A list of such items."""
    return FeelType("list", item=item)


def same(left: FeelType, right: FeelType) -> bool:
    """Whether values of one are values of the other; nothing is known of `any` and `null`."""
    return left.kind == right.kind or "any" in (left.kind, right.kind) or "null" in (left.kind, right.kind)


class Types:
    """The item definitions of a file."""

    def __init__(self, definitions: tuple[ItemDefinition, ...]) -> None:
        self._definitions = {one.name: one for one in definitions}
        self.members = {part.name for one in definitions for part in _components(one)}

    def find(self, reference: str | None, above: tuple[str, ...] = ()) -> FeelType | None:
        """What a type reference means: `any` without one, None for a name that nothing defines, or a circle."""
        if reference is None:
            return ANY
        name = " ".join(reference.split())
        if name not in self._definitions and ":" in name:
            name = name.rpartition(":")[2]
        definition = self._definitions.get(name)
        if definition is None:
            return BUILT_IN.get(name) or BUILT_IN.get(name.rpartition(".")[2])
        return None if name in above else self._defined(definition, (*above, name))

    def _defined(self, definition: ItemDefinition, above: tuple[str, ...]) -> FeelType | None:
        """What an item definition, or one of its components, means."""
        if definition.components:
            names = Names()
            fields = []
            for component in definition.components:
                inner = self._defined(component, above)
                if inner is None:
                    return None
                fields.append(FeelField(component.name, names.fresh(component.name, "field"), inner))
            found: FeelType | None = FeelType("record", tuple(fields))
        else:
            found = self.find(definition.type, above)
        if found is None:
            return None
        if definition.is_collection:
            return list_of(found)
        return FeelType(found.kind, found.fields, found.item, definition.allowed or found.allowed)


def _components(definition: ItemDefinition) -> list[ItemDefinition]:
    """Everything inside a structure, at every depth."""
    return [each for part in definition.components for each in (part, *_components(part))]
