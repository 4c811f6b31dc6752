"""How each kind of act is played: through the same doors that people use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from engine.entities.record import Record
from engine.forms.view import FormView, LinesView
from engine.language.problems import Place, Refused
from engine.operations.browse import browse
from engine.operations.case import Submission, gather
from engine.operations.convert import begun
from engine.operations.listing import Query
from engine.operations.load_file import RefusedRow, import_file
from engine.operations.open import Opened, open_document
from engine.operations.set_setting import EVERYWHERE, set_setting
from engine.operations.story.exercised import grants_on, parts_that_wake
from engine.operations.story.stage import Missed, Played, Story
from engine.operations.submit import submit
from engine.operations.time_and_settings import today_in
from engine.operations.wake import wake
from engine.packages.scenario import instant_of, plain
from engine.packages.story.acts import Act, Convert, Enter, GoOn, Import, Open, Repeat, SetSetting, Wake, importable
from engine.storage import due

ROUNDS = 1000
"""How often a wake looks again for what became due by what it did; more would be a story without end."""


def take(story: Story, act: Act) -> None:
    """One thing happens; what it came to is kept under its id, refusals too."""
    try:
        happen(story, act)
    except Refused as refused:
        story.played[act.id] = replace(_about(story, act), refused=refused.problems, reasons=story.reasons())


def happen(story: Story, act: Act) -> None:
    """One thing happens; what it came to is kept under its id. Raises `Refused` where it may not."""
    story.move_clock(act.at)
    story.forget_judgement()
    story.played[act.id] = PLAYED[type(act)](story, act)


def wake_up(story: Story, place: Place | None, what: str) -> None:
    """Everything that is due by then happens; what could not be done has been missed by the story."""
    for _ in range(ROUNDS):
        if not wake(story.site, story.clock.now):
            break
    with story.site.reading() as (connection, _):
        stuck = [row for row in due.waiting(connection) if row.attempts and row.due <= story.clock.now]
    story.missed += (Missed(place, f"{what}: {row.key}", "done", row.problem or "—") for row in stuck)


def _about(story: Story, act: Act) -> Played:
    """What is known of a step that was refused: the record it was about and what was asked."""
    known = story.played.get(act.id)
    if known is not None:
        return known
    earlier = story.played.get(str(getattr(act, "document", "")))
    return replace(earlier, refused=None) if earlier is not None else Played(str(getattr(act, "entity", "")))


def _enter(story: Story, act: Enter) -> Played:
    """A new record."""
    return _submit(
        story, act, Submission(act.entity, None, act.transition, plain(act.values), None, _key(story, act)), None
    )


def _go_on(story: Story, act: GoOn) -> Played:
    """The next step with a record. One that was refused when it was made is not there to go on with."""
    earlier = story.played[act.document]
    id = earlier.done.id if earlier.done is not None else story.site.new_id()
    stands = story.record(earlier.entity, id)
    version = stands.version if stands is not None and act.decide is not None else None  # of what was looked at
    transition = act.decide or act.transition
    raw = {name: _same_rows(stands, name, value) for name, value in plain(act.values).items()}
    asked = Submission(earlier.entity, id, transition, raw, version, _key(story, act), str(act.opinion))
    return _submit(story, act, asked, earlier)


def _same_rows(stands: Record | None, name: str, typed: Any) -> Any:
    """What is typed into a record; each line of it into the row at its position, as on a page."""
    if stands is None or not isinstance(typed, list):
        return typed
    ids = [line["id"] for line in stands.lines(name)]
    return [{"id": id, **line} for id, line in zip(ids, typed, strict=False)] + typed[len(ids) :]


def _convert(story: Story, act: Convert) -> Played:
    """A new record, begun from an earlier one as the button on its page begins it."""
    earlier, target = story.played[act.source], story.site.app().conversions[act.convert].target
    actor = story.who(act)
    story.exercised.add(("conversions", act.convert))
    story.played[act.id] = Played(target, actor=actor)
    source = earlier.done.id if earlier.done is not None else story.site.new_id()
    with story.site.database.read() as connection:
        case = gather(story.site, connection, actor, Submission(target, None, None, {}, None, ""))
        filled = begun(case, act.convert, source)
    raw = {**filled, **{name: _typed_over(filled.get(name), value) for name, value in plain(act.values).items()}}
    return _submit(story, act, Submission(target, None, act.transition, raw, None, _key(story, act)), None)


def _typed_over(filled: Any, typed: Any) -> Any:
    """A value in place of the one that was filled in; of lines, each typed one over the line at its position."""
    if not isinstance(filled, list) or not isinstance(typed, list):
        return typed
    return [{**(filled[at] if at < len(filled) else {}), **line} for at, line in enumerate(typed)]


def _submit(story: Story, act: Act, asked: Submission, earlier: Played | None) -> Played:
    actor = story.who(act)
    done = earlier.done if earlier is not None else None
    story.played[act.id] = Played(asked.entity, done, actor=actor, asked=asked)  # also of a refusal it is known
    return Played(asked.entity, submit(story.site, actor, asked), actor=actor, asked=asked)


def _key(story: Story, act: Act) -> str:
    """The request key of a step: a repeat of the step is told by it."""
    return f"{story.name}-{act.id}"


def _wake(story: Story, act: Wake) -> Played:
    """Everything that is due, until nothing more is; what could not be done is a failure of the story."""
    story.exercised.update(parts_that_wake(story.site.app()))
    wake_up(story, act.place, f"wake {act.id}")
    return Played()


def _set(story: Story, act: SetSetting) -> Played:
    """A setting gets a value."""
    app, actor = story.site.app(), story.who(act)
    declared = app.settings[act.set]
    start = instant_of(act.start, app.zone, story.clock.now) if act.start is not None else story.clock.now
    scope, scope_id = EVERYWHERE, ""
    if act.scope is not None:
        scope, scope_id = declared.scope, story.id_of(declared.scope, act.scope)
    day = today_in(app.zone, start)
    set_setting(story.site, actor, act.set, scope, scope_id, day, plain(act.to), key=_key(story, act))
    return Played(actor=actor)


def _import(story: Story, act: Import) -> Played:
    """A file is imported."""
    path = importable(story.layer.files)[act.file]
    file = story.folder / f"{act.id}-{PurePosixPath(path).name}"
    file.write_bytes(story.layer.files[path])
    actor = story.who(act)
    story.exercised.add(("mappings", act.mapping))
    sent_back: list[RefusedRow] = []
    report = import_file(story.site, actor, act.mapping, file, refuse=sent_back.append)
    return Played(actor=actor, imported=report, sent_back=tuple(sent_back), brought=(act.mapping, file))


def _repeat(story: Story, act: Repeat) -> Played:
    """The same once more: it must be answered as before, with nothing done."""
    earlier = story.played[act.repeat]
    assert earlier.actor is not None  # a step that nobody took cannot be repeated; checked when it was read
    if earlier.brought is not None:
        sent_back: list[RefusedRow] = []
        again = import_file(story.site, earlier.actor, *earlier.brought, refuse=sent_back.append)
        if again.created or again.changed:
            found = f"{again.created} created, {again.changed} changed"
            story.missed.append(Missed(act.place, f"repeat {act.repeat}", "nothing done", found))
        return replace(earlier, imported=again, sent_back=tuple(sent_back))
    assert earlier.asked is not None
    done = submit(story.site, earlier.actor, earlier.asked)
    if not done.replayed:
        story.missed.append(Missed(act.place, f"repeat {act.repeat}", "answered again", "done again"))
    return replace(earlier, done=done)


def _open(story: Story, act: Open) -> Played:
    """A list or a record is looked at."""
    actor = story.who(act)
    story.exercised.update(grants_on(story.site.app(), actor, act.open))
    if act.record is None:
        listing = browse(story.site, actor, act.open, Query())
        return Played(act.open, actor=actor, seen=frozenset(each.id for each in listing.columns), count=listing.total)
    opened = open_document(story.site, actor, act.open, story.id_of(act.open, act.record), actor.language)
    return Played(act.open, actor=actor, seen=frozenset(_seen(opened)))


def _seen(opened: Opened) -> Iterator[str]:
    """The fields that a page showed: those whose values its reader gets and that no condition of the form hides."""
    out_of_sight = {path for path, hidden in _placed(opened.view) if hidden}
    for name, value in opened.values.items():
        if name not in out_of_sight:
            yield name
            rows: Any = value if isinstance(value, list) else ()
            yield from {f"{name}.{inner}" for row in rows for inner in row} - out_of_sight
    shown = {path for path, hidden in _placed(opened.view) if not hidden}
    yield from (path for path in shown if path.partition(".")[0] in opened.values)


def _placed(view: FormView) -> Iterator[tuple[str, bool]]:
    """Every field of a page by path, and whether a condition hides it."""
    for field in (field for section in view.sections for field in section.fields):
        yield field.id, field.hidden
        for column in field.columns if isinstance(field, LinesView) else ():
            yield f"{field.id}.{column.id}", field.hidden or column.hidden


PLAYED: Mapping[type[Act], Callable[[Story, Any], Played]] = {
    Enter: _enter,
    GoOn: _go_on,
    Convert: _convert,
    Wake: _wake,
    SetSetting: _set,
    Import: _import,
    Repeat: _repeat,
    Open: _open,
}
"""How each kind of act is played."""
