from __future__ import annotations

import re
from pathlib import Path

from engine.web.texts import FILE, all_texts

HERE = FILE.parent


def words_used() -> set[str]:
    sources = [*HERE.glob("templates/*.html"), *HERE.rglob("*.py")]
    return {
        name
        for path in sources
        for name in re.findall(r'\bt(?:\.pattern)?\(\s*"([a-z0-9_]+)"\s*[,)]', path.read_text("utf-8"))
    } | {
        name
        for path in sources
        for name in re.findall(r"\bt(?:\.pattern)?\(\s*'([a-z0-9_]+)'\s*[,)]", path.read_text("utf-8"))
    }


def test_every_text_is_there_in_both_languages() -> None:
    for key, text in all_texts().items():
        assert set(text) == {"zh", "en"}, key
        assert all(isinstance(words, str) for words in text.values()), key
        assert set(re.findall(r"{(\w+)}", text["zh"])) == set(re.findall(r"{(\w+)}", text["en"])), key


def test_every_text_used_is_there_and_no_other() -> None:
    made_of = ("error_", "language", "theme", "density", "decision_", "opinion_", "step_")
    made = {key for key in all_texts() if key.startswith(made_of)}
    assert words_used() - set(all_texts()) == set()
    assert set(all_texts()) - words_used() - made == set()


def test_chinese_is_chinese() -> None:
    for key, text in all_texts().items():
        if key != "language_en" and re.search(r"[A-Za-z]{3}", text["zh"].replace("Excel", "")):
            assert re.search(r"{\w+}", text["zh"]), key


def test_no_text_outside_the_file() -> None:
    for path in Path(HERE, "templates").glob("*.html"):
        source = re.sub(r"{#.*?#}", "", path.read_text("utf-8"), flags=re.DOTALL)
        assert not re.search(r"[\u4e00-\u9fff]", source), path.name
