"""Usage errors in one line and in the reader's language: what the parser of the command line says in English."""

from __future__ import annotations

import re

from engine.cli.speak import language

SAID: tuple[tuple[str, str], ...] = (
    (r"No such command '(.*?)'\.( Did you mean (?P<meant>.*)\?)?", "没有命令 {0}"),
    (r"No such option: (\S+?)\.?( Did you mean (?P<meant>.*)\?)?", "没有选项 {0}"),
    (r"No such option '(.*?)'\.?( Did you mean (?P<meant>.*)\?)?", "没有选项 {0}"),
    (r"Missing argument '(.*)'\.?", "缺少 {0}"),
    (r"Missing option '(.*)'\.?", "缺少选项 {0}"),
    (r"Missing command\.?", "缺少命令"),
    (r"Option '(.*)' requires an argument\.?", "选项 {0} 后面要有值"),
    (r"Option '(.*)' does not take a value\.?", "选项 {0} 后面没有值"),
    (r"Got unexpected extra arguments? ?(?:\(s\) )?\((.*)\)", "多余的内容：{0}"),
    (r"Invalid value for (.*?): (.*)", "{0} 的值不对：{1}"),
)
"""Patterns of what the parser says, with the Chinese for each; anything else stays as it is."""


def usage_line(said: str, verb: str | None) -> str:
    """A usage error with where to look."""
    text = " ".join(said.split())
    where = " ".join(("formwork", *([verb] if verb else ()), "--help"))
    if language() != "zh":
        return f"{text.removesuffix('.')} (see {where})"
    return f"{_chinese(text)}（见 {where}）"


def _chinese(text: str) -> str:
    """The same in Chinese where it is known."""
    for pattern, chinese in SAID:
        found = re.fullmatch(pattern, text)
        if found is not None:
            meant = found.groupdict().get("meant")
            named = (group.replace("'", "") for group in found.groups("") if group)
            return chinese.format(*named) + (f"；是否想写 {meant}？" if meant else "")
    return text
