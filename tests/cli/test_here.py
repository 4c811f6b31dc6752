"""File names as seen from the present folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli.here import Here
from engine.language.problems import Place, Problem


def test_names_can_be_opened_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "apps" / "food").mkdir(parents=True)
    (tmp_path / "apps" / "trade").mkdir()
    monkeypatch.chdir(tmp_path)
    here = Here(Path("apps/food"))
    assert here.file("food/app.yaml") == "apps/food/app.yaml"
    assert here.file("trade/app.yaml") == "apps/trade/app.yaml"
    assert here.file("system/app.yaml") == "system/app.yaml"
    monkeypatch.chdir(tmp_path / "apps" / "food")
    assert Here(Path()).file("food/app.yaml") == f"{tmp_path}/apps/food/app.yaml"
    monkeypatch.chdir(tmp_path / "apps")
    assert Here(Path("food")).file("food/app.yaml") == "food/app.yaml"


def test_all_places_of_a_problem_move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "apps" / "food").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    place = Place("food/app.yaml", 1, 1, 1, 2)
    told = Problem("PKG-262", {"name": "x", "layer": "food"}, place, related=((place, {"zh": "这里", "en": "here"}),))
    (moved,) = Here(Path("apps/food")).problems([told])
    assert moved.place is not None
    assert moved.place.file == "apps/food/app.yaml"
    assert moved.related[0][0].file == "apps/food/app.yaml"
