"""One document: start, show, save, move on, ask why. Each endpoint unpacks, calls one operation and answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response

from engine.access.decide import policy
from engine.forms.unflatten import unflatten
from engine.language.problems import Problem, Refused
from engine.operations.case import Submission
from engine.operations.convert import ConversionOffer
from engine.operations.explain import Chapter, Explanation
from engine.operations.links import Linked
from engine.operations.open import Opened
from engine.operations.submit import Submitted
from engine.packages.schema import App
from engine.web.incoming import Incoming
from engine.web.inputs import known_inputs, ready
from engine.web.notice import announce_stored, take_notice
from engine.web.outputs import outputs
from engine.web.pages import anchor, label, page
from engine.web.reasons import reasons
from engine.web.respond import json_answer, problem_json, see_other, status_of
from engine.web.texts import Texts
from engine.web.way_back import way_back
from engine.workflows.approve import LONGEST_OPINION, OPINION

CONTROLS = frozenset(
    {
        "_csrf",
        "_key",
        "_version",
        "_transition",
        "_opinion",
        "_add",
        "_copy",
        "_remove",
        "_unchecked",
        "_explain",
        "_outputs",
    }
)
MENDABLE = frozenset({409, 422, 429, 503})
_KEY = re.compile(r"[\x21-\x7e]{8,200}\Z")
_ROW = re.compile(r"([a-z][a-z0-9_]*)-(\d{1,6})\Z")


def start(incoming: Incoming) -> Response:
    """An empty form, one filled as a copy (?copy=ID), or one begun from another document (?from=CONVERSION:ID)."""
    entity = incoming.path["entity"]
    conversion, _, source = incoming.query.get("from", "").partition(":")
    opened = incoming.doors.open_document(
        incoming.site,
        incoming.actor,
        entity,
        None,
        incoming.language,
        copy_of=incoming.query.get("copy"),
        begun_from=(conversion, source) if "from" in incoming.query else None,
    )
    return _opened(incoming, opened)


def show(incoming: Incoming) -> Response:
    """A document as this person may see it: a form where it may be changed, else a page to read."""
    where = incoming.path
    return _opened(
        incoming,
        incoming.doors.open_document(incoming.site, incoming.actor, where["entity"], where["id"], incoming.language),
    )


def save_new(incoming: Incoming) -> Response:
    """Store a new document, and move it on where a transition was chosen."""
    return _save(incoming, None)


def save(incoming: Incoming) -> Response:
    """Store the changes of a document, and move it on where a transition was chosen."""
    return _save(incoming, incoming.path["id"])


def why(incoming: Incoming) -> Response:
    """Which rule, in which file and line, with which values, made the document what it is."""
    name = incoming.path["entity"]
    explanation = incoming.doors.why(incoming.site, incoming.actor, name, incoming.path["id"])
    if incoming.wants_json:
        return json_answer(explanation)
    app = incoming.app
    chapters = [
        chapter_shown(app, name, chapter, incoming.language, is_first=number == 0)
        for number, chapter in enumerate(explanation.chapters)
    ]
    return page(
        incoming,
        "why.html",
        chapters=chapters[::-1],
        entity=app.entities[name],
        id=incoming.path["id"],
        name=explanation.title or label(app.entities[name].label, incoming.language) or name,
        **way_back(incoming, f"/d/{name}"),
    )


def _save(incoming: Incoming, id: str | None) -> Response:
    submission = read_submission(incoming, id)
    if incoming.body.kind == "form" and incoming.body.fields.keys() & {"_add", "_copy", "_remove"}:
        return _opened(
            incoming, incoming.doors.reread(incoming.site, incoming.actor, submission, ()), key=submission.key
        )
    if "_outputs" in incoming.body.fields:
        opened = incoming.doors.reread(incoming.site, incoming.actor, submission, ())
        return json_answer({"out": outputs(ready(opened.view), incoming.body.fields)})
    if "explain" in incoming.query or "_explain" in (incoming.body.fields or _object(incoming.body.data)):
        return _tried(incoming, submission)
    try:
        stored = incoming.doors.submit(incoming.site, incoming.actor, submission)
    except Refused as refused:
        status = status_of(refused.problems)
        if incoming.wants_json or status not in MENDABLE:
            raise
        opened = incoming.doors.reread(incoming.site, incoming.actor, submission, refused.problems)
        # An unknown outcome (503) keeps its key, so that sending it again cannot book it twice.
        key = submission.key if status == 503 else None
        return _opened(incoming, opened, problems=refused.problems, status=status, key=key, opinion=submission.opinion)
    return _stored(incoming, stored, is_new=id is None)


def _tried(incoming: Incoming, submission: Submission) -> Response:
    """What would happen and why; nothing is written."""
    explanation = incoming.doors.explain(incoming.site, incoming.actor, submission)
    if incoming.wants_json:
        shown = [problem_json(problem, incoming) for problem in explanation.problems]
        tried = {"values": explanation.values, "problems": shown, "steps": explanation.steps}
        return json_answer(tried | {"moves": explanation.moves, "beside": explanation.beside})
    opened = incoming.doors.reread(incoming.site, incoming.actor, submission, explanation.problems)
    return _opened(
        incoming,
        opened,
        problems=explanation.problems,
        key=submission.key,
        trial=explanation,
        opinion=submission.opinion,
    )


def resume(incoming: Incoming, id: str | None) -> Response:
    """The form as it was when its session ended, to be sent once more. Nothing is written."""
    submission = read_submission(incoming, id)
    opened = incoming.doors.reread(incoming.site, incoming.actor, submission, ())
    return _opened(incoming, opened, key=submission.key, opinion=submission.opinion)


def read_submission(incoming: Incoming, id: str | None) -> Submission:
    """What the request asks to store. Raises `Refused`: WEB-112 no key, WEB-115 no version or words, WEB-116 no object.

    A browser ends the lines of what is typed with CR LF; an opinion is kept with plain line ends.
    """
    controls, raw = _from_form(incoming) if incoming.body.kind == "form" else _from_json(incoming)
    key = incoming.headers.get("idempotency-key") or str(controls.get("_key") or "")
    if not _KEY.match(key):
        raise Refused((Problem("WEB-112", {}),))
    version = str(controls.get("_version") or "")
    if version and not re.fullmatch(r"\d{1,15}", version):
        raise Refused((Problem("WEB-115", {"name": "_version", "text": version[:40]}),))
    opinion = controls.get("_opinion") or ""
    if not isinstance(opinion, str):
        raise Refused((Problem("WEB-115", {"name": "_opinion", "text": str(opinion)[:40]}),))
    transition = _once(controls.get("_transition"), controls.get("_explain"), incoming.query.get("transition"))
    return Submission(
        entity=incoming.path["entity"],
        id=id,
        transition=transition,
        raw=raw,
        version=int(version) if version else None,
        key=key,
        opinion=opinion.replace("\r\n", "\n"),
    )


def _once(*said: object) -> str | None:
    """What is said in one of several places. Raises `Refused` (WEB-113) where two of them say different things."""
    found = {str(each) for each in said if each}
    if len(found) > 1:
        raise Refused((Problem("WEB-113", {"name": "_transition"}),))
    return next(iter(found), None)


def _object(data: object) -> Mapping[str, Any]:
    return data if isinstance(data, dict) else {}


def _from_form(incoming: Incoming) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    fields = dict(incoming.body.fields)
    controls = {name: fields.pop(name) for name in CONTROLS & fields.keys()}
    for name in controls.get("_unchecked", "").split():
        fields.setdefault(name, "false")  # a browser sends nothing for a box without a tick
    for name, upload in incoming.body.uploads.items():
        kept = incoming.doors.attach(incoming.site, incoming.actor, upload.name, upload.content)
        fields[name] = kept.id
    return controls, unflatten(change_rows(fields, controls).items())


def change_rows(fields: Mapping[str, str], controls: Mapping[str, str]) -> dict[str, str]:
    """The flat fields after a button of the lines was used: `_add=lines`, `_copy=lines-2` or `_remove=lines-2`."""
    changed = dict(fields)
    removed = _ROW.match(controls.get("_remove", ""))
    if removed:
        changed = {name: text for name, text in changed.items() if not name.startswith(f"{removed[0]}-")}
    copied = _ROW.match(controls.get("_copy", ""))
    lines = copied[1] if copied else controls.get("_add", "")
    if re.fullmatch(r"[a-z][a-z0-9_]*", lines):
        rows = [found for name in changed if (found := _ROW.match(name.rpartition("-")[0])) and found[1] == lines]
        new = f"{lines}-{max((int(row[2]) for row in rows), default=-1) + 1}-"
        if copied:
            old = f"{copied[0]}-"
            changed |= {new + name.removeprefix(old): text for name, text in fields.items() if name.startswith(old)}
        changed[f"{new}id"] = ""
    return changed


def _from_json(incoming: Incoming) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    data = incoming.body.data
    if not isinstance(data, dict):
        raise Refused((Problem("WEB-116", {}),))
    controls = {name: value for name, value in data.items() if name in CONTROLS}
    return controls, {name: value for name, value in data.items() if name not in CONTROLS}


def _stored(incoming: Incoming, stored: Submitted, *, is_new: bool) -> Response:
    address = f"/d/{incoming.path['entity']}/{stored.id}"
    if incoming.wants_json:
        body = {
            "id": stored.id,
            "number": stored.number,
            "state": stored.state,
            "version": stored.version,
            "replayed": stored.replayed,
            "warnings": [problem_json(problem, incoming) for problem in stored.warnings],
        }
        return json_answer(body, 201 if is_new and not stored.replayed else 200, {"Location": address})
    response = see_other(address + way_back(incoming, address)["carried"])
    announce_stored(response, incoming, stored)
    return response


def _opened(
    incoming: Incoming,
    opened: Opened,
    *,
    problems: tuple[Problem, ...] = (),
    status: int = 200,
    key: str | None = None,
    trial: Explanation | None = None,
    opinion: str = "",
) -> Response:
    if incoming.wants_json:
        return json_answer(document_json(opened))
    notice = take_notice(incoming)
    entity = incoming.path["entity"]
    view = ready(opened.view)
    known = known_inputs(view, incoming.language)
    if opened.deciding is not None:
        known |= {anchor(OPINION): Texts(incoming.language)("opinion")}
    order = {name: place for place, name in enumerate(known)}
    app = incoming.app
    response = page(
        incoming,
        "document.html",
        may_create=policy(app.roles, incoming.actor, entity, "create").allowed,
        status=status,
        opened=opened,
        view=view,
        entity=app.entities[entity],
        key=key or incoming.site.new_id(),
        problems=sorted(problems, key=lambda problem: order.get(anchor(problem.path), -1)),
        known=known,
        trial=trial,
        begin_address=begin_address,
        reasons=reasons(trial.steps) if trial is not None else None,
        notice=notice.shown,
        opinion=opinion,
        opinion_path=OPINION,
        longest=LONGEST_OPINION,
        **way_back(incoming, f"/d/{entity}"),
    )
    notice.forget(response)
    return response


def chapter_shown(app: App, entity: str, chapter: Chapter, language: str, *, is_first: bool) -> dict[str, Any]:
    """One thing that happened to a document, in words: what, by whom, when on the clock of the site, and why."""
    workflow = app.workflows.get(entity)
    transition = workflow.transition(chapter.transition) if workflow is not None and chapter.transition else None
    when = chapter.at.astimezone(ZoneInfo(app.zone)).strftime("%Y-%m-%d %H:%M")
    t = Texts(language)
    plain = t("created") if is_first else t("saved")
    title = transition.label or chapter.transition if transition is not None else plain
    return {
        "title": chapter.title or title,
        "opinion": chapter.opinion,
        "by": chapter.by,
        "at": chapter.at.isoformat(),
        "when": when,
        "app": chapter.app,
        "package": chapter.package.rpartition("-")[2][:8],
        "reasons": reasons(chapter.steps),
        "moves": chapter.moves,
    }


def begin_address(offer: ConversionOffer, id: str) -> str:
    """Where a document is begun from another one by a conversion."""
    return f"/d/{offer.target}/new?from={offer.conversion}:{id}"


def link_json(linked: Linked) -> dict[str, Any]:
    """A document that belongs to another one, for a program."""
    return {
        "entity": linked.entity,
        "id": linked.id,
        "title": linked.title,
        "number": linked.number,
        "state": linked.state,
        "address": f"/d/{linked.entity}/{linked.id}",
    }


def document_json(opened: Opened) -> dict[str, Any]:
    """A document for a program: its values, what this person may ask for (decisions too), and its approvals."""
    record, task = opened.record, opened.deciding
    actions = [offer.transition for offer in opened.offers] + list(task.decisions if task is not None else ())
    found: dict[str, Any] = {"title": opened.title, "transitions": actions}
    if record is None:
        found["values"] = opened.values
    else:
        found |= {
            "id": record.id,
            "entity": record.entity,
            "number": record.number,
            "state": record.state,
            "version": record.version,
            "package": record.package,
            "values": opened.values,
            "task": task,
            "flows": opened.runs,
            "conversions": [
                {"conversion": each.conversion, "target": each.target, "address": begin_address(each, record.id)}
                for each in opened.conversions
            ],
            "links": {
                "made_from": [link_json(each) for each in opened.links.made_from],
                "became": [link_json(each) for each in opened.links.became],
                "more": opened.links.more,
            },
        }
    return found
