"""Goes through the steps of an approval flow: to the next that asks somebody, or to an end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.entities.changes import OpenTask
from engine.language.problems import Problem
from engine.workflows.flow_steps.base import FlowStepKind, Passed, Tell, Turn


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a flow came: the tasks that it waits for (or would, step after step), else the end that was reached."""

    tasks: tuple[OpenTask, ...] = ()
    end: str | None = None
    tells: tuple[Tell, ...] = ()
    trace: tuple[Passed, ...] = ()
    problems: tuple[Problem, ...] = ()


def proceed(steps: Sequence[FlowStepKind], turn: Turn, last: str, *, ahead: bool = False) -> Progress:
    """Take steps one after the other until one waits for people; after the last the flow ends in `last`.

    `ahead` looks on as if everybody approved: all tasks that would come, all problems on the way.
    """
    tasks: list[OpenTask] = []
    tells: list[Tell] = []
    trace: list[Passed] = []
    problems: list[Problem] = []
    waiting = list(steps)
    end: str | None = last
    while waiting:
        step = waiting.pop(0)
        turned = step.take(turn)
        name = step.id or step.word
        trace.append(Passed(turn.flow, name, step.word, turned.outcome, turned.result, step.place, turned.seen))
        tells += turned.tells
        problems += turned.problems
        waiting[:0] = turned.steps
        if turned.opens is not None:
            tasks.append(turned.opens)
        if turned.end is not None:
            end = turned.end
            break
        if not ahead and (turned.opens is not None or turned.problems):
            end = None
            break
    return Progress(tuple(tasks), end, tuple(tells), tuple(trace), tuple(problems))


def following(steps: Sequence[FlowStepKind], name: str) -> tuple[FlowStepKind, ...] | None:
    """What comes after the step with an id: the rest of its own list, then the rest of every list around it.

    None where there is no such step.
    """
    for position, step in enumerate(steps):
        rest = tuple(steps[position + 1 :])
        if step.id == name:
            return rest
        for block in step.blocks:
            inner = following(block, name)
            if inner is not None:
                return (*inner, *rest)
    return None
