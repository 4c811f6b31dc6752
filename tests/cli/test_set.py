"""`formwork set`: a value from a day on, for everybody or for one company, with the rights of whoever sets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli.main import run

APPS = Path(__file__).parents[2] / "apps"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("set")
    assert run(["demo", str(APPS / "food"), "--folder", str(folder), "--no-serve"]) == 0
    return f"sqlite:///{folder / 'demo.db'}"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["20", "--from", "2026-12-01"], 0, "warn_days_first = 20 from 2026-12-01\n"),
        (["21", "--from", "2026-12-02", "--company", "BKY"], 0, "= 21 from 2026-12-02 (company BKY)"),
        (["22", "--from", "2026-12-03", "--company", "BKY", "--as", "manager"], 0, "= 22 from 2026-12-03"),
        (["", "--from", "2026-12-04"], 0, "none of its own from 2026-12-04"),
        (["23", "--company", "BKY", "--as", "keeper"], 1, "[ACC-110]"),
        (["23", "--company", "DELI", "--as", "manager"], 1, "[ACC-110]"),
        (["23", "--as", "nobody"], 2, "[CLI-108]"),
        (["23", "--company", "NOPE"], 2, "There is no Company with the code NOPE. [CLI-121]"),
        (["23", "--place", "MAIN"], 2, "[OPS-161]"),
        (["many"], 1, "warn_days_first: “many” is not a number"),
        (["1.5"], 1, "the nearest are 1 and 2"),
        (["99999"], 1, "warn_days_first: "),
        (["23", "--from", "tomorrow"], 2, "tomorrow is not a day"),
    ],
)
def test_a_setting_gets_a_value_or_a_reason(
    arguments: list[str], code: int, said: str, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["set", "warn_days_first", *arguments, "--database", database, "--language", "en"]) == code
    captured = capsys.readouterr()
    assert said in (captured.out if code == 0 else captured.err)
    assert len((captured.out + captured.err).splitlines()) == 1


def test_a_misspelt_setting_is_told_with_those_there_are(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["set", "warn_days_frst", "2", "--database", database, "--language", "en"]) == 2
    assert "warn_days_first" in capsys.readouterr().err


def test_what_was_set_verifies(database: str) -> None:
    """Every change is an entry of the journal."""
    assert run(["verify", "--database", database]) == 0
