"""How a declaration of an entity or a form is refused with a problem of its own from inside a model validator."""

from __future__ import annotations

from pydantic_core import PydanticCustomError


def misdeclared(code: str, **parameters: object) -> PydanticCustomError:
    """The error to raise: `declared.validate` turns it into the problem of this code at the place of the value."""
    return PydanticCustomError("formwork", "", {"code": code, "parameters": parameters})
