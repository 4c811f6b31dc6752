"""What every value of a decision promises, over the table of values, with the samples each brings itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from engine.entities.fields.base import FieldKind, ParseContext, Sample
from engine.language.catalogue import message
from engine.rules.values import AnyValue
from engine.rules.values.records import written

ADAPTER: TypeAdapter[Any] = TypeAdapter(AnyValue)


def every_sample() -> Iterator[Any]:
    """Every declaration of every kind."""
    for kind in get_args(get_args(AnyValue)[0]):
        name = get_args(kind.model_fields["kind"].annotation)[0]
        for number, sample in enumerate(kind.samples):
            value = ADAPTER.validate_python({"id": "x", "kind": name, **sample.declared})
            yield pytest.param(value, sample, id=f"{name}-{number}")


SAMPLES = list(every_sample())


@pytest.mark.parametrize(("value", "sample"), SAMPLES)
def test_what_is_written_is_read_back(value: FieldKind, sample: Sample) -> None:
    """As JSON says it; nothing handed in is nothing."""
    for raw in sample.good:
        read, problems = value.parse(raw, ParseContext())
        assert problems == (), raw
        again, problems = value.parse(written(value, read), ParseContext())  # type: ignore[arg-type]
        assert (again, problems) == (read, ()) or not read, raw
    assert value.parse(None, ParseContext()) == (None, ())


@pytest.mark.parametrize(("value", "sample"), SAMPLES)
def test_what_is_wrong_is_told(value: FieldKind, sample: Sample) -> None:
    """By the code the sample names, in both languages."""
    for raw, code in sample.bad:
        read, problems = value.parse(raw, ParseContext())
        assert read is None
        assert [problem.code for problem in problems] == [code], raw
        assert all(message(problem, language) for problem in problems for language in ("zh", "en"))
