"""The base of everything a package may declare, and the way from source nodes to frozen models or problems.

A model never sees text positions, yet every declared thing knows its place, because mappings bring theirs along. What
pydantic refuses becomes problems at the exact node: all of them at once, with the allowed values and what was probably
meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, PrivateAttr, ValidationError, ValidationInfo
from pydantic import StringConstraints, model_validator
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError, core_schema

from engine.language.problems import Place, Problem
from engine.language.source import LocatedMapping, MappingNode, Node, ScalarNode, SequenceNode, step_into, to_data

IDENTIFIER = r"^[a-z][a-z0-9_]{0,62}$"
Identifier = Annotated[str, StringConstraints(pattern=IDENTIFIER)]
"""An id: safe as a name in SQL, in addresses and in formulas."""


class Declared(BaseModel):
    """A thing declared in a package: frozen, no key beyond the declared ones, with its place in the source."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)

    _place: Place | None = PrivateAttr(default=None)

    @property
    def place(self) -> Place | None:
        """Where it is written; None for what was made by the engine itself."""
        return self._place

    @model_validator(mode="wrap")
    @classmethod
    def _keep_place(cls, data: Any, handler: ModelWrapValidatorHandler[Any], info: ValidationInfo) -> Any:
        """Remember the place of the mapping, and for messages which keys may stand in it."""
        if isinstance(data, LocatedMapping) and info.context is not None:
            info.context[data.place] = cls.keys()
        made = handler(data)
        if isinstance(data, LocatedMapping):
            made._place = data.place
        return made

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """The keys that may be written."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())


class Label:
    """A text people read, in one or both languages: `采购单`, or `{zh: 采购单, en: Purchase order}`."""

    __slots__ = ("en", "place", "zh")

    def __init__(self, zh: str | None, en: str | None, place: Place | None = None) -> None:
        self.zh, self.en, self.place = zh, en, place

    def text(self, language: str) -> str:
        """The text in a language, in the other one where this one is missing."""
        first, second = (self.zh, self.en) if language == "zh" else (self.en, self.zh)
        return first or second or ""

    @property
    def languages(self) -> frozenset[str]:
        """The languages it is written in. One bare text counts for all."""
        return frozenset(name for name in ("zh", "en") if getattr(self, name))

    def as_mapping(self) -> Mapping[str, str]:
        """Both texts, as parameters of problems want them."""
        return {"zh": self.text("zh"), "en": self.text("en")}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Label) and (self.zh, self.en) == (other.zh, other.en)

    def __hash__(self) -> int:
        return hash((self.zh, self.en))

    def __repr__(self) -> str:
        return f"Label(zh={self.zh!r}, en={self.en!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _label, serialization=core_schema.plain_serializer_function_ser_schema(lambda label: label.as_mapping())
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: Any) -> dict[str, object]:
        text = {"type": "string"}
        both = {"type": "object", "properties": {"zh": text, "en": text}, "additionalProperties": False, "minProperties": 1}
        return {"anyOf": [text, both]}


def _label(value: object) -> Label:
    """A label from a text or from a mapping of languages."""
    if isinstance(value, Label):
        return value
    if isinstance(value, str):
        return Label(value, value, getattr(value, "place", None))
    if isinstance(value, Mapping) and value and set(value) <= {"zh", "en"}:
        texts = [value.get(language) for language in ("zh", "en")]
        if all(text is None or isinstance(text, str) for text in texts):
            return Label(texts[0], texts[1], getattr(value, "place", None))
    raise PydanticCustomError("formwork", "", {"code": "PKG-210", "parameters": {}})


M = TypeVar("M", bound=BaseModel)


def validate(
    model: type[M], node: Node, path: Sequence[str | int] = ()
) -> tuple[M | None, tuple[Problem, ...]]:
    """The model made of a node, or None and every problem with its exact place; `path` is put before problem paths."""
    keys: dict[Place, tuple[str, ...]] = {}
    try:
        return model.model_validate(to_data(node), context=keys), ()
    except ValidationError as error:
        found = [_problem(details, node, tuple(path), keys) for details in error.errors(include_url=False)]
    unique: dict[tuple[object, ...], Problem] = {}
    for problem in found:
        unique.setdefault((problem.code, problem.place), problem)
    return None, tuple(unique.values())


class _Spot:
    """Where an error's `loc` leads in the node tree: the node, its key, the path by ids, the steps left over."""

    def __init__(self, node: Node, loc: Sequence[str | int]) -> None:
        self.node, self.parent = node, node
        self.key: ScalarNode | None = None
        self.path: list[str | int] = []
        self.left: list[str | int] = []
        for index, step in enumerate(loc):
            found = step_into(self.node, step)
            if found is None:
                if index == len(loc) - 1:
                    self.left.append(step)
                continue  # the tag of a union, or the name of a validator: not in the file
            self.parent, (self.key, self.node) = self.node, found
            self.path.append(_named(self.node, step))


def _named(node: Node, step: str | int) -> str | int:
    """An item of a list goes by its id in paths."""
    found = step_into(node, "id") if isinstance(step, int) and isinstance(node, MappingNode) else None
    return found[1].text if found is not None and isinstance(found[1], ScalarNode) else step


