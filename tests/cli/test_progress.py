"""Progress: plain lines where nobody watches, a bar where somebody does."""

from __future__ import annotations

import pytest

from engine.cli import progress as module
from engine.cli.progress import progress


def test_lines_come_every_tenth(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """However many pieces there are, about ten lines are written, the last one at the end."""
    monkeypatch.setenv("LANG", "en_GB")
    with progress("导入", "importing") as report:
        for done in range(1, 662):
            report(done, 661)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 11
    assert lines[-1].startswith("importing 661/661 (")


def test_nothing_to_do_is_done_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """An empty file is no division by zero."""
    with progress("导入", "importing") as report:
        report(0, 0)
    assert "0/0" in capsys.readouterr().err


def test_a_bar_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar writes to standard error only: the answer stays clean."""
    monkeypatch.setattr(module, "on_terminal", lambda: True)
    with progress("导入", "importing") as report:
        report(3, 10)
        report(10, 10)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "10/10" in captured.err
