"""An entity declared by a JSON Schema (draft 2020-12), and the JSON Schema of any entity.

Inward: `entities/x.schema.json` becomes the source nodes of an entity as YAML would have written them, every value and
key at its place in the schema, so that all later messages point into it. The mapping:

    string → text (maxLength, minLength, pattern) · format date / date-time → date / instant · enum → choice
    integer → integer · number → decimal (multipleOf 0.01 → scale 2, other steps → step) · boolean → flag
    array of objects → lines (minItems, maxItems) · x-reference → reference · x-unit → quantity · x-currency → money
    title → label · description → help · readOnly → readonly · default → default · required → required

What only our format can say stands under `x-formwork` (`{"label": {"zh": …}, "identity": ["code"]}`), for the entity
and for each property. A keyword that would not be obeyed is refused by name, never ignored.

Outward: `json_schema(entity)` accepts the documents that the JSON door accepts, as far as a schema can say it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from jsonschema import Draft202012Validator

from engine.entities.fields.lines import object_schema
from engine.entities.schema import Entity
from engine.language.problems import Place, Problem
from engine.language.source import MappingNode, Node, ScalarNode, SequenceNode, place_of, step_into, to_data

DRAFT = "https://json-schema.org/draft/2020-12/schema"
OURS = "x-formwork"
DEFAULT_SCALE = 6

_ANYWHERE = ("title", "description", "$comment", "examples", OURS, "x-label")
_OBJECT = ("type", "properties", "required", "additionalProperties", *_ANYWHERE)
_ENTITY = ("$schema", "$id", *_OBJECT)
_SINGLE = ("type", "default", "readOnly", *_ANYWHERE)
_LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "string": (*_SINGLE, "format", "enum", "minLength", "maxLength", "pattern", "x-reference"),
    "integer": (*_SINGLE, *_LIMITS),
    "number": (*_SINGLE, *_LIMITS, "multipleOf", "x-unit", "x-currency"),
    "boolean": _SINGLE,
    "array": ("type", "items", "minItems", "maxItems", *_ANYWHERE),
}
_TEXTUAL = ("minLength", "maxLength", "pattern", "format", "enum")
_FORMATS = {"date": "date", "date-time": "instant"}
_RENAMED = {
    "minLength": "min",
    "maxLength": "max",
    "minItems": "min",
    "maxItems": "max",
    "minimum": "min",
    "maximum": "max",
}
_SAME = {"pattern": "pattern", "readOnly": "readonly", "description": "help"}


def json_schema(entity: Entity) -> dict[str, object]:
    """The JSON Schema of an entity's documents. Limits given by formulas are judged by the server alone."""
    return {"$schema": DRAFT, "title": entity.name("en"), **object_schema(entity.fields)}


def schema_text(schema: Mapping[str, object]) -> str:
    """A schema as JSON text; decimal numbers keep their digits."""
    marked = json.dumps(schema, ensure_ascii=False, indent=2, default=lambda number: f"\0{number:f}\0")
    return marked.replace('"\\u0000', "").replace('\\u0000"', "")


def entity_from_json_schema(name: str, node: Node) -> tuple[MappingNode | None, tuple[Problem, ...]]:
    """The nodes of the entity `name` that a JSON Schema declares, or None and every problem (UX-730 to UX-734)."""
    data = to_data(node)
    invalid = [
        Problem("UX-733", {"reason": error.message[:200]}, place_of(node, list(error.absolute_path)))
        for error in Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(data)
    ]
    if invalid or not isinstance(node, MappingNode):
        return None, tuple(invalid) or (Problem("UX-733", {"reason": "object expected"}, node.place),)
    translation = _Translation()
    entity = translation.entity(name, node)
    return (None if translation.problems else entity), tuple(translation.problems)


