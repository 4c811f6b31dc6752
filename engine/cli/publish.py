"""`formwork publish`: make a package the one that a site uses from the next request on."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli.database import DEFAULT_DATABASE, DatabaseOption, opened
from engine.cli.migrate import show_plan
from engine.cli.places import AppArgument, layers_in, sound_app
from engine.cli.speak import LanguageOption, complain, refuse, say, stop
from engine.language.problems import Refused
from engine.operations.publish import fits, plan_migration
from engine.operations.publish import migrate as apply_plan
from engine.operations.publish import publish as publish_layers

OPERATOR = "operator"
"""Whoever works at the command line of the machine, as the journal names them."""

LOSES_DATA = "MIG-601"


def publish(
    folder: AppArgument,
    database: DatabaseOption = DEFAULT_DATABASE,
    allow_destructive: Annotated[
        bool, typer.Option("--allow-destructive", help="Agree to changes that lose data")
    ] = False,
    chosen: LanguageOption = None,
) -> None:
    """Check an app, migrate the database and publish it, audited. 发布应用。

    Example: formwork publish apps/food --database sqlite:///var/formwork.db
    """

    del chosen
    app = sound_app(folder)
    with opened(database, make=True) as site:
        try:
            if not fits(site, app):
                apply_plan(site, app, allow_destructive=allow_destructive)
        except Refused as refused:
            if allow_destructive or not any(problem.code == LOSES_DATA for problem in refused.problems):
                raise
            show_plan(plan_migration(site, app))
            refuse("CLI-110")
        published = publish_layers(site, layers_in(folder), OPERATOR)
    code = complain(published.problems)
    say(f"已发布 {app.name} {published.digest}", f"{app.name} published: {published.digest}")
    stop(code)
