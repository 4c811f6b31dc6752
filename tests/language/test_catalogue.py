"""Every code, whoever wrote it, speaks both languages; templates take every sort of parameter."""

import datetime
from decimal import Decimal

import pytest

from engine.language import catalogue
from engine.language.catalogue import FOLDER, LANGUAGES, SEVERITIES, blocks, entries, explain, placeholders
from engine.language.problems import Problem
from engine.language.source import read_source

FILES = sorted(FOLDER.glob("*.yaml"))
OWN = sorted(code for code in entries() if code.startswith(("YAML-", "PKG-20", "PKG-21", "PKG-22")))


def test_no_code_stands_in_two_files():
    codes = [code for path in FILES for code, _ in blocks(path.read_text(encoding="utf-8"))]
    assert len(codes) == len(set(codes)) == len(entries()) > 100


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_catalogue_file_holds_codes_and_nothing_else(path):
    node, problems = read_source(path.name, path.read_text(encoding="utf-8"))
    assert problems == ()
    assert [key.text for key, _ in node.items] == [code for code, _ in blocks(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("code", sorted(entries()))
def test_a_code_speaks_both_languages(code):
    entry = entries()[code]
    assert entry.severity in SEVERITIES
    for said in (entry.text, entry.hint, entry.explain):
        if said is not None:
            assert set(said) == set(LANGUAGES)
            assert all(isinstance(text, str) and text.strip() for text in said.values())
            assert placeholders(said["zh"]) == placeholders(said["en"])
    for language in LANGUAGES:
        assert code in explain(code, language)


@pytest.mark.parametrize("code", OWN)
def test_a_code_of_this_room_is_explained_with_examples(code):
    entry = entries()[code]
    assert entry.explain
    assert entry.hint
    assert entry.bad
    assert entry.good
    assert entry.bad != entry.good


@pytest.mark.parametrize("code", [code for code in OWN if code.startswith("YAML-")])
def test_the_bad_example_shows_the_mistake_and_the_good_one_does_not(code):
    entry = entries()[code]
    name = "x.json" if code == "YAML-120" else "x.yaml"
    assert read_source(name, entry.good)[1] == () or entry.good.startswith("#")
    told = code in ("YAML-101", "YAML-102", "YAML-103", "YAML-107")  # these cannot be shown in a few lines of text
    assert told or code in [problem.code for problem in read_source(name, entry.bad)[1]]


def test_parameters_are_put_into_words():
    problem = Problem("PKG-203", {"text": "yes", "expected": {"zh": "整数", "en": "a whole number"}, "example": ""})
    assert catalogue.message(problem, "zh") == "“yes” 不对，这里要写：整数"
    assert catalogue.message(problem, "en") == "“yes” does not fit; this takes a whole number"


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (("a", "b"), "a、b", "a, b"),
        (frozenset({"b", "a"}), "a、b", "a, b"),
        (Decimal("1E+3"), "1000", "1000"),
        (Decimal("0.350"), "0.350", "0.350"),
        (True, "是", "yes"),
        (None, "—", "—"),
        (datetime.date(2026, 1, 5), "2026-01-05", "2026-01-05"),
        ({"zh": "面粉", "en": "Flour"}, "面粉", "Flour"),
        ((), "", ""),
    ],
)
def test_values_in_words(value, zh, en):
    assert (catalogue.worded(value, "zh"), catalogue.worded(value, "en")) == (zh, en)


def test_a_missing_parameter_is_a_mistake_of_the_programmer():
    with pytest.raises(KeyError):
        catalogue.message(Problem("PKG-202"), "zh")


def test_what_was_meant_stands_before_the_advice():
    problem = Problem("PKG-205", {"text": "decimel", "allowed": ("text", "decimal"), "suggestions": ("decimal",)})
    assert catalogue.did_you_mean(problem, "zh") == "你是不是想写 “decimal”？"
    assert catalogue.hint(problem, "en").startswith("did you mean “decimal”? ")


def test_advice_that_needs_an_empty_parameter_is_left_out():
    parameters = {"text": "x", "expected": {"zh": "整数", "en": "a whole number"}, "example": ""}
    assert catalogue.hint(Problem("PKG-203", parameters), "en") is None
    assert catalogue.hint(Problem("PKG-203", parameters | {"example": "5"}), "en") == "Write 5"


def test_an_optional_part_is_left_out_when_its_parameter_is_empty():
    without = catalogue.hint(Problem("PKG-207", {"text": "数量", "example": ""}), "en")
    with_example = catalogue.hint(Problem("PKG-207", {"text": "Qty", "example": "qty"}), "en")
    assert without.endswith("lower-case id")
    assert with_example.endswith("lower-case id, such as qty")


def test_explain_shows_parameters_by_name_and_both_examples():
    text = explain("PKG-201", "en")
    assert "Unknown key “<key>”" in text
    assert "lable: 商品" in text
    assert "label: 商品" in text
    assert "[[" not in explain("PKG-207", "en")


def test_explain_knows_what_it_does_not_know():
    assert explain("PKG-999", "zh") is None
