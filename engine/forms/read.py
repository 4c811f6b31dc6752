"""Reads what a person or program handed in: raw content → typed values and all problems at once.

The stages, in order: flat names nested, rows matched, unknown names → references named → all of them found in one batch
(and with them the zone of local times) → values that stand alone → defaults → values that depend on others (units of an
item) → what the form hides and locks → what the declaration demands. Every door (page, JSON, import) comes through
here, so all accept alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.entities.fields.base import NO_UNITS, FieldKind, Handle, ParseContext, Raw, lookup
from engine.entities.fields.lines import LinesField
from engine.entities.fields.reference import ReferenceField
from engine.entities.record import Line, Record, Scalar, Value
from engine.entities.schema import Entity
from engine.forms.conditions import state_of
from engine.forms.demands import demand
from engine.forms.schema import Form
from engine.forms.sheet import Block, Sheet, lay_out, same
from engine.forms.unflatten import is_flat, unflatten
from engine.language.problems import Problem
from engine.language.units import UnitTable

__all__ = ["Named", "ReadContext", "Reading", "Resolve", "named_in", "read", "unflatten"]

Named = tuple[str, Handle]
"""A record as people name it: (entity, id or identity text, or pairs of a compound identity)."""

Resolve = Callable[[Sequence[Named]], Mapping[Named, Mapping[str, object] | None]]
"""Finds all named records at once, each as formulas see it (with its `id`). What is not found or hidden is left out."""

PASSES = 5
"""How often conditions are judged again because a cleared field changed another condition."""


def find_nothing(_named: Sequence[Named]) -> Mapping[Named, Mapping[str, object] | None]:
    """The finder of a document without references."""
    return {}


@dataclass(frozen=True)
class ReadContext:
    """What reading needs from outside: language, zone, units, the finder of records, ids for new lines.

    `zone` is that of local times unless one of `zone_paths` (`place.zone`) leads to another in what was handed in.
    `scope` holds the further names of formulas: `actor`, `settings`, `today`, `now`. A `draft` may miss what is
    required; everything that is said in it still has to be right.
    """

    language: str = "zh"
    zone: str = "UTC"
    zone_paths: tuple[str, ...] = ()
    units: UnitTable = NO_UNITS
    resolve: Resolve = find_nothing
    new_id: Callable[[], str] = str
    scope: Mapping[str, object] = field(default_factory=dict)
    draft: bool = False

    def parsing(self, scope: Mapping[str, object]) -> ParseContext:
        """What parsing one value needs, with the names that its declaration may follow."""
        return ParseContext(self.language, self.zone, self.units, scope)

    def within(self, sheet: Sheet) -> ReadContext:
        """The same in the zone that the records referred to state; to be asked when they are found."""
        stated = (lookup(sheet.head.views, path) for path in self.zone_paths)
        zone = next((each for each in stated if isinstance(each, str)), self.zone)
        return self if zone == self.zone else replace(self, zone=zone)


@dataclass(frozen=True)
class Reading:
    """What was read.

    `values` are all fields of the record (references as ids, lines as tuples with ids); only without problems do they
    mean anything. `typed` is the raw content, nested, to be shown again (empty rows last). `touched` are the paths
    (`supplier`, `lines.price`; `lines` for rows added or taken away) that the person changed against what was stored.
    `scope` is what formulas over the record see.
    """

    values: Mapping[str, Value]
    problems: tuple[Problem, ...]
    typed: Mapping[str, Raw]
    touched: frozenset[str]
    scope: Mapping[str, object]


def read(
    entity: Entity, form: Form | None, raw: Mapping[str, Raw], before: Record | None, context: ReadContext
) -> Reading:
    """Read one document. A name that is not in `raw` stays as it was (or takes its default); null or "" clears it.

    Lines are matched by id; those of an edited document that are missing go, but only if the lines were handed in.
    """
    nested = unflatten(raw.items()) if is_flat(raw) else raw
    sheet = lay_out(entity, nested, before, context.scope)
    name_references(sheet, context)
    find_references(sheet, context)
    context = context.within(sheet)
    parse_alone(sheet, context)
    fill_defaults(sheet, context)
    parse_dependent(sheet, context)
    check_readonly(sheet)
    apply_conditions(sheet, form, context)
    demand(sheet, draft=context.draft)
    return finish(sheet, context)


def named_in(entity: Entity, raw: Mapping[str, Raw]) -> Iterator[Named]:
    """The records that nested raw content names, found without reading the rest of it."""
    plain = ParseContext()
    rows = ((lines.fields, row) for lines in entity.lines for row in lines.rows(raw.get(lines.id))[0])
    for fields, values in ((entity.fields, raw), *rows):
        for each in fields:
            if isinstance(each, ReferenceField) and each.id in values:
                handle, _ = each.handle(values[each.id], plain)
                if handle is not None:
                    yield each.to, handle


def name_references(sheet: Sheet, context: ReadContext) -> None:
    """What names each reference that was handed in."""
    plain = context.parsing({})
    for block, each in given(sheet):
        if isinstance(each, ReferenceField):
            handle, problems = each.handle(block.raw[each.id], plain)
            sheet.refuse(block, each.id, problems)
            if handle is not None:
                block.handles[each.id] = handle
            elif not problems:
                write(block, each, None)


def find_references(sheet: Sheet, context: ReadContext) -> None:
    """Find all records that are named, by the person or in the stored document, in one batch."""
    wanted: dict[Named, None] = {}
    for block, each in references(sheet):
        stored = block.values[each.id]
        if isinstance(stored, str):
            wanted[each.to, stored] = None
        if each.id in block.handles:
            wanted[each.to, block.handles[each.id]] = None
    found = context.resolve(list(wanted)) if wanted else {}
    for block, each in references(sheet):
        stored, handle = block.values[each.id], block.handles.get(each.id)
        if isinstance(stored, str):
            block.put(each, stored, found.get((each.to, stored)))
        if handle is None or handle == stored:
            continue
        view = found.get((each.to, handle))
        if view is not None:
            write(block, each, str(view["id"]), view)
        else:
            text = handle if isinstance(handle, str) else ", ".join(value for _, value in handle)
            sheet.refuse(block, each.id, (Problem("VAL-150", {"text": text, "entity": each.to}),))


def parse_alone(sheet: Sheet, context: ReadContext) -> None:
    """The fields that can be read without looking at others."""
    plain = context.parsing({})
    for block, each in given(sheet):
        if not each.paths() and not isinstance(each, ReferenceField):
            parse_one(sheet, block, each, plain)


def fill_defaults(sheet: Sheet, context: ReadContext) -> None:
    """The defaults of what is new and was not said, in the order of the fields; then the records they refer to."""
    referred: list[tuple[Block, ReferenceField, Named]] = []
    for block in sheet.blocks():
        if block.before is not None:
            continue
        document = sheet.scope()
        for each in block.fields:
            if each.default is None or each.paths() or (each.id in block.raw and not each.readonly):
                continue
            value = default_of(each, context.parsing(sheet.scope_of(block, document)))
            block.put(each, value)
            document = document if block.lines else sheet.scope()
            if isinstance(each, ReferenceField) and isinstance(value, str):
                referred.append((block, each, (each.to, value)))
    found = context.resolve(list(dict.fromkeys(named for _, _, named in referred))) if referred else {}
    for block, each, named in referred:
        block.put(each, block.values[each.id], found.get(named))


def parse_dependent(sheet: Sheet, context: ReadContext) -> None:
    """The fields whose meaning hangs on others (`unit: item.unit`), and their defaults."""
    document = sheet.scope()
    for block in sheet.blocks():
        within = context.parsing(sheet.scope_of(block, document))
        for each in block.fields:
            if not each.paths():
                continue
            if each.id in block.raw:
                parse_one(sheet, block, each, within)
            if block.before is None and (each.id not in block.raw or each.readonly):
                block.put(each, default_of(each, within))


def check_readonly(sheet: Sheet) -> None:
    """What was handed in for a readonly field has to be what is there already."""
    for block in sheet.blocks():
        for each in block.fields:
            if each.id in block.claimed:
                claimed, kept = block.claimed[each.id], block.values[each.id]
                if not same(claimed, kept) and not (claimed is None and block.before is None):
                    sheet.note(block, each.id, (Problem("VAL-181", {}),))


def apply_conditions(sheet: Sheet, form: Form | None, context: ReadContext) -> None:
    """Hide, require and lock as the form says; clear what is hidden, until no condition changes any more."""
    for _ in range(PASSES):
        document = sheet.scope()
        for block in sheet.blocks():
            within = {**document, "line": block.views} if block.lines else document
            for each in block.fields:
                block.states[each.id] = state_of(form, block.dotted(each.id), each, within)
        for lines in sheet.entity.lines:
            sheet.head.states[lines.id] = state_of(form, lines.id, lines, document)
        if not clear_hidden(sheet):
            break
    restore_locked(sheet, context)


def clear_hidden(sheet: Sheet) -> bool:
    """Clear the hidden fields that do not keep their value; whether anything was cleared."""
    changed = False
    for block in sheet.blocks():
        for each in block.fields:
            if block.states[each.id].hidden and each.when_hidden == "clear" and block.values[each.id] is not None:
                block.put(each, None)
                changed = True
    for lines in sheet.entity.lines:
        if sheet.head.states[lines.id].hidden and lines.when_hidden == "clear" and sheet.rows[lines.id]:
            sheet.rows[lines.id] = []
            changed = True
    return changed


def restore_locked(sheet: Sheet, context: ReadContext) -> None:
    """What is locked keeps the value it had (in a new document: its default); another one handed in is a problem."""
    document = sheet.scope()
    for block in sheet.blocks():
        for each in block.fields:
            if not block.states[each.id].locked or not block.is_given(each.id) or each.readonly:
                continue
            kept = block.was(each.id)
            if block.before is None:
                kept = default_of(each, context.parsing(sheet.scope_of(block, document)))
            if not same(block.values[each.id], kept):
                sheet.note(block, each.id, (Problem("VAL-182", {}),))
                block.put(each, kept)
    for lines in sheet.entity.lines:
        if sheet.head.states[lines.id].locked and any(path.split(".")[0] == lines.id for path in touched(sheet)):
            sheet.note(sheet.head, lines.id, (Problem("VAL-182", {}),))


def finish(sheet: Sheet, context: ReadContext) -> Reading:
    """The answer; new lines get their ids."""
    changed = touched(sheet)
    for rows in sheet.rows.values():
        for row in rows:
            row.id = row.id or context.new_id()
            row.views["id"] = row.id
    values: dict[str, Value] = {}
    for each in sheet.entity.fields:
        values[each.id] = lines_of(sheet.rows[each.id]) if isinstance(each, LinesField) else sheet.head.values[each.id]
    return Reading(values, tuple(sheet.problems), sheet.typed, changed, sheet.scope())


def lines_of(rows: Sequence[Block]) -> tuple[Line, ...]:
    """The values of lines, each with its id."""
    return tuple({"id": row.id, **{name: scalar(value) for name, value in row.values.items()}} for row in rows)


def touched(sheet: Sheet) -> frozenset[str]:
    """The paths that the person changed against what was stored."""
    paths = set()
    for block, each in given(sheet):
        if each.id not in block.unread and not same(block.values[each.id], block.was(each.id)):
            paths.add(block.dotted(each.id))
    for name in sheet.given_rows:
        stored = [] if sheet.before is None else [line["id"] for line in sheet.before.lines(name)]
        if [row.id for row in sheet.rows[name]] != stored:
            paths.add(name)
    return frozenset(paths)


def given(sheet: Sheet) -> Iterator[tuple[Block, FieldKind]]:
    """Every field that something was handed in for, with its block."""
    for block in sheet.blocks():
        for each in block.fields:
            if each.id in block.raw:
                yield block, each


def references(sheet: Sheet) -> Iterator[tuple[Block, ReferenceField]]:
    """Every reference of the document, with its block."""
    for block in sheet.blocks():
        for each in block.fields:
            if isinstance(each, ReferenceField):
                yield block, each


def parse_one(sheet: Sheet, block: Block, each: FieldKind, context: ParseContext) -> None:
    """Read one raw value, or keep its problems."""
    value, problems = each.parse(block.raw[each.id], context)
    sheet.refuse(block, each.id, problems)
    if not problems:
        write(block, each, scalar(value))


def write(block: Block, each: FieldKind, value: Value, view: Mapping[str, object] | None = None) -> None:
    """Put what was handed in into the field; for a readonly field only remember it."""
    if each.readonly:
        block.claimed[each.id] = value
    else:
        block.put(each, value, view)


def default_of(each: FieldKind, context: ParseContext) -> Value:
    """The default as the field keeps it; None where there is none or it gives nothing that fits."""
    if each.default is None:
        return None
    found: object = each.default.expression.evaluate(context.scope)
    value, problems = each.fit(found["id"] if isinstance(found, Mapping) else found, context)  # type: ignore[arg-type]
    return None if problems else scalar(value)


def scalar(value: object) -> Scalar:
    """A value of a single field; lines never get here."""
    assert not isinstance(value, tuple)
    return value  # type: ignore[return-value]
