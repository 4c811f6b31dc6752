"""`formwork password`: set a person's password; on a site without people it makes the first administrator."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli.database import DEFAULT_DATABASE, DatabaseOption, opened
from engine.cli.operator import operator
from engine.cli.speak import LanguageOption, refuse, say
from engine.operations.case import Submission
from engine.operations.people import PERSON
from engine.operations.sign_in import set_password
from engine.operations.site import Site
from engine.operations.submit import submit
from engine.storage import records


def password(
    login: Annotated[str, typer.Argument(help="Log-in of the person", show_default=False)],
    database: DatabaseOption = DEFAULT_DATABASE,
    given: Annotated[
        str | None,
        typer.Option("--password", envvar="FORMWORK_PASSWORD", help="Default: asked for twice", show_default=False),
    ] = None,
    chosen: LanguageOption = None,
) -> None:
    """Set a person's password; the first person of a site becomes its administrator. 设置密码。

    Example: formwork password anna --database sqlite:///var/formwork.db
    """

    del chosen
    with opened(database) as site:
        first = not any_person(site)
        secret = given or typer.prompt("password", hide_input=True, confirmation_prompt=True)
        if first:
            make_administrator(site, login)
        set_password(site, person_id(site, login), secret)
    say(f"{login} 的密码已设置", f"the password of {login} is set")


def any_person(site: Site) -> bool:
    """Whether the site has a single person."""

    with site.reading() as (connection, running):
        return bool(records.list_records(connection, running.tables, PERSON, page=records.Page(1)))


def person_id(site: Site, login: str) -> str:
    """The id of the person with a log-in; refused where there is none."""

    with site.reading() as (connection, running):
        where = (records.equals(running.tables, PERSON, ("code",), login),)
        found = records.list_records(connection, running.tables, PERSON, where=where)
    return found[0].id if found else refuse("CLI-108", login=login)


def make_administrator(site: Site, login: str) -> None:
    """The first person, and the role that lets them bring in everybody else."""

    actor = operator(site)
    for entity, raw in (
        ("person", {"code": login, "name": login}),
        ("assignment", {"code": login, "person": login, "role": "administrator"}),
    ):
        submit(site, actor, Submission(entity, None, None, raw, None, f"first:{entity}:{login}"))
