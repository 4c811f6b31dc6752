"""The templates: our own, escaped, strict about missing names. A package never carries one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from engine.forms.view import FieldView, LinesView
from engine.language.problems import Refused
from engine.operations.home import MenuSection
from engine.operations.listing import grouped
from engine.web.files import address_of
from engine.web.incoming import Incoming
from engine.web.session import CHOICES, choice_of, csrf_of
from engine.web.texts import Texts
from engine.web.told import hint_of, message_of

FOLDER = Path(__file__).with_name("templates")
NAME = "Formwork"


@cache
def environment() -> Environment:
    """The one environment of templates."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["static"] = address_of
    made.filters["label"] = label
    made.filters["page_text"] = page_text
    made.filters["within"] = within
    made.filters["anchor"] = anchor
    made.filters["beside"] = beside
    made.filters["carry"] = carry
    made.filters["gone"] = gone
    made.filters["query"] = lambda parameters: urlencode({k: v for k, v in parameters.items() if v not in ("", None)})
    return made


def page(
    incoming: Incoming,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: object,
) -> Response:
    """A whole page in the language of the request."""
    text = environment().get_template(template).render(common(incoming) | context)
    return HTMLResponse(text, status, headers)


def common(incoming: Incoming) -> dict[str, Any]:
    """What every template may use."""
    language = incoming.language
    signed_in = incoming.session is not None
    return {
        "t": Texts(language),
        "language": language,
        "choices": CHOICES,
        "theme": choice_of(incoming.cookies, "theme"),
        "density": choice_of(incoming.cookies, "density"),
        "address": incoming.address,
        "csrf": csrf_of(incoming) or "",
        "actor": incoming.actor if signed_in else None,
        "menu": menu(incoming) if signed_in else (),
        "has_alerts": signed_in and bool(incoming.app.alerts),
        "waiting_count": incoming.doors.waiting(incoming.site, incoming.actor) if signed_in else 0,
        "notice": None,
        "number": incoming.number,
        "product": product(incoming),
        "message_of": lambda problem: message_of(problem, incoming),
        "hint_of": lambda problem: hint_of(problem, incoming),
        "problems": (),
    }


def product(incoming: Incoming) -> str:
    """The title of the published package; our own name where none can be read."""
    try:
        return label(incoming.app.title, incoming.language) or NAME
    except Refused:
        return NAME


def menu(incoming: Incoming) -> tuple[MenuSection, ...]:
    """The groups of the menu that this person may open."""
    return incoming.doors.menu(incoming.site, incoming.actor)


def within(text: str, language: str) -> str:
    """A label inside a sentence: "Goods receipt" → "New goods receipt", but "VAT" stays."""
    return text[:1].lower() + text[1:] if language == "en" and text[1:2].islower() else text


def page_text(field: FieldView) -> str:
    """The value of a field to be read: 1,234.50 where its input would hold 1234.50."""
    return grouped(field.shown, field.kind)


def label(value: Any, language: str) -> str:
    """The words of a label of a package in a language; plain text is itself."""
    if isinstance(value, Mapping):
        return str(value.get(language) or next(iter(value.values()), ""))
    text = getattr(value, "text", None)
    return str(text(language)) if callable(text) else str(value if value is not None else "")


def beside(title: str, typed: str) -> str:
    """What stands beside the code in a reference field: the title without the code that is typed already."""
    return "" if title == typed else title.removeprefix(f"{typed} ") if typed else title


def carry(address: str, back: str) -> str:
    """A link that knows the list it leads back to."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode({'back': back})}" if back else address


def gone(lines: LinesView) -> frozenset[str]:
    """The columns of lines that are hidden in every row: they take no room."""
    rows = lines.rows or (lines.template,)
    return frozenset(column.id for at, column in enumerate(lines.columns) if all(row.fields[at].hidden for row in rows))


def anchor(path: tuple[str | int, ...]) -> str:
    """The id of the input that a problem belongs to: ("lines", 2, "quantity") → "lines-2-quantity"."""
    return "-".join(str(part) for part in path)
