"""The one way a document is written. Read from top to bottom, this is what happens to a request.

gather → read_form → apply_rules → ask_access → move_on → make_records → make_movements → commit → answer
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine.access.actor import Actor
from engine.language.problems import Problem, Refused
from engine.operations.case import Case, Submission, gather
from engine.operations.decision import decide, fingerprint, reads_of
from engine.operations.movements import make_movements
from engine.operations.site import Site
from engine.operations.stages import Walk, apply_rules, ask_access, make_records, move_on, read_form
from engine.storage.requests import was_answered
from engine.storage.work import Intent, Outcome

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
    """Save a document or move it on. Raises `Refused` with all problems; then nothing was written.

    `automatic` is a deadline acting by itself: who may take the transition is then not asked.
    """
    for _ in range(ROUNDS):
        with site.database.read() as connection:
            case = gather(site, connection, actor, submission, automatic)  # storage reads what is looked at
            judged = walk(case)
            if judged.errors and not was_answered(connection, submission.key):
                raise Refused(judged.problems)
        outcome = commit(case, judged)
        if not outcome.stale:  # else somebody changed what the judgement rests on: judge anew
            return answer(outcome, judged)
    raise Refused((Problem("OPS-107", {}),))


def walk(case: Case, *, explain: bool = False) -> Walk:
    """Judge a submission without writing: everything that would be written, or every reason against it."""
    so_far = read_form(case)  # forms: raw text → typed values
    so_far = apply_rules(case, so_far, explain=explain)  # rules: derived values, problems, trace
    so_far = ask_access(case, so_far)  # access: action, row, fields
    so_far = move_on(case, so_far)  # workflows: next state, steps asked for
    so_far = make_records(case, so_far)  # records of other entities that the steps need: found, or made
    so_far = make_movements(case, so_far)  # ledgers: movements, in memory
    case.site.watch(case, so_far)
    return so_far


def commit(case: Case, judged: Walk) -> Outcome:
    """One unit of work: locks in one order, decides again on what is found there, writes all of it or nothing."""
    return case.running.work.run([intent(case, judged)], case.now)[0]


def intent(case: Case, judged: Walk) -> Intent:
    """The submission as the unit of work takes it: what to lock, and how to decide on what is found there."""
    return Intent(
        key=case.submission.key,
        fingerprint=fingerprint(case.submission),
        operation=case.action,
        actor=case.actor.person,
        judge=partial(decide, case, judged),
        package=case.running.app.digest,
        reads=reads_of(case, judged),
    )


def answer(outcome: Outcome, judged: Walk) -> Submitted:
    """What the person is told."""
    said: Mapping[str, Any] = outcome.result()
    return Submitted(
        said["id"],
        said["number"],
        said["state"],
        said["version"],
        outcome.replayed,
        () if outcome.replayed else judged.warnings,
    )
