"""The hardest documents of five verticals, as far as the language can say them, and what it cannot say yet.

`tests/drafts/<vertical>_<document>/` is an app: it loads, and its scenario comes true. `docs/holes.yaml` in it holds what
its author would like to write beyond that, file by file. Each wish is laid over the draft as a layer of its own and has
to be refused with the codes noted there. A wish that fails here because it loads has
come true: move it up into the draft, and take it out of `docs/decisions/0018-what-ten-hard-documents-lack.md`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from engine.language.problems import Problem
from engine.language.render import render_concise
from engine.operations.scenarios import run_scenarios, stories_of
from engine.packages.files import PackageFiles
from engine.packages.layers import arrange_folder
from engine.packages.load import Loaded, finish, load_folder, prepare
from engine.storage.filters import pushable

ROOT = Path(__file__).parents[2]
DRAFTS = ROOT / "tests" / "drafts"
RECORD = ROOT / "docs" / "decisions" / "0018-what-ten-hard-documents-lack.md"
NAMES = sorted(path.parents[1].name for path in DRAFTS.glob("*/docs/holes.yaml"))
VERTICALS = {"food", "manufacturing", "catering", "medical", "crossborder"}


@dataclass(frozen=True)
class Hole:
    """What a draft cannot say: the general part that is missing, and the files its author would write if it were there."""

    draft: str
    id: str
    part: str
    needs: str
    capabilities: tuple[str, ...]
    wish: dict[str, str]
    refused: tuple[str, ...]

    @property
    def layer(self) -> PackageFiles:
        """The wish as a layer over its draft."""
        manifest = f"app: {self.id}\nformat: 1\nextends: {self.draft}\ntitle: {{zh: 愿望, en: Wish}}\n"
        return PackageFiles(self.id, {"app.yaml": manifest.encode(), **{k: v.encode() for k, v in self.wish.items()}})


def notes_of(draft: str) -> dict[str, Any]:
    notes: dict[str, Any] = YAML(typ="safe").load(DRAFTS / draft / "docs" / "holes.yaml")
    return notes


def holes_of(draft: str) -> list[Hole]:
    fields = ("id", "part", "needs", "capabilities", "wish", "refused")
    return [Hole(draft, **{name: hole[name] for name in fields}) for hole in notes_of(draft)["holes"]]


VERTICAL_OF = {name: str(notes_of(name)["vertical"]) for name in NAMES}
PLAYED = sorted({vertical: name for name, vertical in reversed(VERTICAL_OF.items())}.values())
HOLES = [hole for name in NAMES for hole in holes_of(name)]


@cache
def loaded(draft: str) -> Loaded:
    return load_folder(DRAFTS / draft, pushable=pushable)


@cache
def layers_of(draft: str) -> tuple[PackageFiles, ...]:
    return arrange_folder(DRAFTS / draft)[0]


def wished(hole: Hole) -> list[Problem]:
    """Everything that is wrong with a draft once its author also writes the wish."""
    _, problems = finish(prepare([*layers_of(hole.draft), hole.layer]), pushable)
    return [problem for problem in problems if problem.severity == "error"]


@pytest.mark.parametrize("name", NAMES)
def test_a_draft_loads_without_a_problem(name: str) -> None:
    """As an author would find: no error, no warning, and its scenarios name only what there is."""
    app, problems = loaded(name)
    assert app is not None, render_concise(problems, language="en")
    assert not problems, render_concise(problems, language="en")
    assert stories_of(app)


@pytest.mark.parametrize("name", PLAYED)
def test_a_draft_works(name: str) -> None:
    """One of each vertical comes true here, the others with `formwork test tests/drafts`: a site takes seconds."""
    app, _ = loaded(name)
    assert app is not None
    for result in run_scenarios(app):
        assert result.passed, (result.scenario.scenario, result.missed)


@pytest.mark.parametrize("hole", HOLES, ids=lambda hole: f"{hole.draft}-{hole.id}")
def test_a_wish_is_refused_with_the_codes_noted(hole: Hole) -> None:
    """In words of both languages, at a place in the wish."""
    problems = wished(hole)
    said = render_concise(problems, language="en")
    assert sorted({problem.code for problem in problems}) == sorted(hole.refused), said or "the language has learned it"
    assert all(problem.place is not None for problem in problems), said
    assert render_concise(problems, language="zh").strip()


def test_there_are_ten_and_all_five_verticals_have_one() -> None:
    """Each draft has at least one hole, or it is not among the hardest."""
    assert len(NAMES) >= 10
    assert set(VERTICAL_OF.values()) == VERTICALS
    assert {hole.draft for hole in HOLES} == set(NAMES)
    assert all(re.fullmatch(r"C\d{3}", capability) for hole in HOLES for capability in hole.capabilities)


def test_the_record_names_each_missing_part_with_its_documents() -> None:
    """The table of the record says what the notes say: nothing is forgotten, nothing stays when it has come true."""
    rows = re.findall(r"^\| \d+ \| \*\*(.+?)\*\* \|.*\| ([a-z_, ]+) \|$", RECORD.read_text(encoding="utf-8"), re.M)
    told = {part: set(documents.split(", ")) for part, documents in rows}
    noted: dict[str, set[str]] = {}
    for hole in HOLES:
        noted.setdefault(hole.part, set()).add(hole.draft)
    assert told == noted
