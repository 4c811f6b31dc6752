"""What the declaration demands of a document that could be read: required, limits, steps, how many lines, no twins."""

from __future__ import annotations

from collections.abc import Mapping

from engine.entities.fields.base import FieldKind
from engine.entities.fields.lines import LinesField
from engine.forms.sheet import Block, Sheet
from engine.language.problems import Problem


def demand(sheet: Sheet, *, draft: bool) -> None:
    """Note everything that is missing or out of bounds. A draft may miss things; what it says has to be right."""
    document = sheet.scope()
    for block in sheet.blocks():
        _demand_values(sheet, block, sheet.scope_of(block, document), draft)
    for lines in sheet.entity.lines:
        _demand_lines(sheet, lines, draft)


def _demand_values(sheet: Sheet, block: Block, scope: Mapping[str, object], draft: bool) -> None:
    """Required and limits of the fields of the record or of one line."""
    for each in block.fields:
        state = block.states[each.id]
        value = block.values[each.id]
        if state.hidden or each.id in block.unread:
            continue
        if value is None:
            if state.required and not draft and not each.readonly and not _hangs_on_unread(block, each):
                sheet.note(block, each.id, (Problem("VAL-101", {}),))
        else:
            sheet.note(block, each.id, each.judge(value, scope))


def _hangs_on_unread(block: Block, field: FieldKind) -> bool:
    """Whether the value would have followed from something that could not be read: that is said already."""
    paths = field.default.expression.paths if field.default is not None else ()
    return field.id not in block.raw and any(path[0] in block.unread for path in paths)


def _demand_lines(sheet: Sheet, lines: LinesField, draft: bool) -> None:
    """How many lines there are, and that no two agree where they may not."""
    rows, state = sheet.rows[lines.id], sheet.head.states[lines.id]
    least = max(lines.min, int(state.required))
    if len(rows) < least and not (draft or state.hidden or lines.id in sheet.head.unread):
        sheet.note(sheet.head, lines.id, (Problem("VAL-162", {"count": len(rows), "limit": least}),))
    for each in lines.fields:
        if not each.unique:
            continue
        first: dict[object, int] = {}
        for number, row in enumerate(rows, start=1):
            value = row.values[each.id]
            if value is not None and first.setdefault(value, number) != number:
                sheet.note(row, each.id, (Problem("VAL-166", {"line": first[value]}),))
