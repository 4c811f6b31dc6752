"""Text with formulas in it: `GR{year(received_on)}-{number:05}`.

Outside of braces the text is literal (`{{` and `}}` are braces); inside stands a formula, and after a colon the number
of digits a whole number is padded to. Nothing else can be said, so a template of a package runs no code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from engine.language.formula import Formula, part_of, refusal_of
from engine.language.parse import Finding, mask_texts
from engine.language.problems import Place, Problem
from engine.language.scope import Scope
from engine.language.tree import Span
from engine.language.types import (
    ChoiceType,
    DateType,
    DecimalType,
    Expected,
    FlagType,
    InstantType,
    IntegerType,
    MoneyType,
    QuantityType,
    TextType,
)

LENGTH_LIMIT = 2_000
WIDTH_LIMIT = 20
SHOWN: Expected = (
    TextType,
    IntegerType,
    DecimalType,
    QuantityType,
    MoneyType,
    DateType,
    InstantType,
    ChoiceType,
    FlagType,
)
WIDTH = re.compile(r"0([0-9]{1,9})")
BRACES = re.compile(r"\{\{|\}\}|\{|\}")


@dataclass(frozen=True, slots=True)
class Part:
    """One formula of a template: where it begins in the template, and the digits it is padded to (0 for none)."""

    formula: Formula
    start: int
    width: int


class TextTemplate:
    """Literal text and formulas in turn; a pydantic field type like `Formula`."""

    __slots__ = ("_findings", "parts", "place", "text")

    def __init__(self, text: str, place: Place | None = None) -> None:
        """Takes any text: `syntax` says what is wrong with it."""
        self.text = text
        self.place = place
        findings: list[Finding] = []
        self.parts: tuple[str | Part, ...] = tuple(_parts(text, findings))
        self._findings = tuple(findings)

    @property
    def syntax(self) -> tuple[Finding, ...]:
        """What is wrong with the grammar of the template or of a formula in it."""
        return self._findings + tuple(
            Finding(one.code, Span(part.start + one.span.start, part.start + one.span.end), one.parameters)
            for part in self.formulas
            for one in part.formula.syntax
        )

    @property
    def formulas(self) -> tuple[Part, ...]:
        """The formulas of the template."""
        return tuple(part for part in self.parts if isinstance(part, Part))

    @property
    def paths(self) -> frozenset[tuple[str, ...]]:
        """Every path the bound template reads."""
        return frozenset().union(*(part.formula.expression.paths for part in self.formulas))

    def bind(self, scope: Scope) -> tuple[Problem, ...]:
        """Bind every formula; every problem found in any of them."""
        if self.syntax:
            return tuple(
                Problem(one.code, one.parameters, part_of(self.place, self.text, one.span)) for one in self.syntax
            )
        problems: list[Problem] = []
        for part in self.formulas:
            span = Span(part.start, part.start + len(part.formula.text))
            part.formula.place = part_of(self.place, self.text, span)
            problems.extend(part.formula.bind(scope, IntegerType if part.width else SHOWN))
        return tuple(problems)

    def render(self, scope: Mapping[str, Any]) -> str:
        """The text with every formula's value; nothing in place of a missing one."""
        return "".join(
            part if isinstance(part, str) else shown(part.formula.expression.evaluate(scope), part.width)
            for part in self.parts
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TextTemplate) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"TextTemplate({self.text!r})"

    def __str__(self) -> str:
        return self.text

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read from a text scalar."""
        return core_schema.no_info_plain_validator_function(
            validated, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Editors see text."""
        return {"type": "string", "format": "template"}


def validated(given: object) -> TextTemplate:
    """What pydantic calls: the template, or an error that `declared.validate` turns into a Problem."""
    if isinstance(given, TextTemplate):
        return given
    if not isinstance(given, str):
        raise PydanticCustomError("formwork", "", {"code": "EXP-400", "parameters": {}})
    template = TextTemplate(str(given), getattr(given, "place", None))
    for finding in template.syntax:
        raise refusal_of(finding)
    return template


def shown(value: object, width: int) -> str:
    """A value as text: numbers in plain digits, days as YYYY-MM-DD, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, int):
        return f"{value:0{width}d}"
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    return value.isoformat() if isinstance(value, date) else str(value)


def _parts(text: str, findings: list[Finding]) -> Iterator[str | Part]:
    """Literal text and formulas; notes braces that do not match."""
    if len(text) > LENGTH_LIMIT:
        findings.append(Finding("EXP-402", Span(0, 0), {"length": len(text), "limit": LENGTH_LIMIT}))
        return
    position = 0
    while position < len(text):
        match = BRACES.search(text, position)
        if match is None:
            yield text[position:]
            return
        if match.start() > position:
            yield text[position : match.start()]
        if match.group() in {"{{", "}}"}:
            yield match.group()[0]
            position = match.end()
            continue
        end = -1 if match.group() == "}" else mask_texts(text[match.end() :]).find("}")
        if end < 0:
            findings.append(Finding("EXP-460", Span(*match.span()), {}))
            return
        yield _part(text[match.end() : match.end() + end], match.end(), findings)
        position = match.end() + end + 1


def _part(inside: str, start: int, findings: list[Finding]) -> Part:
    """`formula` or `formula:05`."""
    colon = mask_texts(inside).rfind(":")
    if colon < 0:
        return Part(Formula(inside), start, 0)
    written = inside[colon + 1 :].strip()
    match = WIDTH.fullmatch(written)
    width = int(match.group(1)) if match else 0
    if not 1 <= width <= WIDTH_LIMIT:
        findings.append(
            Finding("EXP-461", Span(start + colon, start + len(inside)), {"text": written, "limit": WIDTH_LIMIT})
        )
        width = 1
    return Part(Formula(inside[:colon]), start, width)
