"""Problems as people and programs see them: carets under wide characters, stable order, JSON and SARIF."""

import json

import pytest

from engine.language.problems import Place, Problem
from engine.language.render import (
    ordered,
    render_concise,
    render_json,
    render_sarif,
    render_text,
    summary,
    width,
)

SOURCE = "fields:\n  - id: qty\n    kind: decimel\n    label: {zh: 数量, fr: x}\n"
FILE = "shop/entities/item.yaml"
KIND = Problem(
    "PKG-205",
    {"text": "decimel", "allowed": ("text", "decimal"), "suggestions": ("decimal",)},
    Place(FILE, 3, 11, 3, 18),
    ("entities", "item", "fields", "qty", "kind"),
)
LABEL = Problem("PKG-217", {"language": "fr"}, Place(FILE, 4, 21, 4, 23))
TWICE = Problem("YAML-112", {"key": "kind"}, Place(FILE, 3, 5, 3, 9), (), ((Place(FILE, 1, 1, 1, 7), "defined"),))
NOWHERE = Problem("PKG-202", {"key": "id"}, None, ("items", 2))
WARNING = Problem("YAML-143", {"text": "#1"}, Place("a.yaml", 1, 1, 1, 2))
SOURCES = {FILE: SOURCE}


def test_the_whole_block():
    assert render_text([KIND], SOURCES, "zh") == (
        "error[PKG-205]: 没有 “decimel” 这种类型\n"
        "  --> shop/entities/item.yaml:3:11   entities.item.fields.qty.kind\n"
        "   |\n"
        " 2 |   - id: qty\n"
        " 3 |     kind: decimel\n"
        "   |           ^^^^^^^ 你是不是想写 “decimal”？\n"
        "   |\n"
        "help: 可用：text、decimal\n"
        "doc : formwork explain PKG-205\n"
        "\n"
        "1 个错误\n"
    )


def test_chinese_before_and_under_the_caret_counts_two_columns():
    text = render_text([LABEL], SOURCES, "en")
    assert " 4 |     label: {zh: 数量, fr: x}\n   |                       ^^\n" in text
    wide = Problem("PKG-207", {"text": "数量", "example": ""}, Place("x.yaml", 1, 5, 1, 7))
    assert "   |     ^^^^\n" in render_text([wide], {"x.yaml": "id: 数量"}, "zh")


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("数量", 4), ("：", 2), ("e\u0301", 1), ("🍜", 2), ("", 0), ("ﾃ", 1)]
)
def test_width(text, columns):
    assert width(text) == columns


def test_the_second_place_is_shown():
    text = render_text([TWICE], SOURCES, "en")
    assert "  ::: shop/entities/item.yaml:1:1   first defined here" in text
    assert " 1 | fields:\n   | ------" in text


def test_without_source_or_place_nothing_is_drawn():
    text = render_text([NOWHERE, KIND], {}, "en")
    assert "  --> items.2" in text
    assert "^" not in text
    assert "help: did you mean “decimal”? Kinds are" in text


def test_places_beyond_the_text_do_no_harm():
    for place in (
        Place(FILE, 99, 1, 99, 2),
        Place(FILE, 2, 500, 2, 501),
        Place(FILE, 3, 11, 4, 5),
        Place(FILE, 1, 1, 1, 1),
    ):
        assert "PKG-202" in render_text([Problem("PKG-202", {"key": "id"}, place)], SOURCES, "zh")


def test_a_long_line_is_shown_around_the_mistake():
    line = "a: " + "x" * 500 + "!" + "y" * 500
    text = render_text([Problem("PKG-202", {"key": "k"}, Place("x", 1, 504, 1, 505))], {"x": line}, "en")
    source, caret = text.split("\n")[3:5]
    assert len(source) < 200
    assert source[caret.index("^")] == "!"


def test_colour_only_when_asked_for():
    assert "\033[" not in render_text([KIND], SOURCES, "zh")
    coloured = render_text([KIND], SOURCES, "zh", colour=True)
    assert "\033[1;31merror[PKG-205]\033[0m" in coloured


def test_order_does_not_depend_on_the_order_found():
    problems = [KIND, LABEL, TWICE, NOWHERE, WARNING]
    assert ordered(problems) == ordered(reversed(problems)) == (NOWHERE, WARNING, TWICE, KIND, LABEL)


def test_the_same_problem_is_told_once():
    assert ordered([KIND, KIND]) == (KIND,)


def test_lines_sort_as_numbers():
    problems = [Problem("YAML-104", {}, Place("x", line, 1, line, 2)) for line in (10, 9, 100)]
    assert [problem.place.line for problem in ordered(problems)] == [9, 10, 100]


def test_concise_is_one_line_each():
    assert render_concise([KIND, WARNING, NOWHERE], "en") == (
        "items.2: error PKG-202 “id” is missing\n"
        "a.yaml:1:1: warning YAML-143 “#1” is taken as a comment and is no part of the value\n"
        "shop/entities/item.yaml:3:11: error PKG-205 There is no kind “decimel”\n"
    )
    assert render_concise([], "zh") == ""


@pytest.mark.parametrize(
    ("problems", "zh", "en"),
    [
        ([], "没有问题", "no problems"),
        ([KIND], "1 个错误", "1 error"),
        ([KIND, LABEL, WARNING], "2 个错误，1 个警告", "2 errors, 1 warning"),
    ],
)
def test_summary(problems, zh, en):
    assert (summary(problems, "zh"), summary(problems, "en")) == (zh, en)


def test_json_holds_everything():
    said = json.loads(render_json([KIND, TWICE], "zh"))["problems"]
    assert [each["code"] for each in said] == ["YAML-112", "PKG-205"]
    assert said[1]["place"] == {"file": FILE, "line": 3, "column": 11, "end_line": 3, "end_column": 18}
    assert said[1]["path"] == ["entities", "item", "fields", "qty", "kind"]
    assert said[1]["parameters"]["allowed"] == ["text", "decimal"]
    assert said[1]["message"] == "没有 “decimel” 这种类型"
    assert said[1]["hint"].startswith("你是不是想写")
    assert said[0]["related"][0]["word"] == "defined"


def test_sarif_is_what_review_tools_accept():
    again = Problem(KIND.code, KIND.parameters, Place(FILE, 30, 11, 30, 18), KIND.path)
    problems = [
        KIND,
        again,
        LABEL,
        TWICE,
        WARNING,
        NOWHERE,
        Problem("PKG-202", {"key": "kind"}, Place(FILE, 1, 1, 1, 1)),
    ]
    log = json.loads(render_sarif(problems, "en"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules) == 5
    for rule in rules:
        assert rule["helpUri"].startswith("urn:")
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
    assert len(run["results"]) == len(problems)
    for result in run["results"]:
        assert result["message"]["text"]
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
    prints = [result["partialFingerprints"]["formwork/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints)


def test_a_fingerprint_survives_lines_that_were_added_above():
    moved = Problem(KIND.code, KIND.parameters, Place(FILE, 30, 11, 30, 18), KIND.path)
    first, second = (json.loads(render_sarif([problem], "en"))["runs"][0]["results"][0] for problem in (KIND, moved))
    assert first["partialFingerprints"] == second["partialFingerprints"]
    assert first["locations"] != second["locations"]


def test_an_empty_range_has_no_end_in_sarif():
    problem = Problem("PKG-202", {"key": "kind"}, Place(FILE, 1, 1, 1, 1))
    (result,) = json.loads(render_sarif([problem], "en"))["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 1, "startColumn": 1}
