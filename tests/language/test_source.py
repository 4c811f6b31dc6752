"""Source text as nodes: exact values, a range for every node, and everything refused that a package may not use."""

from decimal import Decimal

import pytest

from engine.language.problems import Place
from engine.language.source import (
    MAX_CHARACTERS,
    LocatedMapping,
    MappingNode,
    ScalarNode,
    SequenceNode,
    inner_place,
    place_of,
    read_source,
    to_data,
)


def read(text: str, file: str = "x.yaml"):
    node, problems = read_source(file, text)
    assert problems == ()
    return node


def value_of(text: str):
    return to_data(read(f"a: {text}\n"))["a"]


def codes(text: str, file: str = "x.yaml") -> list[str]:
    return [problem.code for problem in read_source(file, text)[1]]


def slice_of(text: str, place: Place) -> str:
    lines = text.split("\n")
    if place.line == place.end_line:
        return lines[place.line - 1][place.column - 1 : place.end_column - 1]
    middle = lines[place.line : place.end_line - 1]
    return "\n".join(
        [lines[place.line - 1][place.column - 1 :], *middle, lines[place.end_line - 1][: place.end_column - 1]]
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5), ("-5", -5), ("+5", 5), ("0", 0), ("0.350", Decimal("0.350")), ("1.10", Decimal("1.10")),
        ("-0.5", Decimal("-0.5")), ("12345678901234567890.123456789", Decimal("12345678901234567890.123456789")),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("2024-01-05", "2024-01-05"),
        ("2024-01-05T08:00:00Z", "2024-01-05T08:00:00Z"), ("12:30", "12:30"), ("1.2.3", "1.2.3"), ("v1", "v1"),
        ("'007'", "007"), ('"1_000"', "1_000"), ("'true'", "true"), ("''", ""), ("- 5".replace("- ", "-"), -5),
    ],
)  # fmt: skip
def test_scalars_mean_what_they_say(text, value):
    found = value_of(text)
    assert found == value
    assert isinstance(found, type(value))
    assert isinstance(found, bool) == isinstance(value, bool)


def test_a_decimal_keeps_its_digits():
    assert str(value_of("1.10")) == "1.10"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("007", "YAML-113"), ("012", "YAML-113"), ("-01", "YAML-113"), ("00.5", "YAML-113"),
        ("1_000", "YAML-114"), ("0x1F", "YAML-114"), ("0o17", "YAML-114"), ("0b1", "YAML-114"), ("1e5", "YAML-114"),
        ("1.5E-3", "YAML-114"), (".5", "YAML-114"), ("5.", "YAML-114"), ("9" * 41, "YAML-114"),
        (".inf", "YAML-110"), ("-.INF", "YAML-110"), (".nan", "YAML-110"),
    ],
)  # fmt: skip
def test_numbers_that_are_easily_misread_are_refused(text, code):
    _, (problem,) = read_source("x.yaml", f"a: {text}\n")
    assert problem.code == code
    assert problem.place == Place("x.yaml", 1, 4, 1, 4 + len(text))
    assert problem.parameters["text"] == text


def test_a_key_is_always_text():
    assert list(to_data(read("1: a\ntrue: b\n007: c\non: d\n"))) == ["1", "true", "007", "on"]


TEXT = """label: {zh: 入库单, en: "Goods"}
fields:
  - id: qty
    kind: decimal

  # a comment
  - {id: note, kind: text}
empty:
help: |
  第一行
  第二行

last: [1, 'a b']
"""


@pytest.mark.parametrize(
    ("path", "written"),
    [
        (("label",), '{zh: 入库单, en: "Goods"}'),
        (("label", "zh"), "入库单"),
        (("label", "en"), '"Goods"'),
        (("fields", "qty"), "id: qty\n    kind: decimal"),
        (("fields", 0, "kind"), "decimal"),
        (("fields", "note"), "{id: note, kind: text}"),
        (("fields", "note", "kind"), "text"),
        (("empty",), ""),
        (("help",), "|\n  第一行\n  第二行"),
        (("last", 1), "'a b'"),
        (("fields", "qty", "unknown", "deeper"), "id: qty\n    kind: decimal"),
    ],
)
def test_every_node_has_its_range(path, written):
    assert slice_of(TEXT, place_of(read(TEXT), path)) == written


