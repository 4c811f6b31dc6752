"""The inputs of a form page: a first empty line to type into, the boxes on it, and what people call each input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engine.forms.view import TEMPLATE, FieldView, FormView, LinesView, RowView
from engine.web.pages import label
from engine.web.texts import Texts


def ready(view: FormView) -> FormView:
    """The form as a page shows it: editable lines have at least one row, and `boxes` names every box on the page."""
    sections = tuple(
        replace(section, fields=tuple(_with_a_row(shown) for shown in section.fields)) for section in view.sections
    )
    whole = replace(view, sections=sections)
    return replace(
        whole, boxes=tuple(each.name for each in fields_of(whole) if each.widget == "flag" and not each.readonly)
    )


def fields_of(view: FormView) -> Iterator[FieldView]:
    """Every single field of a form, those of its lines, too."""
    for section in view.sections:
        for shown in section.fields:
            if isinstance(shown, LinesView):
                for row in shown.rows:
                    yield from row.fields
            else:
                yield shown


def known_inputs(view: FormView, language: str) -> dict[str, str]:
    """The id of every input on the page → what a person calls it ("lines-1-quantity" → "第 2 行 数量")."""
    t = Texts(language)
    found: dict[str, str] = {}
    for section in view.sections:
        for shown in section.fields:
            found[shown.name] = label(shown.label, language)
            for number, row in enumerate(shown.rows if isinstance(shown, LinesView) else (), start=1):
                for inner in row.fields:
                    found[inner.name] = t("line_field", number=number, label=label(inner.label, language))
    return found


def _with_a_row(shown: FieldView | LinesView) -> FieldView | LinesView:
    if not isinstance(shown, LinesView) or shown.readonly or shown.rows:
        return shown
    return replace(shown, rows=(_first(shown.template),))


def _first(template: RowView) -> RowView:
    fields = tuple(replace(each, name=each.name.replace(TEMPLATE, "0")) for each in template.fields)
    return RowView(template.name.replace(TEMPLATE, "0"), "", fields)
