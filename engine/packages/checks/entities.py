"""Cross checks of entities: what their fields point at, what names them, what their ids may be."""

from __future__ import annotations

from collections.abc import Iterator
from keyword import iskeyword
from typing import Any

from engine.entities.record import SYSTEM_FIELDS
from engine.entities.schema import Entity
from engine.language.currencies import CURRENCIES, is_currency
from engine.language.problems import Problem
from engine.packages.look import Look

RESERVED = frozenset((*SYSTEM_FIELDS, "line", "actor", "settings", "today", "now", "package"))
"""Ids that formulas and tables use for something else."""


def every_field(look: Look) -> Iterator[tuple[str, tuple[str, ...], Any]]:
    """All fields of all entities, also those inside lines: entity, path of ids, field."""
    for part_id, entity in look.app.entities.items():
        for field in entity.fields:
            path = ("entities", part_id, "fields", field.id)
            yield part_id, path, field
            for inner in getattr(field, "fields", ()):
                yield part_id, (*path, "fields", inner.id), inner


def reference_targets(look: Look) -> Iterator[Problem]:
    """REF-301: a reference, or a dimension of a ledger, to an entity that does not exist."""
    for _, path, field in every_field(look):
        target = str(getattr(field, "to", ""))
        known = target in look.app.entities or look.poison.has("entities", target)
        if field.kind == "reference" and not known:
            yield look.unknown("REF-301", target, look.app.entities, (*path, "to"))
    for part_id, ledger in look.app.ledgers.items():
        for dimension in ledger.dimensions:
            entity = dimension.ref
            if entity not in (None, *look.app.entities) and not look.poison.has("entities", entity):
                path = ("ledgers", part_id, "dimensions", dimension.id, "ref")
                yield look.unknown("REF-301", str(entity), look.app.entities, path)


def named_fields(look: Look) -> Iterator[Problem]:
    """REF-302: `identity`, `effective`, `company` name a field that is not there; REF-317: one of another kind."""
    for part_id, entity in look.app.entities.items():
        fields = {field.id: field for field in entity.fields}
        for position, name in enumerate(entity.identity):
            if name not in fields:
                path = ("entities", part_id, "identity", str(position))
                yield look.unknown("REF-302", name, fields, path, entity=part_id)
        for key, kinds in (("effective", ("date", "instant")), ("company", ("reference",))):
            name = getattr(entity, key)
            if name is None:
                continue
            if name not in fields:
                yield look.unknown("REF-302", name, fields, ("entities", part_id, key), entity=part_id)
            elif fields[name].kind not in kinds:
                parameters = {"name": name, "key": key, "kind": fields[name].kind, "wanted": kinds}
                yield look.at("REF-317", ("entities", part_id, key), **parameters)


def zones_lead_somewhere(look: Look) -> Iterator[Problem]:
    """REF-302: `zone` leads through a field that is not there; REF-317: not from a reference to a text with a zone."""
    for part_id, entity in look.app.entities.items():
        here: Entity | None = entity
        for name, wanted in zip((entity.zone or "").split("."), ("reference", "zone"), strict=False):
            if here is None or not name:
                break
            found = here.by_id.get(name)
            path = ("entities", part_id, "zone")
            if found is None:
                yield look.unknown("REF-302", name, here.by_id, path, entity=here.entity)
            elif wanted not in (found.kind, getattr(found, "names", None)):
                needed = "reference" if wanted == "reference" else "text, names: zone"
                yield look.at("REF-317", path, name=name, key="zone", kind=found.kind, wanted=(needed,))
                break
            here = look.app.entities.get(getattr(found, "to", ""))


def identity_required(look: Look) -> Iterator[Problem]:
    """REF-318: a field of the identity may be left empty; REF-319: a master without identity."""
    for part_id, entity in look.app.entities.items():
        fields = {field.id: field for field in entity.fields}
        for name in entity.identity:
            if name in fields and not fields[name].required:
                yield look.at("REF-318", ("entities", part_id, "fields", name), name=name, entity=part_id)
        if entity.kind == "master" and not entity.identity and not look.poison.has("entities", part_id):
            yield look.at("REF-319", ("entities", part_id), entity=part_id)


def series_exist(look: Look) -> Iterator[Problem]:
    """REF-311: documents numbered by a series that does not exist."""
    for part_id, entity in look.app.entities.items():
        if entity.series and entity.series not in look.app.series and not look.poison.has("series", entity.series):
            yield look.unknown("REF-311", entity.series, look.app.series, ("entities", part_id, "series"))


def reserved_ids(look: Look) -> Iterator[Problem]:
    """REF-321: a field is called like something the engine keeps or offers; REF-327: like a word of the formulas."""
    for _, path, field in every_field(look):
        if field.id in RESERVED:
            yield look.at("REF-321", (*path, "id"), name=field.id)
        elif iskeyword(field.id):
            yield look.at("REF-327", (*path, "id"), name=field.id)


