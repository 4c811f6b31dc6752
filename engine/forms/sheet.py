"""A document while it is being read: one block for its own fields, one for each line, and the scope formulas see.

A block knows where its values came from (`raw`, `before`), what they are now, and which could not be read. The stages
of `engine.forms.read` fill it, one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from difflib import get_close_matches

from engine.entities.fields.base import FieldKind, Handle, Raw, shape, tidy
from engine.entities.fields.lines import LinesField
from engine.entities.fields.reference import ReferenceField
from engine.entities.record import SYSTEM_FIELDS, Record, Scalar, Value
from engine.entities.schema import Entity
from engine.forms.conditions import State
from engine.forms.unflatten import is_flat, unflatten
from engine.language.problems import Problem

Path = tuple[str | int, ...]


@dataclass
class Block:
    """The fields of the record itself, or of one of its lines (`lines` is then the lines' field id).

    `raw` is what was handed in for it, `before` what was stored (None for something new). `views` are the values as
    formulas see them: a reference is the mapping of its record. `handles` name the records that are referred to,
    `claimed` are values handed in for readonly fields, `unread` the fields whose raw value was refused.
    """

    fields: tuple[FieldKind, ...]
    raw: Mapping[str, Raw]
    before: Mapping[str, Value] | None
    path: Path = ()
    lines: str = ""
    id: str | None = None
    values: dict[str, Value] = field(default_factory=dict)
    views: dict[str, object] = field(default_factory=dict)
    handles: dict[str, Handle] = field(default_factory=dict)
    claimed: dict[str, Value] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    states: dict[str, State] = field(default_factory=dict)

    def dotted(self, name: str) -> str:
        """The path of a field in forms and grants: `supplier`, `lines.quantity`."""
        return f"{self.lines}.{name}" if self.lines else name

    def was(self, name: str) -> Value:
        """The stored value; None for something new."""
        return None if self.before is None else self.before.get(name)

    def is_given(self, name: str) -> bool:
        """Whether something was handed in for the field and could be read."""
        return name in self.raw and name not in self.unread

    def put(self, each: FieldKind, value: Value, view: object = None) -> None:
        """Set a value; `view` is the record behind a reference."""
        self.values[each.id] = value
        is_reference = isinstance(each, ReferenceField) and value is not None
        self.views[each.id] = (view if view is not None else {"id": value}) if is_reference else value


@dataclass
class Sheet:
    """The whole document while it is being read, and the problems found so far.

    `typed` is the raw content to be shown again: rows without any content are moved behind the others, so that the
    position of a row there, in `rows` and in the path of a problem is the same.
    """

    entity: Entity
    before: Record | None
    head: Block
    rows: dict[str, list[Block]] = field(default_factory=dict)
    given_rows: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    typed: dict[str, Raw] = field(default_factory=dict)
    roots: Mapping[str, object] = field(default_factory=dict)
    system: Mapping[str, object] = field(default_factory=dict)

    def blocks(self) -> Iterator[Block]:
        """The record, then every line."""
        yield self.head
        for rows in self.rows.values():
            yield from rows

    def note(self, block: Block, name: str, problems: Iterable[Problem]) -> None:
        """Keep problems of one field, with the path of the field in the document."""
        self.problems += [replace(problem, path=(*block.path, name, *problem.path)) for problem in problems]

    def refuse(self, block: Block, name: str, problems: Sequence[Problem]) -> None:
        """Keep problems of a raw value that could not be read; later stages then ask nothing more of the field."""
        if problems:
            block.unread.add(name)
            self.note(block, name, problems)

    def scope(self) -> dict[str, object]:
        """The names that formulas over the record see."""
        lines = {name: tuple([row.views for row in rows]) for name, rows in self.rows.items()}
        return {**self.roots, **self.system, **self.head.views, **lines}

    def scope_of(self, block: Block, document: Mapping[str, object]) -> Mapping[str, object]:
        """The names that the formulas of a field see: in a line its own fields first, and all of them as `line`."""
        return {**document, **block.views, "line": block.views} if block.lines else document


def lay_out(entity: Entity, raw: Mapping[str, Raw], before: Record | None, roots: Mapping[str, object]) -> Sheet:
    """The sheet with everything in its place and nothing read yet: rows matched by id, unknown names reported."""
    head = Block(entity.single, raw, before.values if before else None)
    system = dict.fromkeys(SYSTEM_FIELDS) if before is None else before.bookkeeping()
    sheet = Sheet(entity, before, head, typed=dict(raw), roots=roots, system=system)
    _report_unknown(sheet, raw, (), entity.by_id)
    for lines in entity.lines:
        stored = before.lines(lines.id) if before is not None else ()
        if lines.id in raw:
            sheet.given_rows.add(lines.id)
            sheet.rows[lines.id] = _given_rows(sheet, lines, raw[lines.id], {str(row["id"]): row for row in stored})
        else:
            sheet.rows[lines.id] = [
                Block(lines.fields, {}, row, (lines.id, at), lines.id, str(row["id"])) for at, row in enumerate(stored)
            ]
    for block in sheet.blocks():
        for each in block.fields:
            block.put(each, block.was(each.id))
        if block.lines:
            block.views["id"] = block.id
    return sheet


def paths_in(entity: Entity, raw: Mapping[str, Raw]) -> frozenset[str]:
    """The fields that something is handed in for: `pay`, `lines` and `lines.cost`."""
    nested = unflatten(raw.items()) if is_flat(raw) else raw
    found = set(nested)
    for lines in entity.lines:
        rows, _ = lines.rows(nested.get(lines.id))
        found.update(f"{lines.id}.{name}" for row in rows for name in row)
    return frozenset(found)


def is_blank(value: Raw) -> bool:
    """Whether nothing was said: null, or a text of blanks."""
    return value is None or (isinstance(value, str) and not tidy(value))


def _given_rows(sheet: Sheet, lines: LinesField, raw: Raw, stored: Mapping[str, Mapping[str, Scalar]]) -> list[Block]:
    """The rows that were handed in, those without any content left out, each beside the stored line it continues."""
    if is_blank(raw):
        return []
    rows, problems = lines.rows(raw)
    sheet.refuse(sheet.head, lines.id, problems)
    if not problems:
        rows = tuple(sorted(rows, key=_is_blank_row))
        sheet.typed[lines.id] = rows
    blocks: list[Block] = []
    seen: set[str] = set()
    for at, row in enumerate(rows):
        if _is_blank_row(row):
            break
        known, problem = _row_id(row.get("id"), stored, seen)
        said = row if known else _said(lines, row)
        block = Block(lines.fields, said, stored.get(known) if known else None, (lines.id, at), lines.id, known)
        if problem is not None:
            sheet.note(block, "id", (problem,))
        _report_unknown(sheet, row, block.path, {"id": None, **{each.id: each for each in lines.fields}})
        blocks.append(block)
    return blocks


def _row_id(raw: Raw, stored: Mapping[str, object], seen: set[str]) -> tuple[str | None, Problem | None]:
    """The id of the stored line that a row continues, None for a new one; a problem where there is no such line."""
    if is_blank(raw):
        return None, None
    given = tidy(raw) if isinstance(raw, str) else shape(raw)
    if given in seen:
        return None, Problem("VAL-165", {"id": given})
    if given not in stored:
        return None, Problem("VAL-164", {"id": given})
    seen.add(given)
    return given, None


def _said(lines: LinesField, row: Mapping[str, Raw]) -> Mapping[str, Raw]:
    """A new row without its blanks in fields that must be filled and have a default: there the default holds.

    A page sends every cell of a row; nobody typed the blank ones.
    """
    usual = {each.id for each in lines.fields if each.required and each.default is not None}
    return {name: value for name, value in row.items() if name not in usual or not is_blank(value)}


def _is_blank_row(row: Mapping[str, Raw]) -> bool:
    """Whether a row says nothing: every cell, its id too, is blank or a box without a tick."""
    return all(is_blank(value) or value is False or value == "false" for value in row.values())


def _report_unknown(sheet: Sheet, raw: Mapping[str, Raw], path: Path, known: Mapping[str, object]) -> None:
    """A problem for each name that is no field here."""
    for name in raw:
        if name not in known:
            parameters = {"name": name, "suggestions": close(name, known)}
            sheet.problems.append(Problem("VAL-180", parameters, path=(*path, name)))


def close(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to three known names close to one misspelt."""
    return tuple(get_close_matches(name, list(known), n=3, cutoff=0.6))


def same(left: Value, right: Value) -> bool:
    """Whether two values are one: a number is not text, yes is not 1; 1.5 is 1.50."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, Decimal | int) and isinstance(right, Decimal | int):
        return left == right
    return type(left) is type(right) and left == right
