"""Notices: what is sent to people, by which channel, in their language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Self

from pydantic import model_validator

from engine.entities.misdeclared import misdeclared
from engine.language.declared import Declared, Identifier, Label
from engine.language.formula import Expression
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.template import TextTemplate

BUILT_IN_CHANNELS = ("local",)
"""Channels every site has: `local` keeps notices in the database, where the inbox shows them."""


class NoticeText(Declared):
    """The words of a notice in both languages; `{formula}` inside them is filled from what it is about."""

    zh: TextTemplate | None = None
    en: TextTemplate | None = None

    def words(self, language: str, scope: Mapping[str, object]) -> str:
        """The text in a language, or in the other one where it is written in one only."""
        template = (self.zh if language == "zh" else self.en) or self.zh or self.en
        return template.render(scope) if template is not None else ""


class Notice(Declared):
    """One notice: about a document of an entity, or about a row of a report, whose columns are then the names."""

    notice: Identifier
    label: Label | None = None
    entity: Identifier | None = None
    report: Identifier | None = None
    channel: Identifier = "local"
    subject: NoticeText
    text: NoticeText | None = None

    @model_validator(mode="after")
    def _about_one_thing(self) -> Self:
        """It tells of a document or of a row of a report."""
        if (self.entity is None) == (self.report is None):
            raise misdeclared("ALR-101", notice=self.notice)
        return self

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """Read the formulas in the texts against the names of the document or the row."""
        for text in (self.subject, self.text):
            for template in (text.zh, text.en) if text is not None else ():
                if template is not None:
                    yield from template.bind(scope)

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Every formula in the texts, bound."""
        texts = [text for text in (self.subject, self.text) if text is not None]
        templates = [template for text in texts for template in (text.zh, text.en) if template is not None]
        return tuple(part.formula.expression for template in templates for part in template.formulas)

    def words(self, language: str, scope: Mapping[str, object]) -> tuple[str, str]:
        """Heading and text; without a text of its own the heading says it all."""
        subject = self.subject.words(language, scope)
        return subject, self.text.words(language, scope) if self.text is not None else subject
