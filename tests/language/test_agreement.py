"""One formula, one meaning: the generated code, the trace walker and simpleeval agree on random formulas and rows."""

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from engine.language.formula import Formula
from engine.language.parse import Parsed, parse
from engine.language.second_opinion import second_opinion
from tests.language.expressions import SCOPE, Author, random_constants, random_row, scope_of

KINDS = ("flag", "integer", "number", "kg", "money", "text", "choice", "date", "instant", "days", "duration", "record")


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(some.integers(0, 2**64))
def test_generated_code_trace_and_simpleeval_agree(seed: int) -> None:
    random = Random(seed)
    text = Author(random).write(random.choice(KINDS), random.randint(1, 4))
    formula = Formula(text)
    if formula.syntax:
        assert {one.code for one in formula.syntax} <= {"EXP-403", "EXP-404", "EXP-402"}
        return
    problems = formula.bind(SCOPE)
    if problems:
        assert {problem.code for problem in problems} <= {"EXP-453"}, (text, problems)
        return
    parsed = parse(text)
    assert isinstance(parsed, Parsed)
    for _ in range(12):
        scope = scope_of(random_row(random), random_constants(random), random)
        generated = formula.expression.evaluate(scope)
        assert not isinstance(generated, float)
        traced = formula.expression.trace(scope).value
        assert generated == traced, (text, scope)
        assert type(generated) is type(traced), (text, scope)
        other = second_opinion(parsed, scope)
        assert generated == other, (text, scope)
