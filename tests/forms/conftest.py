"""One entity with every kind of field, the same one as a JSON Schema file, and what reading them needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest

from engine.entities.schema import Entity, record_type
from engine.entities.schema_file import entity_from_json_schema
from engine.entities.units import Units
from engine.forms.read import Named, ReadContext
from engine.forms.schema import Form
from engine.language.declared import validate
from engine.language.scope import Scope
from engine.language.source import read_source
from engine.language.types import FlagType, RecordType, ReferenceType, TextType
from engine.language.units import UnitTable

UNITS = """
units:
  - {id: kg, label: {zh: 千克, en: kilogram}, base: true}
  - {id: g, label: {zh: 克, en: gram}, of: kg, ratio: 1/1000}
  - {id: piece, label: {zh: 个, en: piece}, base: true}
  - {id: dozen, label: {zh: 打, en: dozen}, of: piece, ratio: 12}
  - {id: box, label: {zh: 箱, en: box}, of: piece, per_item: true}
"""

ITEM = """
entity: item
identity: [code]
fields:
  - {id: code, kind: text, required: true}
  - {id: unit, kind: text}
  - {id: step, kind: decimal, scale: 6}
  - id: packs
    kind: lines
    fields: [{id: unit, kind: text}, {id: holds, kind: decimal, scale: 6}]
"""

RECEIPT = """
entity: receipt
kind: document
fields:
  - {id: code, kind: text, max: 10, pattern: "[A-Z0-9-]+", required: true}
  - {id: note, kind: text, multiline: true, max: 40}
  - {id: count, kind: integer, min: 0, max: 99}
  - {id: rate, kind: decimal, scale: 3, step: 0.125}
  - {id: weight, kind: quantity, unit: kg, min: 0, exclusive_min: true}
  - {id: fee, kind: money, currency: CNY, min: 0}
  - {id: currency, kind: choice, choices: [{id: CNY}, {id: JPY}], default: "'CNY'"}
  - {id: paid, kind: money, currency: currency}
  - {id: day, kind: date, min: 2020-01-01, max: today(), default: today(), required: true}
  - {id: seen, kind: instant}
  - {id: level, kind: choice, choices: [{id: a, label: {zh: 甲, en: First}}, {id: b, label: {zh: 乙, en: Second}}]}
  - {id: urgent, kind: flag}
  - {id: supplier, kind: reference, to: partner, required: true}
  - {id: company, kind: reference, to: company, default: actor.company}
  - {id: paper, kind: attachment}
  - {id: total, kind: decimal, scale: 2, readonly: true, default: 0}
  - id: lines
    kind: lines
    min: 1
    max: 5
    fields:
      - {id: item, kind: reference, to: item, required: true, unique: true}
      - id: quantity
        kind: quantity
        unit: item.unit
        ratios: item.packs
        step: item.step
        min: 0
        exclusive_min: true
        required: true
      - {id: price, kind: money, currency: currency, default: 1}
      - {id: best_before, kind: date}
"""

FORM = """
form: receipt
entity: receipt
fields:
  - {id: seen, show: level == 'a'}
  - {id: note, require: count > 50}
  - {id: rate, lock: level == 'b'}
  - {id: lines.best_before, require: line.item.code == 'FLOUR', show: urgent is None or not urgent}
