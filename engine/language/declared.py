"""The base of everything a package may declare, and the way from source nodes to frozen models or problems.

A model never sees text positions, yet every declared thing knows its place, because mappings bring theirs along. What
pydantic refuses becomes problems at the exact node (`misfits.py`): all of them at once, with the allowed values and
what was probably meant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    ModelWrapValidatorHandler,
    PrivateAttr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError

from engine.language.labels import Label
from engine.language.misfits import head, problems_of, written
from engine.language.nodes import LocatedMapping, LocatedSequence, LocatedText, Node, to_data
from engine.language.problems import Place, Problem
from engine.language.suggest import close

__all__ = ["IDENTIFIER", "Declared", "FieldPath", "Identifier", "Label", "close", "head", "validate", "written"]

IDENTIFIER = r"^[a-z][a-z0-9_]{0,62}$"
Identifier = Annotated[str, StringConstraints(pattern=IDENTIFIER)]
"""An id: safe as a name in SQL, in addresses and in formulas."""

FieldPath = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}(\.[a-z][a-z0-9_]{0,62})?$")]
"""A field of the record (`total`) or of its lines (`lines.amount`)."""


_STRICT = ("str", "int", "bool")
_TIMES = ("date", "datetime", "time", "timedelta")
_OPAQUE = ("metadata", "serialization", "cls", "default")


def _exact(schema: Any) -> None:
    """Make the scalars of a core schema strict, in place: `5` is no text, `"5"` no number, `1` no flag and no date."""
    parts = schema if isinstance(schema, list | tuple) else schema.values()
    for part in parts:
        if isinstance(part, list | tuple):
            _exact(part)
        elif isinstance(part, dict):
            kind = part.get("type")
            if kind in _STRICT:
                part["strict"] = True
            elif kind == "decimal" or kind in _TIMES:
                _guard(part, _number if kind == "decimal" else _time)
            elif part.get("function") not in _GUARDS:
                _exact({name: value for name, value in part.items() if name not in _OPAQUE})


def _guard(schema: dict[str, Any], check: Callable[[object], object]) -> None:
    """Put a check before the reading of a scalar."""
    original = dict(schema)
    schema.clear()
    schema.update(type="function-before", function={"type": "no-info", "function": check}, schema=original)


def _number(value: object) -> object:
    """A number as written; text and flags are refused, though pydantic would read them."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise PydanticCustomError("decimal_type", "a number is expected")
    return value


def _time(value: object) -> object:
    """A day or time is written as text; a bare number would be read as seconds since 1970."""
    if isinstance(value, bool | int | Decimal):
        raise PydanticCustomError("date_type", "a date is written as 2026-01-31")
    return value


_GUARDS = tuple({"type": "no-info", "function": check} for check in (_number, _time))


class Declared(BaseModel):
    """A thing declared in a package: frozen, no key beyond the declared ones, with its place in the source.

    Scalars are taken as written: a number is no text, a text is no number, only `true` and `false` are flags.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)

    _place: Place | None = PrivateAttr(default=None)
    _source: LocatedMapping | None = PrivateAttr(default=None)

    @property
    def place(self) -> Place | None:
        """Where it is written; None for what was made by the engine itself."""
        return self._place

    def place_at(self, *path: str | int) -> Place | None:
        """Where something in it is written: the value at a path of keys and indexes, or its key where it is a number.

        The deepest part of the path that is written; the place of the whole thing where nothing of it is.
        """
        found: Place | None = self._place
        here: Any = self._source
        for step in path:
            key_place = here.key_places.get(str(step)) if isinstance(here, LocatedMapping) else None
            try:
                here = here[step]
            except (KeyError, IndexError, TypeError):
                break
            own = here.place if isinstance(here, LocatedMapping | LocatedSequence | LocatedText) else None
            found = own or key_place or found
        return found

    def key_place(self, *path: str | int) -> Place | None:
        """Where a key of it, or of something inside it, is written; the deepest place known where it is not."""
        *way, key = path
        here: Any = self._source
        for step in way:
            try:
                here = here[step]
            except (KeyError, IndexError, TypeError):
                return self.place_at(*way)
        known = here.key_places if isinstance(here, LocatedMapping) else {}
        return known.get(str(key)) or self.place_at(*way)

    @model_validator(mode="wrap")
    @classmethod
    def _keep_place(cls, data: Any, handler: ModelWrapValidatorHandler[Any], info: ValidationInfo) -> Any:
        """Remember the place of the mapping, and for messages which keys may stand in it."""
        if isinstance(data, LocatedMapping) and isinstance(info.context, dict):
            info.context[data.place] = cls.keys()
        made = handler(data)
        if isinstance(data, LocatedMapping):
            made._place, made._source = data.place, data
        return made

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema pydantic makes, with scalars that take nothing but what they say."""
        schema = handler(source)
        _exact(handler.resolve_ref_schema(schema))
        return schema

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """The keys that may be written."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())


M = TypeVar("M", bound=BaseModel)


def validate(model: type[M], node: Node, path: Sequence[str | int] = ()) -> tuple[M | None, tuple[Problem, ...]]:
    """The model made of a node, or None and every problem with its exact place; `path` is put before problem paths."""
    keys: dict[Place, tuple[str, ...]] = {}
    try:
        return model.model_validate(to_data(node), context=keys), ()
    except ValidationError as error:
        return None, problems_of(error.errors(include_url=False), node, tuple(path), keys)
