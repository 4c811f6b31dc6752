"""The nearest allowed names, the nearest first, and nothing for names that look like none."""

import pytest

from engine.language.suggest import close


@pytest.mark.parametrize(
    ("name", "allowed", "expected"),
    [
        ("decimel", ("text", "decimal", "date"), "decimal"),
        ("Label", ("label", "kind"), "label"),
        ("max_lenght", ("max_length", "min_length"), "max_length"),
        ("renamedFrom", ("renamed_from", "required"), "renamed_from"),
        ("require", ("required", "readonly"), "required"),
        ("ID", ("IDS", "id"), "id"),
        ("curr", ("currency", "kind"), "currency"),
    ],
)
def test_the_nearest_comes_first(name, allowed, expected):
    assert close(name, allowed)[0] == expected


def test_nothing_is_suggested_for_something_else():
    assert close("xyz", ("label", "kind")) == ()
    assert close("数量", ("label", "kind")) == ()


def test_never_more_than_three_and_never_the_name_itself():
    found = close("field_1", [f"field_{number}" for number in range(20)])
    assert len(found) == 3
    assert "field_1" not in found
