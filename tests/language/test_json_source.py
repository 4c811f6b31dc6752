"""JSON files give the same nodes as YAML, with ranges, exact numbers and no duplicate keys."""

from decimal import Decimal

import pytest

from engine.language.problems import Place
from engine.language.source import place_of, read_source, to_data

TEXT = """{
\t"entity": "item",
\t"fields": [
\t\t{"id": "qty", "scale": 3, "step": 0.50}
\t],
\t"on": true, "none": null
}
"""


def read(text: str):
    return read_source("x.json", text)


def test_values_are_exact():
    node, problems = read(TEXT)
    assert problems == ()
    data = to_data(node)
    assert data == {
        "entity": "item",
        "fields": [{"id": "qty", "scale": 3, "step": Decimal("0.50")}],
        "on": True,
        "none": None,
    }
    assert str(data["fields"][0]["step"]) == "0.50"


def test_every_value_has_its_range():
    node, _ = read(TEXT)
    column = TEXT.split("\n")[3].index("0.50") + 1
    assert place_of(node, ("fields", "qty", "step")) == Place("x.json", 4, column, 4, column + 4)
    assert place_of(node, ("entity",)) == Place("x.json", 2, 12, 2, 18)
    assert node.items[0][0].place == Place("x.json", 2, 2, 2, 10)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{"a": 1,}', 1, 8),
        ('{"a": 1\n "b": 2}', 2, 2),
        ('{"a" 1}', 1, 6),
        ("[1 2]", 1, 4),
        ("{a: 1}", 1, 2),
        ('{"a": "x}', 1, 9),
        ("[NaN]", 1, 2),
        ("[01]", 1, 2),
        ("[1.]", 1, 2),
        ("[1] x", 1, 5),
        ('["\\x"]', 1, 3),
        ("// x", 1, 1),
    ],
)
def test_what_is_not_json_is_named_at_its_place(text, line, column):
    node, (problem,) = read(text)
    assert node is None
    assert problem.code == "YAML-120"
    assert (problem.place.line, problem.place.column) == (line, column)


def test_duplicate_keys_are_refused():
    _, (problem,) = read('{"a": 1,\n "a": 2}')
    assert (problem.code, problem.place.line) == ("YAML-112", 2)


@pytest.mark.parametrize(("text", "code"), [("", "YAML-104"), ("[" * 1000, "YAML-107"), ('["\\ud800"]', "YAML-102")])
def test_other_refusals(text, code):
    assert [problem.code for problem in read(text)[1]] == [code]


def test_escaped_surrogate_pairs_are_one_character():
    assert to_data(read('["\\ud83d\\ude00"]')[0]) == ["😀"]
