"""Imports: a foreign file through a declared mapping and the walk of every other door, many documents per commit.

Each document is decided and answered on its own: all of it or nothing, whatever becomes of its neighbours in the same
commit. What was brought before is recognised by its key and left alone, so an import that was broken off is simply
started again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection

from engine.access.actor import Actor
from engine.entities.fields.base import Raw
from engine.entities.record import Record
from engine.language.problems import Problem, Refused
from engine.operations.case import Case, Submission, case_in
from engine.operations.decision import fingerprint
from engine.operations.reading import foretell
from engine.operations.rows import visible_where
from engine.operations.site import Site
from engine.operations.stages import Walk
from engine.operations.submit import ROUNDS, intent, walk
from engine.operations.view import View, look, look_again
from engine.packages.foreign import Gathered, Row, Source, look_at
from engine.storage import records, requests
from engine.storage.canonical import sha256
from engine.storage.work import Outcome

AT_ONCE = 200
"""Documents that are judged in one read and written in one commit."""

Progress = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """Nobody watches."""
    del done, total


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not taken, with the reasons: its number in the file, what people find it by, what it holds."""

    row: int
    id: str
    content: Row
    problems: tuple[Problem, ...]


Refuse = Callable[[RefusedRow], None]
"""Takes every refused row, in the order in which they are found."""


def forget(row: RefusedRow) -> None:
    """Nobody wants the refused rows."""
    del row


@dataclass(slots=True)
class ImportReport:
    """What became of a file: rows read, and documents, each of which is one of created, changed, unchanged, refused.

    `refused_rows` are the rows of the refused documents; `passed_over` rows were not meant.
    """

    read: int = 0
    documents: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    refused_rows: int = 0
    passed_over: int = 0


def source_of(site: Site, mapping: str, path: Path) -> Source:
    """The file as a mapping of the app sees it. Raises `Refused` (IMP-1xx) when it is not what the mapping says."""
    app = site.app()
    if mapping not in app.mappings:
        raise Refused((Problem("IMP-120", {"name": mapping, "known": tuple(app.mappings)}),))
    return look_at(path, app.mappings[mapping])


def import_file(
    site: Site,
    actor: Actor,
    mapping: str,
    path: Path,
    *,
    progress: Progress = silent,
    refuse: Refuse = forget,
    dry_run: bool = False,
) -> ImportReport:
    """Bring a file in: all or nothing per document, what is refused comes back with its reasons, twice is as once.

    Raises `Refused` (IMP-1xx) when the file is not what the mapping says.
    """
    return Import(site, actor, source_of(site, mapping, path), refuse=refuse, dry_run=dry_run).run(progress)


Verdict = Literal["created", "changed", "unchanged"] | tuple[Problem, ...]
"""What becomes of one document: what was done, or the problems it is refused for."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A document that is to be written: its case, and what the walk made of it."""

    case: Case
    walk: Walk