"""

SCHEMA = """{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Visit",
  "type": "object",
  "x-formwork": {"kind": "document", "label": {"zh": "走访", "en": "Visit"}},
  "required": ["code", "supplier"],
  "additionalProperties": false,
  "properties": {
    "code": {"type": "string", "maxLength": 10, "pattern": "^[A-Z0-9-]+$"},
    "count": {"type": ["integer", "null"], "minimum": 0, "maximum": 99},
    "rate": {"type": "number", "multipleOf": 0.001, "exclusiveMinimum": 0},
    "weight": {"type": "number", "x-unit": "kg", "minimum": 0},
    "fee": {"type": "number", "x-currency": "CNY", "minimum": 0},
    "day": {"type": "string", "format": "date"},
    "seen": {"type": "string", "format": "date-time"},
    "level": {"enum": ["a", "b"], "type": "string", "default": "a"},
    "urgent": {"type": "boolean"},
    "supplier": {"type": "string", "x-reference": "partner"},
    "lines": {
      "type": "array", "minItems": 1, "maxItems": 5,
      "items": {
        "type": "object",
        "required": ["item"],
        "properties": {
          "item": {"type": "string", "x-reference": "item"},
          "price": {"type": "number", "multipleOf": 0.01}
        }
      }
    }
  }
}"""

COMPANY = RecordType("company", {"code": TextType()})
PARTNER = RecordType("partner", {"code": TextType()})
ACTOR = RecordType("actor", {"company": ReferenceType("company")})

RECORDS: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("company", "c1"): {"code": "HQ"},
    ("partner", "p1"): {"code": "MILL"},
    ("partner", "p2"): {"code": "DAIRY"},
    ("item", "i1"): {"code": "FLOUR", "unit": "kg", "step": None, "packs": ()},
    ("item", "i2"): {"code": "EGGS", "unit": "piece", "step": 1, "packs": ({"id": "k1", "unit": "box", "holds": 9},)},
}


def find(named: Sequence[Named]) -> dict[Named, Mapping[str, object] | None]:
    """The records above by id or by code."""
    found: dict[Named, Mapping[str, object] | None] = {}
    for entity, handle in named:
        code = dict(handle).get("code") if isinstance(handle, tuple) else handle
        for (kind, known), values in RECORDS.items():
            if kind == entity and code in (known, values["code"]):
                found[entity, handle] = {"id": known, **values}
    return found


def declared(model: type[Any], text: str, file: str = "x.yaml") -> Any:
    node, problems = read_source(file, text)
    assert node is not None
    assert problems == ()
    made, problems = validate(model, node)
    assert problems == (), problems
    return made


def bound(entity: Entity, form: Form | None = None) -> Entity:
    """The entity (and form) with their formulas bound as the package loader binds them."""
    others = {"company": COMPANY, "partner": PARTNER, "item": record_type(declared(Entity, ITEM))}
    names = {**record_type(entity).fields, "actor": ACTOR}
    scope = Scope(names, {**others, entity.entity: record_type(entity)})
    problems = []
    for each in entity.fields:
        problems += [problem for _, formula, wanted in each.formulas() for problem in formula.bind(scope, wanted)]
    for lines in entity.lines:
        row = lines.record_type()
        inside = scope.with_names({**row.fields, "line": row})
        for each in lines.fields:
            problems += [problem for _, formula, wanted in each.formulas() for problem in formula.bind(inside, wanted)]
        for special in form.fields if form else ():
            if special.id.startswith(f"{lines.id}."):
                for formula in filter(None, (special.show, special.require, special.lock)):
                    problems += formula.bind(scope.with_names({"line": row}), FlagType)
    for special in form.fields if form else ():
        if "." not in special.id:
            for formula in filter(None, (special.show, special.require, special.lock)):
                problems += formula.bind(scope, FlagType)
    assert problems == [], problems
    return entity


@pytest.fixture(scope="session")
def form() -> Form:
    made: Form = declared(Form, FORM)
    return made


@pytest.fixture(scope="session")
def receipt(form: Form) -> Entity:
    return bound(declared(Entity, RECEIPT), form)


@pytest.fixture(scope="session")
def visit() -> Entity:
    node, problems = read_source("entities/visit.schema.json", SCHEMA)
    assert node is not None
    assert problems == ()
    entity, problems = entity_from_json_schema("visit", node)
    assert entity is not None, problems
    made, problems = validate(Entity, entity)
    assert made is not None, problems
    return bound(made)


@pytest.fixture(scope="session")
def units() -> UnitTable:
    made: Units = declared(Units, UNITS)
    return made.table


@pytest.fixture
def context(units: UnitTable) -> ReadContext:
    return a_context(units)


def a_context(units: UnitTable, draft: bool = False, new_id: Callable[[], str] | None = None) -> ReadContext:
    numbers: Iterator[int] = iter(range(1, 1_000))
    return ReadContext(
        language="zh",
        zone="Asia/Shanghai",
        units=units,
        resolve=find,
        new_id=new_id or (lambda: f"n{next(numbers)}"),
        scope={
            "today": date(2026, 2, 3),
            "now": datetime(2026, 2, 3, tzinfo=UTC),
            "actor": {"id": "a1", "company": {"id": "c1", "code": "HQ"}},
            "settings": {},
        },
        draft=draft,
    )
