"""Cross checks of the menu, reports and settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.template import TextTemplate
from engine.packages.look import Look


def menu_entries(look: Look) -> Iterator[Problem]:
    """REF-301, REF-310: the menu opens something that does not exist; REF-342: an entry that opens nothing or both."""
    for group in look.app.menu:
        for position, item in enumerate(group.items):
            path = ("app", "menu", group.id, "items", item.id or item.entity or item.report or str(position))
            if (item.entity is None) == (item.report is None):
                yield look.at("REF-342", path, group=group.id)
            elif item.entity not in (None, *look.app.entities) and not look.poison.has("entities", item.entity):
                yield look.unknown("REF-301", str(item.entity), look.app.entities, (*path, "entity"))
            elif item.report not in (None, *look.app.reports) and not look.poison.has("reports", item.report):
                yield look.unknown("REF-310", str(item.report), look.app.reports, (*path, "report"))


def report_sources(look: Look) -> Iterator[Problem]:
    """REF-301, REF-309, REF-315: a report reads an entity, a ledger or a grain that does not exist."""
    for id, report in look.app.reports.items():
        source, path = report.source, ("reports", id, "source")
        if source.entity is not None:
            if source.entity not in look.app.entities and not look.poison.has("entities", source.entity):
                yield look.unknown("REF-301", source.entity, look.app.entities, (*path, "entity"))
            continue
        ledger = look.app.ledgers.get(source.ledger or "")
        if ledger is None:
            if source.ledger is not None and not look.poison.has("ledgers", source.ledger):
                yield look.unknown("REF-309", source.ledger, look.app.ledgers, (*path, "ledger"))
        elif source.grain is not None and ledger.grain(source.grain) is None:
            grains = [grain.id for grain in ledger.grains]
            yield look.unknown("REF-315", source.grain, grains, (*path, "grain"), ledger=ledger.ledger)


def settings_used(look: Look) -> Iterator[Problem]:
    """REF-343: a setting that no formula reads."""
    used = {
        path[1]
        for attribute in ("entities", "forms", "rules", "workflows", "ledgers", "postings", "reports", "roles")
        for part in getattr(look.app, attribute).values()
        for path in _paths(part)
        if path[0] == "settings" and len(path) > 1
    }
    for id in look.app.settings:
        if id not in used:
            yield look.at("REF-343", ("settings", id, "setting"), name=id)


def _paths(part: object) -> Iterator[tuple[str, ...]]:
    """Every path that a bound formula anywhere inside a part reads."""
    if isinstance(part, Formula):
        if part.is_bound:
            yield from part.expression.paths
    elif isinstance(part, TextTemplate):
        yield from part.paths
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from _paths(getattr(part, name))
        yield from _private_paths(part)
    elif isinstance(part, Mapping):
        for value in part.values():
            yield from _paths(value)
    elif isinstance(part, tuple | list):
        for value in part:
            yield from _paths(value)


def _private_paths(part: BaseModel) -> Iterable[tuple[str, ...]]:
    """Paths read by what a part knows beside its keys, such as the formulas in the cells of a decision table."""
    reads: Any = getattr(part, "reads", None)
    return tuple(reads()) if callable(reads) else ()
