"""simpleeval reads the source text itself, closed."""

from decimal import Decimal

import pytest
from simpleeval import FeatureNotAvailable, InvalidExpression

from engine.language.parse import Parsed, parse
from engine.language.second_opinion import SecondOpinion, second_opinion


def opinion(text: str, **scope: object) -> object:
    parsed = parse(text)
    assert isinstance(parsed, Parsed)
    return second_opinion(parsed, scope)


def test_decimals_come_from_the_text() -> None:
    assert opinion("0.1 + 0.2 == 0.3") is True
    assert opinion("0.1 + 0.2") == Decimal("0.3")
    assert opinion("1 / 3 * 3 == 1") is False


def test_three_valued_logic() -> None:
    assert opinion("p and q", p=None, q=False) is False
    assert opinion("p or q", p=None, q=True) is True
    assert opinion("p and q", p=None, q=True) is None
    assert opinion("n > 3", n=None) is None
    assert opinion("n == None", n=None) is True


def test_paths_references_and_rows() -> None:
    line = {"item": {"id": "i", "step": Decimal(2)}, "x": 1}
    assert opinion("line.item.step * 2", line=line) == 4
    assert opinion("a == b", a={"id": "1", "x": 1}, b={"id": "1"}) is True
    assert opinion("sum(lines.x)", lines=(line, line)) == 2
    assert opinion("any(lines, line.item.step > 1)", lines=(line,)) is True


def test_functions_of_a_scope_that_are_bound_at_run_time_are_not_its_business() -> None:
    with pytest.raises(InvalidExpression):
        opinion("stock(1)")


def test_attributes_are_closed() -> None:
    parsed = parse("1")
    assert isinstance(parsed, Parsed)
    evaluator = SecondOpinion(parsed, {"x": "text"}, {})
    with pytest.raises(FeatureNotAvailable):
        evaluator.eval("'a'.upper")
    assert evaluator.eval("x.upper") is None
    with pytest.raises(InvalidExpression):
        evaluator.eval("{1: 2}")
    with pytest.raises(InvalidExpression):
        evaluator.eval("rand()")
