"""Cross checks of conversions: documents, fields, lines and balances that are not there, values that would be lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.conversions.schema import Conversion, OpenBalance
from engine.entities.fields.base import FieldKind
from engine.entities.fields.lines import LinesField
from engine.entities.schema import Entity
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.packages.look import Look

Path = tuple[str, ...]


def converted_documents(look: Look) -> Iterator[Problem]:
    """REF-301: a conversion from or to an unknown entity; CNV-110: from or to lines that are not there."""
    for part_id, conversion in look.app.conversions.items():
        lines = conversion.lines
        for key, name, rows in (
            ("source", conversion.source, lines.each if lines else None),
            ("target", conversion.target, lines.into if lines else None),
        ):
            entity = look.app.entities.get(name)
            if entity is None:
                if not look.poison.has("entities", name):
                    yield look.unknown("REF-301", name, look.app.entities, ("conversions", part_id, key))
            elif rows is not None and not isinstance(entity.by_id.get(rows), LinesField):
                known = [each.id for each in entity.lines]
                path = ("conversions", part_id, "lines", "each" if key == "source" else "into")
                yield look.unknown("CNV-110", rows, known, path, entity=name)


def filled_fields(look: Look) -> Iterator[Problem]:
    """REF-302: a field that the target does not have; CNV-114, CNV-116, CNV-117: one that nothing could be put into."""
    for part_id, conversion in look.app.conversions.items():
        target = look.app.entities.get(conversion.target)
        if target is None:
            continue
        path = ("conversions", part_id, "values")
        yield from _filled(look, conversion.values, target, target.by_id, path)
        yield from _placed(look, conversion, path)
        lines = target.by_id.get(conversion.lines.into) if conversion.lines is not None else None
        if isinstance(lines, LinesField) and conversion.lines is not None:
            fields = {each.id: each for each in lines.fields}
            inside = ("conversions", part_id, "lines", "values")
            yield from _filled(look, conversion.lines.values, target, fields, inside)


def _filled(
    look: Look, values: Mapping[str, Formula], target: Entity, fields: Mapping[str, FieldKind], path: Path
) -> Iterator[Problem]:
    """Each field of the target (or its lines) that is given a value."""
    for name in values:
        field = fields.get(name)
        if field is None:
            yield look.unknown("REF-302", name, fields, (*path, name), entity=target.entity)
        elif isinstance(field, LinesField):
            yield look.at("CNV-116", (*path, name), name=name, entity=target.entity)
        elif field.readonly:
            yield look.at("CNV-114", (*path, name), name=name, entity=target.entity)


def _placed(look: Look, conversion: Conversion, path: Path) -> Iterator[Problem]:
    """CNV-117: the form of the target shows a field nowhere, so what is filled in would be gone when it is sent."""
    form = next((each for each in look.app.forms.values() if each.entity == conversion.target), None)
    if form is None or not form.sections:
        return
    placed = {name for section in form.sections for name in section.fields}
    for name in conversion.values:
        if name not in placed and name in look.app.entities[conversion.target].by_id:
            yield look.at("CNV-117", (*path, name), name=name, entity=conversion.target, form=form.form)
    into = conversion.lines.into if conversion.lines is not None else None
    if into in look.app.entities[conversion.target].by_id and into not in placed:
        where = (*path[:2], "lines", "into")
        yield look.at("CNV-117", where, name=into, entity=conversion.target, form=form.form)


def open_balances(look: Look) -> Iterator[Problem]:
    """REF-309, REF-315, CNV-111: a ledger, grain or measure that is not there; CNV-112, CNV-113: a key that is none."""
    for part_id, conversion in look.app.conversions.items():
        named = conversion.lines.open if conversion.lines is not None else None
        if named is not None:
            yield from _open(look, named, ("conversions", part_id, "lines", "open"))


def _open(look: Look, named: OpenBalance, path: Path) -> Iterator[Problem]:
    """One balance."""
    ledger = look.app.ledgers.get(named.ledger)
    if ledger is None:
        if not look.poison.has("ledgers", named.ledger):
            yield look.unknown("REF-309", named.ledger, look.app.ledgers, (*path, "ledger"))
        return
    if ledger.measure(named.measure) is None:
        known = [each.id for each in ledger.measures]
        yield look.unknown("CNV-111", named.measure, known, (*path, "measure"), ledger=ledger.ledger)
    grain = ledger.grain(named.grain)
    if grain is None:
        grains = [each.id for each in ledger.grains]
        yield look.unknown("REF-315", named.grain, grains, (*path, "grain"), ledger=ledger.ledger)
        return
    for name in named.key:
        if name not in grain.by:
            yield look.unknown("CNV-112", name, grain.by, (*path, "key", name), grain=grain.id)
    for name in grain.by:
        if name not in named.key:
            yield look.at("CNV-113", (*path, "key"), name=name, grain=grain.id)
