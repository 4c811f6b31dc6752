"""`formwork import`: bring a foreign file in, through a mapping that the app declares and the door everybody uses."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.database import DEFAULT_DATABASE, DatabaseOption, opened
from engine.cli.operator import operator
from engine.cli.progress import progress
from engine.cli.speak import DONE, LanguageOption, language, note, refuse, say, stop
from engine.language.catalogue import message
from engine.language.problems import Problem, Refused
from engine.operations.load_file import ImportReport, RefusedRow, import_file

SHOWN = 20
"""Refused rows that are shown; all of them go into the file of `--refused`."""


def bring(
    mapping: Annotated[
        str, typer.Argument(metavar="MAPPING", help="Mapping of the app, such as foodkeeper", show_default=False)
    ],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to import", show_default=False)],
    database: DatabaseOption = DEFAULT_DATABASE,
    login: Annotated[
        str | None, typer.Option("--as", help="Log-in of the person who imports; default: the operator")
    ] = None,
    refused: Annotated[
        Path | None, typer.Option("--refused", help="Write refused rows with their reasons to this CSV file")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do everything but write")] = False,
    chosen: LanguageOption = None,
) -> None:
    """Import a file through a mapping; a second run changes nothing. 导入文件。

    Example: formwork import foodkeeper docs/samples/foodkeeper.json --refused refused.csv
    """

    del chosen
    if not file.exists():
        refuse("CLI-101", path=str(file))
    if file.is_dir():
        refuse("CLI-115", path=str(file))
    if refused is not None:
        writable(refused)
    with opened(database) as site:
        app = site.app()
        if mapping not in app.mappings:
            raise Refused((Problem("IMP-120", {"name": mapping, "known": tuple(app.mappings)}),))
        actor = operator(site, login)
        with progress("导入", "importing") as report:
            found = import_file(site, actor, mapping, file, progress=report, dry_run=dry_run)
    _show(found)
    if refused is not None:
        write_refused(found, refused)
    if dry_run:
        note("试运行：没有写入任何内容", "dry run: nothing was written")
    stop(DONE)


def _show(report: ImportReport) -> None:
    """The refused rows with their reasons, then the count of everything that was read."""
    for row in report.refused[:SHOWN]:
        for problem in row.problems:
            typer.echo(line_of(row, problem), err=True)
    hidden = len(report.refused) - SHOWN
    if hidden > 0:
        note(f"……还有 {hidden} 行（用 --refused 写到文件）", f"... and {hidden} more (use --refused to write them all)")
    counts = (report.read, report.created, report.changed, report.unchanged, len(report.refused))
    say(
        "读 {} 行：新增 {}，更改 {}，未变 {}，拒绝 {}".format(*counts),
        "{} rows read: {} created, {} changed, {} unchanged, {} refused".format(*counts),
    )


def line_of(row: RefusedRow, problem: Problem) -> str:
    """`row 27 (29 Sour cream): No usable shelf life (…). [IMP-104]`."""
    at = f"第 {row.row} 行" if language() == "zh" else f"row {row.row}"
    path = f"{'.'.join(str(step) for step in problem.path)}: " if problem.path and problem.place is None else ""
    return f"{at} ({row.id}): {path}{message(problem, language())} [{problem.code}]"


def writable(path: Path) -> None:
    """Refuse a file that cannot be written, before anything is imported whose report would then be lost."""
    if path.is_dir():
        refuse("CLI-115", path=str(path))
    with path.open("a", encoding="utf-8"):
        pass


def write_refused(report: ImportReport, path: Path) -> None:
    """A CSV file with one line for each reason: row, identity, code, message."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(("row", "id", "code", "message"))
        for row in report.refused:
            for problem in row.problems:
                table.writerow((row.row, row.id, problem.code, message(problem, language())))
