"""What commands work on: folders of apps and addresses of databases, refused clearly when they are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli.database import opened
from engine.cli.places import app_folder, app_folders
from engine.language.problems import Refused

APPS = Path(__file__).parents[2] / "apps"


def code_of(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [problem.code for problem in refusal.value.problems]


def test_a_folder_of_apps_means_every_app() -> None:
    """In the order of their names."""
    assert [folder.name for folder in app_folders([APPS])] == sorted(
        path.parent.name for path in APPS.glob("*/app.yaml")
    )
    assert list(app_folders([APPS / "food"])) == [APPS / "food"]


def test_what_is_no_app_is_refused(tmp_path: Path) -> None:
    """Missing, a file, or a folder without app.yaml."""
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    for path, code in ((tmp_path / "gone", "CLI-101"), (file, "CLI-102"), (tmp_path, "CLI-102")):
        with pytest.raises(Refused) as refusal:
            app_folder(path)
        assert code_of(refusal) == [code]


def test_an_address_without_a_file_is_refused_and_makes_none(tmp_path: Path) -> None:
    """Reading commands never make a database by the way."""
    with pytest.raises(Refused) as refusal, opened(f"sqlite:///{tmp_path}/new/x.db"):
        pass
    assert code_of(refusal) == ["CLI-107"]
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """By its name, without the words of the driver."""
    file = tmp_path / "x.db"
    file.write_text("this is no database, it is a letter\n" * 100, encoding="utf-8")
    with pytest.raises(Refused) as refusal, opened(f"sqlite:///{file}") as site:
        site.app()
    assert code_of(refusal)[0].startswith("STO-")
