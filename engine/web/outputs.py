"""What the server works out while a form is being filled in: units, titles, calculated values. Never an input.

The browser sends the form as it stands and puts the answer beside the inputs. The same reading and the same rules stand
behind it as behind the whole page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from engine.entities.fields.base import Raw
from engine.forms.sheet import is_blank
from engine.forms.view import FieldView, FormView, LinesView
from engine.web.pages import beside, page_text

CELL = re.compile(r"([a-z][a-z0-9_]*-\d{1,6})-([a-z][a-z0-9_]*)")


def outputs(view: FormView, sent: Mapping[str, str]) -> dict[str, dict[str, object]]:
    """For each field on the sender's page: its text or title, its unit, whether it is hidden."""
    rows = sent_rows(sent)
    return {name: _output(field) for name, field in _named(view, rows)}


def sent_rows(sent: Mapping[str, str]) -> dict[str, str]:
    """The rows of the answer (lines-1) → the rows as the sender counts them (lines-3): gaps close, blank ones last."""
    cells: dict[str, list[Raw]] = {}
    for name, text in sent.items():
        found = CELL.fullmatch(name)
        if found:
            cells.setdefault(found[1], []).append(text)
    by_lines: dict[str, list[str]] = {}
    for row in sorted(cells, key=lambda row: int(row.rpartition("-")[2])):
        by_lines.setdefault(row.rpartition("-")[0], []).append(row)
    return {
        f"{lines}-{at}": row
        for lines, here in by_lines.items()
        for at, row in enumerate(sorted(here, key=lambda row: all(_says_nothing(text) for text in cells[row])))
    }


def _says_nothing(text: Raw) -> bool:
    return is_blank(text) or text == "false"


def _named(view: FormView, rows: Mapping[str, str]) -> Iterator[tuple[str, FieldView]]:
    for section in view.sections:
        for shown in section.fields:
            if not isinstance(shown, LinesView):
                yield shown.name, shown
                continue
            for row in shown.rows:
                if row.name in rows:
                    yield from ((f"{rows[row.name]}-{field.id}", field) for field in row.fields)


def _output(field: FieldView) -> dict[str, object]:
    return {
        "shown": beside(field.shown, field.text) if field.widget == "reference" else page_text(field),
        "unit": field.unit,
        "hidden": field.hidden,
    }
