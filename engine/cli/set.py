"""`formwork set`: give a setting of the app a value from a day on, for everybody or for one company or place."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from engine.cli.database import DEFAULT_DATABASE, DatabaseOption, opened
from engine.cli.operator import operator
from engine.cli.speak import LanguageOption, language, refuse, say
from engine.entities.record import Value
from engine.operations.set_setting import EVERYWHERE, set_setting
from engine.operations.site import Site
from engine.operations.time_and_settings import today_in
from engine.storage import records


def set_value(
    setting: Annotated[str, typer.Argument(metavar="SETTING", help="Setting of the app", show_default=False)],
    value: Annotated[
        str, typer.Argument(metavar="VALUE", help="As people type it; '' takes the own value away", show_default=False)
    ],
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="DAY", help="First day it counts; default: today", show_default=False),
    ] = None,
    company: Annotated[
        str | None, typer.Option("--company", metavar="CODE", help="For this company alone", show_default=False)
    ] = None,
    place: Annotated[
        str | None, typer.Option("--place", metavar="CODE", help="For this place alone", show_default=False)
    ] = None,
    org_unit: Annotated[
        str | None, typer.Option("--org-unit", metavar="CODE", help="For this org unit alone", show_default=False)
    ] = None,
    database: DatabaseOption = DEFAULT_DATABASE,
    login: Annotated[
        str | None, typer.Option("--as", help="Log-in of the person who sets it; default: the operator")
    ] = None,
    chosen: LanguageOption = None,
) -> None:
    """Set a value of the app's settings from a day on, audited. 设置参数。

    Example: formwork set warn_days_first 20 --from 2026-12-01

    For one company alone: add --company CODE
    """
    del chosen
    scopes = {"company": company, "place": place, "org_unit": org_unit}
    given = [(scope, code) for scope, code in scopes.items() if code is not None]
    if len(given) > 1:
        raise typer.BadParameter("only one of --company, --place, --org-unit")
    scope, code = given[0] if given else (EVERYWHERE, "")
    day = None if start is None else day_of(start)
    with opened(database) as site:
        actor = operator(site, login)
        since = day or today_in(site.app().zone, site.clock())
        kept = set_setting(site, actor, setting, scope, id_of(site, scope, code) if code else "", since, value)
    _tell(setting, kept, since, f"{scope} {code}" if code else None)


def day_of(text: str) -> date:
    """A day as it is written everywhere: 2026-12-01."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        refuse("CLI-120", text=text)


def id_of(site: Site, entity: str, code: str) -> str:
    """The id of the record of a scope with a code; refused where there is none."""
    with site.reading() as (connection, running):
        declared = running.app.entities.get(entity)
        if declared is None:
            refuse("CLI-121", of={"zh": entity, "en": entity}, code=code)
        where = (records.equals(running.tables, entity, ("code",), code),)
        found = records.list_records(connection, running.tables, entity, where=where)
        label = declared.label.as_mapping() if declared.label else {"zh": entity, "en": entity}
    return found[0].id if found else refuse("CLI-121", of=label, code=code)


def _tell(setting: str, value: Value, since: date, where: str | None) -> None:
    """What counts from now on."""
    text = ("—" if language() == "zh" else "none of its own") if value is None else str(value)
    say(
        f"{setting} = {text}，自 {since} 起" + (f"（{where}）" if where else ""),
        f"{setting} = {text} from {since}" + (f" ({where})" if where else ""),
    )
