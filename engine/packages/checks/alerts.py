"""Cross checks of alerts and of notices about rows: what they look at, what they say, and to whom."""

from __future__ import annotations

from collections.abc import Iterator

from engine.language.problems import Problem
from engine.language.types import ReferenceType
from engine.packages.alerts import Alert
from engine.packages.bind import row_scope
from engine.packages.look import Look
from engine.packages.records import Scopes
from engine.workflows.who import AnyWho, Applicant, ManagerOf, PersonIn, roles_in


def sources_exist(look: Look) -> Iterator[Problem]:
    """REF-301, REF-310: an alert or a notice about what is not there; ALR-104, ALR-108: rows that cannot be watched."""
    for part_id, notice in look.app.notices.items():
        yield from _report(look, notice.report, ("notices", part_id, "report"))
    for part_id, alert in look.app.alerts.items():
        path = ("alerts", part_id, "on")
        yield from _report(look, alert.on.report, (*path, "report"))
        entity = alert.on.entity
        if entity not in (None, *look.app.entities) and not look.poison.has("entities", entity):
            yield look.unknown("REF-301", str(entity), look.app.entities, (*path, "entity"))
        report = look.app.reports.get(alert.on.report or "")
        if report is not None and report.source.movements:
            yield look.at("ALR-104", (*path, "report"), report=report.report)
        if alert.after is not None and (report is None or report.source.ledger is None) and not _unknown(look, alert):
            yield look.at("ALR-108", ("alerts", part_id, "after"), alert=part_id)


def _report(look: Look, name: str | None, path: tuple[str, ...]) -> Iterator[Problem]:
    if name not in (None, *look.app.reports) and not look.poison.has("reports", name):
        yield look.unknown("REF-310", str(name), look.app.reports, path)


def _unknown(look: Look, alert: Alert) -> bool:
    """Whether the report of an alert is not there, which is told already."""
    return alert.on.report is not None and alert.on.report not in look.app.reports


def notices_fit(look: Look) -> Iterator[Problem]:
    """ALR-105: a level sends a notice that is not there; ALR-106: one that is about something else than its rows."""
    for part_id, alert in look.app.alerts.items():
        for level in alert.levels:
            path = ("alerts", part_id, "levels", level.id, "notice")
            notice = look.app.notices.get(level.notice)
            if notice is None:
                if not look.poison.has("notices", level.notice):
                    yield look.unknown("ALR-105", level.notice, look.app.notices, path)
            elif (notice.report, notice.entity) != (alert.on.report, alert.on.entity) and not _unknown(look, alert):
                wanted, found = (str(each.report or each.entity) for each in (alert.on, notice))
                yield look.at("ALR-106", path, notice=level.notice, wanted=wanted, found=found)


def recipients_exist(look: Look) -> Iterator[Problem]:
    """REF-306: a level is told to a role that is not there; ALR-107: to a person that the rows do not have."""
    scopes = Scopes(look.app)
    for part_id, alert in look.app.alerts.items():
        scope = row_scope(look.app, scopes, alert.on.report, alert.on.entity)
        for level in alert.levels:
            path = ("alerts", part_id, "levels", level.id, "to")
            for role in roles_in(level.to):
                if role not in look.app.roles and not look.poison.has("roles", role):
                    yield look.unknown("REF-306", role, look.app.roles, path)
            for who in level.to if scope is not None else ():
                name = _person_asked_of(who)
                found = scope.names.get(name) if name is not None and scope is not None else None
                if name is not None and not (isinstance(found, ReferenceType) and found.entity == "person"):
                    yield look.at("ALR-107", path, who=who.text, alert=part_id)


def _person_asked_of(who: AnyWho) -> str | None:
    """The name in a row that has to be a person for this to mean somebody."""
    match who:
        case Applicant():
            return "created_by"
        case PersonIn():
            return who.field
        case ManagerOf():
            return "created_by" if who.of == "applicant" else who.of
        case _:
            return None
