"""Random decisions: whatever the translator writes passes the checks and answers; what it cannot write it tells."""

from __future__ import annotations

import random

import pytest

from engine.language.catalogue import message
from engine.language.problems import Refused
from engine.packages.files import PackageFiles
from engine.packages.load import load
from engine.rules.decide import decide
from tests.dmn.written import alias, context, decision, definitions, given, imported, literal, model, structure, table

TYPES = {
    "x": "number", "y": "number", "s": "string", "t": "string", "b": "boolean", "d": "date", "dt": "date and time",
    "du": "days and time duration", "ym": "years and months duration", "tm": "time", "ls": "tTexts", "ln": "tNumbers",
    "rec": "tRecord", "rows": "tRows",
}  # fmt: skip
VALUES = {
    "x": 5, "y": -1, "s": "a", "t": "b", "b": True, "d": "2020-01-31", "dt": "2020-01-01T10:00:00Z", "du": "P1D",
    "ym": "P1Y", "tm": "10:00:00", "ls": ["a", "b"], "ln": [1, 2, 3], "rec": {"a": 1, "b": "q"},
    "rows": [{"v": 1, "w": "a"}, {"v": 2, "w": "b"}],
}  # fmt: skip
ATOMS = (
    *TYPES, "rec.a", "rec.b", "rows.v", "ctx.p", "1", "0", "-2.5", '"a"', '"it\'s"', "null", "true", "false", "?",
    'date("2020-01-01")', '@"2020-02-30"', 'duration("P1D")', 'duration("P1M")', 'time("10:00:00")',
    'date and time("2020-01-01T00:00:00Z")', "[1, 2]", '["a"]', "{a: 1}", "F(x)", "T(s)",
)  # fmt: skip
SHAPES = (
    "({} + {})", "({} - {})", "({} * {})", "({} / {})", "({} ** {})", "{} = {}", "{} != {}", "{} < {}", "({} and {})",
    "({} or {})", "not({})", "if {} then {} else {}", "{} in ({}, > {})", "{} between {} and {}", "{} in [{}..{})",
    "[{}, {}]", "some i in {} satisfies {}", "every i in {} satisfies {}", "{}[{}]", "-{}", "({}).a", "({}).year",
    "sum({})", "count({})", "min({}, {})", "max({})", "mean({})", "abs({})", "string length({})", "upper case({})",
    "list contains({}, {})", "substring({}, {})", "modulo({}, {})", "decimal({}, {})", "date({})", "sqrt({})",
    "all({}, {})", "any({})", "string({})", "round up({}, {})", "contains({}, {})",
)  # fmt: skip
CELLS = ("-", "> {}", "= {}", "!= {}", "not({})", "not({}, {})", "[{}..{}]", "{}, {}", "{}")
HEAD = (
    alias("tTexts", "string", collection=True),
    alias("tNumbers", "number", collection=True),
    structure("tRecord", a="number", b="string"),
    structure("tRow", v="number", w="string"),
    alias("tRows", "tRow", collection=True),
    *(given(name, kind) for name, kind in TYPES.items()),
    model("F", {"p": "number"}, literal("p * 2 + 1")),
    model("T", {"q": "string"}, table(["q"], ["o"], ['"a"', "1"], ["-", "2"], hit="FIRST")),
    decision("ctx", None, context(p=literal("x + 1"), w=literal('"z"')), "x"),
)
AT_ODDS = {"RUL-530", "RUL-534", "RUL-535"}
"""Rows that never decide or clash: what random tables do, and what the check is for."""


def expression(chance: random.Random, depth: int) -> str:
    """FEEL of any sort, sensible or not."""
    if depth == 0 or chance.random() < 0.2:
        return chance.choice(ATOMS)
    shape = chance.choice(SHAPES)
    return shape.format(*(expression(chance, depth - 1) for _ in range(shape.count("{}"))))


def cell(chance: random.Random) -> str:
    """A cell of any sort."""
    shape = chance.choice(CELLS)
    return shape.format(*(expression(chance, 1) for _ in range(shape.count("{}"))))


def random_model(chance: random.Random) -> str:
    """A few formulas and a table over inputs of every type."""
    needs = [*TYPES, "ctx"]
    kinds = (None, "number", "string", "boolean", "date")
    formulas = [decision(f"d{at}", chance.choice(kinds), literal(expression(chance, 3)), *needs) for at in range(3)]
    columns = [chance.choice(list(TYPES)), expression(chance, 1)]
    rows = [[cell(chance), cell(chance), expression(chance, 1)] for _ in range(3)]
    hit = chance.choice(("UNIQUE", "FIRST", "RULE ORDER", "COLLECT", "PRIORITY"))
    return definitions(*HEAD, *formulas, decision("tab", None, table(columns, ["o"], *rows, hit=hit), *needs))


@pytest.mark.parametrize("seed", range(8))
def test_what_is_translated_is_sound(seed: int) -> None:
    """Twelve random files: no traceback, no error of ours in what was written, an answer for any values."""
    chance = random.Random(seed)
    for _ in range(12):
        text = random_model(chance)
        try:
            made = imported(text)
        except Refused:
            continue
        assert all(message(problem, language) for problem in made.problems for language in ("zh", "en"))
        files = {name: part.encode() for name, part in made.files.items()}
        app, problems = load((PackageFiles("sample", files),))
        errors = [problem for problem in problems if problem.severity == "error" and problem.code not in AT_ODDS]
        assert not errors, (errors, made.files)
        for values in (VALUES, {}) if app is not None else ():
            decide(app.decisions[made.decision], values, {}, explain=True)  # type: ignore[arg-type]
