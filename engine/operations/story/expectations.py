"""How each kind of expectation is looked at; everything that did not come true is told, not only the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import Connection

from engine.entities.changes import CellRange
from engine.language.catalogue import message
from engine.language.declared import Label
from engine.language.problems import Problem, Refused
from engine.ledgers.movements import shown
from engine.ledgers.schema import Dimension
from engine.operations.explain import why
from engine.operations.identities import the_one
from engine.operations.listing import Query, Row
from engine.operations.people import PERSON
from engine.operations.report import MOST_ROWS, run_report
from engine.operations.report_page import UNGROUPED
from engine.operations.site import Running
from engine.operations.standing import standing
from engine.operations.story.compare import Comparison, number_of, says, written
from engine.operations.story.exercised import parts_of_report
from engine.operations.story.stage import Missed, Played, Reason, Story, codes_of, listed
from engine.packages.scenario import LOG_IN, Scenario, plain
from engine.packages.story.expectations import (
    LEVEL,
    AlertRows,
    Balance,
    Expectation,
    Imported,
    Notices,
    Outcome,
    ReportRows,
    Why,
)
from engine.storage import balances, outbox, records
from engine.storage.load import balances_in

ALL = Query(size=MOST_ROWS, group=UNGROUPED)


def look(story: Story, expected: Expectation) -> Iterator[Missed]:
    """What of one expectation did not come true."""
    yield from LOOKED_AT[type(expected)](story, expected)


def unspoken(story: Story, scenario: Scenario) -> Iterator[Missed]:
    """Steps that were refused although nobody said that they are: what follows them would be about something else."""
    spoken = {expected.step for expected in scenario.then}
    for act in scenario.when:
        refused = story.played[act.id].refused if act.id in story.played else None
        if refused is not None and act.id not in spoken:
            yield Missed(act.place, act.id, "done", f"refused {listed(codes_of(refused))}", refused)


def _outcome(story: Story, expected: Outcome) -> Iterator[Missed]:
    """The outcome of a step: refused or not, what was said, what was seen, the record as it is now."""
    played = story.played[expected.of]
    missed = partial(Missed, expected.place)
    refused, codes = played.refused or (), codes_of(played.refused or ())
    warnings = played.done.warnings if played.done is not None and played.refused is None else ()
    yield from _said(expected, expected.says, expected.of, refused or warnings)
    yield from _about(expected, refused or warnings)
    if expected.refused is not None:
        if sorted(set(expected.refused)) != codes:
            yield missed(f"{expected.of}: refused", listed(sorted(expected.refused)), listed(codes), refused)
        return
    if played.refused is not None:
        if not expected.model_fields_set <= {"of", "says", "at"}:
            yield missed(expected.of, "done", f"refused {listed(codes)}", refused)
        return
    if expected.warned is not None and sorted(set(expected.warned)) != codes_of(warnings):
        yield missed(
            f"{expected.of}: warned", listed(sorted(expected.warned)), listed(codes_of(warnings)), tuple(warnings)
        )
    yield from _seen(expected, played)
    if played.done is not None:
        yield from _record(story, expected, played)


def _said(expected: Expectation, says: Label | None, of: str, problems: Sequence[Problem]) -> Iterator[Missed]:
    """A text that some message contains, in each language."""
    for language in sorted(says.languages) if says is not None else ():
        wanted = says.text(language) if says is not None else ""
        told = [message(problem, language) for problem in problems]
        if not any(wanted in text for text in told):
            yield Missed(expected.place, f"{of}: says ({language})", wanted, " / ".join(told) or "—")


def _about(expected: Outcome, problems: Sequence[Problem]) -> Iterator[Missed]:
    """The fields that were complained about, each once."""
    found = {".".join(map(str, problem.path)) for problem in problems if problem.path}
    if expected.at is not None and set(expected.at) != found:
        yield Missed(expected.place, f"{expected.of}: at", listed(sorted(expected.at)), listed(sorted(found)))


def _seen(expected: Outcome, played: Played) -> Iterator[Missed]:
    """What an `open` showed."""
    for path in expected.visible:
        if path not in played.seen:
            yield Missed(expected.place, f"{expected.of}: {path}", "visible", "hidden")
    for path in expected.hidden:
        if path in played.seen:
            yield Missed(expected.place, f"{expected.of}: {path}", "hidden", "visible")
    if expected.count is not None and expected.count != played.count:
        yield Missed(expected.place, f"{expected.of}: count", str(expected.count), written(played.count))


def _record(story: Story, expected: Outcome, played: Played) -> Iterator[Missed]:
    """State and number that the step was answered with, and the values of the record as it is now."""
    assert played.done is not None
    for name in ("state", "number"):
        wanted, held = getattr(expected, name), getattr(played.done, name)
        if wanted is not None and wanted != held:
            yield Missed(expected.place, f"{expected.of}: {name}", wanted, written(held))
    with story.site.reading() as (connection, running):
        record = records.get_one(connection, running.tables, played.entity, played.done.id)
        if record is None:
            yield Missed(expected.place, expected.of, "a record", "none")
            return
        if expected.ends is not None and expected.ends != record.state:
            yield Missed(expected.place, f"{expected.of}: ends", expected.ends, written(record.state))
        comparison = Comparison(running, partial(_read, connection, running))
        for what, wanted, held in comparison.differences(record, expected.values):
            yield Missed(expected.place, f"{expected.of}: {what}", wanted, held)


def _read(connection: Connection, running: Running, entity: str, ids: Sequence[str]) -> Mapping[str, Any]:
    return records.get(connection, running.tables, entity, ids)


def _imported(story: Story, expected: Imported) -> Iterator[Missed]:
    """What an import came to."""
    played = story.played[expected.imported]
    if played.imported is None:
        found = f"refused {listed(codes_of(played.refused or ()))}"
        yield Missed(expected.place, expected.imported, "done", found, played.refused or ())
        return
    report = played.imported
    problems = tuple(problem for row in played.sent_back for problem in row.problems if problem.code != WITH_ANOTHER)
    for name in ("created", "changed", "unchanged", "passed_over", "refused"):
        wanted, count = getattr(expected, name), getattr(report, name)
        if wanted is not None and wanted != count:
            reasons = problems[:MOST_REASONS] if name == "refused" else ()
            yield Missed(expected.place, f"{expected.imported}: {name}", str(wanted), str(count), reasons)
    if expected.reasons is not None and sorted(set(expected.reasons)) != codes_of(problems):
        wanted, found = listed(sorted(expected.reasons)), listed(codes_of(problems))
        yield Missed(expected.place, f"{expected.imported}: reasons", wanted, found, problems[:MOST_REASONS])
    yield from _said(expected, expected.says, expected.imported, problems)


WITH_ANOTHER = "IMP-107"
"""The reason of a row that is refused with another one of its document."""

MOST_REASONS = 5
"""Refused rows of an import whose reasons are shown."""


def _balance(story: Story, expected: Balance) -> Iterator[Missed]:
    """A balance, exactly: a dimension that is not stated has its default, or where it has none every value."""
    what = f"{expected.ledger}.{expected.grain} {written(expected.key)}"
    with story.site.reading() as (connection, running):
        ledger = running.app.ledgers[expected.ledger]
        grain = ledger.grain(expected.grain)
        assert grain is not None  # checked when the scenario was read
        named = {
            each.id: each.default for each in ledger.dimensions if each.id in grain.by and each.default is not None
        }
        stated: dict[str, Any] = {}
        for name, raw in {**named, **expected.key}.items():
            dimension = ledger.dimension(name)
            assert dimension is not None
            stated[name] = _coordinate(connection, running, dimension, plain(raw))
            if stated[name] is None and raw is not None:
                yield Missed(expected.place, f"{what}: {name}", written(raw), "no such value")
                return
        wanted = CellRange(
            ledger.ledger, grain.id, tuple((name, value) for name, value in stated.items() if value is not None)
        )
        keys = [
            key
            for key in balances_in(connection, running.tables, [wanted])[wanted]
            if all(key.key[grain.by.index(name)] is None for name, value in stated.items() if value is None)
        ]
        held = balances.balances_of(connection, running.tables, keys)
    for measure, amount in expected.amounts.items():
        total = sum((each.amount(measure) for each in held.values()), Decimal(0))
        if total != number_of(amount):
            yield Missed(expected.place, f"{what}: {measure}", written(amount), written(shown(total)))


def _coordinate(connection: Connection, running: Running, dimension: Dimension, raw: Any) -> Any:
    """One dimension of a balance as the ledger keeps it; None for a code or a day that there is not."""
    if dimension.ref is not None and raw is not None:
        handle = (
            tuple(sorted((str(name), str(value)) for name, value in raw.items())) if isinstance(raw, dict) else str(raw)
        )
        return the_one(connection, running, dimension.ref, handle)
    if dimension.kind == "date" and raw is not None:
        try:
            return datetime.fromisoformat(str(raw)).date()
        except ValueError:
            return None
    return raw


def _report(story: Story, expected: ReportRows) -> Iterator[Missed]:
    """The rows of a report as somebody sees them, or the refusal to run it."""
    try:
        reader = story.who(expected)
        story.exercised.update(parts_of_report(story.site.app(), reader, expected.report))
        listing = run_report(story.site, reader, expected.report, ALL)
    except Refused as refused:
        codes = codes_of(refused.problems)
        if sorted(set(expected.refused or ())) != codes:
            wanted = listed(expected.refused) if expected.refused is not None else "rows"
            yield Missed(expected.place, expected.report, wanted, f"refused {listed(codes)}", refused.problems)
        return
    if expected.refused is not None:
        yield Missed(expected.place, f"{expected.report}: refused", listed(expected.refused), "—")
        return
    there = [column.id for column in listing.columns]
    for name in (*expected.visible, *expected.hidden):
        wanted, found = ("visible" if seen else "hidden" for seen in (name in expected.visible, name in there))
        if wanted != found:
            yield Missed(expected.place, f"{expected.report}: {name}", wanted, found)
    yield from _rows(expected, expected.report, there, listing.rows)


def _alert(story: Story, expected: AlertRows) -> Iterator[Missed]:
    """The rows that stand at a level of an alert, as somebody sees them; `level` is one of their columns."""
    found = [each for each in standing(story.site, story.who(expected)) if each.alert == expected.alert]
    columns = [LEVEL, *(column.id for each in found for column in each.columns)]
    rows = [
        Row(str(number), (row.level, *row.cells), {LEVEL: row.level, **row.values})
        for each in found
        for number, row in enumerate(each.rows)
    ]
    yield from _rows(expected, expected.alert, columns, rows)


def _rows(expected: ReportRows | AlertRows, what: str, columns: Sequence[str], rows: Sequence[Row]) -> Iterator[Missed]:
    """What of the rows that were expected is not there, or otherwise."""
    chosen = [row for row in rows if not list(_differing(columns, row, expected.where))]
    counts = [expected.count, len(expected.rows) if expected.rows is not None else None]
    wanted = next((count for count in counts if count is not None), None)
    if wanted is not None and wanted != len(chosen):
        found = "; ".join(", ".join(row.cells) for row in chosen[:MOST_SHOWN])
        yield Missed(expected.place, f"{what}: rows", str(wanted), f"{len(chosen)} ({found})")
        return
    for number, (row, values) in enumerate(zip(chosen, expected.rows or (), strict=False), start=1):
        for name, raw, found in _differing(columns, row, values):
            yield Missed(expected.place, f"{what} {number}: {name}", raw, found)


MOST_SHOWN = 5
"""Rows that are shown where another number of them was expected."""


def _differing(columns: Sequence[str], row: Row, values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The columns of a row that hold another value than expected."""
    for name, raw in values.items():
        if name not in columns:
            yield name, written(raw), "hidden"
            continue
        cell = row.cells[columns.index(name)]
        if not says(raw, row.values.get(name), cell):
            yield name, written(raw), cell or "—"


