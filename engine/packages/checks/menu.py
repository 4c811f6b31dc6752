"""Cross checks of the menu, reports and settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

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
    for part_id, report in look.app.reports.items():
        source, path = report.source, ("reports", part_id, "source")
        if source.entity is not None:
            if source.entity not in look.app.entities and not look.poison.has("entities", source.entity):
                yield look.unknown("REF-301", source.entity, look.app.entities, (*path, "entity"))
            continue
        ledger = look.app.ledgers.get(source.ledger or "")
        if ledger is None:
            if source.ledger is not None and not look.poison.has("ledgers", source.ledger):
                yield look.unknown("REF-309", source.ledger, look.app.ledgers, (*path, "ledger"))
        elif source.grain is not None and source.grain not in (grains := [grain.id for grain in ledger.grains]):
            yield look.unknown("REF-315", source.grain, grains, (*path, "grain"), ledger=ledger.ledger)


def settings_used(look: Look) -> Iterator[Problem]:
    """REF-343: a setting that no formula reads."""
    parts = [part for attribute in READERS for part in getattr(look.app, attribute).values()]
    if not all(formula.is_bound for part in parts for formula in formulas_in(part)):
        return
    paths = {path for part in parts for formula in formulas_in(part) for path in formula.expression.paths}
    paths |= {path for ruleset in look.app.rules.values() for rule in ruleset.items for path in rule.reads()}
    used = {path[1] for path in paths if path[0] == "settings" and len(path) > 1}
    for part_id in look.app.settings:
        if part_id not in used:
            yield look.at("REF-343", ("settings", part_id, "setting"), name=part_id)


def settings_fit(look: Look) -> Iterator[Problem]:
    """A default that is no value of its setting: the problem (VAL-1xx) that a person typing it would be told."""
    for part_id, setting in look.app.settings.items():
        if setting.field.formulas():
            continue
        _, problems = setting.value_of(setting.default)
        for problem in problems:
            place = look.place("settings", part_id, "default")
            yield Problem(problem.code, problem.parameters, place, ("settings", part_id, "default"))


READERS = (
    "entities",
    "forms",
    "rules",
    "workflows",
    "ledgers",
    "postings",
    "conversions",
    "reports",
    "roles",
    "series",
    "mappings",
    "notices",
    "schedules",
    "alerts",
)
"""Attributes of `App` whose parts hold formulas."""


def formulas_in(part: object) -> Iterator[Formula]:
    """Every formula declared anywhere inside a part."""
    if isinstance(part, Formula):
        yield part
    elif isinstance(part, TextTemplate):
        yield from (inner.formula for inner in part.formulas)
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from formulas_in(getattr(part, name))
    elif isinstance(part, Mapping):
        for value in part.values():
            yield from formulas_in(value)
    elif isinstance(part, tuple | list):
        for value in part:
            yield from formulas_in(value)
