"""What a kind of field promises: how it is typed by people, written, stored, described and shown.

`FieldKind` is itself the trivial kind, one line of text; a real kind overrides what differs. A kind knows neither SQL
nor HTML: `column` names one of six primitive columns and `widget` a macro of the web room.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar, Literal

from engine.entities.columns import Column
from engine.entities.record import Value
from engine.language.declared import Declared, Identifier, Label
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.types import Expected, TextType, Type
from engine.language.units import UnitTable

Raw = str | int | Decimal | bool | None | Sequence["Raw"] | Mapping[str, "Raw"]
"""What a door hands in: texts from a form, or what JSON can say with its numbers read as int or Decimal."""

Handle = str | tuple[tuple[str, str], ...]
"""What people name a record by: its id or identity text, or (name, value) pairs of a compound identity."""

Outcome = tuple[Value, tuple[Problem, ...]]

MAX_TYPED = 100_000
"""Characters of one typed value that are looked at; longer is refused before any work is done on it."""

SHOWN = 40
"""Characters of something typed wrong that a message repeats."""

NO_UNITS = UnitTable(())


@dataclass(frozen=True, slots=True)
class ParseContext:
    """What reading typed text may depend on: language, zone for local times, units, and the record's own names.

    `scope` holds the values that a field's declaration refers to by path (`unit: item.unit`); a reference in it is a
    mapping of the record referred to.
    """

    language: str = "zh"
    zone: str = "UTC"
    units: UnitTable = NO_UNITS
    scope: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FormatContext:
    """What writing a value for people may depend on. `titles` names records: (entity, id) → title."""

    language: str = "zh"
    zone: str = "UTC"
    titles: Mapping[tuple[str, str], str] = field(default_factory=dict)
    scope: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """One declaration of a kind with raw values that it must read and raw values that it must refuse (by code).

    The generic test suite runs over these: a new kind brings its own cases and no test of its own is needed.
    `declared` are the keys of the declaration beside id and kind.
    """

    declared: Mapping[str, object]
    good: tuple[Raw, ...]
    bad: tuple[tuple[Raw, str], ...]


def refused(code: str, **parameters: object) -> Outcome:
    """No value and one problem: how a kind says that it cannot read something."""
    return None, (Problem(code, parameters),)


def tidy(text: str) -> str:
    """Typed text in its canonical form: Unicode NFC, without the blanks (also full-width ones) around it."""
    return unicodedata.normalize("NFC", text).strip()


def lookup(scope: Mapping[str, object], path: str) -> object:
    """The value a dotted path leads to through mappings; None where it leads nowhere."""
    current: object = scope
    for step in path.split("."):
        if not isinstance(current, Mapping):
            return None
        current = current.get(step)
    return current


class FieldKind(Declared):
    """A field of an entity. The keys below are common to all kinds.

    `when_hidden` says what a form that hides the field does to its value. `renamed_from` keeps the data of a field
    that had another id. `readonly` values come from rules, never from people.
    """

    widget: ClassVar[str] = "text"
    numeric: ClassVar[bool] = False
    samples: ClassVar[tuple[Sample, ...]] = ()

    id: Identifier
    kind: str
    label: Label | None = None
    help: Label | None = None
    required: bool = False
    default: Formula | None = None
    readonly: bool = False
    unique: bool = False
    searchable: bool = False
    sensitivity: Literal["none", "internal", "personal", "patient"] = "none"
    renamed_from: Identifier | None = None
    when_hidden: Literal["keep", "clear"] = "clear"

    def title(self, language: str) -> str:
        """The label in a language; the id where the declaration names none."""
        return self.label.text(language) if self.label is not None else self.id

    def type(self) -> Type:
        """What the field is in a formula."""
        return TextType()

    def formulas(self) -> tuple[tuple[str, Formula, Expected], ...]:
        """The formulas of the declaration: key, formula, what it has to give; bound on the record's or line's scope."""
        return (("default", self.default, self.type()),) if self.default is not None else ()

    def paths(self) -> tuple[str, ...]:
        """The dotted paths that reading a value follows on the record or line, such as `item.unit`."""
        return ()

    def parse(self, raw: Raw, context: ParseContext) -> Outcome:
        """The value that was typed, or problems (VAL-1xx, path relative to the field). Nothing typed is None."""
        if isinstance(raw, str):
            if len(raw) > MAX_TYPED:
                return refused("VAL-103", length=len(raw), limit=MAX_TYPED)
            raw = tidy(raw)
        if raw is None or raw == "":
            return None, ()
        return self.read(raw, context)

    def read(self, raw: Raw, context: ParseContext) -> Outcome:
        """The value of something that was typed: `parse` without the empty case. What a kind overrides."""
        if not isinstance(raw, str):
            return refused("VAL-102", text=shape(raw))
        problem = forbidden(raw)
        return (None, (problem,)) if problem else (raw, ())

    def fit(self, value: Value, context: ParseContext) -> Outcome:
        """A calculated value as this field keeps it; problems where digits would be lost or it is too large."""
        return self.parse(self.to_json(value), context)  # type: ignore[arg-type]

    def judge(self, value: Value, scope: Mapping[str, object]) -> tuple[Problem, ...]:
        """What the declaration demands of a value beyond its form: limits, steps. `scope` is the record or line."""
        return ()

    def format(self, value: Value, context: FormatContext) -> str:
        """The text of a value on a page; `parse` reads it back."""
        return "" if value is None else str(value)

    def typed(self, value: Value, context: FormatContext) -> str:
        """The text of a value inside its input; `parse` reads it back."""
        return self.format(value, context)

    def to_json(self, value: Value) -> object:
        """The value as JSON can say it; `parse` reads it back. Exact numbers are text."""
        return value

    def input_widget(self) -> str:
        """The macro that draws the input of this field."""
        return self.widget

    def column(self) -> Column | None:
        """How the value is stored; None for what lives in a table of its own."""
        return Column("text")

    def json_schema(self) -> dict[str, object]:
        """JSON Schema (draft 2020-12) of a raw value that is present."""
        return {"type": "string", "minLength": 1}


def shape(raw: object) -> str:
    """What was handed in, as JSON would write it, short enough for a message."""
    match raw:
        case bool():
            return "true" if raw else "false"
        case int() | Decimal() | str():
            return str(raw)[:SHOWN]
        case Mapping():
            return "{…}"
        case None:
            return "null"
        case _:
            return "[…]"


def forbidden(text: str, allowed: str = "") -> Problem | None:
    """The problem of a text with a control character or half of a surrogate pair; databases refuse both."""
    if text.isprintable():
        return None
    for position, character in enumerate(text, start=1):
        if unicodedata.category(character) in {"Cc", "Cs"} and character not in allowed:
            return Problem("VAL-105", {"character": f"U+{ord(character):04X}", "position": position})
    return None
