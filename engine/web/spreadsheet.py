"""A list or report as a CSV file that spreadsheets open as it is meant: exact numbers, no text that acts."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from urllib.parse import quote

from starlette.responses import Response

from engine.operations.listing import EXACT, Column, Listing, Row
from engine.web.json_text import plain
from engine.web.pages import label

MOST_ROWS = 50_000
"""Rows of one file; what lies behind them is reached by a filter."""

BYTE_ORDER_MARK = "\ufeff"
ACTS = re.compile(r"[=+\-@\t\r\n＝＋－＠﹣﹢﹦﹫]")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
UNIT = {"zh": "{label}（单位）", "en": "{label} (unit)"}


def csv_answer(listing: Listing, language: str, name: str) -> Response:
    """The file, to be saved: UTF-8 with a mark at its beginning, without which Excel reads Chinese wrongly."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    with_unit = frozenset(
        column.id for column in listing.columns if any(column.id in row.units for row in listing.rows)
    )
    writer.writerow(harmless(text) for text in _heads(listing, with_unit, language))
    for row in listing.rows:
        writer.writerow(_cells(listing.columns, row, with_unit))
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}.csv"}
    return Response(BYTE_ORDER_MARK + file.getvalue(), 200, headers, media_type="text/csv; charset=utf-8")


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe in front of what could be one."""
    return f"'{text}" if ACTS.match(text) and not NUMBER.fullmatch(text) else text


def _heads(listing: Listing, with_unit: frozenset[str], language: str) -> list[str]:
    heads: list[str] = []
    for column in listing.columns:
        title = label(column.label, language)
        heads += [title, UNIT[language].format(label=title)] if column.id in with_unit else [title]
    return heads


def _cells(columns: tuple[Column, ...], row: Row, with_unit: frozenset[str]) -> list[str]:
    cells: list[str] = []
    for column, text in zip(columns, row.cells, strict=True):
        exact = column.kind in EXACT or column.kind == "integer" or column.id in with_unit
        cells.append(_exact(row.values, column.id) if exact else harmless(text))
        if column.id in with_unit:
            cells.append(harmless(row.units.get(column.id, "")))
    return cells


def _exact(values: Mapping[str, object], name: str) -> str:
    """A number digit for digit; whatever else stands there as harmless text."""
    value = plain(values.get(name))
    return "" if value is None else harmless(str(value))
