"""Moves a document from one state to the next: may it, may this person, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from engine.entities.changes import CancelDue, Change
from engine.entities.record import Record
from engine.language.declared import Label
from engine.language.problems import Place, Problem
from engine.workflows.flow_steps.base import Passed, Tell
from engine.workflows.schema import Transition, Workflow
from engine.workflows.seen import seen_by
from engine.workflows.steps.base import Asking, Wanted
from engine.workflows.steps.deadline import Deadline, due_key
from engine.workflows.who import Acting, Directory, RoleHolder, Subject, identity

Words = Mapping[str, str]
"""A text in both languages."""

Outcome = tuple["Advance | None", tuple[Problem, ...]]
"""What moving a document on means, or every reason against it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A transition that can be offered as a button; `problems` say why it cannot be taken right now."""

    transition: str
    label: Words
    confirm: Words | None
    to: str
    problems: tuple[Problem, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether it can be taken as the document stands."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class Moved:
    """One line of the trace: which transition was judged, where it is written, what its condition saw."""

    transition: str
    place: Place | None
    source: str
    to: str
    seen: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Advance:
    """What moving a document on means: the new state, values for the document, postings, changes, the trace.

    `wanted` are the records of other entities that have to be there afterwards; `posters` says which transition makes
    each posting; `tells` are notices of the package that are to reach people.
    """

    to: str
    numbers: bool = False
    posts: tuple[str, ...] = ()
    values: Mapping[str, object] = field(default_factory=dict)
    requests: tuple[Change, ...] = ()
    trace: tuple[Moved | Passed, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    posters: Mapping[str, str] = field(default_factory=dict)
    tells: tuple[Tell, ...] = ()

    def then(self, after: Advance) -> Advance:
        """This, and what comes right after it, as one."""
        return Advance(
            after.to,
            self.numbers or after.numbers,
            (*self.posts, *after.posts),
            {**self.values, **after.values},
            (*self.requests, *after.requests),
            (*self.trace, *after.trace),
            (*self.wanted, *after.wanted),
            {**self.posters, **after.posters},
            (*self.tells, *after.tells),
        )


def offered(
    workflow: Workflow,
    state: str | None,
    actor: Acting,
    scope: Mapping[str, object],
    directory: Directory | None = None,
) -> list[Offer]:
    """The transitions that this person could take from a state, in the order written.

    A transition of other people is left out; one whose condition does not hold is there with the reason.
    """
    subject = subject_of(scope, directory)
    current = state or workflow.first
    return [
        Offer(
            each.id,
            _words(each.label, each.id),
            None if each.confirm is None else _words(each.confirm, ""),
            each.to,
            _condition(each, scope),
        )
        for each in workflow.transitions
        if each.on is None and current in each.source and _may(each, actor, subject)
    ]


def advance(
    workflow: Workflow,
    transition: str,
    record: Record,
    actor: Acting,
    scope: Mapping[str, object],
    *,
    now: datetime,
    directory: Directory | None = None,
    language: str = "zh",
    zone: str = "UTC",
    automatic: bool = False,
    by_flow: bool = False,
    name_of: Callable[[str], str] = str,
    title_of: Callable[[str], Words] = lambda role: {"zh": role, "en": role},
) -> Outcome:
    """Take a transition, or every reason why it cannot be taken.

    `automatic` is a deadline acting by itself, `by_flow` the end of an approval flow: who may take it is then not
    asked. `name_of(person)` and `title_of(role)` give the names for messages.
    """
    taken = workflow.transition(transition)
    if taken is None:
        allowed = tuple(each.id for each in workflow.transitions)
        return None, (Problem("WFL-104", {"name": transition, "allowed": allowed}),)
    full = {"created_by": record.created_by, **scope}
    subject = subject_of(full, directory)
    state = record.state or workflow.first
    if state not in taken.source:
        return None, (_wrong_state(workflow, taken, record, state, name_of),)
    if taken.on is not None and not by_flow:
        return None, (Problem("WFL-127", {"transition": _words(taken.label, taken.id)}, taken.place),)
    mine = automatic or by_flow or _may(taken, actor, subject)
    refusals = [] if mine else [_not_yours(taken, subject, name_of, title_of)]
    refusals += _condition(taken, full)
    if refusals:
        return None, tuple(refusals)
    asking = Asking(record, full, subject, transition, taken.to, now, language, zone)
    values: dict[str, object] = {}
    requests: list[Change] = list(_forgotten(workflow, taken, record, state))
    wanted: list[Wanted] = []
    for position, step in enumerate(taken.steps):
        asked = step.ask(replace(asking, position=position))
        requests += asked.changes
        wanted += asked.wanted
        values.update(asked.values or {})
    moved = (Moved(taken.id, taken.place, state, taken.to, seen_by(taken.when, full)),)
    posters = dict.fromkeys(taken.posts, taken.id)
    return Advance(taken.to, taken.numbers, taken.posts, values, tuple(requests), moved, tuple(wanted), posters), ()


def already_moved(
    workflow: Workflow, transition: str, record: Record, name_of: Callable[[str], str] = str
) -> Problem | None:
    """What to tell somebody who was too slow: who moved the document on; None when the transition still starts here."""
    taken = workflow.transition(transition)
    state = record.state or workflow.first
    return None if taken is None or state in taken.source else _wrong_state(workflow, taken, record, state, name_of)


def subject_of(scope: Mapping[str, object], directory: Directory | None = None) -> Subject:
    """What questions about people need of a document: its maker, company and unit, as its scope has them."""
    applicant, company, unit = (identity(scope.get(name)) for name in ("created_by", "company", "unit"))
    return Subject(scope, applicant, company, unit, directory)


def _may(transition: Transition, actor: Acting, subject: Subject) -> bool:
    """Whether a transition is this person's; where nobody is named the grants alone decide."""
    return not transition.who or any(who.includes(actor, subject) for who in transition.who)


