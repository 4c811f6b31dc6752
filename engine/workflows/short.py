"""Short forms of YAML: one thing where a list is meant, an id where a mapping with only an id is meant."""

from __future__ import annotations

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema


class OneOrMany:
    """Pydantic annotation for a tuple: a single value counts as a list of one."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_listed, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        many = handler(schema)
        return {"anyOf": [many, many.get("items", {})]}


class IdAlone:
    """Pydantic annotation for a model with an `id`: a text counts as a mapping that says only the id."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_named, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [handler(schema), {"type": "string"}]}


def _listed(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


def _named(value: object) -> object:
    return {"id": value} if isinstance(value, str) else value
