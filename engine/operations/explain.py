"""Why: the reasons of a submission before it is made, and of a document after it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.access.actor import Actor
from engine.access.decide import policy, visible_fields
from engine.entities.changes import Entry
from engine.language.problems import Problem, Refused
from engine.operations.case import Submission, find, gather
from engine.operations.people import names_of
from engine.operations.site import Site
from engine.operations.submit import intent, walk
from engine.operations.trace import TraceStep, told, trace_of
from engine.storage import balances, journal


@dataclass(frozen=True, slots=True)
class Chapter:
    """One thing that happened to a document: who did what when, under which package, for which reasons."""

    at: datetime
    by: str
    operation: str
    transition: str | None
    source: str | None
    to: str | None
    package: str
    steps: tuple[TraceStep, ...]
    changed: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The reasons. `entries` are the movements that were (or would be) made."""

    values: Mapping[str, object]
    problems: tuple[Problem, ...]
    steps: tuple[TraceStep, ...]
    entries: tuple[Entry | balances.Movement, ...] = ()
    chapters: tuple[Chapter, ...] = ()


def explain(site: Site, actor: Actor, submission: Submission) -> Explanation:
    """What a submission would do and why; the very same walk, also under lock, with a rollback at the end."""
    with site.database.read() as connection:
        case = gather(site, connection, actor, submission)
        judged = walk(case, explain=True)
    problems = list(judged.problems)
    if not judged.errors:
        problems += case.running.work.run([intent(case, judged)], case.now, rehearse=True)[0].problems
    steps = told(case.running.app, submission.entity, trace_of(judged), actor.language)
    entries = tuple(entry for movements in judged.movements for entry in movements.entries)
    return Explanation(judged.record.values, tuple(problems), steps, entries)


def why(site: Site, actor: Actor, entity: str, id: str) -> Explanation:
    """Why a document is what it is, from its journal. Raises `Refused` when it is not there or not visible."""
    with site.reading() as (connection, running):
        if entity not in running.app.entities:
            raise Refused((Problem("OPS-103", {"entity": entity}),))
        pinned, record = find(site, running, connection, actor, entity, id)
        entries = journal.history(connection, entity, id)
        names = names_of(connection, pinned, (each.actor for each in entries))
        moved = tuple(
            movement
            for ledger in pinned.tables.ledgers
            for movement in balances.movements(connection, pinned.tables, ledger, entity, id)
        )
        found = policy(pinned.app.roles, actor, entity, "open")
        fields = [path for path, _ in pinned.app.entities[entity].every_field()]
        scope: dict[str, object] = {**record.scope(), "actor": {}}
        seen = (
            found.readable(fields)
            if not found.filters
            else visible_fields(found, scope, fields) or found.readable(fields)
        )
    chapters = tuple(
        Chapter(
            at=each.recorded_at,
            by=names.get(each.actor, each.actor),
            operation=each.operation,
            transition=each.body.get("transition"),
            source=each.body.get("from"),
            to=each.body.get("to"),
            package=each.package,
            steps=told(site.app_at(each.package), entity, _visible(each.body.get("trace", ()), seen), actor.language),
            changed={name: change for name, change in each.body.get("changed", {}).items() if name in seen},
        )
        for each in entries
    )
    values = {name: value for name, value in record.values.items() if name in seen}
    return Explanation(values, (), chapters[-1].steps if chapters else (), moved, chapters)


def _visible(steps: Any, seen: frozenset[str]) -> list[Mapping[str, Any]]:
    """The reasons without values of fields that this person may not see."""
    kept: list[Mapping[str, Any]] = []
    for step in steps:
        path = [str(part) for part in step.get("path", ()) if not isinstance(part, int)]
        if path and ".".join(path) not in seen and path[0] not in seen:
            continue
        kept.append(
            {**step, "seen": {name: value for name, value in step.get("seen", {}).items() if _open(name, seen)}}
        )
    return kept


def _open(name: str, seen: frozenset[str]) -> bool:
    """Whether a value that a rule saw may be shown: everything but hidden fields of this document."""
    root = name.removeprefix("line.").partition(".")[0]
    return (
        root in seen
        or name in seen
        or any(path.endswith(f".{root}") for path in seen)
        or name.startswith(("settings.", "actor."))
    )
