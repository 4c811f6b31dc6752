"""Settings: what a business changes by itself, from a day on, for one company or everywhere.

The package declares a setting (kind, limits, scope, default); here somebody gives it a value. A value counts from its
day on until a later one of the same scope, so nothing that was judged before changes; formulas read it as
`settings.<id>`. An empty value ends the scope's own one: the wider scope, in the end the default, counts again.
Whoever holds a role with the grant `operation: settings` may do it, for the companies that the role is held for; a
value for everywhere takes a role that is held everywhere. Each change is one entry in the journal of the setting, so
the former values stay there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection

from engine.access.actor import Actor
from engine.access.decide import may_run
from engine.entities.changes import SetSetting
from engine.entities.fields.base import ParseContext, Raw
from engine.entities.record import Value
from engine.language.problems import Problem, Refused
from engine.operations.rows import visible_where
from engine.operations.site import Running, Site
from engine.packages.schema import App
from engine.packages.settings import Setting
from engine.storage import records
from engine.storage.canonical import canonical, sha256
from engine.storage.work import Decision, Intent

OPERATION = "settings"
EVERYWHERE = "everywhere"


def set_setting(
    site: Site,
    actor: Actor,
    setting: str,
    scope: str,
    scope_id: str,
    start: date,
    raw: Raw,
    *,
    key: str | None = None,
) -> Value:
    """Give a setting a value from a day on; gives back the value as it was understood (None: the scope has none).

    `scope` is `everywhere` (`scope_id` is then empty) or the scope that the setting declares, with the record's id.
    Raises `Refused`: OPS-160 no such setting, OPS-161 not in this scope, ACC-112 no such record, ACC-110 not this
    person's to set, VAL-… not a value of its kind.
    """
    with site.reading() as (connection, running):
        declared = running.app.settings.get(setting)
        if declared is None:
            raise Refused((Problem("OPS-160", {"name": setting, "known": tuple(running.app.settings)}),))
        company = scope_company(site, connection, running, actor, declared, scope, scope_id)
    refuse_if_not_theirs(running.app, actor, setting, company)
    value = read_value(running, actor, declared, raw)
    change = SetSetting(setting, scope, scope_id, start, kept_text(declared, value))
    body = {"scope": scope, "scope_id": scope_id, "start": start, "value": change.value}
    intent = Intent(
        key=key or site.new_id(),
        fingerprint=sha256(canonical([OPERATION, setting, body])),
        operation=OPERATION,
        actor=actor.person,
        judge=lambda _state: Decision((change,), {"value": change.value}, body),
        package=running.app.digest,
    )
    running.work.run([intent], site.clock())[0].result()
    return value


def scope_company(
    site: Site, connection: Connection, running: Running, actor: Actor, declared: Setting, scope: str, scope_id: str
) -> str | None:
    """The company that a scope belongs to; None for everywhere. The record of the scope has to be there and visible."""
    if scope == EVERYWHERE and not scope_id:
        return None
    if scope != declared.scope or scope == EVERYWHERE:
        allowed = tuple(dict.fromkeys((EVERYWHERE, declared.scope)))
        raise Refused((Problem("OPS-161", {"name": declared.setting, "scope": scope, "allowed": allowed}),))
    where = visible_where(connection, running, actor, scope, "open", site.clock())
    record = None if where is None else records.get_one(connection, running.tables, scope, scope_id, where)
    if record is None:
        raise Refused((Problem("ACC-112", {}),))
    if scope == "company":
        return record.id
    held_by = running.app.entities[scope].company
    company = record.values.get(held_by) if held_by else None
    return company if isinstance(company, str) else None


def refuse_if_not_theirs(app: App, actor: Actor, setting: str, company: str | None) -> None:
    """ACC-110 unless a role of the person, held for this company or everywhere, has the grant; names the roles."""
    here = replace(actor, roles=frozenset(each for each in actor.roles if each.company in (None, company)))
    if may_run(app.roles, here, operation=OPERATION):
        return
    could = [role for role in app.roles.values() if any(grant.operation in (OPERATION, "all") for grant in role.grants)]
    titles = [role.label.as_mapping() if role.label else {"zh": role.role, "en": role.role} for role in could]
    roles: Mapping[str, str] = {
        language: comma.join(title[language] for title in titles) or "—"
        for language, comma in (("zh", "、"), ("en", ", "))
    }
    raise Refused((Problem("ACC-110", {"entity": setting, "action": OPERATION, "roles": roles}),))


def read_value(running: Running, actor: Actor, declared: Setting, raw: Raw) -> Value:
    """The value that was typed, of the setting's kind and within its limits; its problems carry the setting's id."""
    context = ParseContext(actor.language, running.app.zone, running.units)
    value, problems = declared.value_of(raw, context)
    if problems:
        raise Refused(tuple(replace(problem, path=(declared.setting, *problem.path)) for problem in problems))
    return value


def kept_text(declared: Setting, value: Value) -> str | None:
    """A value as it is kept: text that reads back as the same value; None for no value."""
    if value is None:
        return None
    written = declared.field.to_json(value)
    if isinstance(written, bool):
        return "true" if written else "false"
    assert isinstance(written, str | int | Decimal), (declared.setting, written)
    return str(written)
