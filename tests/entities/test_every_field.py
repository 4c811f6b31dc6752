"""What every kind of field promises, tested over every kind in the table with the samples the kind brings itself."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from engine.entities import fields
from engine.entities.columns import from_stored, to_stored
from engine.entities.fields import KINDS, AnyField
from engine.entities.fields.base import MAX_TYPED, FieldKind, FormatContext, ParseContext, Sample
from engine.language.catalogue import LANGUAGES, message
from engine.language.problems import Problem
from engine.language.types import RowsType, Type

ADAPTER: TypeAdapter[Any] = TypeAdapter(AnyField)
TEMPLATES = Path(fields.__file__).parents[2] / "web" / "templates"


def made(kind: str, sample: Sample) -> FieldKind:
    field = ADAPTER.validate_python({"id": "x", "kind": kind, **sample.declared})
    assert isinstance(field, FieldKind)
    return field


def every_sample() -> Iterator[Any]:
    for name, kind in KINDS.items():
        for number, sample in enumerate(kind.samples):
            yield pytest.param(made(name, sample), sample, id=f"{name}-{number}")


def good() -> Iterator[Any]:
    for parameters in every_sample():
        field, sample = parameters.values
        for number, raw in enumerate(sample.good):
            yield pytest.param(field, raw, id=f"{parameters.id}-good-{number}")


def bad() -> Iterator[Any]:
    for parameters in every_sample():
        field, sample = parameters.values
        for number, (raw, code) in enumerate(sample.bad):
            yield pytest.param(field, raw, code, id=f"{parameters.id}-bad-{number}")


def read(field: FieldKind, raw: Any, context: ParseContext | None = None) -> Any:
    value, problems = field.parse(raw, context or ParseContext())
    assert problems == (), (raw, problems)
    return value


def test_the_table_holds_every_kind_in_the_folder() -> None:
    declared = set()
    for module in pkgutil.iter_modules(fields.__path__):
        for found in vars(importlib.import_module(f"{fields.__name__}.{module.name}")).values():
            if (
                isinstance(found, type)
                and issubclass(found, FieldKind)
                and found.model_fields["kind"].default is not None
            ):
                declared.add(found if isinstance(found.model_fields["kind"].default, str) else None)
    assert {kind for kind in declared if kind is not None} == set(KINDS.values())


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_is_described_and_brings_samples(kind: type[FieldKind]) -> None:
    assert kind.__doc__
    assert kind.__doc__ != FieldKind.__doc__
    assert any(sample.good for sample in kind.samples)
    assert any(sample.bad for sample in kind.samples)


@pytest.mark.parametrize(("field", "sample"), [*every_sample()])
def test_a_kind_has_a_type_a_column_and_a_widget(field: FieldKind, sample: Sample) -> None:
    assert isinstance(field.type(), Type)
    assert (field.column() is None) == isinstance(field.type(), RowsType)
    assert re.fullmatch("[a-z]+", field.input_widget())


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_widget_is_a_macro_of_the_pages(kind: type[FieldKind]) -> None:
    written = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.html"))
    name = "lines_box" if kind.widget == "lines" else kind.widget
    assert f"macro {name}(" in written


@pytest.mark.parametrize(("field", "sample"), [*every_sample()])
@pytest.mark.parametrize("nothing", [None, "", "   ", "\u3000"])
def test_nothing_typed_is_no_value(field: FieldKind, sample: Sample, nothing: str | None) -> None:
    assert field.parse(nothing, ParseContext()) == (None, ())
    assert field.format(None, FormatContext()) == ""
    assert field.typed(None, FormatContext()) == ""
    assert field.to_json(None) is None


@pytest.mark.parametrize(("field", "raw"), [*good()])
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_shown_can_be_typed(field: FieldKind, raw: Any, language: str) -> None:
    value = read(field, raw)
    for zone in ("UTC", "Asia/Shanghai", "America/New_York"):
        context = FormatContext(language, zone)
        back = ParseContext(language, zone)
        assert read(field, field.format(value, context), back) == value
        assert read(field, field.typed(value, context), back) == value


@pytest.mark.parametrize(("field", "raw"), [*good()])
def test_json_carries_the_value(field: FieldKind, raw: Any) -> None:
    value = read(field, raw)
    text = json.dumps(field.to_json(value))
    back = read(field, json.loads(text, parse_float=Decimal))
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize(("field", "raw"), [*good()])
def test_storage_carries_the_value(field: FieldKind, raw: Any) -> None:
    value, column = read(field, raw), field.column()
    if column is None:
        return
    stored = to_stored(column, value)
    assert isinstance(stored, str if column.kind == "text" else int)
    back = from_stored(column, stored)
    assert back == value
    assert str(back) == str(value)
    assert type(back) is type(value)


@pytest.mark.parametrize(("field", "raw"), [*good()])
def test_blanks_around_change_nothing(field: FieldKind, raw: Any) -> None:
    if isinstance(raw, str):
        assert read(field, f" \u3000{raw}\t ") == read(field, raw)


@pytest.mark.parametrize(("field", "raw"), [*good()])
def test_the_schema_takes_what_is_read(field: FieldKind, raw: Any) -> None:
    assert oracle(field).is_valid(raw), field.json_schema()


@pytest.mark.parametrize(("field", "raw"), [*good()])
def test_the_schema_takes_what_is_given_out(field: FieldKind, raw: Any) -> None:
    assert oracle(field).is_valid(field.to_json(read(field, raw)))


@pytest.mark.parametrize(("field", "raw", "code"), [*bad()])
def test_what_is_refused_has_its_code_and_words(field: FieldKind, raw: Any, code: str) -> None:
    value, problems = field.parse(raw, ParseContext())
    assert value is None
    assert [problem.code for problem in problems] == [code]
    for problem in problems:
        assert {message(problem, language) for language in LANGUAGES}


@pytest.mark.parametrize(("field", "raw", "code"), [*bad()])
def test_the_schema_refuses_what_is_refused(field: FieldKind, raw: Any, code: str) -> None:
    if isinstance(raw, Decimal) and not raw.is_finite():
        return  # JSON has no such number
    with localcontext(prec=1_000):  # the oracle divides, and 1e400 has many digits
        assert not oracle(field).is_valid(raw), field.json_schema()


@pytest.mark.parametrize(("field", "sample"), [*every_sample()])
def test_odd_values_are_problems_never_errors(field: FieldKind, sample: Sample) -> None:
    odd: list[Any] = [
        "\0",
        "\ud800",
        "９" * 30,
        "-",
        "+",
        ".",
        ",",
        "1e400",
        "NaN",
        "Infinity",
        "-0",
        "0x10",
        "١٢",
        "½",
        "x" * (MAX_TYPED + 1),
        2**63,
        -(2**63) - 1,
        10**400,
        Decimal("1e400"),
        Decimal("1e-400"),
        Decimal("NaN"),
        Decimal("-Infinity"),
        True,
        False,
        [],
        [[]],
        [None],
        {},
        {"id": None},
        {"amount": True},
        {"": ""},
        [{"": ""}],
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00+14:00",
        "0000-00-00",
    ]
    column = field.column()
    for raw in odd:
        value, problems = field.parse(raw, ParseContext(zone="Europe/Berlin"))
        assert value is None or not problems
        assert all(isinstance(problem, Problem) and message(problem, "zh") for problem in problems)
        if value is not None and column is not None:
            assert from_stored(column, to_stored(column, value)) == value  # type: ignore[arg-type]


def oracle(field: FieldKind) -> Draft202012Validator:
    schema = field.json_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)
