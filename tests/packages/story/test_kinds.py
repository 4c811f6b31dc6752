"""Every kind of act and expectation brings an example that can be read, and is told by its word."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from engine.language.declared import validate
from engine.language.source import read_source
from engine.packages.story import acts, expectations

ACTS = [get_args(kind)[0] for kind in get_args(acts.Acts)]
EXPECTATIONS = [get_args(kind)[0] for kind in get_args(expectations.Expectations)]


@pytest.mark.parametrize("kind", [*ACTS, *EXPECTATIONS], ids=lambda kind: kind.word)
def test_the_example_is_one_of_the_kind(kind: Any) -> None:
    node, problems = read_source("x.yaml", kind.example)
    assert problems == ()
    assert node is not None
    made, wrong = validate(kind, node)
    assert wrong == ()
    assert made is not None
    module = acts if kind in ACTS else expectations
    assert module.word_of(made) == kind.word


@pytest.mark.parametrize("kind", [*ACTS, *EXPECTATIONS], ids=lambda kind: kind.word)
def test_every_key_says_what_it_is_for(kind: Any) -> None:
    assert [name for name, field in kind.model_fields.items() if not field.description] == []


def test_the_words_tell_kinds_apart() -> None:
    assert len(set(acts.WORDS)) == len(ACTS)
    assert len(set(expectations.WORDS)) == len(EXPECTATIONS)
    assert TypeAdapter(acts.AnyAct).json_schema()
