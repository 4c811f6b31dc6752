"""Reads what a person or program handed in: raw content → typed values and all problems at once.

The stages, in order: nested form of flat names, rows matched, unknown names → references named → all of them resolved
in one batch → values that stand alone → defaults → values that depend on others (units of an item) → what the form
hides and locks → what the declaration demands. Every door (page, JSON, import) comes through here, so all accept alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.entities.fields.base import NO_UNITS, FieldKind, Handle, ParseContext, Raw
from engine.entities.fields.reference import ReferenceField
from engine.entities.record import Line, Record, Scalar, Value
from engine.entities.schema import Entity
from engine.forms.conditions import State, state_of
from engine.forms.demands import demand
from engine.forms.schema import Form
from engine.forms.sheet import Block, Sheet, lay_out, same
from engine.forms.unflatten import is_flat, unflatten
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.units import UnitTable

__all__ = ["Named", "ReadContext", "Reading", "Resolve", "read", "unflatten"]

Named = tuple[str, Handle]
"""A record as people name it: (entity, id or identity text, or pairs of a compound identity)."""

Resolve = Callable[[Sequence[Named]], Mapping[Named, Mapping[str, object] | None]]
"""Finds all named records at once; each as formulas see it (with its `id`). What is not found, or hidden, is left out."""


def _find_nothing(_named: Sequence[Named]) -> Mapping[Named, Mapping[str, object] | None]:
    return {}


@dataclass(frozen=True)
class ReadContext:
    """What reading needs from outside: language, zone, units, the finder of records, ids for new lines.

    `scope` holds the further names of formulas: `actor`, `settings`, `today`, `now`. A `draft` may miss what is
    required; everything that is said in it still has to be right.
    """

    language: str = "zh"
    zone: str = "UTC"
    units: UnitTable = NO_UNITS
    resolve: Resolve = _find_nothing
    new_id: Callable[[], str] = lambda: ""
    scope: Mapping[str, object] = field(default_factory=dict)
    draft: bool = False


@dataclass(frozen=True)
class Reading:
    """What was read.

    `values` are all fields of the record (references as ids, lines as tuples with ids); only without problems do they
    mean anything. `typed` is the raw content in nested form, kept to be shown again. `touched` are the paths
    (`supplier`, `lines.price`; `lines` for rows added or taken away) that the person changed against what was stored
    or would have been there by default. `scope` is what formulas over the record see.
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
    typed = unflatten(raw.items()) if is_flat(raw) else dict(raw)
    sheet = lay_out(entity, typed, before, context.scope)
    handles = parse_references(sheet, context)
    resolve_references(sheet, handles, context)
    parse_alone(sheet, context)
    fill_defaults(sheet, context)
    parse_dependent(sheet, context)
    states = apply_conditions(sheet, form)
    demand(sheet, states, draft=context.draft)
    return finish(sheet, typed, context)


def parse_references(sheet: Sheet, context: ReadContext) -> dict[tuple[int, str], Handle]:
    """What names each reference that was handed in, by block and field."""
    plain = parse_context(context, {})
    handles: dict[tuple[int, str], Handle] = {}
    for block in sheet.blocks():
        for each in _given(block, references_only=True):
            handle, problems = each.parse(block.raw[each.id], plain)
            _refuse(sheet, block, each, problems)
            if handle is None:
                _write(block, each, None)
            elif isinstance(handle, str | tuple):
                handles[id(block), each.id] = handle  # type: ignore[assignment]  # a reference parses to what names it
    return handles


def resolve_references(sheet: Sheet, handles: Mapping[tuple[int, str], Handle], context: ReadContext) -> None:
    """Find all records that are named, by the person or in the stored document, in one batch."""
    wanted: dict[Named, None] = {}
    for block in sheet.blocks():
        for each in block.fields:
            if isinstance(each, ReferenceField):
                stored = block.values.get(each.id)
                for handle in (handles.get((id(block), each.id)), stored):
                    if handle is not None:
                        wanted[each.to, handle] = None  # type: ignore[index]
    found = context.resolve(list(wanted)) if wanted else {}
    for block in sheet.blocks():
        for each in block.fields:
            if isinstance(each, ReferenceField):
                _place(sheet, block, each, handles.get((id(block), each.id)), found)


def _place(
    sheet: Sheet,
    block: Block,
    each: ReferenceField,
    handle: Handle | None,
    found: Mapping[Named, Mapping[str, object] | None],
) -> None:
    """Put the record that was found in its place. A stored reference stays even where its record is not visible."""
    stored = block.values.get(each.id)
    if handle is None:
        if isinstance(stored, str):
            block.put(each, stored, found.get((each.to, stored)))
        return
    view = found.get((each.to, handle))
    if view is not None:
        _write(block, each, str(view["id"]), view)
    elif handle != stored:
        text = handle if isinstance(handle, str) else ", ".join(value for _, value in handle)
        _refuse(sheet, block, each, (Problem("VAL-150", {"text": text, "entity": each.to}),))


def parse_alone(sheet: Sheet, context: ReadContext) -> None:
    """The fields that can be read without looking at others."""
    plain = parse_context(context, {})
    for block in sheet.blocks():
        for each in _given(block):
            if not each.paths():
                _parse(sheet, block, each, plain)


def parse_dependent(sheet: Sheet, context: ReadContext) -> None:
    """The fields whose meaning hangs on others (`unit: item.unit`), and their defaults."""
    document = sheet.scope()
    for block in sheet.blocks():
        dependent = [each for each in block.fields if each.paths()]
        if not dependent:
            continue
        within = parse_context(context, sheet.scope_of(block, document))
        for each in dependent:
            if each.id in block.raw:
                _parse(sheet, block, each, within)
            elif block.before is None and each.default is not None:
                block.put(each, default_of(each, within))
    for block in sheet.blocks():
        within = parse_context(context, sheet.scope_of(block, document))
        for each in block.fields:
            if each.readonly and each.id in block.claimed:
                _check_readonly(sheet, block, each)


def fill_defaults(sheet: Sheet, context: ReadContext) -> None:
    """The defaults of what is new and was not said, in the order of the fields; then the records they refer to."""
    fetched: dict[Named, list[tuple[Block, ReferenceField]]] = {}
    for block in sheet.blocks():
        if block.before is not None:
            continue
        for each in block.fields:
            is_open = each.id not in block.raw or each.readonly
            if each.default is None or each.paths() or not is_open:
                continue
            value = default_of(each, parse_context(context, sheet.scope_of(block, sheet.scope())))
            block.put(each, value)
            if isinstance(each, ReferenceField) and isinstance(value, str):
                fetched.setdefault((each.to, value), []).append((block, each))
    found = context.resolve(list(fetched)) if fetched else {}
    for named, places in fetched.items():
        for block, each in places:
            block.put(each, str(named[1]), found.get(named))


def default_of(each: FieldKind, context: ParseContext) -> Value:
    """The default as the field keeps it; None where the formula gives nothing that fits."""
    if each.default is None:
        return None
    found = each.default.expression.evaluate(context.scope)
    value, problems = each.fit(found["id"] if isinstance(found, Mapping) else found, context)
    return None if problems else _scalar(value)
