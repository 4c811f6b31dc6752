"""`formwork migrate`: bring the tables of a database to what an app declares, shown before it is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from engine.cli.database import DEFAULT_DATABASE, SQLITE, DatabaseOption, opened
from engine.cli.places import AppArgument, sound_app
from engine.cli.speak import LanguageOption, complain, language, refuse, say
from engine.language.catalogue import message
from engine.operations.publish import migrate as apply_plan
from engine.operations.publish import plan_migration
from engine.operations.site import Site
from engine.storage.plan import Plan


def migrate(
    folder: AppArgument,
    database: DatabaseOption = DEFAULT_DATABASE,
    plan_only: Annotated[bool, typer.Option("--plan", help="Only show the changes with their row counts")] = False,
    allow_destructive: Annotated[
        bool, typer.Option("--allow-destructive", help="Agree to changes that lose data")
    ] = False,
    chosen: LanguageOption = None,
) -> None:
    """Show or make the changes of the tables that an app needs. 迁移数据库。

    Example: formwork migrate apps/food --plan
    """

    del chosen
    app = sound_app(folder)
    with _planned(database, plan_only) as site:
        plan = plan_migration(site, app)
        show_plan(plan)
        if plan_only:
            return
        if plan.destructive and not allow_destructive:
            refuse("CLI-110")
        apply_plan(site, app, allow_destructive=allow_destructive)
    say(f"完成：{len(plan.steps)} 步", f"done: {len(plan.steps)} steps")


@contextmanager
def _planned(database: str, plan_only: bool) -> Iterator[Site]:
    """The site to plan for. A SQLite file that is not there yet is planned as an empty one, and is not made for it."""
    if not plan_only or not database.startswith(SQLITE) or Path(database.removeprefix(SQLITE)).exists():
        with opened(database, make=True) as site:
            yield site
        return
    with TemporaryDirectory(prefix="formwork-") as folder, opened(f"{SQLITE}{folder}/empty.db", make=True) as site:
        yield site


def show_plan(plan: Plan) -> None:
    """One line per step with the rows it touches; steps that lose data are marked."""
    for step in plan.steps:
        typer.echo(message(step.description(), language()))
    complain(plan.problems)
    if not plan.steps:
        say("没有要改的", "nothing to change")
