"""Every example that `--help` shows works when it is pasted, in the order in which a newcomer would."""

from __future__ import annotations

import io
import re
import shlex
import shutil
from importlib import import_module
from pathlib import Path

import pytest

from engine.cli.main import VERBS, run

ROOT = Path(__file__).parents[2]
ORDER = (
    "check",
    "test",
    "coverage",
    "new",
    "schema",
    "reference",
    "explain",
    "who-set",
    "migrate",
    "publish",
    "import",
    "import-dmn",
    "decide",
    "set",
    "password",
    "verify",
    "demo",
)
"""`serve` runs until it is stopped; its example differs from that of `verify` by the port alone."""


def examples(verb: str) -> list[str]:
    """The command lines that the help of a verb shows."""
    module, function = VERBS[verb]
    told = getattr(import_module(module), function).__doc__
    found = re.findall(r"^ *Example: formwork (.+)$", told, re.MULTILINE)
    assert found, verb
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh clone, as far as the command line looks at one."""
    place = tmp_path_factory.mktemp("clone")
    for name in ("apps", "docs"):
        shutil.copytree(ROOT / name, place / name)
    return place


def test_every_verb_has_its_turn() -> None:
    assert {*ORDER, "serve"} == set(VERBS)


@pytest.mark.parametrize("verb", ORDER)
def test_an_example_works(verb: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.delenv("FORMWORK_DATABASE", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    for line in examples(verb):
        more = ["--no-serve"] if verb == "demo" else []
        assert run([*shlex.split(line), *more]) == 0, line
