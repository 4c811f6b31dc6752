"""`formwork import-dmn` and `formwork decide`: the whole way on the command line, and what is said when it fails."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from engine.cli.decide import exact_json
from engine.cli.main import run
from tests.dmn.written import decision, definitions, given, literal

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """The sample, imported."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(SAMPLES / "shipping.dmn", tmp_path)
    assert run(["import-dmn", "shipping.dmn"]) == 0
    assert run(["check", "shipping"]) == 0
    capsys.readouterr()
    return tmp_path / "shipping"


def asked(app: Path, values: object, *more: str) -> int:
    """Decide on values."""
    file = app.parent / "values.json"
    file.write_text(values if isinstance(values, str) else exact_json(values), encoding="utf-8")
    return run(["decide", "shipping", "shipping", "--input", "values.json", *more])


def test_a_file_becomes_an_app_that_decides(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers keep every digit, in and out."""
    order = {"Weight": Decimal("7.10"), "Ordered On": "2026-03-01", "Zone": "inland"}
    assert asked(app, {"Order": order}) == 0
    found = json.loads(capsys.readouterr().out, parse_float=Decimal)
    assert found == {"decision": "shipping", "results": {"base_fee": Decimal("11.15"), "fee": Decimal("11.15")}}


def test_an_explanation_names_rows_files_and_what_was_seen(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the table the row, the inputs and the runner-up; of the formula what it read."""
    assert asked(app, (SAMPLES / "shipping.json").read_text(), "--explain") == 0
    said = {step["item"]: step for step in json.loads(capsys.readouterr().out)["explain"]}
    base = said["base_fee"]
    assert base["rows"] == ["2"]
    assert base["seen"] == {"weight": 7.5, "zone": "inland"}
    assert base["place"].startswith("shipping/decisions/shipping.yaml:")
    assert base["rows_at"][0].startswith("shipping/decisions/shipping.yaml:")
    assert "row" in base["runner_up"]
    assert said["fee"]["seen"]["base_fee"] == 11.75


@pytest.mark.parametrize(
    ("values", "code", "said"),
    [
        ({"Order": {"Weight": "heavy"}}, 1, "order.weight: “heavy” is not a number"),
        ({"Order": 5}, 1, "order: "),
        ({"Ordr": {}}, 1, "did you mean Order?"),
        ({"Order": {"Weigth": 5}}, 1, "did you mean Weight?"),
        ({"Order": {"Zone": "moon"}}, 1, "Order.Zone is none of the allowed values"),
        ("[1]", 2, "[CLI-132]"),
        ("{", 1, "[WEB-105]"),
        ('{"a": 1, "a": 2}', 1, "[WEB-106]"),
    ],
)
def test_values_that_do_not_fit_are_told_by_name(
    values: object, code: int, said: str, app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line each, never a traceback."""
    assert asked(app, values) == code
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_a_missing_value_gives_a_missing_result(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And the reason is in the explanation."""
    assert asked(app, {}, "--explain") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["results"] == {"base_fee": None, "fee": None}
    assert [step["outcome"] for step in found["explain"] if step["item"] == "base_fee"] == ["no_row"]


def test_mistakes_around_it_are_one_line(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No such decision, no such file, a folder that is there, a folder that cannot be an app."""
    for arguments, code, said in (
        (["decide", "shipping", "shiping", "--input", "x.json"], 2, "did you mean shipping?"),
        (["decide", "shipping", "shipping", "--input", "x.json"], 2, "x.json"),
        (["decide", "shipping", "shipping"], 2, "--input"),
        (["import-dmn", "shipping.dmn"], 2, "[CLI-109]"),
        (["import-dmn", "shipping.dmn", "--out", "A-b"], 1, "[PKG-293]"),
        (["import-dmn", "none.dmn", "--out", "other"], 2, "none.dmn"),
    ):
        assert run(arguments) == code, arguments
        told = capsys.readouterr().err
        assert said in told, told
        assert told.count("\n") == 1, told


def test_what_is_left_out_is_told_and_ends_in_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The rest is written and sound."""
    text = definitions(given("x"), decision("bad", None, literal("for i in x return i"), "x"),
                       decision("good", "number", literal("x"), "x"))  # fmt: skip
    (tmp_path / "mixed.dmn").write_text(text, encoding="utf-8")
    assert run(["import-dmn", str(tmp_path / "mixed.dmn"), "--out", str(tmp_path / "mixed")]) == 1
    assert "Decision bad" in capsys.readouterr().err
    assert run(["check", str(tmp_path / "mixed")]) == 0


def test_numbers_are_written_digit_by_digit() -> None:
    """No binary fraction, no exponent."""
    value = {"a": Decimal("0.10"), "b": [Decimal("1E+3"), 2**80, None, True], "c": {}, "d": [], "e": "模“板”\n"}
    text = exact_json(value)
    assert '"a": 0.1' in text
    assert "1000" in text
    assert str(2**80) in text
    assert json.loads(text, parse_float=Decimal) == value