def _condition(transition: Transition, scope: Mapping[str, object]) -> tuple[Problem, ...]:
    """WFL-103 when the condition is not true; unknown is not true."""
    if transition.when is None or transition.when.expression.evaluate(scope) is True:
        return ()
    expression = transition.when.expression
    words = {
        language: transition.message.text(language) if transition.message is not None else expression.sentence(language)
        for language in ("zh", "en")
    }
    code = "WFL-103" if transition.message is not None else "WFL-105"
    return (Problem(code, {"transition": transition.id, "message": words}, transition.place),)


def _wrong_state(
    workflow: Workflow, taken: Transition, record: Record, state: str, name_of: Callable[[str], str]
) -> Problem:
    """WFL-101 or, when it is known who moved the document on, WFL-106: already there, by whom and when."""
    current = workflow.state(state)
    label = _words(current.label if current is not None else None, state)
    parameters: dict[str, object] = {"transition": _words(taken.label, taken.id), "state": label}
    if record.changed_by is None or state == workflow.first:
        return Problem("WFL-101", parameters, taken.place)
    parameters |= {"by": name_of(record.changed_by), "at": record.changed_at or ""}
    return Problem("WFL-106", parameters, taken.place)


def _not_yours(
    taken: Transition, subject: Subject, name_of: Callable[[str], str], title_of: Callable[[str], Words]
) -> Problem:
    """WFL-102: who can take the transition, by role and by name."""
    could: dict[str, list[str]] = {"zh": [], "en": []}
    for who in taken.who:
        people = [name_of(person) for person in who.people(subject)]
        for language in could:
            named = [title_of(who.role)[language]] if isinstance(who, RoleHolder) else people or [who.text]
            could[language] += named
    who_can = {"zh": "、".join(dict.fromkeys(could["zh"])), "en": ", ".join(dict.fromkeys(could["en"]))}
    return Problem("WFL-102", {"transition": _words(taken.label, taken.id), "who": who_can}, taken.place)


def _forgotten(workflow: Workflow, taken: Transition, record: Record, state: str) -> list[Change]:
    """The deadlines that no longer make sense: their transition starts from the old state but not from the new."""
    changes: dict[str, Change] = {}
    for each in workflow.transitions:
        for step in each.steps:
            then = workflow.transition(step.then) if isinstance(step, Deadline) else None
            if isinstance(step, Deadline) and then and state in then.source and taken.to not in then.source:
                changes[step.deadline] = CancelDue(due_key(record.entity, record.id, step.deadline))
    return list(changes.values())


def _words(label: Label | None, name: str) -> Words:
    """A label in both languages, the id where there is none."""
    return {language: label.text(language) if label is not None else name for language in ("zh", "en")}
