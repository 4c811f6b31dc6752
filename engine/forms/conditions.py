"""When a form hides, requires or locks a field: the same answer for the page, the browser's request and every door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.entities.fields.base import FieldKind
from engine.forms.schema import Form
from engine.language.formula import Formula


@dataclass(frozen=True, slots=True)
class State:
    """What a form says about one field right now."""

    hidden: bool = False
    required: bool = False
    locked: bool = False


def state_of(form: Form | None, path: str, field: FieldKind, scope: Mapping[str, object]) -> State:
    """The state of a field. `scope` holds the record and, in lines, the row as `line`.

    A condition that cannot be decided because something is missing changes nothing: the field is shown, and neither
    required nor locked by it. What is hidden is not required.
    """
    special = form.by_path.get(path) if form is not None else None
    if special is None:
        return State(required=field.required)
    hidden = _holds(special.show, scope) is False
    required = not hidden and (field.required or _holds(special.require, scope) is True)
    return State(hidden, required, _holds(special.lock, scope) is True)


def _holds(condition: Formula | None, scope: Mapping[str, object]) -> object:
    """True, False, or None where there is no condition or it cannot be decided."""
    return None if condition is None else condition.expression.evaluate(scope)
