"""A document as a page shows it: plain sections, fields and rows, ready for templates. No HTML is made here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.entities.fields.base import FieldKind, FormatContext, Raw
from engine.entities.fields.choice import ChoiceField
from engine.entities.fields.flag import SHOWN, FlagField
from engine.entities.fields.lines import LinesField
from engine.entities.fields.number import Number
from engine.entities.fields.reference import ReferenceField
from engine.entities.record import Value
from engine.entities.schema import Entity
from engine.forms.conditions import state_of
from engine.forms.schema import Form, sections_of
from engine.language.declared import Label
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
    """One field: `text` is what its input holds (as typed, where it was typed), `shown` what a page says instead."""

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
    """Which fields (`supplier`, `lines.price`) the reader may see and change; None means all."""

    readable: Collection[str] | None = None
    writable: Collection[str] | None = None

    def may_read(self, path: str) -> bool:
        """Whether the field is shown at all."""
        return self.readable is None or path in self.readable

    def may_write(self, path: str) -> bool:
        """Whether the field can be changed."""
        return self.writable is None or path in self.writable


@dataclass(frozen=True)
class Showing:
    """Everything that showing one form needs; see `show`."""

    entity: Entity
    form: Form | None
    values: Mapping[str, Value]
    typed: Mapping[str, Raw]
    problems: Sequence[Problem]
    access: Access
    labels: Mapping[tuple[str, str], str]
    codes: Mapping[tuple[str, str], str]
    scope: Mapping[str, object]
    context: FormatContext
    units: Mapping[str, str]
    readonly: bool

    def field(self, each: FieldKind, place: Place) -> FieldView:
        """One field of the record or of a line."""
        special = self.form.by_path.get(place.path(each)) if self.form is not None else None
        state = state_of(self.form, place.path(each), each, place.condition_scope)
        fixed = self.readonly or each.readonly or state.locked or not self.access.may_write(place.path(each))
        value = place.values.get(each.id)
        context = replace(self.context, scope=place.scope)
        typed = each.id in place.raw and not each.readonly
        text = text_of(place.raw[each.id]) if typed else self._input_text(each, value, context)
        widget = (special.widget if special is not None else None) or each.input_widget()
        unit = each.unit_in(place.scope) or "" if isinstance(each, Number) else ""
        return FieldView(
            id=each.id,
            name=place.name(each),
            kind=each.kind,
            widget=widget,
            label=wording(special.label if special is not None and special.label is not None else each.label, each.id),
            text=text,
            shown=each.format(value, context),
            help=_help(special.help if special is not None and special.help is not None else each.help),
            required=state.required and not fixed,
            readonly=fixed,
            hidden=state.hidden,
            problems=tuple(problem for problem in self.problems if problem.path[: len(place.at) + 1] == (*place.at, each.id)),
            options=options_of(each),
            unit=self.units.get(unit, unit),
            to=each.to if isinstance(each, ReferenceField) else "",
            checked=text == "true",
        )

    def _input_text(self, each: FieldKind, value: Value, context: FormatContext) -> str:
        """What the input holds for a stored value; a record goes by its code where it has one."""
        if isinstance(each, ReferenceField) and isinstance(value, str):
            return self.codes.get((each.to, value), value)
        return each.typed(value, context)

    def lines(self, each: LinesField) -> LinesView:
        """All rows of a lines field: as typed where they were typed, else as stored."""
        state = state_of(self.form, each.id, each, self.scope)
        fixed = self.readonly or each.readonly or state.locked or not self.access.may_write(each.id)
        shown = replace(self, readonly=fixed)
        stored, typed = self.values.get(each.id), self.typed.get(each.id)
        known = stored if isinstance(stored, tuple) else ()
        raw_rows = [row for row in typed if isinstance(row, Mapping)] if isinstance(typed, list | tuple) else None
        count = len(known) if raw_rows is None else len(raw_rows)
        rows = tuple(
            shown.row(each, str(at), known[at] if at < len(known) else {}, raw_rows[at] if raw_rows is not None else {})
            for at in range(count)
        )
        empty = shown.row(each, TEMPLATE, {}, {})
        special = self.form.by_path.get(each.id) if self.form is not None else None
        return LinesView(
            id=each.id,
            name=each.id,
            label=wording(special.label if special is not None and special.label is not None else each.label, each.id),
            columns=empty.fields,
            rows=rows,
            template=empty,
            help=_help(each.help),
            required=(state.required or each.min > 0) and not fixed,
            readonly=fixed,
            hidden=state.hidden,
            problems=tuple(problem for problem in self.problems if self._is_of_lines(problem, each)),
        )

    def row(self, lines: LinesField, at: str, values: Mapping[str, object], raw: Mapping[str, Raw]) -> RowView:
        """One line, or the empty one."""
        views = self.scope.get(lines.id)
        number = int(at) if at != TEMPLATE else None
        known = views[number] if isinstance(views, tuple) and number is not None and number < len(views) else {}
        line = {"id": None, **dict.fromkeys(field.id for field in lines.fields), **known}
        position: tuple[str | int, ...] = (lines.id, at if number is None else number)
        place = Place(values, raw, {**self.scope, **line, "line": line}, {**self.scope, "line": line}, position, lines.id)
        fields = tuple(self.field(each, place) for each in lines.fields if self.access.may_read(place.path(each)))
        return RowView(f"{lines.id}-{at}", str(values.get("id") or raw.get("id") or ""), fields)

    def _is_of_lines(self, problem: Problem, each: LinesField) -> bool:
        """Whether a problem belongs to the lines as a whole, or to a row but to no cell of it."""
        path = problem.path
        return path[:1] == (each.id,) and (len(path) < 3 or each.field(str(path[2])) is None)

    def head(self) -> Place:
        """The record itself as the place of fields."""
        return Place(self.values, self.typed, self.scope, self.scope)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field stands: its values, raw values and scopes, and in a line the position of the row."""

    values: Mapping[str, object]
    raw: Mapping[str, Raw]
    scope: Mapping[str, object]
    condition_scope: Mapping[str, object]
    at: tuple[str | int, ...] = ()
    lines: str = ""

    def path(self, each: FieldKind) -> str:
        """The path of the field in forms and grants."""
        return f"{self.lines}.{each.id}" if self.lines else each.id

    def name(self, each: FieldKind) -> str:
        """The name of the field's input."""
        return "-".join(map(str, (*self.at, each.id)))
