"""Labels: everything people see is named in every language of the app."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from engine.language.declared import Label
from engine.language.problems import Problem
from engine.packages.look import Look

SILENT = ("units",)
"""Parts whose labels are symbols, the same in every language."""


def labels_present(look: Look) -> Iterator[Problem]:
    """UX-701: no label where people see one; UX-702: a label that lacks a language of the app."""
    for attribute in ("entities", "forms", "workflows", "reports", "roles", "settings", "ledgers", "alerts"):
        for part_id, part in getattr(look.app, attribute).items():
            yield from _labels(look, part, (attribute, part_id))
    for group in look.app.menu:
        yield from _labels(look, group, ("app", "menu", group.id))


def _labels(look: Look, part: BaseModel, path: tuple[str, ...]) -> Iterator[Problem]:
    """The labels of a part and of everything in it that has an id."""
    wanted = "label" in type(part).model_fields and type(part).__name__ not in _NAMELESS
    for name in type(part).model_fields:
        value = getattr(part, name)
        if isinstance(value, Label):
            missing = tuple(language for language in look.app.languages if language not in value.languages)
            if missing:
                yield look.at("UX-702", (*path, name), languages=missing, name=path[-1])
        elif name == "label" and value is None and wanted:
            yield look.at("UX-701", path, name=path[-1])
        elif isinstance(value, tuple):
            for item in value:
                named = getattr(item, "id", None)
                if isinstance(item, BaseModel) and isinstance(named, str):
                    yield from _labels(look, item, (*path, name, named))


_NAMELESS = frozenset(
    {
        "Approve",
        "Flow",
        "FormField",
        "Form",
        "Grain",
        "Grant",
        "Ledger",
        "Level",
        "MenuItem",
        "PostingEntry",
        "ReportColumn",
        "Route",
        "Section",
        "Workflow",
    }
)
"""Models that may do without a label: people see the label of what they stand for."""
