"""The one way a document is written. Read from top to bottom, this is what happens to a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.access.actor import Actor
from engine.language.problems import Problem, Refused
from engine.operations.case import Case, Submission, gather
from engine.operations.decision import Stale, decide, fingerprint, reads_of
from engine.operations.site import Site
from engine.operations.walk import Walk, walk
from engine.storage.requests import was_answered
from engine.storage.state import State
from engine.storage.work import Decision, Intent, Outcome

ROUNDS = 5
"""How often a submission is judged anew because what it read was changed meanwhile by somebody else."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """What was written. `replayed` says that this very request had been answered before and nothing was done twice."""

    id: str
    number: str | None
    state: str | None
    version: int
    replayed: bool
    warnings: tuple[Problem, ...] = ()


def submit(site: Site, actor: Actor, submission: Submission, *, automatic: bool = False) -> Submitted:
    """Save a document or move it on: read, judge, decide under lock, write, answer. Raises `Refused` with all problems.

    `automatic` is a deadline acting by itself: who may take the transition is then not asked.
    """
    for _ in range(ROUNDS):
        with site.database.read() as connection:
            case = gather(site, connection, actor, submission, automatic)  # package, record, people, settings, references
            judged = walk(case)                                     # form → rules → access → workflow → postings
            if judged.errors and not was_answered(connection, submission.key):
                raise Refused(judged.problems)
        try:
            outcome = case.running.work.run([intent(case, judged)], case.now)[0]    # locks, judges again, writes, commits
        except Stale:
            continue
        return answer(outcome, judged)
    raise Refused((Problem("OPS-107", {}),))


def intent(case: Case, judged: Walk) -> Intent:
    """The submission as the unit of work takes it: what to lock, and how to decide on what is found there."""
    judge: Callable[[State], Decision] = lambda state: decide(case, judged, state)  # noqa: E731
    return Intent(
        key=case.submission.key,
        fingerprint=fingerprint(case.submission),
        operation=case.action,
        actor=case.actor.person,
        judge=judge,
        package=case.running.app.digest,
        reads=reads_of(case, judged),
    )


def answer(outcome: Outcome, judged: Walk) -> Submitted:
    """What the person is told."""
    said: Mapping[str, Any] = outcome.result()
    return Submitted(
        said["id"], said["number"], said["state"], said["version"], outcome.replayed, () if outcome.replayed else judged.warnings
    )
