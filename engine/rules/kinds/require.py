"""`require`: something that must hold. When it does not, the document is refused with the message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field, PrivateAttr

from engine.language.declared import FieldPath, Identifier, Label
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.template import TextTemplate
from engine.language.types import FlagType
from engine.rules.frame import Frame, Path
from engine.rules.kinds.base import RuleKind, type_of

LANGUAGES = ("zh", "en")


class Check(RuleKind):
    """A formula that should be true; what happens when it is false is said by the kind.

    Unknown (a value is missing) is not false: whether a field may be missing is said by `required`, once.
    """

    phase: ClassVar[Literal["default", "value", "check"]] = "check"
    failed: ClassVar[tuple[str, str, str]]
    """Outcome, problem code with a message, problem code without one."""

    that: Formula = Field(description="What must be true; `line.x` inside `each: lines`")
    message: Label | None = Field(
        default=None, description="What people are told, values in braces: {total}; default: the formula in words"
    )
    at: FieldPath | None = Field(default=None, description="Field the message is shown at")
    each: Identifier | None = Field(default=None, description="Lines field: judge every line by itself")

    _templates: dict[str, TextTemplate] = PrivateAttr(default_factory=dict)

    @property
    def lines(self) -> str | None:
        """`each`, or the lines field of `at`."""
        return self.each or (self.at.partition(".")[0] if self.at is not None and "." in self.at else None)

    def bind_inner(self, scope: Scope) -> Iterator[Problem]:
        """The formula must be true or false; `at` must name a field."""
        yield from self.that.bind(scope, FlagType)
        for language in LANGUAGES if self.message is not None else ():
            text = self.message.text(language) if self.message is not None else ""
            if "{" in text or "}" in text:
                self._templates[language] = TextTemplate(text, self.place)
                yield from self._templates[language].bind(scope)
        if self.at is not None:
            yield from type_of(self, scope, self.at)[1]

    def formulas(self) -> Iterator[Formula]:
        """The condition and the formula."""
        yield from super().formulas()
        yield self.that

    def judge(self, frame: Frame) -> None:
        """Judge the record, or each line."""
        expression = self.that.expression
        for path in frame.each(self.lines):
            if not frame.applies(self, path):
                continue
            truth = expression.evaluate(frame.scope)
            if truth is False:
                frame.problems.append(self.problem(path, frame))
            outcome = "holds" if truth is True else self.failed[0] if truth is False else "unknown"
            frame.step(self, path, outcome, truth, expression)

    def problem(self, path: Path, frame: Frame) -> Problem:
        """The problem shown when the formula is false."""
        _, spoken, bare = self.failed
        place = (*path, self.at.rpartition(".")[2]) if self.at is not None else path
        words = {language: self.words(language, frame) for language in LANGUAGES}
        return Problem(bare if self.message is None else spoken, {"rule": self.id, "message": words}, self.place, place)

    def words(self, language: str, frame: Frame) -> str:
        """The message with the values in its braces filled in; without a message the rule in words."""
        template = self._templates.get(language)
        if template is not None:
            return template.render(frame.scope)
        return self.message.text(language) if self.message is not None else self.sentence(language, frame.labels)


class Require(Check):
    """A formula that must be true, otherwise the document is refused."""

    example: ClassVar[str] = (
        "- {id: dated, kind: require, that: due_on >= received_on, at: due_on, message: {zh: 太早, en: Too early}}"
    )
    kind: Literal["require"] = Field(description="require: must hold")
    failed: ClassVar[tuple[str, str, str]] = ("refused", "RUL-501", "RUL-502")
