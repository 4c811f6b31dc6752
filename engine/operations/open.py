"""A document as a page shows it: the form, what may be done next, what happened so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from engine.access.actor import Actor
from engine.access.decide import check_action, writable_fields
from engine.entities.fields.base import Raw
from engine.entities.fields.lines import LinesField
from engine.entities.record import Record, Value
from engine.forms.read import read
from engine.forms.show import Access, Background, FormView, show
from engine.forms.unflatten import is_flat, unflatten
from engine.language.problems import Problem, Refused
from engine.operations.approval import Deciding, FlowRun, approval_of, deciding, happened, trail
from engine.operations.attach import obtainable
from engine.operations.case import Case, Submission, gather, new_record
from engine.operations.convert import ConversionOffer, begun, offered_conversions
from engine.operations.links import Links, links_of
from engine.operations.listing import Wording, unit_words, worded
from engine.operations.people import names_of
from engine.operations.reading import read_context
from engine.operations.rows import seen_in
from engine.operations.site import Site
from engine.operations.stages import editable
from engine.operations.time_and_settings import zone_of
from engine.operations.titles import title_of, titles
from engine.operations.tones import tone_of
from engine.rules.evaluate import evaluate
from engine.storage import attachments, journal
from engine.storage.journal import JournalEntry
from engine.workflows.advance import Offer, offered
from engine.workflows.path import usual_path
from engine.workflows.schema import Transition, Workflow

SAVED: Wording = {"zh": "保存", "en": "Saved"}
NO_LINKS = Links()
CREATED: Wording = {"zh": "新建", "en": "Created"}


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened: what, by whom, when (as an instant and on the reader's clock), and what was said."""

    text: Wording
    by: str
    at: str
    when: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """A state on the way of a document: one it has been in, the present one, or one that usually follows."""

    label: Wording
    place: Literal["behind", "here", "ahead"]


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything a page of one document shows; `primary` is the transition that comes next, if one does.

    `runs` are the approvals it went and goes through, `deciding` the task of one that waits for whoever looks.
    """

    view: FormView
    record: Record | None
    offers: tuple[Offer, ...]
    history: tuple[HistoryLine, ...]
    title: str
    values: Mapping[str, object]
    version: int | None = None
    state: Wording | None = None
    tone: str = "neutral"
    primary: str | None = None
    way: tuple[Stage, ...] = ()
    runs: tuple[FlowRun, ...] = ()
    deciding: Deciding | None = None
    conversions: tuple[ConversionOffer, ...] = ()
    links: Links = NO_LINKS


def open_document(
    site: Site,
    actor: Actor,
    entity: str,
    id: str | None,
    language: str,
    copy_of: str | None = None,
    begun_from: tuple[str, str] | None = None,
) -> Opened:
    """A stored document, or a form to begin one: empty, as a copy, or by a conversion (its id, the id of the source).

    Raises `Refused`: OPS-103, ACC-112 (hidden too), ACC-110, CNV-1xx.
    """
    asked = Submission(entity, id, None, {}, None, "")
    with site.database.read() as connection:
        case = gather(site, connection, replace(actor, language=language), asked)
        refusals = check_action(case.policy("create"), case.running.app.roles) if id is None else ()
        if refusals:
            raise Refused(refusals)
        typed: dict[str, Raw] = {}
        if id is None and begun_from is not None:
            typed = _writable(case, begun(case, *begun_from))
        elif id is None and copy_of is not None:
            typed = copied(gather(site, connection, actor, replace(asked, id=copy_of)))
        return opened(case, typed, (), is_typed=False)


def reread(site: Site, actor: Actor, submission: Submission, problems: tuple[Problem, ...]) -> Opened:
    """The page again, with everything that was typed and what is wrong with it."""
    typed = unflatten(submission.raw.items()) if is_flat(submission.raw) else dict(submission.raw)
    with site.database.read() as connection:
        case = gather(site, connection, actor, submission)
        return opened(case, {name: _known_rows(case, name, value) for name, value in typed.items()}, problems)


def _known_rows(case: Case, name: str, raw: Raw) -> Raw:
    """Typed rows of lines; one that claims to be a stored line and is none is a new one."""
    if not isinstance(case.entity.by_id.get(name), LinesField) or not isinstance(raw, list | tuple):
        return raw
    stored = _stored_lines(case, name)
    return [
        {**row, "id": ""} if isinstance(row, Mapping) and str(row.get("id") or "") not in stored else row for row in raw
    ]


def _stored_lines(case: Case, name: str) -> frozenset[str]:
    """The ids of the lines that the document has in the database."""
    return frozenset(str(line["id"]) for line in case.before.lines(name)) if case.before is not None else frozenset()


def copied(case: Case) -> dict[str, Raw]:
    """The values of a document as raw content for a new one; what rules made and what is hidden is left out."""
    assert case.before is not None
    raw: dict[str, Any] = {}
    access, _ = _access(case)
    for field in case.entity.fields:
        value = case.before.values.get(field.id)
        if field.readonly or value is None or field.kind == "attachment" or not access.may_read(field.id):
            continue
        if field.kind == "lines":
            assert isinstance(value, tuple)
            kept = [each for each in field.fields if not each.readonly and access.may_read(f"{field.id}.{each.id}")]
            raw[field.id] = [{inner.id: inner.to_json(line.get(inner.id)) for inner in kept} for line in value]
        else:
            raw[field.id] = field.to_json(value)
    return raw


def _writable(case: Case, raw: Mapping[str, Raw]) -> dict[str, Raw]:
    """Values for a new document without those that the actor may not write there."""
    access, _ = _access(case)
    kept: dict[str, Raw] = {}
    for name, value in raw.items():
        if access.may_write(name):
            kept[name] = value
        if access.may_write(name) and isinstance(case.entity.by_id[name], LinesField) and isinstance(value, list):
            kept[name] = [
                {inner: each for inner, each in row.items() if access.may_write(f"{name}.{inner}")}
                for row in value
                if isinstance(row, Mapping)
            ]
    return kept


def opened(case: Case, typed: Mapping[str, Raw], problems: tuple[Problem, ...], *, is_typed: bool = True) -> Opened:
    """The page of a case: what is stored, or what was typed. What nobody typed is shown as if it were stored."""
    reading = read(case.entity, case.running.app.forms.get(case.entity.entity), typed, case.before, read_context(case))
    record = new_record(case, reading.values if case.before is None or typed else case.before.values)
    scope = case.scope(record)
    if case.before is None or typed:
        evaluation = evaluate(case.running.app.rules.get(case.entity.entity), scope)
        record = record.with_values(evaluation.values)  # type: ignore[arg-type]
        scope = {name: tuple(held) if isinstance(held, list) else held for name, held in evaluation.scope.items()}
    access, readonly = _access(case)
    workflow = case.running.app.workflows.get(case.entity.entity)
    state = workflow.state(record.state) if workflow is not None else None
    offers = _offers(case, record, scope)
    approval = approval_of(case, workflow, record, scope) if workflow is not None and case.tasks else None
    return Opened(
        view=show(
            case.entity,
            case.running.app.forms.get(case.entity.entity),
            _as_stored(case, record.values),
            reading.typed if is_typed or reading.problems else {},
            problems,
            case.actor.language,
            access,
            _background(case, record, scope, readonly),
        ),
        record=case.before,
        offers=offers,
        history=_history(case) if case.before is not None else (),
        title=title_of(case.running, case.related, record) if case.before is not None else "",
        values=values_json(case, record, access),
        version=case.before.version if case.before else None,
        state=worded(state.label, state.id) if state is not None and case.before is not None else None,
        tone=tone_of(workflow, state.id) if workflow is not None and state is not None else "neutral",
        primary=next((each.transition for each in offers if each.allowed and each.confirm is None), None),
        way=_way(workflow, state.id, scope) if workflow is not None and state is not None else (),
        runs=trail(case, approval) if approval is not None else (),
        deciding=deciding(case, approval) if approval is not None else None,
        conversions=offered_conversions(case) if case.before is not None else (),
        links=links_of(case, _readable(case, access)) if case.before is not None else NO_LINKS,
    )


def _way(workflow: Workflow, state: str, scope: Mapping[str, object]) -> tuple[Stage, ...]:
    """The states behind, the present one, and those that usually follow for a document such as this."""

    def holds(each: Transition) -> bool:
        return each.when is None or each.when.expression.evaluate(scope) is True

    behind, ahead = usual_path(workflow, state, holds)
    labels = [worded(each.label, each.id) for each in (*behind, *ahead)]
    here = len(behind) - 1
    return tuple(
        Stage(label, "behind" if at < here else "here" if at == here else "ahead") for at, label in enumerate(labels)
    )


def _readable(case: Case, access: Access) -> frozenset[str]:
    """The fields of the document that the actor sees."""
    return frozenset(path for path, _ in case.entity.every_field() if access.may_read(path))


def _as_stored(case: Case, values: Mapping[str, Value]) -> Mapping[str, Value]:
    """The values for a page: a line that is not stored yet has no id there, so that sending it back makes a new one."""
    shown = dict(values)
    for lines in case.entity.lines:
        stored, held = _stored_lines(case, lines.id), values.get(lines.id)
        if isinstance(held, tuple):
            shown[lines.id] = tuple(line if str(line["id"]) in stored else {**line, "id": ""} for line in held)
    return shown


def _access(case: Case) -> tuple[Access, bool]:
    """Which fields of this very row, as it is stored, the actor sees and may change; whether the form is closed."""
    paths = [path for path, _ in case.entity.every_field()]
    seen = case.policy("open" if case.before else "create")
    change = case.policy("edit" if case.before else "create")
    if case.before is None:
        return Access(seen.readable(paths), change.writable(paths)), False
    scope = case.scope(case.before)
    writable = writable_fields(change, scope, paths) if change.allowed else frozenset()
    return Access(seen_in(seen, scope, paths), writable), not (writable and editable(case))


def _offers(case: Case, record: Record, scope: Mapping[str, object]) -> tuple[Offer, ...]:
    """The transitions that the actor may take from here; what is not stored yet cannot be given up."""
    workflow = case.running.app.workflows.get(case.entity.entity)
    if workflow is None:
        return ()
    found = offered(workflow, record.state, case.actor, scope, case.directory)
    return tuple(
        offer
        for offer in found
        if case.policy(offer.transition).covers(scope) and (case.before is not None or not gives_up(workflow, offer))
    )


def gives_up(workflow: Workflow, offer: Offer) -> bool:
    """Whether a transition only ends a document: it leads to a final state, posts nothing and gives no number."""
    taken, state = workflow.transition(offer.transition), workflow.state(offer.to)
    return taken is not None and state is not None and state.final and not taken.posts and not taken.numbers


def _background(case: Case, record: Record, scope: Mapping[str, object], readonly: bool) -> Background:
    """Titles and codes of what the document refers to, files by name, units in words."""
    keys, files = _mentioned(case, record.values)
    named = titles(case.connection, case.running, keys)
    codes = {}
    for entity, id in keys:
        identity = case.running.app.entities[entity].identity
        found = case.related.records.get((entity, id))
        if found is None:
            case.related.load(entity, (id,))
            found = case.related.records.get((entity, id))
        if found is not None and len(identity) == 1 and found.values.get(identity[0]):
            codes[entity, id] = str(found.values[identity[0]])
        elif found is not None and not identity and found.number:
            codes[entity, id] = found.number
    hung = _mentioned(case, case.before.values)[1] if case.before is not None else ()
    new = obtainable(case.connection, case.running, case.actor, set(files).difference(hung), case.now)
    kept = attachments.describe(case.connection, sorted({*hung, *new})) if files else {}
    return Background(
        labels={**named, **{("attachment", id): one.name for id, one in kept.items()}},
        codes=codes,
        scope=scope,
        zone=case.zone(record.values),
        units=unit_words(case.running.app, case.actor.language),
        readonly=readonly,
    )


def _mentioned(case: Case, values: Mapping[str, Value]) -> tuple[list[tuple[str, str]], list[str]]:
    """The records and the files that a document names."""
    keys: dict[tuple[str, str], None] = {}
    files: list[str] = []
    for field in case.entity.fields:
        held = values.get(field.id)
        pairs = [(field, held)]
        if field.kind == "lines":
            pairs = [(inner, line.get(inner.id)) for line in held or () for inner in field.fields]  # type: ignore[union-attr]
        for each, value in pairs:
            if isinstance(value, str) and each.kind == "reference":
                keys[each.to, value] = None
            elif isinstance(value, str) and each.kind == "attachment":
                files.append(value)
    return list(keys), files


def values_json(case: Case, record: Record, access: Access) -> dict[str, object]:
    """The values a program may see, as JSON says them. Of a new document: those that it may send back as they are."""
    is_new = case.before is None
    values = _as_stored(case, record.values)
    found: dict[str, object] = {}
    for field in case.entity.fields:
        value = values.get(field.id)
        if not access.may_read(field.id) or (is_new and field.readonly):
            continue
        if isinstance(field, LinesField):
            lines: Any = value or ()
            sent = [each for each in field.fields if not (is_new and each.readonly)]
            inner = [each for each in sent if access.may_read(f"{field.id}.{each.id}")]
            found[field.id] = [
                {"id": line["id"], **{each.id: each.to_json(line.get(each.id)) for each in inner}} for line in lines
            ]
        else:
            found[field.id] = field.to_json(value)
    return found


def _history(case: Case) -> tuple[HistoryLine, ...]:
    """What happened to the document, newest first."""
    assert case.before is not None
    entries = journal.history(case.connection, case.entity.entity, case.before.id)
    names = names_of(case.connection, case.running, (entry.actor for entry in entries))
    lines = []
    for entry in reversed(entries):
        text = happened(case.running.app, case.entity.entity, entry.body) or _happened(case, entry)
        lines.append(
            HistoryLine(
                text,
                names.get(entry.actor, entry.actor),
                entry.recorded_at.isoformat(),
                _clock(case, entry.recorded_at),
                str(entry.body.get("opinion") or ""),
            )
        )
    return tuple(lines)


def _happened(case: Case, entry: JournalEntry) -> Wording:
    """A journal entry in words."""
    workflow, transition = case.running.app.workflows.get(case.entity.entity), entry.body.get("transition")
    if isinstance(transition, str) and workflow is not None:
        declared = workflow.transition(transition)
        return worded(declared.label if declared else None, transition)
    return CREATED if entry.entry == 1 else SAVED


def _clock(case: Case, at: datetime) -> str:
    """An instant as the clock on the wall shows it."""
    return at.astimezone(zone_of(case.running.app.zone)).strftime("%Y-%m-%d %H:%M")
