"""The table of kinds of flow steps: a new kind is one file and one line here.

A step is told by the key that is present: `{approve: lead, …}` is an `Approve`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, get_args

from pydantic import Discriminator, Tag

from engine.workflows.flow_steps.approve import Approve
from engine.workflows.flow_steps.base import FlowStepKind
from engine.workflows.flow_steps.end import End
from engine.workflows.flow_steps.notify import Notify
from engine.workflows.flow_steps.route import Case, Route

FlowSteps = (
    Annotated[Approve, Tag("approve")]
    | Annotated[Route, Tag("route")]
    | Annotated[Notify, Tag("notify")]
    | Annotated[End, Tag("end")]
)

FLOW_WORDS: tuple[str, ...] = tuple(get_args(kind)[0].word for kind in get_args(FlowSteps))


def word_of(value: object) -> str | None:
    """The word that tells the kind of a step; None when no key is one."""
    if isinstance(value, FlowStepKind):
        return value.word
    return next((key for key in value if key in FLOW_WORDS), None) if isinstance(value, Mapping) else None


AnyFlowStep = Annotated[
    FlowSteps,
    Discriminator(
        word_of,
        custom_error_type="step_word",
        custom_error_message="a step begins with one of the words {words}",
        custom_error_context={"words": ", ".join(FLOW_WORDS)},
    ),
]
"""Any step of an approval flow."""

for _holder in (Case, Route):
    _holder.model_rebuild(_types_namespace={"AnyFlowStep": AnyFlowStep})
