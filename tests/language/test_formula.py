"""Formulas as a field of a declaration: read with the file, placed, bound."""

from decimal import Decimal

import pytest
from pydantic import BaseModel

from engine.language.declared import Declared, validate
from engine.language.formula import Formula, Scope, part_of
from engine.language.problems import Place
from engine.language.source import read_source
from engine.language.tree import Span
from engine.language.types import DateType, FlagType, IntegerType, ReferenceType


class Rule(Declared):
    that: Formula
    default: Formula | None = None


def read(text: str) -> tuple[Rule | None, list[tuple[str, int, int, int]]]:
    node, problems = read_source("rules/x.yaml", text)
    assert problems == ()
    assert node is not None
    rule, found = validate(Rule, node)
    return rule, [(one.code, one.place.line, one.place.column, one.place.end_column) for one in found if one.place]


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("that: total > amout\n", 15, 20),
        ("that:   total > amout\n", 17, 22),
        ("that: 'total > amout'\n", 16, 21),
        ('that: "total > amout"\n', 16, 21),
        ("that: \"'模板' == amout\"\n", 16, 21),
    ],
)
def test_a_wrong_name_is_underlined_where_it_stands(text: str, begins: int, ends: int) -> None:
    rule, problems = read(text)
    assert problems == []
    assert rule is not None
    found = rule.that.bind(Scope({"total": IntegerType()}))
    place = found[-1].place
    assert place is not None
    assert (place.line, place.column, place.end_column) == (1, begins, ends)


def test_wrong_grammar_is_a_problem_of_the_file() -> None:
    rule, problems = read("that: 'a && b'\n")
    assert rule is None
    assert problems == [("EXP-407", 1, 10, 12)]


def test_bare_numbers_and_flags_are_formulas_of_that_literal() -> None:
    rule, problems = read("that: true\ndefault: 0.10\n")
    assert problems == []
    assert rule is not None
    assert rule.default is not None
    assert rule.that.bind(Scope({}), FlagType) == ()
    assert rule.that.expression.evaluate({}) is True
    assert rule.default.bind(Scope({})) == ()
    assert str(rule.default.expression.evaluate({})) == "0.10"


def test_a_list_is_no_formula() -> None:
    rule, problems = read("that: [1]\n")
    assert rule is None
    assert problems[0][0] == "EXP-400"


def test_a_folded_scalar_keeps_its_whole_place() -> None:
    place = Place("f", 1, 7, 3, 5)
    assert part_of(place, "a b", Span(0, 1)) == place


def test_json_schema_and_dump() -> None:
    class Model(BaseModel):
        that: Formula

    assert "type" in Model.model_json_schema()["properties"]["that"]
    assert Model(that="1 + 1").model_dump(mode="json") == {"that": "1 + 1"}


def test_an_unbound_formula_is_a_programmers_mistake() -> None:
    with pytest.raises(AssertionError):
        _ = Formula("1").expression


def test_a_reference_comes_out_as_its_id_and_an_int_as_decimal() -> None:
    scope = Scope({"supplier": ReferenceType("partner"), "done": FlagType(), "on": DateType()})
    formula = Formula("supplier")
    assert formula.bind(scope) == ()
    assert formula.expression.evaluate({"supplier": {"id": "p1"}}) == "p1"
    assert formula.expression.evaluate({"supplier": None}) is None
    formula = Formula("if(done, 1, 2.5)")
    assert formula.bind(scope) == ()
    assert isinstance(formula.expression.evaluate({"done": True}), Decimal)