@dataclass
class _Translation:
    """One pass over a schema, collecting problems."""

    problems: list[Problem] = field(default_factory=list)

    def entity(self, name: str, node: MappingNode) -> MappingNode:
        """The whole schema as an entity."""
        self._refuse_unknown(node, _ENTITY)
        kind = _value(node, "type")
        if kind is None or _text(kind) != "object":
            self._note("UX-731", kind or node, keyword="type", text=_text(kind), allowed=("object",))
        items = [_entry("entity", _scalar(name, _start(node.place))), *self._words(node), *self._ours(node)]
        return MappingNode(node.place, (*_unique(items), _entry("fields", self._fields(node))))

    def _fields(self, node: MappingNode) -> SequenceNode:
        """The properties of an object as fields."""
        properties, required = _value(node, "properties"), _value(node, "required")
        pairs = properties.items if isinstance(properties, MappingNode) else ()
        names = {key.text for key, _ in pairs}
        demanded = required.items if isinstance(required, SequenceNode) else ()
        for each in demanded:
            if _text(each) not in names:
                self._note("UX-734", each, name=_text(each))
        must = {_text(each): each for each in demanded}
        fields = tuple(self._field(key, value, must.get(key.text)) for key, value in pairs)
        return SequenceNode((properties or node).place, tuple(each for each in fields if each is not None))

    def _field(self, key: ScalarNode, node: Node, required: Node | None) -> MappingNode | None:
        """One property as a field; None where it cannot be one."""
        if not (key.text.isascii() and key.text.isidentifier() and key.text == key.text.lower() and key.text[0] != "_"):
            self._note("UX-732", key, name=key.text)
            return None
        kind = self._type(node)
        if not isinstance(node, MappingNode) or kind is None:
            return None
        self._refuse_unknown(node, _ALLOWED[kind])
        items = [_entry("id", key), *self._kind(node, kind), *self._words(node), *self._ours(node)]
        if required is not None:
            items.append(_entry("required", _yes(required.place)))
        return MappingNode(node.place, _unique(items))

    def _type(self, node: Node) -> str | None:
        """The one type of a property; `null` beside it says nothing that `required` does not."""
        found = _value(node, "type")
        names = [_text(each) for each in found.items] if isinstance(found, SequenceNode) else [_text(found)]
        names = [each for each in names if each != "null"]
        if len(names) == 1 and names[0] in _ALLOWED:
            return names[0]
        self._note("UX-731", found or node, keyword="type", text=", ".join(names), allowed=tuple(_ALLOWED))
        return None

    def _kind(self, node: MappingNode, kind: str) -> Iterator[tuple[ScalarNode, Node]]:
        """The kind of the field with everything its keywords say."""
        if kind == "array":
            yield from self._lines(node)
        elif kind == "string":
            yield from self._string(node)
        elif kind == "number":
            yield from self._number(node)
        else:
            yield _entry("kind", _scalar({"boolean": "flag"}.get(kind, kind), node.place))
        for key, value in node.items:
            if key.text in _RENAMED:
                yield _entry(_RENAMED[key.text], value)
            elif key.text in _SAME and key.text != "description":
                yield _entry(_SAME[key.text], value)
            elif key.text.startswith("exclusive"):
                end = key.text.removeprefix("exclusive").lower()[:3]
                yield _entry(end, value)
                yield _entry(f"exclusive_{end}", _yes(value.place))
            elif key.text == "default":
                yield from self._default(node, value)

    def _string(self, node: MappingNode) -> Iterator[tuple[ScalarNode, Node]]:
        """Text, or one of the kinds that JSON writes as text."""
        form, enum, target = _value(node, "format"), _value(node, "enum"), _value(node, "x-reference")
        if target is not None:
            yield _entry("kind", _scalar("reference", target.place))
            yield _entry("to", target)
        elif isinstance(enum, SequenceNode):
            yield _entry("kind", _scalar("choice", enum.place))
            yield _entry("choices", SequenceNode(enum.place, tuple(self._choices(enum))))
        elif form is not None and _text(form) not in _FORMATS:
            self._note("UX-731", form, keyword="format", text=_text(form), allowed=tuple(_FORMATS))
        else:
            yield _entry("kind", _scalar(_FORMATS.get(_text(form), "text"), (form or node).place))
        special = next((name for name in ("x-reference", "enum", "format") if _value(node, name) is not None), None)
        for key, _ in node.items:
            if special is not None and key.text in _TEXTUAL and key.text != special:
                self._note("UX-730", key, keyword=key.text, allowed=(*_SINGLE, special))

    def _choices(self, enum: SequenceNode) -> Iterator[Node]:
        """The members of an enum as choices."""
        for each in enum.items:
            if isinstance(each, ScalarNode) and isinstance(each.value, str):
                yield MappingNode(each.place, (_entry("id", each),))
            elif _text(each) != "null":
                self._note("UX-731", each, keyword="enum", text=_text(each), allowed=("string",))

    def _number(self, node: MappingNode) -> Iterator[tuple[ScalarNode, Node]]:
        """A decimal, a quantity or money; `multipleOf` is its scale, or a step."""
        unit, currency, multiple = (_value(node, name) for name in ("x-unit", "x-currency", "multipleOf"))
        kind = "quantity" if unit is not None else "money" if currency is not None else "decimal"
        yield _entry("kind", _scalar(kind, node.place))
        for name, value in (("unit", unit), ("currency", currency)):
            if value is not None:
                yield _entry(name, value)
        step = multiple.value if isinstance(multiple, ScalarNode) else None
        if multiple is not None and isinstance(step, int | Decimal):
            exponent = Decimal(step).normalize().as_tuple()
            assert isinstance(exponent.exponent, int)
            if exponent.digits != (1,) or exponent.exponent > 0:
                yield _entry("step", multiple)
            if kind == "decimal":
                places = max(-exponent.exponent, 0)
                yield _entry("scale", ScalarNode(multiple.place, places, str(places)))
        elif kind == "decimal":
            yield _entry("scale", ScalarNode(node.place, DEFAULT_SCALE, str(DEFAULT_SCALE)))

    def _lines(self, node: MappingNode) -> Iterator[tuple[ScalarNode, Node]]:
        """An array of objects."""
        yield _entry("kind", _scalar("lines", node.place))
        items = _value(node, "items")
        if not isinstance(items, MappingNode) or _text(_value(items, "type")) != "object":
            self._note("UX-731", items or node, keyword="items", text=_text(_value(items, "type")), allowed=("object",))
            return
        self._refuse_unknown(items, _OBJECT)
        yield _entry("fields", self._fields(items))

    def _default(self, node: MappingNode, value: Node) -> Iterator[tuple[ScalarNode, Node]]:
        """A default as the formula of its literal."""
        literal = value.value if isinstance(value, ScalarNode) else None
        if isinstance(literal, str) and _value(node, "format") is None:
            yield _entry("default", _scalar(repr(literal), value.place))
        elif isinstance(literal, bool | int | Decimal):
            text = str(literal) if isinstance(literal, bool) else f"{literal:f}"
            yield _entry("default", _scalar(text, value.place))
        else:
            self._note("UX-731", value, keyword="default", text=_text(value), allowed=("string", "number", "boolean"))

    def _words(self, node: MappingNode) -> Iterator[tuple[ScalarNode, Node]]:
        """Title and description as label and help; `x-label` says the title in several languages."""
        label = _value(node, "x-label") or _value(node, "title")
        help = _value(node, "description")  # noqa: A001 - the word of our format
        if label is not None:
            yield _entry("label", label)
        if help is not None:
            yield _entry("help", help)

    def _ours(self, node: MappingNode) -> Iterator[tuple[ScalarNode, Node]]:
        """What only our format can say, as it stands."""
        found = _value(node, OURS)
        if isinstance(found, MappingNode):
            yield from found.items
        elif found is not None:
            self._note("UX-731", found, keyword=OURS, text=_text(found), allowed=("object",))

    def _refuse_unknown(self, node: MappingNode, allowed: tuple[str, ...]) -> None:
        """A problem for each keyword that would not be obeyed."""
        for key, value in node.items:
            if key.text not in allowed:
                self._note("UX-730", key, keyword=key.text, allowed=allowed)
            elif key.text == "additionalProperties" and _text(value) != "false":
                self._note("UX-731", value, keyword=key.text, text=_text(value), allowed=("false",))

    def _note(self, code: str, node: Node, **parameters: object) -> None:
        self.problems.append(Problem(code, parameters, node.place))


def _value(node: Node | None, key: str) -> Node | None:
    """The value under a key of a mapping."""
    found = step_into(node, key) if isinstance(node, MappingNode) else None
    return found[1] if found is not None else None


def _text(node: Node | None) -> str:
    """A scalar as it is written."""
    return node.text if isinstance(node, ScalarNode) else "" if node is None else "{…}"


def _scalar(text: str, place: Place) -> ScalarNode:
    return ScalarNode(place, text, text)


def _yes(place: Place) -> ScalarNode:
    return ScalarNode(place, value=True, text="true")


def _entry(key: str, value: Node) -> tuple[ScalarNode, Node]:
    """A key of our format at the place of the value it stands for."""
    return _scalar(key, value.place), value


def _start(place: Place) -> Place:
    """The first character of a place."""
    return Place(place.file, place.line, place.column, place.line, place.column + 1)


def _unique(items: list[tuple[ScalarNode, Node]]) -> tuple[tuple[ScalarNode, Node], ...]:
    """One entry per key: what stands under `x-formwork` wins over what a keyword says."""
    return tuple({key.text: (key, value) for key, value in items}.values())
