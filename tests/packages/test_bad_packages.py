"""Every folder of tests/bad_packages is a broken package; `problems.txt` beside it holds exactly what must be said.

FORMWORK_REWRITE=1 writes the files anew. Read what it wrote: would a shop owner know what to do?
"""

import os
from pathlib import Path

import pytest

from engine.language.problems import Problem
from engine.language.render import render_concise
from engine.packages.load import load_folder
from engine.packages.scenario import check_stories

FOLDER = Path(__file__).parents[1] / "bad_packages"
CASES = sorted(case.name for case in FOLDER.iterdir() if case.is_dir())


def problems_in(case: str) -> tuple[Problem, ...]:
    app, problems = load_folder(FOLDER / case / "shop")
    assert app is None or all(problem.severity != "error" for problem in problems)
    return problems if app is None else (*problems, *check_stories(app, app.layers[-1]))


def told(case: str) -> str:
    return render_concise(problems_in(case), language="en").rstrip("\n") + "\n"


@pytest.mark.parametrize("case", CASES)
def test_exactly_the_expected_problems_are_told(case):
    expected = FOLDER / case / "problems.txt"
    if os.environ.get("FORMWORK_REWRITE"):
        expected.write_text(told(case), encoding="utf-8")
    assert told(case) == expected.read_text(encoding="utf-8")


def test_there_are_enough_different_ones():
    codes = {line.split()[2] for case in CASES for line in (FOLDER / case / "problems.txt").read_text().splitlines()}
    assert len(CASES) >= 36
    assert len(codes) >= 60
    assert sum((FOLDER / case / "problems.txt").read_text().count("\n") > 1 for case in CASES) >= 12


@pytest.mark.parametrize("case", CASES)
def test_every_problem_has_a_place_and_words_in_both_languages(case):
    for problem in problems_in(case):
        assert problem.place is not None
        for language in ("zh", "en"):
            assert render_concise([problem], language=language).strip()