def renamed_fields(look: Look) -> Iterator[Problem]:
    """REF-322: `renamed_from` names a field that is still there; REF-345: one that another field comes from already."""
    first: dict[tuple[str, ...], str] = {}
    alive = {path for _, path, _ in every_field(look)}
    for _, path, field in every_field(look):
        if field.renamed_from is None:
            continue
        old = (*path[:-1], field.renamed_from)
        other = first.setdefault(old, field.id)
        where = (*path, "renamed_from")
        if old in alive:
            yield look.at("REF-322", where, name=field.renamed_from, field=field.id)
        elif other != field.id:
            yield look.at("REF-345", where, name=field.renamed_from, field=field.id, other=other)


def units_exist(look: Look) -> Iterator[Problem]:
    """REF-312: a quantity in a unit that no unit file declares. A unit read through a path is checked by its type."""
    if look.app.units is None and look.poison.has("units", "units"):
        return
    known = tuple(unit.id for unit in look.app.units.units) if look.app.units is not None else ()
    places = [(path, field.unit) for _, path, field in every_field(look) if field.kind == "quantity"]
    for part_id, ledger in look.app.ledgers.items():
        places += [(("ledgers", part_id, "measures", m.id), m.unit) for m in ledger.measures if m.unit is not None]
    for path, unit in places:
        if "." not in unit and unit not in known and not _is_field(look, path, unit):
            yield look.unknown("REF-312", unit, known, (*path, "unit"))


def currencies_exist(look: Look) -> Iterator[Problem]:
    """REF-346: money in what is neither a currency nor a name beside it. A path is followed by `unit_paths`."""
    places = [
        (path, field.currency, _is_field(look, path, field.currency))
        for _, path, field in every_field(look)
        if field.kind == "money"
    ]
    for part_id, setting in look.app.settings.items():
        if setting.currency is not None:
            places.append((("settings", part_id), setting.currency, False))
    for part_id, ledger in look.app.ledgers.items():
        for measure in ledger.measures:
            if measure.currency is not None:
                beside = ledger.dimension(measure.currency) is not None
                places.append((("ledgers", part_id, "measures", measure.id), measure.currency, beside))
    known = tuple(code for code in CURRENCIES if is_currency(code))
    for path, currency, beside in places:
        if "." not in currency and not is_currency(currency) and not beside:
            yield look.unknown("REF-346", currency, known, (*path, "currency"))


def _is_field(look: Look, path: tuple[str, ...], name: str) -> bool:
    """Whether a unit or currency is the name of a field beside the amount (`unit: unit`)."""
    return any(other[:-1] == path[:-1] and field.id == name for _, other, field in every_field(look))


def unit_paths(look: Look) -> Iterator[Problem]:
    """REF-323: a unit or currency read through a path that leads nowhere."""
    for entity, path, field in every_field(look):
        written = getattr(field, "unit", None) or getattr(field, "currency", None)
        key = "unit" if getattr(field, "unit", None) else "currency"
        if not isinstance(written, str) or "." not in written:
            continue
        fields = {other[-1]: found for _, other, found in every_field(look) if other[:-1] == path[:-1]}
        yield from _follow(look, fields, written, (*path, key), entity)
    for name, ledger in look.app.ledgers.items():
        for measure in ledger.measures:
            key = "unit" if measure.unit is not None else "currency"
            written = measure.unit or measure.currency or ""
            root, dot, rest = written.partition(".")
            dimension = ledger.dimension(root)
            path = ("ledgers", name, "measures", measure.id, key)
            if dot and dimension is None:
                yield look.unknown(
                    "REF-323", root, [each.id for each in ledger.dimensions], path, **_said(written, name)
                )
            elif dot and dimension is not None and dimension.ref in look.app.entities:
                target = look.app.entities[str(dimension.ref)]
                yield from _follow(look, dict(target.by_id), rest, path, target.entity)


def _said(written: str, inside: str) -> dict[str, str]:
    """Parameters that tell which path, and where it breaks off."""
    return {"written": written, "entity": inside}


def _follow(look: Look, fields: dict[str, Any], written: str, path: tuple[str, ...], entity: str) -> Iterator[Problem]:
    """Follow a dotted path from field to field through references."""
    *through, last = written.split(".")
    for step in through:
        field = fields.get(step)
        if field is None or field.kind != "reference":
            yield look.unknown("REF-323", step, fields, path, **_said(written, entity))
            return
        target = look.app.entities.get(field.to)
        if target is None:
            return
        entity, fields = field.to, {inner.id: inner for inner in target.fields}
    if last not in fields:
        yield look.unknown("REF-323", last, fields, path, **_said(written, entity))
