"""The JSON Schema of the package format, one schema for each sort of part file, for completion in editors.

The schemas come from the same models that read the files. They describe whole definitions; a file that states
differences to a lower layer is admitted loosely (`set`, and items with `add` or `remove`), because what it may say
depends on the layer below.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.language.declared import Declared
from engine.packages.manifest import Manifest
from engine.packages.parts import PARTS
from engine.packages.scenario import Scenario, Seed

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def editor_schemas() -> Mapping[str, Mapping[str, Any]]:
    """Schema by glob of the files it is for: `app.yaml`, `entities/*.yaml`, `forms/*.yaml`, …"""
    parts = {f"{part.folder}/*.yaml": _part_schema(part.model, part.key, part.single) for part in PARTS}
    stories = {
        "scenarios/*.yaml": _titled(Scenario.model_json_schema(by_alias=True), "scenario"),
        "seed/*.yaml": _titled(Seed.model_json_schema(by_alias=True), "seed"),
    }
    return {"app.yaml": _titled(Manifest.model_json_schema(by_alias=True), "app.yaml"), **parts, **stories}


def _part_schema(model: type[Declared], key: str, single: bool) -> Mapping[str, Any]:
    """Either a whole definition, or differences by id."""
    whole = model.model_json_schema(by_alias=True)
    definitions = whole.pop("$defs", {})
    lists = {
        name: {"type": "array", "items": {"$ref": "#/$defs/Difference"}}
        for name, value in whole.get("properties", {}).items()
        if value.get("type") == "array" and name != key
    }
    naming = {} if single else {key: {"type": "string"}}
    change = {
        "type": "object",
        "required": [*naming, "set"] if not lists else [*naming],
        "properties": {**naming, "set": {"type": "object"}, **lists},
        "additionalProperties": False,
    }
    schema = {"anyOf": [whole, change], "$defs": {**definitions, "Difference": DIFFERENCE}}
    return _titled(schema, key)


def _titled(schema: dict[str, Any], title: str) -> Mapping[str, Any]:
    """The schema with dialect and title."""
    return {"$schema": DIALECT, "title": f"Formwork: {title}", **{k: v for k, v in schema.items() if k != "title"}}


DIFFERENCE: Mapping[str, Any] = {
    "type": "object",
    "description": "A difference to an item of a lower layer",
    "properties": {
        "id": {"type": "string"},
        "set": {"type": "object"},
        "add": {"type": "object"},
        "remove": {"const": True},
        "after": {"type": "string"},
        "before": {"type": "string"},
    },
    "required": ["id"],
    "minProperties": 2,
    "additionalProperties": {"type": "array", "items": {"$ref": "#/$defs/Difference"}},
}
