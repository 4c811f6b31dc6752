"""What commands work on: folders of apps and addresses of databases, refused clearly when they are none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.cli.database import opened, shown
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


def test_a_file_inside_an_app_means_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an editor hands over; and without paths the app one stands in, else the folder `apps`."""
    assert list(app_folders([APPS / "food" / "entities" / "item.yaml"])) == [APPS / "food"]
    assert list(app_folders([APPS / "food" / "app.yaml"])) == [APPS / "food"]
    monkeypatch.chdir(APPS / "food")
    assert list(app_folders(None)) == [Path()]
    monkeypatch.chdir(APPS.parent)
    assert [folder.name for folder in app_folders([])] == [folder.name for folder in app_folders([APPS])]


def test_an_app_that_may_not_be_read_is_not_left_out(tmp_path: Path) -> None:
    """Saying `no problems` about it would be wrong."""
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    closed = tmp_path / "food"
    closed.mkdir()
    (closed / "app.yaml").write_text("", encoding="utf-8")
    closed.chmod(0)
    try:
        with pytest.raises(PermissionError):
            list(app_folders([tmp_path]))
    finally:
        closed.chmod(0o700)


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


@pytest.mark.parametrize("make", [False, True])
def test_a_file_that_is_no_database_is_refused(make: bool, tmp_path: Path) -> None:
    """By its name, without the words of the driver, and untouched."""
    file = tmp_path / "x.db"
    file.write_text("this is no database, it is a letter\n" * 100, encoding="utf-8")
    before = file.read_bytes()
    with pytest.raises(Refused) as refusal, opened(f"sqlite:///{file}", make=make) as site:
        site.app()
    assert code_of(refusal) == ["CLI-117"]
    assert file.read_bytes() == before


def test_an_empty_database_says_publish_first(tmp_path: Path) -> None:
    """Instead of missing tables; publishing itself may open it."""
    file = tmp_path / "x.db"
    file.write_bytes(b"")
    with pytest.raises(Refused) as refusal, opened(f"sqlite:///{file}") as site:
        site.app()
    assert code_of(refusal) == ["CLI-107"]
    with pytest.raises(Refused) as refusal, opened(f"sqlite:///{file}", make=True) as site:
        site.app()
    assert code_of(refusal) != ["CLI-107"]


def test_an_address_is_shown_without_its_password() -> None:
    """Messages end up in logs."""
    assert shown("postgresql://anna:secret@host/x") == "postgresql://anna:***@host/x"
    assert shown("postgresql://anna@host/x") == "postgresql://anna@host/x"
    assert shown("sqlite:///var/x.db") == "sqlite:///var/x.db"
