"""What lists and reports have in common: the question in the address, the page that answers it, values as texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from engine.entities.fields.base import FieldKind, FormatContext
from engine.entities.record import Value
from engine.language.numbers import format_number
from engine.language.problems import Problem
from engine.operations.time_and_settings import zone_of
from engine.packages.schema import App

Wording = Mapping[str, str]

EXACT = frozenset({"quantity", "money", "decimal"})
"""Kinds of numbers that pages show with thousands apart. Whole numbers are often years or codes: they stay."""

PLAIN_NUMBER = re.compile(r"-?\d+(?:\.(\d+))?")

YES_NO = {"zh": {True: "是", False: "否"}, "en": {True: "Yes", False: "No"}}


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a list: filters by field, words to search for, order (`-` in front turns round), which page.

    `group` is the column that rows are gathered by, where the list has groups: "" its own, "-" none.
    """

    filters: Mapping[str, str] = field(default_factory=dict)
    search: str = ""
    order: str = ""
    page: int = 1
    size: int = 50
    group: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list."""

    id: str
    label: Wording
    kind: str = "text"
    align: str = "left"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: texts for the page, exact values for programs with their units, and where a click leads.

    `href` opens what the row stands for, `behind` what its amounts are made of; `group` is the key of its group;
    `tones` are the columns that warn.
    """

    id: str
    cells: tuple[str, ...]
    values: Mapping[str, object]
    href: str | None = None
    tone: str = "neutral"
    units: Mapping[str, str] = field(default_factory=dict)
    behind: str | None = None
    group: str = ""
    tones: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GroupHead:
    """What is said once above the rows of a group: its name, how many rows, totals over all of them, what is behind."""

    text: str
    count: int
    sums: Mapping[str, str]
    totals: Mapping[str, object]
    behind: str | None = None


@dataclass(frozen=True, slots=True)
class FilterOption:
    """One value a filter offers."""

    id: str
    text: Wording


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter above a list. One for days is a span from `value` to `until`; one for a reference offers records."""

    id: str
    label: Wording
    options: tuple[FilterOption, ...] = ()
    value: str | None = None
    kind: str = "text"
    until: str | None = None
    to: str = ""


@dataclass(frozen=True, slots=True)
class StateTab:
    """A state of the documents of a list, and how many are in it."""

    id: str
    label: Wording
    count: int
    tone: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list or report; `sums` are over all rows that match, not only this page.

    `totals` are the same as exact values: one number, or one for each unit. `behind` is what the sums are made of.
    Rows that are gathered by a column (`group`) stand together, each group with its head; `groupings` are the columns
    that may be chosen.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: int
    sums: Mapping[str, str]
    page: int
    size: int
    filters: tuple[Filter, ...] = ()
    create: bool = False
    totals: Mapping[str, object] = field(default_factory=dict)
    behind: str | None = None
    group: str = ""
    groups: Mapping[str, GroupHead] = field(default_factory=dict)
    groupings: tuple[FilterOption, ...] = ()
    states: tuple[StateTab, ...] = ()


def worded(label: object, fallback: str) -> Wording:
    """A label in both languages; the id where there is none."""
    mapping = getattr(label, "as_mapping", None)
    return mapping() if mapping is not None else {"zh": fallback, "en": fallback}


def unit_words(app: App, language: str) -> Mapping[str, str]:
    """What each unit is called."""
    return {unit.id: unit.title(language) for unit in (app.units.units if app.units else ())}


def in_unit_words(app: App, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems of amounts with their unit as people call it, in both languages."""
    told = tuple(problems)
    if not told:
        return ()
    words = {language: unit_words(app, language) for language in ("zh", "en")}

    def worded_unit(problem: Problem) -> Problem:
        unit = problem.parameters.get("unit")
        if not isinstance(unit, str) or unit not in words["en"]:
            return problem
        named = {language: words[language][unit] for language in words}
        return replace(problem, parameters={**problem.parameters, "unit": named})

    return tuple(worded_unit(each) for each in told)


def grouped(text: str, kind: str) -> str:
    """The digits of an exact number as pages show them: 1,234.50 of money, 12.5 of anything else; never in an input."""
    number = PLAIN_NUMBER.fullmatch(text) if kind in EXACT else None
    if number is None:
        return text
    places = len(number[1] or "") if kind == "money" else 0
    return format_number(Decimal(text), places, grouped=True)


def shown(field: FieldKind, value: Value, context: FormatContext) -> str:
    """A value of a field as pages show it; a quantity without its unit."""
    return grouped(field.format(value, context), field.kind)


def value_text(value: object, language: str, zone: str, places: int = 0) -> str:
    """A value as a page shows it; a number with at least `places` digits behind the point."""
    match value:
        case None:
            return ""
        case bool():
            return YES_NO[language][value]
        case Decimal():
            return format_number(value, places, grouped=True)
        case int():
            return str(value)
        case datetime():
            return value.astimezone(zone_of(zone)).strftime("%Y-%m-%d %H:%M")
        case date():
            return value.isoformat()
        case _:
            return str(value)
