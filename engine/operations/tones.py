"""How the state of a document is coloured."""

from __future__ import annotations

from engine.workflows.schema import Workflow


def tone_of(workflow: Workflow, state: str) -> str:
    """Where documents begin, on their way, at their end, and given up or taken back.

    A state that is only left after a question (a reversal), or by some documents only, is an end, too.
    """
    declared = workflow.state(state)
    if declared is None or declared.id == workflow.first:
        return "neutral"
    if any(state in each.source and each.confirm is None and each.when is None for each in workflow.transitions):
        return "info"
    reached = [each for each in workflow.transitions if each.to == state]
    return "locked" if reached and all(each.confirm is not None for each in reached) else "success"
