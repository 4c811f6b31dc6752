"""Scenarios and seeds: read whole, with every mistake at its place."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.packages.files import PackageFiles
from engine.packages.load import load_folder
from engine.packages.scenario import check_stories, instant_of, plain, read_scenarios

APPS = Path(__file__).parents[2] / "apps"

GOOD = """
scenario: short
covers: [C054]
clock: "2026-03-02"
when:
  - {id: enter, by: keeper, entity: goods_receipt, values: {lines: [{item: FLOUR, q: "1.5 kg"}]}, transition: post}
  - {id: back, by: finance, document: enter, transition: reverse}
then:
  - {of: enter, state: posted}
  - {ledger: stock, grain: cell, key: {item: FLOUR}, amounts: {quantity: "0"}}
"""


def layer(**files: str) -> PackageFiles:
    return PackageFiles("x", {f"scenarios/{name}.yaml": text.encode() for name, text in files.items()})


def test_a_good_scenario_is_read() -> None:
    """Values stay as they were typed."""
    (scenario,), problems = read_scenarios(layer(short=GOOD))
    assert problems == ()
    assert plain(scenario.when[0].values) == {"lines": [{"item": "FLOUR", "q": "1.5 kg"}]}
    assert scenario.covers == ("C054",)


@pytest.mark.parametrize(
    ("wrong", "code", "line"),
    [
        (GOOD.replace("document: enter", "document: enter, entity: goods_receipt"), "PKG-201", 7),
        (GOOD.replace("{of: enter, state: posted}", "{state: posted}"), "PKG-212", 9),
        (GOOD.replace(" grain: cell,", ""), "PKG-202", 10),
        (GOOD.replace("2026-03-02", "2026-13-02"), "PKG-312", 4),
        (GOOD.replace("id: back", "id: enter"), "PKG-263", 7),
    ],
)
def test_mistakes_are_named_with_their_line(wrong: str, code: str, line: int) -> None:
    """An expectation about nothing or two things, a day that does not exist, an id given twice."""
    _, problems = read_scenarios(layer(short=wrong))
    assert [(problem.code, problem.place.line if problem.place else None) for problem in problems] == [(code, line)]


def test_a_misspelt_key_is_a_problem_of_the_package() -> None:
    """The shape is checked like that of every other part."""
    found, problems = read_scenarios(layer(short=GOOD.replace("clock:", "clok:")))
    assert found == ()
    assert {problem.code[:3] for problem in problems} == {"PKG"}


def test_clock_texts_mean_an_instant_in_the_zone() -> None:
    """A day alone is nine in the morning there; `-2d` counts from now."""
    now = datetime(2026, 3, 4, 17, tzinfo=UTC)  # already the 5th in Shanghai
    meant = {
        "2026-03-02": datetime(2026, 3, 2, 1, tzinfo=UTC),
        "2026-03-02 23:30": datetime(2026, 3, 2, 15, 30, tzinfo=UTC),
        "2026-03-02T09:00+00:00": datetime(2026, 3, 2, 9, tzinfo=UTC),
        "-2d": datetime(2026, 3, 3, 1, tzinfo=UTC),
        "+1d 10:30": datetime(2026, 3, 6, 2, 30, tzinfo=UTC),
    }
    assert {clock: instant_of(clock, "Asia/Shanghai", now) for clock in meant} == meant


@pytest.mark.parametrize("app", sorted(path.parent.name for path in APPS.glob("*/app.yaml")))
def test_scenarios_and_seeds_of_the_apps_are_sound(app: str) -> None:
    """What is shipped can be read and names nothing unknown."""
    loaded, problems = load_folder(APPS / app)
    assert loaded is not None, problems
    assert list(check_stories(loaded, loaded.layers[-1])) == []


def test_a_file_to_import_is_no_scenario() -> None:
    """What lies below scenarios/files is data."""
    package = PackageFiles("x", {"scenarios/files/goods.json": b"[1, 2]", "scenarios/short.yaml": GOOD.encode()})
    found, problems = read_scenarios(package)
    assert ([each.scenario for each in found], problems) == (["short"], ())
