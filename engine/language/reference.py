"""The reference page of the formula functions, made from the table; a test executes every example on it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.language import functions
from engine.language.signature import Function
from engine.language.types import Wording

SECTIONS: tuple[tuple[Wording, tuple[Function, ...]], ...] = (
    ({"zh": "选择", "en": "Choosing"}, functions.CHOOSING),
    ({"zh": "明细行", "en": "Lines"}, functions.AGGREGATES),
    ({"zh": "数字", "en": "Numbers"}, functions.NUMBER_FUNCTIONS),
    ({"zh": "日期与时刻", "en": "Days and instants"}, functions.DATE_FUNCTIONS),
    ({"zh": "文本", "en": "Text"}, functions.TEXT_FUNCTIONS),
)
TITLE: Wording = {"zh": "公式函数", "en": "Formula functions"}
HEAD: Wording = {"zh": "| 写法 | 含义 | 例子 |", "en": "| written | meaning | examples |"}
LINES: Wording = {
    "zh": "例子里的 `lines` 有三行，金额 10、20、30；`today()` 是 2026-01-31。",
    "en": "In the examples `lines` has three lines with the amounts 10, 20, 30, and `today()` is 2026-01-31.",
}


def reference_page(language: str, offered: Mapping[str, Function] | None = None) -> str:
    """The page as Markdown, "zh" or "en"; `offered` are the functions of installed distributions."""
    parts = [f"# {TITLE[language]}", "", LINES[language]]
    more = ({"zh": "扩展", "en": "Installed"}, tuple((offered or {}).values()))
    for title, entries in (*SECTIONS, more):
        if entries:
            parts += ["", f"## {title[language]}", "", HEAD[language], "| --- | --- | --- |"]
            parts += [_row(entry, language) for entry in entries]
    return "\n".join([*parts, ""])


def _row(entry: Function, language: str) -> str:
    examples = "<br>".join(f"`{text}` → `{result}`" for text, result in entry.examples)
    return f"| `{entry.signature}` | {entry.doc[language]} | {examples} |"
