"""A new field, rule, step and flow step kind: one file and one line each; the generic suites cover them unchanged.

The four files in `added/` are put into a copy of the engine, one member is added to each table, and the suites that
run over every kind are run in the copy, together with one that takes the new field through a whole app.
"""

from __future__ import annotations

import difflib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ADDED = Path(__file__).parent / "added"
SUITES = (
    "tests/entities/test_every_field.py",
    "tests/rules/test_every_kind.py",
    "tests/workflows/test_every_kind.py",
    "tests/workflows/test_every_flow_step.py",
    "tests/new_kinds/whole_app.py",
)


@dataclass(frozen=True)
class NewKind:
    """Where a kind goes: its file, its folder, and the line that is put in front of another in the table."""

    file: str
    folder: str
    imported: str
    member: str
    before: str


KINDS = (
    NewKind(
        "percentage.py",
        "engine/entities/fields",
        "from engine.entities.fields.percentage import PercentageField\n",
        "    | PercentageField\n",
        "    | AttachmentField,\n",
    ),
    NewKind(
        "at_least.py",
        "engine/rules/kinds",
        "from engine.rules.kinds.at_least import AtLeast\n",
        "    AtLeast |",
        " Require | Warn",
    ),
    NewKind(
        "clear.py",
        "engine/workflows/steps",
        "from engine.workflows.steps.clear import Clear\n",
        'Annotated[Clear, Tag("clear")] | ',
        'Annotated[Notify, Tag("notify")]',
    ),
    NewKind(
        "stop.py",
        "engine/workflows/flow_steps",
        "from engine.workflows.flow_steps.stop import Stop\n",
        'Annotated[Stop, Tag("stop")] | ',
        'Annotated[Approve, Tag("approve")]',
    ),
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with the four kinds added."""
    folder = tmp_path_factory.mktemp("project")
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in ("engine", "tests", "apps"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)
    for kind in KINDS:
        shutil.copy(ADDED / kind.file, folder / kind.folder / kind.file)
        table = folder / kind.folder / "__init__.py"
        text = table.read_text(encoding="utf-8")
        assert text.count(kind.before) == 1, kind
        first = text.index("from engine.")
        text = text[:first] + kind.imported + text[first:]
        table.write_text(text.replace(kind.before, kind.member + kind.before), encoding="utf-8")
    return folder


@pytest.mark.parametrize("kind", KINDS, ids=[kind.file for kind in KINDS])
def test_a_table_grows_by_one_import_and_one_member(kind: NewKind, copy: Path) -> None:
    before = (ROOT / kind.folder / "__init__.py").read_text(encoding="utf-8").splitlines()
    after = (copy / kind.folder / "__init__.py").read_text(encoding="utf-8").splitlines()
    added = [line for line in difflib.ndiff(before, after) if line.startswith("+ ")]
    assert len(added) == 2


def test_the_generic_suites_cover_the_new_kinds_unchanged(copy: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *SUITES, "-rA"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    passed = [line for line in run.stdout.splitlines() if line.startswith("PASSED")]
    for name in ("percentage", "at_least", "clear", "stop", "whole_app"):
        assert any(name in line for line in passed), name