def test_keys_have_their_range_and_empty_values_stand_behind_the_colon():
    data = to_data(read(TEXT))
    assert data.key_places["empty"] == Place("x.yaml", 8, 1, 8, 6)
    assert place_of(read(TEXT), ("empty",)) == Place("x.yaml", 8, 7, 8, 7)
    assert slice_of(TEXT, data["fields"].place).startswith("- id: qty")


def test_a_block_ends_with_its_last_value():
    text = "a:\n  b: 1\n  c: 2\n\n# comment\nd: 3\n"
    assert place_of(read(text), ("a",)) == Place("x.yaml", 2, 3, 3, 7)


def test_data_knows_its_places():
    data = to_data(read(TEXT))
    assert isinstance(data, LocatedMapping)
    assert data["label"]["zh"].place.line == 1
    assert data["label"]["en"].style == '"'
    assert data["fields"][1].place.line == 7
    assert data["help"] == "第一行\n第二行\n"


def test_part_of_a_scalar():
    node = read("a: \"total > 5\"\nb: total > 5\nc: 'it''s'\n")
    assert inner_place(node.items[0][1], 8, 1) == Place("x.yaml", 1, 13, 1, 14)
    assert inner_place(node.items[1][1], 6, 3) == Place("x.yaml", 2, 10, 2, 13)
    assert inner_place(node.items[2][1], 0, 1) == node.items[2][1].place  # escapes blur the columns


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\na: 2\n", ["YAML-112"]),
        ("- {a: 1, a: 2}\n", ["YAML-112"]),
        ("a: &x 1\n", ["YAML-108"]),
        ("- &x {a: 1}\n- *x\n", ["YAML-108", "YAML-108"]),
        ("a: {<<: {b: 1}, c: 2}\n", ["YAML-108"]),
        ("a: {b: !!int 5}\n", ["YAML-109"]),
        ("a: {b: !custom x}\n", ["YAML-109"]),
        ("{[1]: 2}\n", ["YAML-111"]),
        ("a: 1\n---\nb: 2\n", ["YAML-105"]),
        ("", ["YAML-104"]),
        ("# only a comment\n", ["YAML-104"]),
        ("a: x\0y\n", ["YAML-102"]),
        ("a: \ud800\n", ["YAML-102"]),
        ("a: x\u2028y\n", ["YAML-102"]),
        ("a: x\ry: 1\n", ["YAML-102"]),
        ("x" * (MAX_CHARACTERS + 1), ["YAML-101"]),
        ("[" * 5000, ["YAML-107"]),
        ("a: " + "{b: " * 100 + "1" + "}" * 100, ["YAML-107"]),
    ],
)
def test_what_a_package_may_not_use(text, expected):
    assert codes(text) == expected


def test_a_duplicate_key_points_to_the_first():
    _, (problem,) = read_source("x.yaml", "a: 1\nb: 2\na: 3\n")
    assert problem.place == Place("x.yaml", 3, 1, 3, 2)
    assert problem.related == ((Place("x.yaml", 1, 1, 1, 2), "defined"),)


def test_a_mark_at_the_beginning_of_the_file_is_no_mistake():
    assert to_data(read("\ufeffa: 1\r\nb: 2\r\n")) == {"a": 1, "b": 2}


def test_after_a_mistake_the_rest_is_still_read():
    node, problems = read_source("x.yaml", "a：1\nb: 007\nc: {d: 1, d: 2}\ne: ok\n")
    assert [(problem.code, problem.place.line) for problem in problems] == [
        ("YAML-131", 1),
        ("YAML-113", 2),
        ("YAML-112", 3),
    ]
    assert to_data(node)["e"] == "ok"


def test_a_mistake_only_the_parser_sees_does_not_hide_the_next():
    _, problems = read_source("x.yaml", "a: [1, , 2]\nb: 1\nc: [,]\n")
    assert [problem.place.line for problem in problems] == [1, 3]


def test_problems_are_sorted_by_place():
    _, problems = read_source("x.yaml", "a: 007\nb：1\nc: 008\n")
    assert [problem.place.line for problem in problems] == [1, 2, 3]


def test_kinds_of_nodes():
    node = read("a: [1]\n")
    assert isinstance(node, MappingNode)
    assert isinstance(node.items[0][0], ScalarNode)
    assert isinstance(node.items[0][1], SequenceNode)
