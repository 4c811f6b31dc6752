"""`formwork test` and `formwork coverage`: what they print, for a story that fails too, and how they end."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from engine.cli.main import run

SHOP = Path(__file__).parents[1] / "sample_apps" / "shop"
FAILS = """\
scenario: fails
label: {zh: 不成立, en: Does not come true}
covers: [C001, C072]
clock: "2026-03-02"
when:
  - {id: enter, by: manager, entity: item, values: {code: TEA}}
then:
  - {of: enter, values: {name: Tea}}
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shop with a story that fails; the present folder is the one around it."""
    shutil.copytree(SHOP, tmp_path / "shop")
    (tmp_path / "shop" / "scenarios" / "fails.yaml").write_text(FAILS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "shop"


def test_a_failure_is_told_with_file_line_expected_and_found(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["test", "shop", "--language", "en", "--only", "fails"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "✗ fails  Does not come true  C001 C072",
        "    shop/scenarios/fails.yaml:8: enter: expected done, found refused VAL-101",
        "        name: Enter a value. [VAL-101]",
        "1 scenario, 1 failed",
    ]
    assert run(["test", "shop", "--language", "zh", "--only", "fails"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "✗ fails  不成立  C001 C072"
    assert told[1] == "    shop/scenarios/fails.yaml:8: enter: 应为 成功，实为 被拒绝 VAL-101"


def test_all_that_come_true_is_a_success(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "scenarios" / "fails.yaml").unlink()
    assert run(["test", "shop", "--language", "en", "--jobs", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 scenario, 0 failed"


def test_a_story_that_cannot_be_read_is_refused_with_its_place(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "scenarios" / "fails.yaml").write_text(FAILS.replace("by: manager", "by: manger"), encoding="utf-8")
    assert run(["test", "shop", "--language", "en"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("shop/scenarios/fails.yaml:6:21: error: There is no role “manger”. did you mean “manager”?")
    assert run(["test", "shop", "--language", "en", "--only", "fail"]) == 1


def test_coverage_lists_proofs_and_what_is_missing(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["coverage", "shop", "--language", "en"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "C001  1  shop/fails",
        "C054  1  shop/everything",
        "C072  2  shop/everything, shop/fails",
        "3 ids covered",
    ]
    wanted = shop.parent / "wanted.md"
    wanted.write_text("| C001 | one |\n| C072, C199 | more |\nXC054 C0540\n", encoding="utf-8")
    assert run(["coverage", "shop", "C198", "--wanted", str(wanted), "--language", "en"]) == 1
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "C198  no scenario",
        "C199  no scenario",
        "2 ids covered, 2 missing",
    ]
    assert run(["coverage", "shop", "C072", "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["missing"] == []
    assert answer["covered"]["C072"][1] == {
        "app": "shop",
        "scenario": "fails",
        "file": "shop/scenarios/fails.yaml",
        "line": 1,
    }


def test_a_file_without_ids_is_refused(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["coverage", "shop", "--wanted", "nowhere.txt"]) == 2
    assert run(["coverage", "shop", "--wanted", "shop/app.yaml", "--language", "en"]) == 2
    assert "shop/app.yaml names no capability" in capsys.readouterr().err


def test_what_nobody_would_notice_is_told_and_is_a_failure(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "scenarios" / "fails.yaml").unlink()
    only = ["--only", "rules.move.items.size", "--only", "shop/reports"]
    assert run(["test", "shop", "--mutate", *only, "--language", "en", "--jobs", "1"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "✗ shop/reports/stock.yaml:4  reports.stock.where  nobody notices",
        "✓ shop/rules/move.yaml:3  rules.move.items.size  found by everything",
        "✓ shop/rules/move.yaml:9  rules.move.items.size.rows.other  found by everything",
        "– shop/rules/move.yaml:8  rules.move.items.size.rows.big  not exercised",
        "0 found by the check, 2 by scenarios, 1 by nobody; 1 not exercised",
    ]
    assert run(["test", "shop", "--mutate", "--only", "rules.move.items.size", "--format", "json", "--jobs", "1"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["counts"] == {"refused": 0, "failed": 2, "survived": 0, "idle": 1}
    assert answer["items"][1]["line"] == 8
    assert run(["test", "shop", "--mutate", "--only", "rules.nowhere", "--language", "en"]) == 2
    assert "nothing to take away that matches rules.nowhere" in capsys.readouterr().err
