"""`formwork demo`: a fresh site with people, goods and documents, served at once. Never over real data."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.database import SQLITE, opened
from engine.cli.here import Here
from engine.cli.password import person_id
from engine.cli.places import layers_in, sound_app
from engine.cli.progress import progress
from engine.cli.publish import OPERATOR
from engine.cli.serve import HostOption, PortOption, free_port, run_server
from engine.cli.speak import LanguageOption, language, note, refuse
from engine.language.problems import Refused
from engine.operations.identity import utc_now
from engine.operations.people import PERSON
from engine.operations.publish import migrate, publish
from engine.operations.sign_in import set_password
from engine.operations.site import open_site
from engine.operations.story.plant import beginning, plant
from engine.operations.story.stage import Clock
from engine.packages.files import PackageFiles
from engine.packages.scenario import Seed, read_seeds
from engine.storage import records
from engine.storage.database import hold_server_lock

DATABASE = "demo.db"
MARK = "demo"
"""File beside a database that says: made by this command, may be made anew."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")
WELL_KNOWN = "demo-formwork"
"""Password of everybody in a demonstration that only this machine can reach; elsewhere one is drawn by lot."""


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[APP]", help="App to show")] = Path("apps/food"),
    where: Annotated[Path, typer.Option("--folder", help="Folder of the demonstration")] = Path("var/demo"),
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve it at once")] = True,
    chosen: LanguageOption = None,
) -> None:
    """Make a fresh demonstration site, print its address and log-ins, and serve it. 演示。

    Example: formwork demo apps/food --port 8000
    """
    del chosen
    if serve:
        free_port(host, port)
    layers = sound_app(folder).layers  # before an older demonstration goes
    _seeds(layers[-1])
    database = fresh_database(where)
    secret = WELL_KNOWN if host in LOOPBACK else secrets.token_urlsafe(9)
    people = build(folder, database, secret)
    (where / MARK).write_text("", encoding="utf-8")
    _print_log_ins(people, secret)
    if not people:
        note(
            f"这个应用没有演示用户（seed/）。先建一个管理员：formwork password NAME --database {database}",
            f"This app seeds no people (seed/). Make an administrator: formwork password NAME --database {database}",
        )
    if serve:
        with opened(database) as site:
            run_server(site, host, port)


def fresh_database(folder: Path) -> str:
    """The address of an empty database in the folder; an older demonstration goes, anything else is refused."""
    file = folder / DATABASE
    if folder.exists() and not folder.is_dir():
        refuse("CLI-116", path=str(folder))
    if file.exists():
        if not (folder / MARK).exists() or _has_strangers(f"{SQLITE}{file}"):
            refuse("CLI-106", address=f"{SQLITE}{file}")
        refuse_while_served(f"{SQLITE}{file}")
        for old in folder.glob(f"{DATABASE}*"):
            old.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("", encoding="utf-8")
    return f"{SQLITE}{file}"


def refuse_while_served(database: str) -> None:
    """Refused (STO-112) while a server has the database open: its people would lose what they are doing."""
    with opened(database) as site:
        lock = hold_server_lock(site.database)
        if lock is not None:
            lock.release()


def _has_strangers(database: str) -> bool:
    """Whether anybody but the seeded persons may sign in: somebody then uses this demonstration for real."""

    try:
        with opened(database) as site, site.reading() as (connection, running):
            people = records.list_records(connection, running.tables, PERSON)
            seeded = set(log_ins(_seeds(running.app.layers[-1])))
            return any(person.values.get("code") not in seeded for person in people)
    except Refused:
        return False  # it was interrupted before anything was published


def build(folder: Path, database: str, secret: str, now: datetime | None = None) -> list[str]:
    """Publish the app into the database and bring its seeds, as of `now`; gives the log-ins of the people made."""

    app = sound_app(folder)
    seeds = _seeds(app.layers[-1])
    now = now or utc_now()
    clock = Clock(beginning(seeds, app.zone, now))
    site = open_site(database, clock=clock)
    try:
        migrate(site, app, allow_destructive=False)
        publish(site, layers_in(folder), OPERATOR)
        with progress("演示数据", "demonstration data") as report:
            plant(site, clock, seeds, report, now)
        people = log_ins(seeds)
        for login in people:
            set_password(site, person_id(site, login), secret)
    except Refused as refused:
        raise Refused(Here(folder).problems(refused.problems)) from refused
    finally:
        site.close()
    return people


def _seeds(layer: PackageFiles) -> tuple[Seed, ...]:
    """The seeds of the top layer; refused with everything wrong with them."""
    seeds, problems = read_seeds(layer)
    if problems:
        raise Refused(problems)
    return seeds


def log_ins(seeds: Iterable[Seed]) -> list[str]:
    """The log-ins of the persons in the seeds."""
    return [str(given.values["code"]) for seed in seeds for given in seed.records if given.entity == "person"]


def _print_log_ins(people: list[str], secret: str) -> None:
    """Who can sign in; where is said by the server as soon as it listens."""
    password = "密码" if language() == "zh" else "password"
    for login in people:
        typer.echo(f"  {login:<14} {password} {secret}")