class Import:
    """One import. Its `report` says at every moment what has become of the file so far."""

    def __init__(
        self, site: Site, actor: Actor, source: Source, *, refuse: Refuse = forget, dry_run: bool = False
    ) -> None:
        self.site, self.actor, self.source, self.mapping = site, actor, source, source.mapping
        self.report = ImportReport(read=source.count)
        self._refuse_row, self._dry_run = refuse, dry_run
        self._view: View | None = None

    def run(self, progress: Progress = silent) -> ImportReport:
        """Bring all documents in, batch by batch."""
        done = 0
        progress(done, self.source.total)
        for batch in batches(self.source.documents()):
            self.bring(batch)
            done += len(batch)
            progress(done, self.source.total)
        return self.report

    def bring(self, batch: Sequence[Gathered]) -> None:
        """Bring one batch in, each document with a verdict of its own."""
        self.report.passed_over += sum(document.passed_over for document in batch)
        meant = [document for document in batch if document.rows]
        verdicts = self._bring([document for document in meant if not document.problems])
        for document in meant:
            self._note(document, verdicts.get(document.key, tuple(problem for _, problem in document.problems)))

    def _bring(self, documents: Sequence[Gathered]) -> Mapping[str, Verdict]:
        """Judge and write; those for which something they rest on was changed meanwhile are judged anew."""
        verdicts: dict[str, Verdict] = {}
        waiting = list(documents)
        for _ in range(ROUNDS):
            if waiting:
                verdicts |= self._attempt(waiting)
                waiting = [document for document in waiting if document.key not in verdicts]
                self._view = None if waiting else self._view
        return verdicts | dict.fromkeys((document.key for document in waiting), (Problem("OPS-107", {}),))

    def _attempt(self, documents: Sequence[Gathered]) -> Mapping[str, Verdict]:
        """Judge documents in one read, write the good ones in one commit."""
        verdicts: dict[str, Verdict] = {}
        writing: dict[str, Judged] = {}
        with self.site.database.read() as connection:
            view = self._view = self._look(connection)
            asked = self._submissions(view, documents)
            foretell(view, self.mapping.entity, [each.raw for each in asked.values()])
            done = requests.read(connection, (each.key for each in asked.values()))
            for key, submission in asked.items():
                before = done.get(submission.key)
                if before is not None:
                    verdicts[key] = _again(key, submission, before.fingerprint)
                    continue
                found = _judge(view, submission)
                if isinstance(found, Judged):
                    writing[key] = found
                    view.foresee(found.walk.movements)
                else:
                    verdicts[key] = found
        if writing:
            intents = [intent(each.case, each.walk) for each in writing.values()]
            outcomes = view.running.work.run(intents, view.now, rehearse=self._dry_run)
            for (key, each), outcome in zip(writing.items(), outcomes, strict=True):
                if self._dry_run or not outcome.stale:  # a dry run is in its own way: what it makes is not there
                    verdicts[key] = _verdict(each.case, outcome)
        return verdicts

    def _look(self, connection: Connection) -> View:
        """The view for a batch; it begins with what the batch before it found."""
        return look(self.site, connection, self.actor) if self._view is None else look_again(self._view, connection)

    def _submissions(self, view: View, documents: Sequence[Gathered]) -> Mapping[str, Submission]:
        """What is asked for each document, by the document's key.

        A record with an identity is changed where it is there already. A document without one is known by its key
        alone, so that it is not brought twice, whatever the file says of it the second time.
        """
        entity, transition = self.mapping.entity, self.mapping.transition
        known = self._known(view, documents)
        asked: dict[str, Submission] = {}
        for document in documents:
            raw: Mapping[str, Raw] = document.raw()  # type: ignore[assignment]
            before = known.get(document.key)
            new = Submission(entity, before.id if before else None, None if before else transition, raw, None, "")
            told = f"{before.version if before else 0}:{fingerprint(new)}" if self._identity(view) else document.key
            asked[document.key] = replace(new, key=f"import:{self.mapping.mapping}:{sha256(told)[:40]}")
        return asked

    def _identity(self, view: View) -> tuple[str, ...]:
        """The fields that identify the records brought."""
        return view.running.app.entities[self.mapping.entity].identity

    def _known(self, view: View, documents: Sequence[Gathered]) -> Mapping[str, Record]:
        """The records that the documents stand for already, by the documents' keys."""
        names = self._identity(view)
        where = visible_where(view.connection, view.running, self.actor, self.mapping.entity, "open", view.now)
        if not names or where is None:
            return {}
        values = {each.key: tuple(_text(each.values.get(name)) for name in names) for each in documents}
        ids = records.find(view.connection, view.running.tables, self.mapping.entity, names, values.values())
        found = records.get(view.connection, view.running.tables, self.mapping.entity, ids.values(), where)
        return {key: found[ids[each]] for key, each in values.items() if ids.get(each) in found}

    def _note(self, document: Gathered, verdict: Verdict) -> None:
        """Count a document, and hand its rows back where it is refused: each with its own reasons, or with whose."""
        self.report.documents += 1
        match verdict:
            case "created":
                self.report.created += 1
            case "changed":
                self.report.changed += 1
            case "unchanged":
                self.report.unchanged += 1
            case _:
                self.report.refused += 1
                self.report.refused_rows += len(document.rows)
                for row in refused_rows(document, verdict):
                    self._refuse_row(row)


def batches(documents: Iterable[Gathered]) -> Iterator[Sequence[Gathered]]:
    """As many documents at a time as are brought together."""
    waiting = iter(documents)
    while batch := tuple(islice(waiting, AT_ONCE)):
        yield batch


def refused_rows(document: Gathered, problems: Sequence[Problem]) -> Iterator[RefusedRow]:
    """All rows of a refused document, each with its own problems, or with the number of a row that has some."""
    own: dict[int, list[Problem]] = defaultdict(list)
    for number, problem in document.problems or ((document.row_of(problem), problem) for problem in problems):
        own[number].append(problem)
    because = (Problem("IMP-107", {"row": min(own)}),)
    for number, content in document.rows.items():
        yield RefusedRow(number, document.name or document.key, content, tuple(own.get(number, because)))


def _judge(view: View, submission: Submission) -> Judged | Verdict:
    """The judgement on one document, or its verdict where nothing is to be written."""
    try:
        case = case_in(view, submission)
        judged = walk(case)
    except Refused as refused:
        return refused.problems
    if judged.errors:
        return judged.errors
    return "unchanged" if case.before is not None and same(case.before, judged.record) else Judged(case, judged)


def _verdict(case: Case, outcome: Outcome) -> Verdict:
    """What was done with a document that was to be written."""
    if outcome.problems:
        return outcome.problems
    return "unchanged" if outcome.replayed else "created" if case.before is None else "changed"


def same(before: Record, after: Record) -> bool:
    """Whether writing would change nothing."""
    return dict(before.values) == dict(after.values)


def _again(key: str, submission: Submission, before: str) -> Verdict:
    """The verdict on what was brought before: nothing is done twice, and other content is not slipped in."""
    return "unchanged" if fingerprint(submission) == before else (Problem("IMP-105", {"key": key}),)


def _text(value: object) -> object:
    """An identity value as it will be stored."""
    return value.strip() if isinstance(value, str) else value
