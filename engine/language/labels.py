"""Labels: what people read, in one or both languages of the interface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from engine.language.problems import Place

LANGUAGES = ("zh", "en")
MAX_LENGTH = 2000


class Label:
    """A text people read: `采购单` for both languages, or `{zh: 采购单, en: Purchase order}`."""

    __slots__ = ("en", "place", "zh")

    def __init__(self, zh: str | None, en: str | None, place: Place | None = None) -> None:
        self.zh, self.en, self.place = zh, en, place

    def text(self, language: str, otherwise: str = "") -> str:
        """The text in a language, in the other one where this one is missing, else what is handed in (the id)."""
        first, second = (self.zh, self.en) if language == "zh" else (self.en, self.zh)
        return first or second or otherwise

    @property
    def languages(self) -> frozenset[str]:
        """The languages it is written in. One bare text counts for all."""
        return frozenset(name for name in LANGUAGES if getattr(self, name))

    def as_mapping(self) -> Mapping[str, str]:
        """Both texts, as parameters of problems want them."""
        return {"zh": self.text("zh"), "en": self.text("en")}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Label) and (self.zh, self.en) == (other.zh, other.en)

    def __hash__(self) -> int:
        return hash((self.zh, self.en))

    def __repr__(self) -> str:
        return f"Label(zh={self.zh!r}, en={self.en!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            label_of, serialization=core_schema.plain_serializer_function_ser_schema(lambda label: label.as_mapping())
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: Any) -> dict[str, object]:
        text = {"type": "string"}
        both = {"type": "object", "properties": {"zh": text, "en": text}, "minProperties": 1}
        return {"anyOf": [text, both | {"additionalProperties": False}]}


def label_of(value: object) -> Label:
    """A label from a text or from a mapping of languages; what pydantic calls."""
    place = getattr(value, "place", None)
    match value:
        case Label():
            return value
        case str():
            code = _too_little_or_much(value)
            if code:
                raise PydanticCustomError("formwork", "", _context(code, limit=MAX_LENGTH))
            return Label(str(value), str(value), place)
        case Mapping() if value:
            return _bilingual(value, place)
        case _:
            raise PydanticCustomError("formwork", "", _context("PKG-210"))


def _bilingual(value: Mapping[str, object], place: Place | None) -> Label:
    """A label in both languages, or in one of them; every mistake in it is told."""
    wrong = [found for language, text in value.items() if (found := _mistake(language, text)) is not None]
    if wrong:
        raise PydanticCustomError("formwork", "", {**wrong[0], "also": wrong[1:]})
    zh, en = (None if (text := value.get(language)) is None else str(text) for language in LANGUAGES)
    return Label(zh, en, place)


def _mistake(language: str, text: object) -> dict[str, Any] | None:
    """What is wrong with the text of one language."""
    if language not in LANGUAGES:
        return _context("PKG-217", within=(language,), on_key=True, language=language)
    if not isinstance(text, str):
        shown = "" if text is None else str(text).lower() if isinstance(text, bool) else str(text)
        return _context("PKG-218", within=(language,), language=language, text=shown)
    code = _too_little_or_much(text)
    return _context(code, within=(language,), limit=MAX_LENGTH) if code else None


def _too_little_or_much(text: str) -> str | None:
    """A text says something and fits a page."""
    if not text.strip():
        return "PKG-219"
    return "PKG-214" if len(text) > MAX_LENGTH else None


def _context(code: str, *, within: tuple[str, ...] = (), on_key: bool = False, **parameters: object) -> dict[str, Any]:
    """A refusal as `declared.validate` understands it; `within` names the key below which the mistake stands."""
    return {"code": code, "parameters": parameters, "within": within, "on_key": on_key}
