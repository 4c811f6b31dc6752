"""The table of step kinds: a new kind is one file and one line here.

A step is told by the key that is present: `{notify: mail, …}` is a `Notify`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, get_args

from pydantic import Discriminator, Tag

from engine.workflows.steps.assign import Assign
from engine.workflows.steps.base import StepKind
from engine.workflows.steps.deadline import Deadline
from engine.workflows.steps.make import Make
from engine.workflows.steps.notify import Notify

Steps = (
    Annotated[Notify, Tag("notify")]
    | Annotated[Deadline, Tag("deadline")]
    | Annotated[Assign, Tag("assign")]
    | Annotated[Make, Tag("make")]
)

WORDS: tuple[str, ...] = tuple(get_args(kind)[0].word for kind in get_args(Steps))


def word_of(value: object) -> str | None:
    """The word that tells the kind of a step; None when no key is one."""
    if isinstance(value, StepKind):
        return value.word
    return next((key for key in value if key in WORDS), None) if isinstance(value, Mapping) else None


AnyStep = Annotated[
    Steps,
    Discriminator(
        word_of,
        custom_error_type="step_word",
        custom_error_message="a step begins with one of the words {words}",
        custom_error_context={"words": ", ".join(WORDS)},
    ),
]
"""Any step of a transition."""
