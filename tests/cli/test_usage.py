"""Usage errors in the language of the terminal."""

from __future__ import annotations

import pytest

from engine.cli.main import run


@pytest.mark.parametrize(
    ("arguments", "chinese"),
    [
        (["chek"], "没有命令 chek；是否想写 "),
        (["check", "--bogus"], "没有选项 --bogus（见 formwork check --help）"),
        (["check", "--format"], "选项 --format 后面要有值"),
        (["publish"], "缺少 APP（见 formwork publish --help）"),
        (["verify", "more"], "多余的内容：more"),
        (["serve", "--port", "abc"], "--port / -p 的值不对："),
    ],
)
def test_a_usage_error_speaks_chinese(
    arguments: list[str], chinese: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORMWORK_LANGUAGE", "zh")
    assert run(arguments) == 2
    assert chinese in capsys.readouterr().err
