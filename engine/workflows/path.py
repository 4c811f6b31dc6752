"""The way of a document: the states that lie behind it and those that usually come next."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from engine.workflows.schema import State, Transition, Workflow


def usual_path(
    workflow: Workflow, state: str, holds: Callable[[Transition], bool] | None = None
) -> tuple[tuple[State, ...], tuple[State, ...]]:
    """The states from the beginning to this one by the shortest way, and those that usually follow.

    What usually follows is the first transition written that asks no question and whose condition `holds` for the
    document, and so on; a state is named once.
    """
    behind = _shortest(workflow, state)
    ahead: list[str] = []
    here: str | None = state
    while here is not None:
        known = {*behind, *ahead}
        here = next(
            (
                each.to
                for each in workflow.transitions
                if here in each.source
                and each.confirm is None
                and each.to not in known
                and (holds is None or holds(each))
            ),
            None,
        )
        if here is not None:
            ahead.append(here)
    return _states(workflow, behind), _states(workflow, ahead)


def _shortest(workflow: Workflow, state: str) -> list[str]:
    """The ids of the states on the shortest way from the beginning to a state, both included."""
    came_from: dict[str, str | None] = {workflow.first: None}
    waiting = deque([workflow.first])
    while waiting and state not in came_from:
        here = waiting.popleft()
        for each in workflow.transitions:
            if here in each.source and each.to not in came_from:
                came_from[each.to] = here
                waiting.append(each.to)
    path: list[str] = []
    step: str | None = state
    while step is not None:
        path.append(step)
        step = came_from.get(step)
    return path[::-1]


def _states(workflow: Workflow, ids: list[str]) -> tuple[State, ...]:
    return tuple(found for id in ids if (found := workflow.state(id)) is not None)
