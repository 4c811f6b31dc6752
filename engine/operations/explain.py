"""Why: the reasons of a submission before it is made, and of a document after it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from engine.access.actor import Actor
from engine.entities.changes import Entry
from engine.language.problems import Problem
from engine.operations.approval import happened
from engine.operations.case import Case, Submission, gather
from engine.operations.listing import Wording
from engine.operations.make import Made
from engine.operations.moves import Moved, Side, load_mentioned, moved, of_entry, of_movement, references
from engine.operations.people import names_of
from engine.operations.related import Related, formula_paths, formulas_in
from engine.operations.rows import seen_in
from engine.operations.site import Running, Site
from engine.operations.stages import Walk
from engine.operations.submit import intent, walk
from engine.operations.titles import gather_for_titles, title_of, titles
from engine.operations.trace import Stored, TraceStep, mentioned, told, trace_of, visible
from engine.operations.words import Words, may_see
from engine.packages.schema import App
from engine.storage import balances, journal
from engine.storage.journal import JournalEntry


@dataclass(frozen=True, slots=True)
class Chapter:
    """One thing that happened to a document: who did what when, under which package, for which reasons.

    `app` names the package with its version; `moves` are the movements that were made, in words. For a decision of an
    approval `decision` has flow, round, step and what was said, and `title` the same in words; `opinion` is what
    whoever acted said about it.
    """

    at: datetime
    by: str
    operation: str
    transition: str | None
    source: str | None
    to: str | None
    package: str
    steps: tuple[TraceStep, ...]
    changed: Mapping[str, Any] = field(default_factory=dict)
    app: str = ""
    moves: tuple[Moved, ...] = ()
    decision: Mapping[str, Any] | None = None
    title: Wording | None = None
    opinion: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """A record of another entity that a document needs: what it is called, its title, whether it would be new."""

    entity: str
    id: str
    called: str
    title: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """The reasons. `entries` are the movements that were (or would be) made, exactly; `moves` the same in words.

    `beside` are the records of other entities that would be found or made.
    """

    values: Mapping[str, object]
    problems: tuple[Problem, ...]
    steps: tuple[TraceStep, ...]
    entries: tuple[Entry | balances.Movement, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    moves: tuple[Moved, ...] = ()
    title: str = ""
    beside: tuple[Beside, ...] = ()


def explain(site: Site, actor: Actor, submission: Submission) -> Explanation:
    """What a submission would do and why; the very same walk, also under lock, with a rollback at the end."""
    with site.database.read() as connection:
        case = gather(site, connection, actor, submission)
        judged = walk(case, explain=True)
        readable = _readable(case)
        reasons = [step for step in trace_of(judged) if not (judged.errors and step["kind"] == "transition")]
        steps = visible(case.running.app, actor, submission.entity, readable, reasons)
        entries = tuple(
            entry
            for movements in judged.movements
            if _sees_posting(case, readable, movements.posting)
            for entry in movements.entries
        )
        sides = [of_entry(case.running.app, entry) for entry in entries]
        gather_for_titles(case.running, case.related, (judged.record, *(made.record for made in judged.made)))
        beside = tuple(_beside(case, made) for made in judged.made)
        unwritten = {(made.entity, made.id): made.title for made in beside}
        unwritten[submission.entity, case.id] = title_of(case.running, case.related, judged.record)
        teller = _Teller(connection, case.running, case.related, submission.entity, actor.language, unwritten)
        shown = teller.steps(steps, judged.evaluation.scope or case.scope(judged.record))
        moves = teller.moves(sides)
    problems = judged.problems if judged.errors else (*judged.problems, *_rehearsed(case, judged))
    values = _seen_values(judged.record.values, readable)
    return Explanation(values, problems, shown, entries, moves=moves, beside=beside)


def _rehearsed(case: Case, judged: Walk) -> tuple[Problem, ...]:
    """What the last word under lock has against it."""
    outcome = case.running.work.run([intent(case, judged)], case.now, rehearse=True)[0]
    return (Problem("OPS-107", {}),) if outcome.stale else outcome.problems


def _beside(case: Case, made: Made) -> Beside:
    """A record that is found or made, in words."""
    entity = case.running.app.entities[made.record.entity]
    title = title_of(case.running, case.related, made.record)
    return Beside(entity.entity, made.record.id, entity.name(case.actor.language), title, made.is_new)


def why(site: Site, actor: Actor, entity: str, id: str) -> Explanation:
    """Why a document is what it is, from its journal. Raises `Refused` when it is not there or not visible."""
    with site.database.read() as connection:
        case = gather(site, connection, actor, Submission(entity, id, None, {}, None, ""))
        pinned, record = case.running, case.before
        assert record is not None
        readable = _readable(case)
        entries = journal.history(connection, entity, id)
        names = names_of(connection, pinned, (each.actor for each in entries))
        written = [
            (ledger, row)
            for ledger in pinned.tables.ledgers
            for row in balances.movements(connection, pinned.tables, ledger, entity, id)
            if _sees_posting(case, readable, row.posting)
        ]
        teller = _Teller(connection, pinned, case.related, entity, actor.language)
        moves = teller.moves([of_movement(ledger, row) for ledger, row in written])
        chapters = tuple(
            _chapter(site, actor, teller, entry, names, readable, values, moves)
            for entry, values in zip(entries, _values_then(pinned, entity, entries), strict=True)
        )
        title = title_of(pinned, case.related, record)
    values = _seen_values(record.values, readable)
    steps = chapters[-1].steps if chapters else ()
    return Explanation(values, (), steps, tuple(row for _, row in written), chapters, moves, title)


def _chapter(
    site: Site,
    actor: Actor,
    teller: _Teller,
    entry: JournalEntry,
    names: Mapping[str, str],
    readable: frozenset[str],
    values: Mapping[str, object],
    moves: Iterable[Moved],
) -> Chapter:
    """One entry of the journal, told with the package it was made under."""
    app = site.app_at(entry.package) if entry.package else teller.running.app
    steps = visible(app, actor, teller.entity, readable, entry.body.get("trace", ()))
    return Chapter(
        at=entry.recorded_at,
        by=names.get(entry.actor, entry.actor),
        operation=entry.operation,
        transition=entry.body.get("transition"),
        source=entry.body.get("from"),
        to=entry.body.get("to"),
        package=entry.package,
        steps=teller.steps(steps, teller.scope_of(values), app),
        changed=_seen_values(entry.body.get("changed", {}), readable),
        app=f"{app.name} {app.version}",
        moves=tuple(each for each in moves if each.entry == entry.entry),
        decision=entry.body.get("decision"),
        title=happened(app, teller.entity, entry.body),
        opinion=str(entry.body.get("opinion") or ""),
    )


class _Teller:
    """Puts reasons and movements into words, reading the titles of the records that they speak of.

    `unwritten` are the titles of what is not written yet: the document itself, and what would be made with it.
    """

    def __init__(
        self,
        connection: Connection,
        running: Running,
        related: Related,
        entity: str,
        language: str,
        unwritten: Mapping[tuple[str, str], str] = {},
    ) -> None:
        self.connection, self.running, self.related = connection, running, related
        self.entity, self.language, self.unwritten = entity, language, unwritten

    def steps(self, steps: Stored, scope: Mapping[str, object], app: App | None = None) -> tuple[TraceStep, ...]:
        """Reasons in words."""
        told_by = app or self.running.app
        named = titles(self.connection, self.running, self._known(mentioned(told_by, self.entity, steps)))
        return told(Words(told_by, self.entity, self.language, named), steps, scope)

    def moves(self, sides: Sequence[Side]) -> tuple[Moved, ...]:
        """Movements in words."""
        app = self.running.app
        load_mentioned(app, self.related, sides)
        named = titles(self.connection, self.running, self._known(references(app, sides)))
        return moved(app, self.related, {**self.unwritten, **named}, sides, self.language)

    def scope_of(self, values: Mapping[str, object]) -> Mapping[str, object]:
        """What formulas see of earlier values: enough to find the units of amounts."""
        self.related.gather(self.entity, values)
        return self.related.expand(self.running.app.entities[self.entity], values)

    def _known(self, keys: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        return {key for key in keys if key[0] in self.running.app.entities}


def _values_then(running: Running, entity: str, entries: Sequence[JournalEntry]) -> list[Mapping[str, object]]:
    """The values of a document after each entry of its journal, put together from what each one changed."""
    lines = {field.id for field in running.app.entities[entity].lines}
    values: dict[str, object] = {}
    found: list[Mapping[str, object]] = []
    for entry in entries:
        for name, (_, after) in entry.body.get("changed", {}).items():
            values[name] = tuple(after or ()) if name in lines else after
        found.append(dict(values))
    return found


def _readable(case: Case) -> frozenset[str]:
    """The fields that the actor sees: of a new document, or of the stored one as it is, whatever is typed into it."""
    found = case.policy("open" if case.before else "create")
    paths = [path for path, _ in case.entity.every_field()]
    return found.readable(paths) if case.before is None else seen_in(found, case.scope(case.before), paths)


def _seen_values(values: Mapping[str, Any], readable: frozenset[str]) -> dict[str, Any]:
    """The values by field (or what became of them) that the actor sees; of lines the fields that are seen there."""
    return {name: _seen_within(name, value, readable) for name, value in values.items() if name in readable}


def _seen_within(name: str, value: Any, readable: frozenset[str]) -> Any:
    """A value as it is; rows of lines, also those before and after a change, without the fields that are hidden."""
    if isinstance(value, Mapping):
        return {inner: kept for inner, kept in value.items() if inner == "id" or f"{name}.{inner}" in readable}
    return [_seen_within(name, each, readable) for each in value] if isinstance(value, list | tuple) else value


def _sees_posting(case: Case, readable: frozenset[str], posting: str) -> bool:
    """Whether movements may be shown: everything that their posting reads is seen."""
    app, entity = case.running.app, case.entity.entity
    declared = app.postings.get(posting)
    paths = [path for formula in formulas_in(declared) for path in formula_paths(formula)]
    return declared is not None and all(may_see(app, case.actor, entity, readable, path) for path in paths)
