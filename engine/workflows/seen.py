"""The values that a condition looked at, for the trace."""

from __future__ import annotations

from collections.abc import Mapping

from engine.language.formula import Formula

Seen = tuple[tuple[str, object], ...]
"""Paths as they are written, each with the value it had; a reference as its id."""


def seen_by(formula: Formula | None, scope: Mapping[str, object]) -> Seen:
    """What a formula read in a scope, sorted by path; nothing where there is no formula."""
    paths = sorted(formula.expression.paths) if formula is not None else ()
    return tuple((".".join(path), _at(scope, path)) for path in paths)


def _at(scope: Mapping[str, object], path: tuple[str, ...]) -> object:
    """The value at a path, a reference as its id."""
    value: object = scope
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value.get("id") if isinstance(value, Mapping) else value
