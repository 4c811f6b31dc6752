"""Makes the view of a document: what is shown where, with which text, what is wrong with it, what can be picked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.entities.fields.base import FieldKind, FormatContext, ParseContext, Raw
from engine.entities.fields.choice import ChoiceField
from engine.entities.fields.flag import SHOWN, FlagField
from engine.entities.fields.lines import LinesField
from engine.entities.fields.number import Number
from engine.entities.fields.reference import ReferenceField
from engine.entities.record import SYSTEM_FIELDS, Value
from engine.entities.schema import Entity
from engine.forms.conditions import state_of
from engine.forms.read import default_of
from engine.forms.schema import Form, sections_of
from engine.forms.view import (
    TEMPLATE,
    Access,
    FieldView,
    FormView,
    LinesView,
    Option,
    RowView,
    SectionView,
    Wording,
)
from engine.language.declared import Label
from engine.language.problems import Problem

__all__ = ["Access", "Background", "FormView", "show"]


@dataclass(frozen=True)
class Background:
    """What showing needs beside the document itself.

    `labels` are titles of records, `codes` what a person would type for them, by (entity, id); `units` the labels of
    units; `scope` what formulas over the record see (from `Reading.scope`, or values with references expanded).
    """

    zone: str = "UTC"
    labels: Mapping[tuple[str, str], str] = field(default_factory=dict)
    codes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    scope: Mapping[str, object] = field(default_factory=dict)
    readonly: bool = False


EVERYTHING = Access()
NO_BACKGROUND = Background()


def show(
    entity: Entity,
    form: Form | None,
    values: Mapping[str, Value],
    typed: Mapping[str, Raw],
    problems: Sequence[Problem],
    language: str,
    access: Access = EVERYTHING,
    background: Background = NO_BACKGROUND,
) -> FormView:
    """The view of a document. `typed` is what a person typed and is shown again as typed (`Reading.typed`), else {}."""
    empty = dict.fromkeys((*SYSTEM_FIELDS, *(each.id for each in entity.fields)))
    scope = {**empty, **{each.id: () for each in entity.lines}, **values, **background.scope}
    context = FormatContext(language, background.zone, background.labels, scope)
    showing = Showing(
        entity, form, values, typed, tuple(problems), access, background, scope, context, background.readonly
    )
    sections = tuple(showing.sections())
    shown = [each for section in sections for each in section.fields]
    claimed = {id(problem) for each in shown for problem in _problems_of(each)}
    inputs = [each for view in shown for each in _inputs(view) if not each.readonly]
    return FormView(
        sections=sections,
        readonly=background.readonly
        or not (inputs or any(isinstance(view, LinesView) and not view.readonly for view in shown)),
        boxes=tuple(each.name for each in inputs if each.widget == "flag"),
        uploads=any(each.widget == "attachment" for each in inputs),
        problems=tuple(problem for problem in problems if id(problem) not in claimed),
    )


@dataclass(frozen=True)
class Showing:
    """Everything that showing one form needs; see `show`."""

    entity: Entity
    form: Form | None
    values: Mapping[str, Value]
    typed: Mapping[str, Raw]
    problems: Sequence[Problem]
    access: Access
    background: Background
    scope: Mapping[str, object]
    context: FormatContext
    readonly: bool

    def sections(self) -> Iterator[SectionView]:
        """The sections with something to see in them."""
        for section in sections_of(self.entity, self.form):
            found: list[FieldView | LinesView] = []
            for path in section.fields:
                each = self.entity.by_id.get(path)
                if isinstance(each, LinesField) and self.access.may_read(path):
                    found.append(self.lines(each))
                elif each is not None and self.access.may_read(path):
                    found.append(self.field(each, self.head()))
            if found:
                label = section.label.as_mapping() if section.label is not None else None
                yield SectionView(section.id, label, section.columns, tuple(found))

    def field(self, each: FieldKind, place: Place) -> FieldView:
        """One field of the record or of a line."""
        special = self.form.by_path.get(place.path(each)) if self.form is not None else None
        state = state_of(self.form, place.path(each), each, place.condition_scope)
        fixed = self.readonly or each.readonly or state.locked or not self.access.may_write(place.path(each))
        value: Value = place.values.get(each.id)  # type: ignore[assignment]  # the values of a record or a line
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
            problems=tuple(
                problem for problem in self.problems if problem.path[: len(place.at) + 1] == (*place.at, each.id)
            ),
            options=options_of(each),
            unit=self.background.units.get(unit, unit),
            to=each.to if isinstance(each, ReferenceField) else "",
            checked=text == "true",
            usual=self._usual(each, place, context),
        )

    def _usual(self, each: FieldKind, place: Place, context: FormatContext) -> str:
        """The default of a field that must be filled, in a line that is not stored yet."""
        if not place.lines or place.values.get("id") or not each.required or each.default is None:
            return ""
        if not {path[0] for path in each.default.expression.paths} <= place.scope.keys():
            return ""
        value = default_of(each, ParseContext(context.language, context.zone, scope=place.scope))
        return each.format(value, context)

    def _input_text(self, each: FieldKind, value: Value, context: FormatContext) -> str:
        """What the input holds for a stored value; a record goes by its code where it has one."""
        if isinstance(each, ReferenceField) and isinstance(value, str):
            return self.background.codes.get((each.to, value), value)
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
        place = Place(
            values, raw, {**self.scope, **line, "line": line}, {**self.scope, "line": line}, position, lines.id
        )
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


def text_of(raw: Raw) -> str:
    """What was typed or handed in, as an input can hold it."""
    match raw:
        case None:
            return ""
        case bool():
            return "true" if raw else "false"
        case Mapping():
            return " ".join(text_of(part) for part in raw.values())
        case str():
            return raw
        case list() | tuple():
            return ""
        case _:
            return str(raw)


def wording(label: Label | None, otherwise: str) -> Wording:
    """A label in both languages; the id where there is none."""
    return label.as_mapping() if label is not None else {"zh": otherwise, "en": otherwise}


def options_of(each: FieldKind) -> tuple[Option, ...]:
    """What can be picked."""
    if isinstance(each, ChoiceField):
        return tuple(Option(choice.id, wording(choice.label, choice.id)) for choice in each.choices)
    if isinstance(each, FlagField):
        words = {value: {language: SHOWN[language][value] for language in SHOWN} for value in (True, False)}
        return (Option("true", words[True]), Option("false", words[False]))
    return ()


def _help(label: Label | None) -> Wording | None:
    return label.as_mapping() if label is not None else None


def _inputs(view: FieldView | LinesView) -> Iterator[FieldView]:
    """The fields a person may fill in, those of all rows too."""
    if isinstance(view, FieldView):
        yield view
    else:
        for row in view.rows:
            yield from row.fields


def _problems_of(view: FieldView | LinesView) -> Iterator[Problem]:
    """The problems shown at a field, in lines also at its cells. Hidden fields show none."""
    if view.hidden:
        return
    yield from view.problems
    if isinstance(view, LinesView):
        for row in view.rows:
            for cell in row.fields:
                yield from () if cell.hidden else cell.problems
