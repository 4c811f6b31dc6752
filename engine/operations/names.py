"""What formulas read, by the names people know: `supplier.kind` is 供应商的类型, `settings.x` a setting's label."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from engine.entities.fields.base import FieldKind
from engine.entities.fields.lines import LinesField
from engine.entities.fields.reference import ReferenceField
from engine.ledgers.schema import Ledger
from engine.operations.listing import Wording, worded
from engine.packages.schema import App
from engine.rules.kinds.table import Table

Path = tuple[str, ...]

KEPT: Mapping[str, Wording] = {
    "id": {"zh": "编号", "en": "Id"},
    "number": {"zh": "单号", "en": "Number"},
    "state": {"zh": "状态", "en": "State"},
    "version": {"zh": "版本", "en": "Version"},
    "created_at": {"zh": "建立时间", "en": "Created at"},
    "created_by": {"zh": "制单人", "en": "Created by"},
    "changed_at": {"zh": "修改时间", "en": "Changed at"},
    "changed_by": {"zh": "修改人", "en": "Changed by"},
    "today": {"zh": "今天", "en": "Today"},
    "now": {"zh": "现在", "en": "Now"},
}
"""What the engine itself keeps about every record, and the clock."""

ACTING: Mapping[str, tuple[Wording, str]] = {
    "person": ({"zh": "操作人", "en": "Person acting"}, "person"),
    "company": ({"zh": "操作人的公司", "en": "Company of the person acting"}, "company"),
    "unit": ({"zh": "操作人的部门", "en": "Unit of the person acting"}, "org_unit"),
    "name": ({"zh": "操作人姓名", "en": "Name of the person acting"}, ""),
    "language": ({"zh": "操作人的语言", "en": "Language of the person acting"}, ""),
}
"""What `actor.` leads to: its name, and the entity it refers to."""

PEOPLE = ("created_by", "changed_by")


@dataclass(frozen=True, slots=True)
class Named:
    """What a path is called, the field at its end, and the entity that a value there refers to."""

    label: Wording
    field: FieldKind | None = None
    to: str = ""


@lru_cache(maxsize=20_000)
def named(app: App, entity: str, path: Path) -> Named | None:
    """What a path of a document's formulas is called; None where it leads nowhere that people know."""
    root, rest = path[0], path[1:]
    declared = app.entities[entity]
    if root in KEPT and root not in declared.by_id:
        return _further(app, Named(KEPT[root], None, "person" if root in PEOPLE else ""), rest)
    if root == "settings" and len(rest) == 1 and rest[0] in app.settings:
        setting = app.settings[rest[0]]
        title = worded(setting.label, setting.setting)
        return Named({"zh": f"设置「{title['zh']}」", "en": f"setting “{title['en']}”"}, setting.field)
    if root == "actor" and rest and rest[0] in ACTING:
        return _further(app, Named(ACTING[rest[0]][0], None, ACTING[rest[0]][1]), rest[1:])
    lines = [each for each in declared.lines if root in ("line", each.id)]
    if lines and rest:
        inner = next((each for lines_field in lines if (each := lines_field.field(rest[0])) is not None), None)
        return None if inner is None else _further(app, _of(inner), rest[1:])
    if root in declared.by_id:
        return _further(app, _of(declared.by_id[root]), rest)
    return _offered(app, entity, path)


def _of(field: FieldKind) -> Named:
    """A field by its label."""
    return Named(
        worded(field.label, field.id),
        None if isinstance(field, LinesField) else field,
        field.to if isinstance(field, ReferenceField) else "",
    )


def _further(app: App, start: Named, rest: Path) -> Named | None:
    """The end of a path behind a reference: the supplier's level, the item's unit."""
    here = start
    for name in rest:
        field = app.entities[here.to].by_id.get(name) if here.to in app.entities else None
        found = _of(field) if field is not None else Named(KEPT[name]) if here.to and name in KEPT else None
        if found is None:
            return None
        label = {
            "zh": f"{here.label['zh']}的{found.label['zh']}",
            "en": f"{here.label['en']}'s {_within(found.label['en'])}",
        }
        here = Named(label, found.field, found.to)
    return here


def _offered(app: App, entity: str, path: Path) -> Named | None:
    """A value that a decision table gives to later rules: `discount.rate`."""
    for rule in app.rules[entity].items if entity in app.rules else ():
        if isinstance(rule, Table) and rule.id == path[0]:
            for output in rule.outputs:
                if path[1:] == (output.id,):
                    return Named(worded(output.label, output.id))
    return None


def _within(text: str) -> str:
    """A label inside a sentence: "Stock unit" → "stock unit", but "VAT" stays."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


class PathLabels(Mapping[Path, Wording]):
    """The names of all paths that formulas about one entity may read, made when they are asked for."""

    def __init__(self, app: App, entity: str) -> None:
        self.app, self.entity = app, entity

    def __getitem__(self, path: Path) -> Wording:
        found = named(self.app, self.entity, path)
        if found is None:
            raise KeyError(path)
        return found.label

    def __iter__(self) -> Iterator[Path]:
        return (tuple(path.split(".")) for path, _ in self.app.entities[self.entity].every_field())

    def __len__(self) -> int:
        return sum(1 for _ in self)


class LedgerLabels(Mapping[Path, Wording]):
    """The names of all paths that formulas over the cells of one ledger may read."""

    def __init__(self, ledger: Ledger, app: App) -> None:
        self.app, self.ledger = app, ledger

    def __getitem__(self, path: Path) -> Wording:
        dimension = self.ledger.dimension(path[0])
        if dimension is None:
            raise KeyError(path)
        found = _further(self.app, Named(worded(dimension.label, dimension.id), None, dimension.ref or ""), path[1:])
        if found is None:
            raise KeyError(path)
        return found.label

    def __iter__(self) -> Iterator[Path]:
        return ((dimension.id,) for dimension in self.ledger.dimensions)

    def __len__(self) -> int:
        return len(self.ledger.dimensions)


def ledger_labels_of(app: App, ledger: str) -> LedgerLabels:
    """The names of what formulas over the cells of a ledger read, for sentences."""
    return LedgerLabels(app.ledgers[ledger], app)


def labels_of(app: App, entity: str) -> PathLabels:
    """The names of what formulas about an entity read, for sentences."""
    return PathLabels(app, entity)
