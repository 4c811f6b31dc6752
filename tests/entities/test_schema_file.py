from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine.entities.schema import Entity
from engine.entities.schema_file import entity_from_json_schema, json_schema, schema_text
from engine.language.declared import validate
from engine.language.problems import Problem
from engine.language.source import read_source

FILE = "entities/visit.schema.json"


def translated(text: str) -> tuple[Entity | None, tuple[Problem, ...]]:
    node, problems = read_source(FILE, text)
    assert node is not None
    assert problems == ()
    entity, problems = entity_from_json_schema("visit", node)
    return validate(Entity, entity) if entity is not None else (None, problems)


def fields(properties: str) -> tuple[Entity | None, tuple[Problem, ...]]:
    return translated(f'{{"type": "object",\n"properties": {{\n{properties}\n}}}}')


def one(text: str) -> dict[str, Any]:
    """The keys of the one field that differ from the defaults of its kind."""
    entity, problems = fields(f'"x": {text}')
    assert entity is not None, problems
    return entity.fields[0].model_dump(exclude_defaults=True, exclude={"id"}) | {"kind": entity.fields[0].kind}


def test_an_entity() -> None:
    entity, problems = translated(
        '{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Visit", "type": "object",'
        ' "required": ["code"],'
        ' "x-formwork": {"label": {"zh": "走访", "en": "Visit"}, "kind": "document", "title": "{code}"},'
        ' "properties": {"code": {"type": "string", "title": "Code", "description": "On the card"}}}'
    )
    assert problems == ()
    assert entity is not None
    assert (entity.entity, entity.kind, entity.name("zh")) == ("visit", "document", "走访")
    code = entity.fields[0]
    assert (code.title("en"), code.required, code.help.text("en") if code.help else "") == ("Code", True, "On the card")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('{"type": "string"}', {"kind": "text"}),
        ('{"type": ["null", "string"], "maxLength": 5, "minLength": 2}', {"kind": "text", "max": 5, "min": 2}),
        (
            '{"type": "string", "pattern": "^[A-Z]+$", "readOnly": true}',
            {"kind": "text", "pattern": "[A-Z]+", "readonly": True},
        ),
        ('{"type": "string", "format": "date"}', {"kind": "date"}),
        ('{"type": "string", "format": "date-time"}', {"kind": "instant"}),
        ('{"type": "string", "enum": ["a", "b"]}', {"kind": "choice", "choices": ({"id": "a"}, {"id": "b"})}),
        ('{"type": "string", "x-reference": "item"}', {"kind": "reference", "to": "item"}),
        ('{"type": "boolean", "default": true}', {"kind": "flag", "default": "True"}),
        (
            '{"type": "integer", "minimum": 0, "exclusiveMaximum": 9}',
            {"kind": "integer", "min": "0", "max": "9", "exclusive_max": True},
        ),
        ('{"type": "number"}', {"kind": "decimal", "scale": 6}),
        ('{"type": "number", "multipleOf": 0.001}', {"kind": "decimal", "scale": 3}),
        ('{"type": "number", "multipleOf": 0.25}', {"kind": "decimal", "step": "0.25"}),
        (
            '{"type": "number", "multipleOf": 10, "default": 1.50}',
            {"kind": "decimal", "step": "10", "scale": 0, "default": "1.50"},
        ),
        ('{"type": "number", "x-unit": "kg", "multipleOf": 0.5}', {"kind": "quantity", "unit": "kg", "step": "0.5"}),
        ('{"type": "number", "x-currency": "CNY"}', {"kind": "money", "currency": "CNY"}),
        ('{"type": "string", "x-formwork": {"kind": "attachment"}}', {"kind": "attachment"}),
    ],
)
def test_keywords(written: str, kept: dict[str, Any]) -> None:
    assert one(written) == kept


def test_lines() -> None:
    entity, problems = fields(
        '"rows": {"type": "array", "minItems": 1, "maxItems": 3, "items": {"type": "object", "required": ["a"],'
        ' "properties": {"a": {"type": "integer"}}}}'
    )
    assert entity is not None, problems
    rows = entity.lines[0]
    assert (rows.min, rows.max, rows.fields[0].required) == (1, 3, True)


@pytest.mark.parametrize(
    ("written", "code", "names"),
    [
        ('"x": {"type": "string", "contentEncoding": "base64"}', "UX-730", "contentEncoding"),
        ('"x": {"type": "integer", "pattern": "a"}', "UX-730", "pattern"),
        ('"x": {"anyOf": [{"type": "string"}]}', "UX-731", ""),
        ('"x": {"type": "string", "format": "date", "maxLength": 3}', "UX-730", "maxLength"),
        ('"x": {"type": "string", "format": "email"}', "UX-731", "email"),
        ('"x": {"type": ["string", "number"]}', "UX-731", "string, number"),
        ('"x": {"type": "object"}', "UX-731", "object"),
        ('"x": {"type": "string", "enum": ["a", 1]}', "UX-731", "1"),
        ('"x": {"type": "array", "items": {"type": "string"}}', "UX-731", "string"),
        ('"Bad Name": {"type": "string"}', "UX-732", "Bad Name"),
        ('"x": {"type": "string", "maxLength": "5"}', "UX-733", "'5' is not"),
    ],
)
def test_what_is_refused_is_named_with_its_place(written: str, code: str, names: str) -> None:
    entity, problems = fields(written)
    assert entity is None
    assert [problem.code for problem in problems] == [code]
    assert problems[0].place is not None
    assert (problems[0].place.file, problems[0].place.line) == (FILE, 3)
    assert names in " ".join(map(str, problems[0].parameters.values()))


def test_several_mistakes_in_one_run() -> None:
    entity, problems = translated(
        '{"type": "object", "additionalProperties": true, "allOf": [],\n "required": ["y"],'
        '\n "properties": {"A": {"type": "null"}}}'
    )
    assert entity is None
    assert {problem.code for problem in problems} == {"UX-733"}
    entity, problems = translated(
        '{"type": "object", "additionalProperties": true, "minProperties": 1,'
        '\n "required": ["y"],\n "properties": {"A": {"type": "null"}}}'
    )
    assert [problem.code for problem in problems] == ["UX-731", "UX-730", "UX-734", "UX-732"]


def test_later_problems_point_into_the_schema() -> None:
    _, problems = fields('"x": {"type": "string",\n "pattern": "(a+)+"}')
    assert [(problem.code, problem.place.line if problem.place else 0) for problem in problems] == [("UX-714", 4)]


def test_the_exported_schema_is_one() -> None:
    entity, _ = fields('"x": {"type": "number", "multipleOf": 0.01, "minimum": 0.5}, "y": {"type": "string"}')
    assert entity is not None
    text = schema_text(json_schema(entity))
    assert '"multipleOf": 0.01' in text
    schema = json.loads(text, parse_float=Decimal)
    Draft202012Validator.check_schema(schema)
    oracle = Draft202012Validator(schema)
    assert oracle.is_valid({"x": Decimal("0.51"), "y": None})
    assert oracle.is_valid({})
    for wrong in ({"x": Decimal("0.505")}, {"x": Decimal("0.49")}, {"z": 1}, {"y": 1}, []):
        assert not oracle.is_valid(wrong), wrong
