"""A document as a page shows it: plain sections, fields and rows, ready for templates. No HTML is made here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from engine.language.problems import Problem

Wording = Mapping[str, str]
"""A text in both languages: {"zh": …, "en": …}."""

TEMPLATE = "__new__"
"""Stands for the number of a row in the names of the empty row that pages copy."""


@dataclass(frozen=True, slots=True)
class Option:
    """One value that can be picked, and what it is called."""

    value: str
    label: Wording


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field: `text` is what its input holds (as typed, where it was typed), `shown` what a page says instead.

    `usual` is what a new line gets where the input is left empty.
    """

    id: str
    name: str
    kind: str
    widget: str
    label: Wording
    text: str = ""
    shown: str = ""
    help: Wording | None = None
    required: bool = False
    readonly: bool = False
    hidden: bool = False
    problems: tuple[Problem, ...] = ()
    options: tuple[Option, ...] = ()
    unit: str = ""
    to: str = ""
    checked: bool = False
    usual: str = ""


@dataclass(frozen=True, slots=True)
class RowView:
    """One line; `id` is empty for one that was never stored."""

    name: str
    id: str
    fields: tuple[FieldView, ...]


@dataclass(frozen=True, slots=True)
class LinesView:
    """The lines of one field: `columns` describe the fields, `template` is an empty row for pages to copy."""

    id: str
    name: str
    label: Wording
    columns: tuple[FieldView, ...]
    rows: tuple[RowView, ...]
    template: RowView
    help: Wording | None = None
    required: bool = False
    readonly: bool = False
    hidden: bool = False
    problems: tuple[Problem, ...] = ()
    kind: str = "lines"
    widget: str = "lines"


@dataclass(frozen=True, slots=True)
class SectionView:
    """A part of the page with its heading (None: without)."""

    id: str
    label: Wording | None
    columns: int
    fields: tuple[FieldView | LinesView, ...]


@dataclass(frozen=True, slots=True)
class FormView:
    """The whole form. `boxes` are the names of tick boxes, for which a browser sends nothing when they are not ticked;
    `problems` those that belong to no field on the page."""

    sections: tuple[SectionView, ...]
    readonly: bool = False
    boxes: tuple[str, ...] = ()
    uploads: bool = False
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Access:
    """Which fields (`supplier`, `lines.price`) the reader may see and change."""

    readable: Collection[str] | Literal["all"] = "all"
    writable: Collection[str] | Literal["all"] = "all"

    def may_read(self, path: str) -> bool:
        """Whether the field is shown at all."""
        return _is_open(self.readable, path)

    def may_write(self, path: str) -> bool:
        """Whether the field can be changed."""
        return _is_open(self.writable, path)


def _is_open(fields: Collection[str] | Literal["all"], path: str) -> bool:
    """Whether a path is named, or (for lines) one of their fields. Naming lines does not open their fields."""
    return fields == "all" or path in fields or any(each.startswith(f"{path}.") for each in fields)