def _problem(
    details: ErrorDetails, root: Node, path: tuple[str | int, ...], keys: Mapping[Place, tuple[str, ...]]
) -> Problem:
    """One complaint of pydantic as a problem."""
    spot = _Spot(root, details["loc"])
    where, kind = (*path, *spot.path), details["type"]
    context: Mapping[str, Any] = details.get("ctx", {})
    if kind == "formwork":
        return Problem(context["code"], dict(context["parameters"]), _inner(spot.node, context), where)
    if kind == "extra_forbidden":
        name = str(details["loc"][-1])
        allowed = keys.get(spot.parent.place, ())
        key_place = spot.key.place if spot.key else spot.node.place
        parameters = {"key": name, "allowed": allowed, "suggestions": close(name, allowed)}
        return Problem("PKG-201", parameters, key_place, where)
    if kind == "missing":
        return Problem("PKG-202", {"key": str(details["loc"][-1])}, head(spot.node), where)
    if kind in ("union_tag_invalid", "union_tag_not_found", "step_word"):
        return _kind_problem(kind, spot, context, where)
    if kind in ("literal_error", "enum"):
        allowed = tuple(re.findall(r"'([^']*)'", str(context.get("expected", "")))) or (str(context.get("expected")),)
        text = written(spot.node)
        return Problem(
            "PKG-204", {"text": text, "allowed": allowed, "suggestions": close(text, allowed)}, spot.node.place, where
        )
    return _value_problem(kind, details, spot, context, where)


def _kind_problem(kind: str, spot: _Spot, context: Mapping[str, Any], where: tuple[str | int, ...]) -> Problem:
    """A kind that does not exist, or none where one is needed."""
    if kind == "step_word":
        allowed = tuple(each.strip() for each in str(context.get("words", "")).split(","))
        first = spot.node.items[0][0] if isinstance(spot.node, MappingNode) and spot.node.items else None
        text = first.text if first is not None else ""
        place = first.place if first is not None else spot.node.place
        return Problem("PKG-212", {"text": text, "allowed": allowed, "suggestions": close(text, allowed)}, place, where)
    name = str(context.get("discriminator", "'kind'")).strip("'")
    if kind == "union_tag_not_found":
        return Problem("PKG-206", {"key": name}, head(spot.node), where)
    allowed = tuple(re.findall(r"'([^']*)'", str(context.get("expected_tags", ""))))
    found = step_into(spot.node, name)
    text = str(context.get("tag", ""))
    parameters = {"text": text, "allowed": allowed, "suggestions": close(text, allowed)}
    return Problem("PKG-205", parameters, found[1].place if found else head(spot.node), (*where, name))


EXPECTED: Mapping[str, Mapping[str, str]] = {
    "string_type": {"zh": "文本", "en": "a text"},
    "int": {"zh": "整数", "en": "a whole number"},
    "bool": {"zh": "true 或 false", "en": "true or false"},
    "decimal": {"zh": "数字", "en": "a number"},
    "list": {"zh": "列表", "en": "a list"},
    "tuple": {"zh": "列表", "en": "a list"},
    "dict": {"zh": "键值对", "en": "keys with values"},
    "model": {"zh": "键值对", "en": "keys with values"},
    "mapping": {"zh": "键值对", "en": "keys with values"},
}


def _value_problem(
    kind: str, details: ErrorDetails, spot: _Spot, context: Mapping[str, Any], where: tuple[str | int, ...]
) -> Problem:
    """A value of the wrong type, size or form."""
    place, text = spot.node.place, written(spot.node)
    if kind == "string_pattern_mismatch":
        return Problem("PKG-207", {"text": text}, place, where)
    if kind == "string_type" and isinstance(spot.node, ScalarNode) and spot.node.value is not None:
        return Problem("PKG-208", {"text": text}, place, where)
    for prefix, words in EXPECTED.items():
        if kind == prefix or kind.startswith(f"{prefix}_"):
            return Problem("PKG-203", {"text": text, "expected": words}, place, where)
    if kind in ("too_short", "too_long", "string_too_short", "string_too_long"):
        limit = context.get("min_length", context.get("max_length"))
        return Problem("PKG-213" if "short" in kind else "PKG-214", {"limit": limit}, place, where)
    if kind.startswith(("greater_than", "less_than")):
        limit = next((context[name] for name in ("gt", "ge", "lt", "le") if name in context), "")
        code = "PKG-215" if kind.startswith("greater") else "PKG-216"
        return Problem(code, {"text": text, "limit": str(limit)}, place, where)
    return Problem("PKG-209", {"reason": details["msg"]}, place, where)


def _inner(node: Node, context: Mapping[str, Any]) -> Place:
    """The part of a scalar that a complaint is about, where it says so and the scalar stands on one line."""
    place, offset = node.place, context.get("offset")
    if offset is None or not isinstance(node, ScalarNode) or place.line != place.end_line or node.style in "|>" * bool(node.style):
        return place
    start = place.column + offset + (1 if node.style else 0)
    return Place(place.file, place.line, start, place.line, start + max(1, context.get("length") or 1))


def head(node: Node) -> Place:
    """The first line of a node: where to point when something is missing inside it."""
    place = node.place
    if isinstance(node, MappingNode) and node.items:
        first = node.items[0][0].place
        return Place(first.file, first.line, first.column, first.end_line, first.end_column)
    return place


def written(node: Node) -> str:
    """What stands in the file, short enough for a message."""
    match node:
        case ScalarNode():
            return node.text if len(node.text) <= 60 else f"{node.text[:57]}…"
        case SequenceNode():
            return "[…]"
        case _:
            return "{…}"


def close(name: str, allowed: Iterator[str] | Sequence[str]) -> tuple[str, ...]:
    """Up to three allowed names that look like the one written."""
    return tuple(get_close_matches(name, list(allowed), n=3, cutoff=0.6))
