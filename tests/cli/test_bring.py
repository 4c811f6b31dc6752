"""`formwork import` and `formwork test` on a real site: counts, refused rows, a second run that changes nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from engine.cli.main import run
from tests.shared_data import needs, shared

APPS = Path(__file__).parents[2] / "apps"
FOODKEEPER = shared("foodkeeper.json")

COLUMNS = (
    "from_date_of_purchase_refrigerate_output_display_only",
    "refrigerate_output_display_only",
    "from_date_of_purchase_pantry_output_display_only",
    "pantry_output_display_only",
    "from_date_of_purchase_freeze_output_display_only",
    "freeze_output_display_only",
    "refrigerate_after_opening_output_display_only",
    "refrigerate_after_thawing_output_display_only",
    "pantry_after_opening_output_display_only",
)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with the app published and nothing else; copied for every test, because publishing takes a second."""
    file = tmp_path_factory.mktemp("published") / "site.db"
    assert run(["publish", str(APPS / "food"), "--database", f"sqlite:///{file}"]) == 0
    return file


@pytest.fixture
def database(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("FORMWORK_LANGUAGE", "en")
    for part in published.parent.glob(f"{published.name}*"):
        shutil.copyfile(part, tmp_path / part.name)
    return f"sqlite:///{tmp_path / published.name}"


def foods(path: Path, *lives: str) -> Path:
    """A file of foods, one for each text in the first column of life."""
    rows = [
        {"id": str(number), "name": f"Food {number}", "name_subtitle": None, **dict.fromkeys(COLUMNS), COLUMNS[0]: life}
        for number, life in enumerate(lives, start=1)
    ]
    path.write_text(json.dumps({"product_data": rows}), encoding="utf-8")
    return path


def counts(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.splitlines()[-1]


def test_a_second_run_changes_nothing(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And a changed row is changed alone."""
    file = foods(tmp_path / "foods.json", "1 Week", "2 Days", "When Ripe")
    command = ["import", "foodkeeper", str(file), "--database", database]
    assert run(command) == 0
    assert counts(capsys) == "3 rows read: 2 created, 0 changed, 0 unchanged, 1 refused"
    assert run(command) == 0
    assert counts(capsys) == "3 rows read: 0 created, 0 changed, 2 unchanged, 1 refused"
    foods(file, "1 Week", "3 Days", "When Ripe")
    assert run(command) == 0
    assert counts(capsys) == "3 rows read: 0 created, 1 changed, 1 unchanged, 1 refused"


def test_a_dry_run_writes_nothing(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The counts are what would have happened."""
    file = foods(tmp_path / "foods.json", "1 Week")
    command = ["import", "foodkeeper", str(file), "--database", database]
    assert run([*command, "--dry-run"]) == 0
    assert counts(capsys) == "1 rows read: 1 created, 0 changed, 0 unchanged, 0 refused"
    assert run(command) == 0
    assert counts(capsys) == "1 rows read: 1 created, 0 changed, 0 unchanged, 0 refused"


def test_refused_rows_come_back_with_their_reasons(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whole, in a file of the same form: what is corrected there can be brought as it is."""
    file = foods(tmp_path / "foods.json", "1 Week", "Indefinitely")
    back = tmp_path / "refused.json"
    command = ["import", "foodkeeper", "--database", database, "--refused"]
    assert run([*command, str(back), str(file)]) == 0
    rows = json.loads(back.read_text(encoding="utf-8-sig"))["product_data"]
    assert [(row["import_row"], row["import_code"], row["id"]) for row in rows] == [("2", "IMP-104", "2")]
    assert "Indefinitely" in rows[0]["import_reason"]
    back.write_text(back.read_text(encoding="utf-8-sig").replace('Indefinitely"', '3 Days"', 1), encoding="utf-8")
    assert run([*command, str(tmp_path / "again.json"), str(back)]) == 0
    assert counts(capsys) == "1 rows read: 1 created, 0 changed, 0 unchanged, 0 refused"


def test_the_refused_rows_are_not_written_over_the_file_itself(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even by another name."""
    file = foods(tmp_path / "foods.json", "Indefinitely")
    before = file.read_bytes()
    same = tmp_path / "same.json"
    same.symlink_to(file)
    assert run(["import", "foodkeeper", str(file), "--database", database, "--refused", str(same)]) == 1
    assert "[IMP-119]" in capsys.readouterr().err
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("mapping", "content", "code"),
    [
        ("foodkepeer", "{}", "IMP-120"),
        ("foodkeeper", "{", "IMP-113"),
        ("foodkeeper", '{"product_data": [{}]}', "IMP-116"),
    ],
)
def test_what_cannot_be_imported_is_one_line(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], mapping: str, content: str, code: str
) -> None:
    """A mapping that is not there, or a file of another shape."""
    file = tmp_path / "x.json"
    file.write_text(content, encoding="utf-8")
    assert run(["import", mapping, str(file), "--database", database]) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1
    assert f"[{code}]" in lines[0]


@needs(FOODKEEPER.name)
def test_all_661_foods_twice(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every food is created or reported, and the second run changes nothing; progress is told on the way."""
    command = ["import", "foodkeeper", str(FOODKEEPER), "--database", database]
    capsys.readouterr()
    assert run(command) == 0
    captured = capsys.readouterr()
    assert captured.out == "661 rows read: 647 created, 0 changed, 0 unchanged, 14 refused\n"
    assert "importing 661/661" in captured.err
    assert run(command) == 0
    assert counts(capsys) == "661 rows read: 0 created, 0 changed, 647 unchanged, 14 refused"
    assert run(["verify", "--database", database]) == 0


def test_the_scenarios_of_the_apps_pass(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What `formwork test` says about what is shipped."""
    monkeypatch.setenv("FORMWORK_LANGUAGE", "en")
    assert run(["test", str(APPS)]) == 0
    assert "0 failed" in capsys.readouterr().out
