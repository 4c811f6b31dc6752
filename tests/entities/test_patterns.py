from __future__ import annotations

import re
import time

import pytest
from pydantic_core import PydanticCustomError

from engine.entities.patterns import UNBOUNDED, safe_pattern


@pytest.mark.parametrize("pattern", ["[A-Z]{2}-[0-9]+", r"\d{3,}", r"a\.b|c", "[^x-z]*", "面.?", r"[\]\-]", r"\$"])
def test_the_subset(pattern: str) -> None:
    assert safe_pattern(f"^{pattern}$") == pattern
    assert re.compile(safe_pattern(pattern))


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("(a+)+", "UX-714"),
        ("(?=x)", "UX-714"),
        (r"\1", "UX-714"),
        ("a**", "UX-714"),
        ("a^b", "UX-714"),
        ("[a", "UX-714"),
        ("", "UX-713"),
        ("a" * 201, "UX-713"),
        (".*.*.*", "UX-715"),
        ("[z-a]", "UX-716"),
        (r"\b", "UX-714"),
        ("a{2,1}b", "UX-716"),
        ("\\", "UX-714"),
    ],
)
def test_what_is_refused(pattern: str, code: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        safe_pattern(pattern)
    assert refused.value.context is not None
    assert refused.value.context["code"] == code


def test_the_worst_allowed_pattern_ends_soon() -> None:
    started = time.perf_counter()
    assert re.fullmatch(safe_pattern("a*a*b"), "a" * UNBOUNDED) is None
    assert time.perf_counter() - started < 2
