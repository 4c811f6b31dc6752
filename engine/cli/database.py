"""The database of a site, as commands are told about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.speak import refuse
from engine.operations.site import Site, open_site

SQLITE = "sqlite:///"
DEFAULT_DATABASE = f"{SQLITE}var/formwork.db"

DatabaseOption = Annotated[
    str,
    typer.Option(
        "--database",
        "-d",
        envvar="FORMWORK_DATABASE",
        help="sqlite:///file or postgresql://user:password@host/name",
        show_envvar=True,
    ),
]


@contextmanager
def opened(database: str, *, make: bool = False) -> Iterator[Site]:
    """The site behind an address, given back at the end. `make` creates the folder of a SQLite file."""
    if database.startswith(SQLITE):
        file = Path(database.removeprefix(SQLITE))
        if make:
            file.parent.mkdir(parents=True, exist_ok=True)
        elif not file.exists():
            refuse("CLI-107", address=database)
    site = open_site(database)
    try:
        yield site
    finally:
        site.close()
