"""The pages under docs/reference are those that the tables give now."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli.main import run
from engine.cli.reference import pages
from engine.entities.fields import KINDS
from engine.packages.story import acts, expectations
from engine.workflows.flow_steps import FLOW_WORDS
from engine.workflows.steps import WORDS

FOLDER = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("name", list(pages()))
def test_a_page_is_fresh(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == pages()[name], "run: make reference"


def test_no_page_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(pages())


def test_every_kind_has_its_section() -> None:
    """With its keys, so that a kind that was added cannot be missing."""
    text = pages()["kinds.md"]
    for word in (*KINDS, *WORDS, *FLOW_WORDS, "require", "warn", "default", "derive", "table"):
        assert f"### `{word}`" in text
    assert "| **unit** | text |" in text
    assert "list of `{id, label, value, allowed}`" in text


def test_every_step_and_expectation_of_scenarios_has_its_section() -> None:
    text = pages()["scenarios.md"]
    for word in (*acts.WORDS, *expectations.WORDS):
        assert f"### `{word}`" in text
    assert "| as | text | | Log-in: a seeded person with that person's own assignments |" in text


def test_the_verb_writes_them(tmp_path: Path) -> None:
    assert run(["reference", "--out", str(tmp_path / "new")]) == 0
    assert {path.name for path in (tmp_path / "new").iterdir()} == set(pages())
