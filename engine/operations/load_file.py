"""Imports: a foreign file through a declared mapping and the walk of every other door, many documents per commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection

from engine.access.actor import Actor
from engine.entities.fields.base import Raw
from engine.entities.record import Record
from engine.language.problems import Problem, Refused
from engine.operations.case import Case, Submission, gather
from engine.operations.decision import Stale, fingerprint
from engine.operations.rows import visible_where
from engine.operations.site import Site
from engine.operations.stages import Walk
from engine.operations.submit import intent, submit, walk
from engine.packages.foreign import Gathered, read_rows
from engine.packages.foreign import gather as gather_rows
from engine.packages.mapping import Mapping as ImportMapping
from engine.storage import records
from engine.storage.canonical import sha256
from engine.storage.work import Outcome

AT_ONCE = 50
"""Documents that are judged in one read and written in one commit."""

Progress = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """Nobody watches."""
    del done, total


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not taken, with the reasons: its number in the file, and the id it states."""

    row: int
    id: str
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class ImportReport:
    """What became of a file. Every document is exactly one of created, changed, unchanged, refused."""

    read: int = 0
    documents: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    passed_over: int = 0
    refused: list[RefusedRow] = field(default_factory=list)


def import_file(
    site: Site,
    actor: Actor,
    mapping_id: str,
    path: Path,
    *,
    progress: Progress = silent,
    dry_run: bool = False,
) -> ImportReport:
    """Bring a file in: all or nothing per document, what is refused comes back with its reasons, twice is as once.

    Raises `Refused` (IMP-1xx) when the file is not what the mapping says.
    """
    app = site.app()
    if mapping_id not in app.mappings:
        raise Refused((Problem("IMP-120", {"name": mapping_id, "known": tuple(app.mappings)}),))
    mapping = app.mappings[mapping_id]
    rows = read_rows(path.read_bytes(), mapping)
    found = gather_rows(rows, mapping)
    report = ImportReport(read=len(rows), documents=len(found.documents), passed_over=len(found.passed_over))
    bringing = _Bringing(site, actor, mapping, report, dry_run)
    for start in range(0, len(found.documents), AT_ONCE):
        bringing.bring(found.documents[start : start + AT_ONCE])
        progress(min(start + AT_ONCE, len(found.documents)), len(found.documents))
    return report


class _Bringing:
    """One import under way."""

    def __init__(self, site: Site, actor: Actor, mapping: ImportMapping, report: ImportReport, dry_run: bool) -> None:
        self.site, self.actor, self.mapping, self.report, self.dry_run = site, actor, mapping, report, dry_run

    def bring(self, documents: Sequence[Gathered]) -> None:
        """Judge a handful of documents in one read, write them in one commit."""
        sound = []
        for document in documents:
            if document.problems:
                self._refuse(document, tuple(problem for _, problem in document.problems))
            else:
                sound.append(document)
        with self.site.database.read() as connection:
            known = self._known(connection, sound)
            cases = [(document, self._case(connection, document, known)) for document in sound]
            judged = [(document, case, walk(case)) for document, case in cases]
        for document, _, outcome in judged:
            if outcome.errors:
                self._refuse(document, outcome.errors)
        good = [each for each in judged if not each[2].errors]
        self._write([each for each in good if self._differs(each[1], each[2])])
        self.report.unchanged += sum(1 for each in good if not self._differs(each[1], each[2]))

    def _case(self, connection: Connection, document: Gathered, known: Mapping[str, Record]) -> Case:
        """The submission of one document: a new one, or a change of the record with its identity."""
        before = known.get(document.key)
        raw: Mapping[str, Raw] = document.raw()  # type: ignore[assignment]
        transition = self.mapping.transition if before is None else None
        asked = Submission(self.mapping.entity, before.id if before else None, transition, raw, None, "")
        key = f"import:{self.mapping.mapping}:{sha256(document.key)[:24]}:{fingerprint(asked)[:24]}"
        return gather(self.site, connection, self.actor, Submission(asked.entity, asked.id, transition, raw, None, key))

    def _known(self, connection: Connection, documents: Sequence[Gathered]) -> Mapping[str, Record]:
        """The records that the documents stand for already, by the documents' keys; masters go by their identity."""
        running = self.site.running(connection)
        names = running.app.entities[self.mapping.entity].identity
        values = {tuple(_text(document.values.get(name)) for name in names): document.key for document in documents}
        where = visible_where(connection, running, self.actor, self.mapping.entity, "open", self.site.clock())
        if not names or where is None:
            return {}
        ids = records.find(connection, running.tables, self.mapping.entity, names, values)
        found = records.get(connection, running.tables, self.mapping.entity, ids.values(), where)
        return {values[key]: found[id] for key, id in ids.items() if id in found}

    def _differs(self, case: Case, judged: Walk) -> bool:
        """Whether writing would change anything."""
        return case.before is None or dict(case.before.values) != dict(judged.record.values)

    def _write(self, judged: Sequence[tuple[Gathered, Case, Walk]]) -> None:
        """Write documents in one commit, each answered on its own."""
        if not judged:
            return
        case = judged[0][1]
        try:
            outcomes = case.running.work.run(
                [intent(each, walked) for _, each, walked in judged], case.now, rehearse=self.dry_run
            )
        except Stale:
            outcomes = [self._alone(each) for _, each, _ in judged]
        for (document, each, _), outcome in zip(judged, outcomes, strict=True):
            if outcome.answer is None:
                self._refuse(document, outcome.problems)
            elif outcome.replayed:
                self.report.unchanged += 1
            elif each.before is None:
                self.report.created += 1
            else:
                self.report.changed += 1

    def _alone(self, case: Case) -> Outcome:
        """One document by itself, after something it rests on was changed meanwhile."""
        try:
            done = submit(self.site, self.actor, case.submission)
        except Refused as refused:
            return Outcome(case.submission.key, problems=refused.problems)
        return Outcome(case.submission.key, {"id": done.id}, replayed=done.replayed)

    def _refuse(self, document: Gathered, problems: tuple[Problem, ...]) -> None:
        """Note a document that is not taken."""
        numbers = [number for number, _ in document.problems] or document.rows
        self.report.refused.append(RefusedRow(numbers[0], document.name or document.key, problems))


def _text(value: object) -> object:
    """An identity value as it will be stored."""
    return value.strip() if isinstance(value, str) else value
