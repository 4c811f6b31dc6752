"""The database of a site, as commands are told about it."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.speak import refuse
from engine.language.problems import Refused
from engine.operations.site import Site, open_site

SQLITE = "sqlite:///"
DEFAULT_DATABASE = f"{SQLITE}var/formwork.db"
HEADER = b"SQLite format 3\0"
"""How every SQLite file that is not empty begins (https://www.sqlite.org/fileformat.html)."""

UNPUBLISHED = frozenset({"OPS-101", "STO-109"})
"""What a database without an app answers: no app is published, or not even the tables are there."""

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
    """The site behind an address, given back at the end. `make` creates a SQLite file and its folder.

    Without `make` a database that nothing was published to is refused with what to do first (CLI-107).
    """
    if database.startswith(SQLITE) and database != SQLITE:
        _look_at(Path(database.removeprefix(SQLITE)), database, make=make)
    try:
        site = open_site(database)
    except ValueError:  # such as a port that is no number
        refuse("STO-110", address=shown(database))
    try:
        yield site
    except Refused as refused:
        if not make and _unpublished(site, refused):
            refuse("CLI-107", address=shown(database))
        raise
    finally:
        site.close()


def shown(address: str) -> str:
    """An address as it may be printed: without the password."""
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", address)


def _look_at(file: Path, database: str, *, make: bool) -> None:
    """Refuse a file that cannot be the database before SQLite is asked, because SQLite says less clearly why."""
    if file.is_dir():
        refuse("CLI-115", path=str(file))
    if file.exists():
        with file.open("rb") as stream:
            begin = stream.read(len(HEADER))
        if begin not in (b"", HEADER):
            refuse("CLI-117", path=str(file))
    elif not make:
        refuse("CLI-107", address=database)
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(file.parent, os.W_OK):
            refuse("CLI-103", path=str(file.parent), reason=os.strerror(errno.EACCES))


def _unpublished(site: Site, refused: Refused) -> bool:
    """Whether a command was refused because nothing has been published to this database yet."""
    if not any(problem.code in UNPUBLISHED for problem in refused.problems):
        return False
    try:
        site.app()
    except Refused as reason:
        return all(problem.code in UNPUBLISHED for problem in reason.problems)
    return False
