from __future__ import annotations

from typing import Literal

from engine.entities.fields import KINDS, field_union, kinds_of
from engine.entities.fields.decimal import DecimalField
from engine.entities.fields.lines import LinesField
from engine.entities.record import SYSTEM_FIELDS, Record
from engine.entities.schema import Entity, entity_model, record_type
from engine.language.declared import validate
from engine.language.problems import Problem
from engine.language.source import read_source
from engine.language.types import QuantityType, RowsType, TextType


class Share(DecimalField):
    """A kind from elsewhere."""

    kind: Literal["share"] = "share"  # type: ignore[assignment]


ENTITY = """entity: x
fields:
  - {id: code, kind: text}
  - id: lines
    kind: lines
    fields:
      - {id: quantity, kind: quantity, unit: item.unit}
      - {id: item, kind: reference, to: item}
"""


def made(text: str, model: type[Entity] = Entity) -> tuple[Entity | None, tuple[Problem, ...]]:
    node, problems = read_source("entities/x.yaml", text)
    assert node is not None
    assert problems == ()
    return validate(model, node)


def test_fields_by_path() -> None:
    entity, _ = made(ENTITY)
    assert entity is not None
    assert [path for path, _ in entity.every_field()] == ["code", "lines", "lines.quantity", "lines.item"]
    for path, field in entity.every_field():
        assert entity.field(path) is field
    assert entity.field("nothing") is None
    assert entity.field("lines.nothing") is None
    assert entity.field("code.nothing") is None
    assert [lines.id for lines in entity.lines] == ["lines"]
    assert entity.place is not None
    assert entity.fields[0].place is not None
    assert entity.fields[0].place.line == 3


def test_the_record_as_formulas_see_it() -> None:
    entity, _ = made(ENTITY)
    assert entity is not None
    record = record_type(entity)
    assert set(SYSTEM_FIELDS) <= set(record.fields)
    rows = record.fields["lines"]
    assert isinstance(rows, RowsType)
    assert rows.record.fields["quantity"] == QuantityType("item.unit")
    assert rows.record.fields["id"] == TextType()


def test_a_record_offers_its_values_and_what_the_engine_keeps() -> None:
    record = Record("x", "r1", 3, {"code": "A", "lines": ({"id": "l1"},)}, state="draft")
    assert record.scope()["code"] == "A"
    assert record.scope()["state"] == "draft"
    assert record.lines("lines") == ({"id": "l1"},)
    assert record.lines("code") == ()
    assert record.with_values({"code": "B"}).values == {"code": "B", "lines": ({"id": "l1"},)}


def test_further_kinds_join_for_those_who_name_them() -> None:
    text = ENTITY.replace("kind: text", "kind: share").replace(
        "kind: quantity, unit: item.unit", "kind: share, scale: 4"
    )
    _, problems = made(text)
    assert [problem.code for problem in problems] == ["PKG-205", "PKG-205"]
    entity, problems = made(text, entity_model((Share,)))
    assert problems == ()
    assert isinstance(entity, Entity)
    assert isinstance(entity.lines[0], LinesField)
    assert isinstance(entity.field("lines.quantity"), Share)
    assert entity_model((Share,)) is entity_model((Share,))
    assert entity_model() is Entity
    assert set(kinds_of(field_union((Share,)))) == {*KINDS, "share"}


def test_mistakes_are_found_at_their_place() -> None:
    _, problems = made(
        "entity: x\nfields:\n  - {id: a, kind: money, currency: RMB}\n  - {id: b, kind: texte}\n"
        "  - {id: c, kind: text, pattern: '(a'}\n  - {id: d, kind: integer, min: 1 +}\n"
        "  - {id: e, kind: lines, fields: [{id: f, kind: lines, fields: [{id: g, kind: flag}]}]}\n"
        "  - {id: h, kind: choice, choices: []}\n"
    )
    assert [(problem.code, problem.place.line if problem.place else 0) for problem in problems] == [
        ("UX-712", 3),
        ("PKG-205", 4),
        ("UX-714", 5),
        ("EXP-401", 6),
        ("UX-711", 7),
        ("PKG-213", 8),
    ]
