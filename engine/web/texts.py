"""The words of the pages, in Chinese and English, from texts.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

FILE = Path(__file__).with_name("texts.yaml")


@cache
def all_texts() -> Mapping[str, Mapping[str, str]]:
    """Every text by its key, each in both languages."""
    loaded: dict[str, dict[str, str]] = YAML(typ="safe", pure=True).load(FILE.read_text(encoding="utf-8"))
    return loaded


class Texts:
    """The words of one language: `t("count_rows", count=3)`."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str, **parameters: object) -> str:
        """The text of a key with its parameters put in. An unknown key is a programmer's mistake."""
        return all_texts()[key][self.language].format_map(parameters)

    def pattern(self, key: str) -> str:
        """The text of a key with the names of its parameters in braces, for the script to put in."""
        return all_texts()[key][self.language]

    def known(self, key: str) -> bool:
        """Whether there is a text with this key."""
        return key in all_texts()
