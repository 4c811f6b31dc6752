"""The command line: every verb explains itself, mistakes are one line with the right exit code, never a traceback."""

from __future__ import annotations

import json
import socket
from importlib import import_module
from pathlib import Path

import pytest

from engine.cli.main import VERBS, run, summary
from engine.cli.speak import language_of
from engine.language.problems import Refused
from tests.cli.broken import broken_app

APPS = Path(__file__).parents[2] / "apps"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORMWORK_LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")


def test_all_verbs_are_there() -> None:
    """The verbs that people were promised."""
    promised = "check test serve demo import migrate publish explain who-set schema new verify"
    assert set(promised.split()) <= set(VERBS)


def test_the_list_of_verbs_imports_none_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever asks what there is does not wait for a web server; what is said is what each verb says of itself."""
    assert run([]) == 0
    listed = " ".join(capsys.readouterr().out.split())
    for verb, (module, function) in VERBS.items():
        told = getattr(import_module(module), function).__doc__
        assert summary(verb) == told.partition("\n")[0]
        assert f"{verb} {summary(verb)}" in listed


def test_the_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """With that of Python, for reports of faults."""
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("formwork 0.")


@pytest.mark.parametrize("verb", list(VERBS))
def test_every_verb_shows_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` ends well and shows how the verb is typed."""
    assert run([verb, "--help"]) == 0
    assert f"Example: formwork {verb} " in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["chek"], 2, "chek"),
        (["check", "--format", "xml"], 2, "xml"),
        (["check", "nowhere"], 2, "nowhere does not exist"),
        (["check", "pyproject.toml"], 2, "[CLI-112]"),
        (["publish", "nowhere"], 2, "[CLI-101]"),
        (["publish", "engine"], 2, "[CLI-102]"),
        (["migrate", "pyproject.toml", "--plan"], 2, "[CLI-102]"),
        (["explain", "EXP-9999"], 2, "[CLI-105]"),
        (["explain", "nonsense"], 2, "There is no code “nonsense”"),
        (["who-set", "a", "b", "c"], 2, "[APP] PATH"),
        (["who-set", "apps/food"], 2, "[CLI-122]"),
        (["who-set", "apps/food", ""], 2, "[CLI-122]"),
        (["who-set", "apps/food", "entities.item.fields.trackin.default"], 1, "did you mean tracking?"),
        (["schema", "apps/food", "--entity", "itm"], 1, "did you mean item?"),
        (["schema", "--out", "pyproject.toml"], 2, "[CLI-116]"),
        (["demo", "apps/food", "--no-serve", "--folder", "pyproject.toml"], 2, "[CLI-116]"),
        (["reference", "--out", "pyproject.toml"], 2, "[CLI-116]"),
        (["import", "foodkeeper", "apps"], 2, "[CLI-115]"),
        (["verify", "--database", "sqlite:///apps"], 2, "[CLI-115]"),
        (["verify", "--database", "sqlite:///pyproject.toml"], 2, "[CLI-117]"),
        (["verify", "--database", "sqlite:///"], 2, "[STO-110]"),
        (["verify", "--database", ""], 2, "[STO-110]"),
        (["verify", "--database", "postgresql://u:secret@h:port/x"], 2, "postgresql://u:***@h:port/x"),
        (["publish", "apps/food", "--database", "sqlite:///pyproject.toml/x.db"], 2, "[CLI-103]"),
        (["set", "warn_days_first", "20", "--from", "2026-13-01"], 2, "[CLI-120]"),
        (["set", "warn_days_first", "20", "--company", "A", "--place", "B"], 2, "only one of"),
        (["set", "warn_days_first"], 2, "VALUE"),
        (["publish"], 2, "(see formwork publish --help)"),
        (["check", "--bogus"], 2, "--bogus"),
        (["explain", ""], 2, "[CLI-105]"),
        (["new", "."], 2, "[CLI-109]"),
        (["new", "apps/bakery", "--extends", "nothing"], 2, "[CLI-102]"),
        (["import", "foodkeeper", "nowhere.json"], 2, "nowhere.json does not exist"),
        (["serve", "--database", "sqlite:///nowhere/x.db"], 2, "[CLI-107]"),
        (["serve", "--database", "mysql://x/y"], 2, "[STO-"),
        (["serve", "--database", "no url at all"], 2, "[STO-"),
        (["serve", "--port", "70000"], 2, "--port"),
        (["verify", "--database", "sqlite:///nowhere/x.db"], 2, "[CLI-107]"),
        (["new", "apps"], 2, "[CLI-109]"),
        (["new", "apps/Bad Name"], 1, "[PKG-293]"),
        (["check", "--language", "fr"], 2, "fr"),
    ],
)
def test_a_mistake_is_one_line_and_an_exit_code(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On standard error, beginning with `error:`, saying what was wrong."""
    monkeypatch.chdir(APPS.parent)
    assert run(arguments) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert said in lines[0]


def test_a_taken_port_is_told_before_anything_is_begun(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The demonstration leaves no half-made folder behind."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        folder = tmp_path / "demo"
        assert run(["demo", str(APPS / "food"), "--folder", str(folder), "--port", str(port)]) == 2
    assert f"127.0.0.1:{port} is in use" in capsys.readouterr().err
    assert not folder.exists()


def test_an_interrupt_ends_quietly(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C is no mistake of anybody's."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("engine.cli.check.app_folders", interrupted)
    assert run(["check"]) == 130
    assert capsys.readouterr().err == "error: Interrupted. [CLI-113]\n"


def test_what_the_system_refuses_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk or a missing right is told with the file's name."""

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "var/x.db")

    monkeypatch.setattr("engine.cli.check.app_folders", full)
    assert run(["check"]) == 2
    assert capsys.readouterr().err == "error: var/x.db cannot be read or written: No space left on device. [CLI-103]\n"