def _notices(story: Story, expected: Notices) -> Iterator[Missed]:
    """The messages that were written during the story."""
    wanted = expected.notices
    with story.site.reading() as (connection, running):
        found = outbox.messages(connection)
        people = records.find(connection, running.tables, PERSON, (LOG_IN,), [(wanted.to,)]) if wanted.to else {}
    meant = [
        each
        for each in found
        if (wanted.to is None or people.get((wanted.to,)) in each.to)
        and (wanted.subject or "") in each.subject
        and (wanted.text or "") in each.body
        and wanted.channel in (None, each.channel)
    ]
    if len(meant) != expected.count if expected.count is not None else not meant:
        told = "; ".join(each.subject for each in found[:MOST_SHOWN]) or "—"
        count = "1+" if expected.count is None else str(expected.count)
        yield Missed(
            expected.place, f"notices {written(wanted.model_dump(exclude_none=True))}", count, f"{len(meant)} ({told})"
        )


def _why(story: Story, expected: Why) -> Iterator[Missed]:
    """The rules that the explanation of a step names, where they are written, and what they saw."""
    reasons = _reasons(story, expected, story.played[expected.why])
    story.exercised.update(("rules", story.played[expected.why].entity, name) for name in expected.names)
    named = [each for each in reasons if each.rule in expected.names and each.file and each.line]
    told = ", ".join(dict.fromkeys(each.rule for each in reasons)) or "—"
    for name in expected.names:
        if name not in {each.rule for each in named}:
            yield Missed(expected.place, f"why {expected.why}", name, told)
    for name, raw in expected.values.items():
        held = [each.values[name] for each in named if name in each.values]
        if not any(says(raw, value) for value in held):
            found = ", ".join(map(written, held)) or "—"
            yield Missed(expected.place, f"why {expected.why}: {name}", written(raw), found)


def _reasons(story: Story, expected: Why, played: Played) -> Sequence[Reason]:
    """The reasons of a step as its document explains itself; those of a refusal, which no journal keeps, from then."""
    if played.refused is not None or played.done is None:
        return played.reasons
    explanation = why(story.site, story.who(expected), played.entity, played.done.id)
    chapters = explanation.chapters[: played.done.version]  # every step with a document is one chapter
    steps = chapters[-1].steps if chapters else ()
    return [Reason(each.rule, each.file, each.line, each.values) for each in steps]


LOOKED_AT: Mapping[type[Expectation], Callable[[Story, Any], Iterator[Missed]]] = {
    Outcome: _outcome,
    Imported: _imported,
    Balance: _balance,
    ReportRows: _report,
    Notices: _notices,
    Why: _why,
    AlertRows: _alert,
}
"""How each kind of expectation is looked at."""
