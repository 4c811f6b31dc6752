"""Notices: what is sent to people, by which channel, in their language."""

from __future__ import annotations

from collections.abc import Iterator

from engine.language.declared import Declared, Identifier, Label
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.template import TextTemplate

BUILT_IN_CHANNELS = ("local",)
"""Channels every site has: `local` keeps notices in the database, where the inbox shows them."""


class NoticeText(Declared):
    """The words of a notice in both languages; `{formula}` inside them is filled from the document."""

    zh: TextTemplate | None = None
    en: TextTemplate | None = None


class Notice(Declared):
    """One notice about a document of an entity."""

    notice: Identifier
    label: Label | None = None
    entity: Identifier
    channel: Identifier = "local"
    subject: NoticeText
    text: NoticeText | None = None

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """Read the formulas in the texts against the document."""
        for text in (self.subject, self.text):
            for template in (text.zh, text.en) if text is not None else ():
                if template is not None:
                    yield from template.bind(scope)