@pytest.mark.parametrize(
    ("environment", "spoken"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_GB", "FORMWORK_LANGUAGE": "zh"}, "zh"),
        ({"LANG": ""}, "en"),
    ],
)
def test_the_language_is_that_of_the_terminal(environment: dict[str, str], spoken: str) -> None:
    """The strongest name counts, as for every other program."""
    assert language_of(environment) == spoken


def test_mistakes_speak_chinese_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """`--language` after the verb is enough."""
    assert run(["publish", "nowhere", "--language", "zh"]) == 2
    assert capsys.readouterr().err.startswith("error: 找不到 nowhere。")


def test_explain_lists_the_codes_of_a_sort(capsys: pytest.CaptureFixture[str]) -> None:
    """Their letters alone are enough."""
    assert run(["explain", "cli"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 10
    assert all(line.startswith("CLI-") for line in lines)


def test_explain_says_everything_about_a_code(capsys: pytest.CaptureFixture[str]) -> None:
    """In the language asked for; the code may be typed in small letters."""
    assert run(["explain", "cli-101", "--language", "zh"]) == 0
    assert "找不到 <path>" in capsys.readouterr().out


def test_a_clean_app_checks_clean(capsys: pytest.CaptureFixture[str]) -> None:
    """What is shipped has no problem."""
    assert run(["check", str(APPS)]) == 0
    assert capsys.readouterr().out.strip() == "no problems"


@pytest.mark.parametrize("format", ["text", "concise", "json", "sarif"])
def test_a_broken_app_is_told_in_every_format(format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each names file, line and code; the formats for machines can be read by machines."""
    folder = broken_app(tmp_path)
    assert run(["check", str(folder), "--format", format]) == 1
    out = capsys.readouterr().out
    assert "task.yaml" in out
    assert "PKG-" in out
    if format in {"json", "sarif"}:
        json.loads(out)


def test_concise_lines_can_be_opened_by_an_editor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is named as seen from the folder people are in."""
    folder = broken_app(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run(["check", folder.name, "--format", "concise"]) == 1
    file = capsys.readouterr().out.splitlines()[0].split(":")[0]
    assert (tmp_path / file).is_file()


def test_new_makes_an_app_that_checks_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And a second run changes nothing."""
    folder = tmp_path / "bakery"
    assert run(["new", str(folder), "--title", "面包房"]) == 0
    assert run(["check", str(folder)]) == 0
    before = (folder / "app.yaml").read_bytes()
    assert run(["new", str(folder)]) == 2
    assert (folder / "app.yaml").read_bytes() == before
    assert "[CLI-109]" in capsys.readouterr().err


def test_who_set_names_file_line_and_layer(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Newest first, then what it overrode; by names that an editor can open from here."""
    monkeypatch.chdir(APPS.parent)
    assert run(["who-set", "apps/food", "entities.item.fields.tracking.default"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("apps/food/entities/item.yaml:")
    assert lines[0].endswith("'batch' (layer food)")
    assert lines[1].startswith("  overrides apps/trade/entities/item.yaml:")


def test_schema_is_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Printed, or one file for each sort of part."""
    assert run(["schema"]) == 0
    assert "app.schema.json" in json.loads(capsys.readouterr().out)
    assert run(["schema", "--out", str(tmp_path / "schemas")]) == 0
    assert (tmp_path / "schemas" / "entities.schema.json").is_file()


def test_run_answers_refusals_of_any_stage(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Even without a problem in it a refusal is no success."""

    def refused(*_: object, **__: object) -> None:
        raise Refused(())

    monkeypatch.setattr("engine.cli.check.app_folders", refused)
    assert run(["check"]) == 2
    assert capsys.readouterr().err == ""
