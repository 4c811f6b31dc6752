"""`notify`: a message to people through a channel, handed over after the commit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field, PrivateAttr

from engine.entities.changes import Send
from engine.language.declared import Identifier, Label
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.template import TextTemplate
from engine.workflows.short import OneOrMany
from engine.workflows.steps.base import Asked, Asking, StepKind
from engine.workflows.who import Who


class Notify(StepKind):
    """`{notify: mail, to: role(keeper), text: {zh: "{number} 已入库", en: "{number} is in stock"}}`."""

    word: ClassVar[str] = "notify"
    example: ClassVar[str] = (
        '{notify: local, to: role(keeper), text: {zh: "{number} 已入库", en: "{number} is in stock"}}'
    )

    notify: Identifier = Field(description="Channel: mail, or another that is installed")
    to: Annotated[tuple[Who, ...], OneOrMany()] = Field(description="Whom: role(keeper), applicant, …", min_length=1)
    text: Label = Field(description="The message; values stand in braces: {number}")
    subject: Label | None = Field(default=None, description="Heading; default: the first line of the message")

    _templates: dict[tuple[str, str], TextTemplate] = PrivateAttr(default_factory=dict)

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """The values in braces must be there."""
        labels = {"text": self.text, "subject": self.subject}
        for part, label in labels.items():
            for language in ("zh", "en"):
                if label is not None:
                    template = TextTemplate(label.text(language), label.place or self.place)
                    yield from template.bind(scope)
                    self._templates[part, language] = template

    def ask(self, asking: Asking) -> Asked:
        """One message for everyone it is addressed to; nothing when that is nobody."""
        people = dict.fromkeys(person for who in self.to for person in who.people(asking.subject))
        if not people:
            return Asked()
        body = self._templates["text", asking.language].render(asking.scope)
        heading = self._templates.get(("subject", asking.language))
        subject = heading.render(asking.scope) if heading else body.partition("\n")[0]
        about = (asking.record.entity, asking.record.id)
        return Asked((Send(asking.key, self.notify, tuple(people), subject, body, about),))
