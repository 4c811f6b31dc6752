"""`formwork password`: set a person's password; on a site without people it makes the first administrator."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from engine.cli.database import DEFAULT_DATABASE, DatabaseOption, opened
from engine.cli.operator import operator
from engine.cli.speak import LanguageOption, language, refuse, say
from engine.operations.case import Submission
from engine.operations.people import PERSON
from engine.operations.sign_in import refuse_weak, set_password
from engine.operations.site import Site
from engine.operations.submit import submit
from engine.storage import records


def password(
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="Log-in of the person", show_default=False)],
    database: DatabaseOption = DEFAULT_DATABASE,
    given: Annotated[
        str | None,
        typer.Option(
            "--password",
            envvar="FORMWORK_PASSWORD",
            help="Default: asked for twice on a terminal, else one line of standard input",
            show_default=False,
        ),
    ] = None,
    chosen: LanguageOption = None,
) -> None:
    """Set a person's password; the first person of a site becomes its administrator. 设置密码。

    Example: formwork password anna --database sqlite:///var/formwork.db
    """

    del chosen
    with opened(database) as site:
        first = not any_person(site)
        if not first:
            person_id(site, login)  # refused before anybody types a password for nothing
        secret = given or asked_for(login)
        if first:
            refuse_weak(secret, (login, site.app().name, "formwork"))  # or the site would have a person without one
            make_administrator(site, login)
        set_password(site, person_id(site, login), secret)
    say(f"{login} 的密码已设置", f"the password of {login} is set")
    if first:
        say(
            f"{login} 是这个网站的第一个人，也是管理员",
            f"{login} is the first person of this site and its administrator",
        )


def asked_for(login: str) -> str:
    """A password typed twice on the terminal, or one line of what is piped in."""
    if sys.stdin.isatty():
        again = "再输入一次" if language() == "zh" else "Once more"
        question = f"{login} 的密码" if language() == "zh" else f"Password of {login}"
        return str(typer.prompt(question, hide_input=True, confirmation_prompt=again))
    return sys.stdin.readline().rstrip("\r\n") or refuse("CLI-119")


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
