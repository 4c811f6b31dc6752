"""`formwork import`: bring a foreign file in, through a mapping that the app declares and the door everybody uses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.database import DEFAULT_DATABASE, DatabaseOption, opened
from engine.cli.operator import operator
from engine.cli.progress import progress
from engine.cli.speak import DONE, LanguageOption, language, note, refuse, say, stop
from engine.operations.load_file import Import, ImportReport, Refuse, RefusedRow, source_of
from engine.packages.foreign import Source
from engine.packages.refusals import RefusedFile, reason_of

SHOWN = 20
"""Reasons that are shown; all of them go into the file of `--refused`."""


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
        Path | None,
        typer.Option("--refused", help="Write refused rows to this file, with reasons: correct it and import it"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do everything but write")] = False,
    chosen: LanguageOption = None,
) -> None:
    """Import a file through a mapping; a second run changes nothing. 导入文件。

    Example: formwork import foodkeeper docs/samples/foodkeeper.json --refused refused.json
    """

    del chosen
    if not file.exists():
        refuse("CLI-101", path=str(file))
    if file.is_dir():
        refuse("CLI-115", path=str(file))
    if refused is not None:
        writable(refused, file)
    with opened(database) as site:
        source = source_of(site, mapping, file)
        if source.encoding == "gb18030" and source.mapping.encoding is None:
            note("文件不是 UTF-8，按 GB18030 读", "The file is not in UTF-8; it is read as GB18030")
        with sent_back(refused, source) as refuse_row:
            job = Import(site, operator(site, login), source, refuse=refuse_row, dry_run=dry_run)
            try:
                with progress("导入", "importing") as report:
                    job.run(report)
            except KeyboardInterrupt:
                show(job.report)
                note("再运行一次即可继续，已导入的不会重复", "Run it again to go on; what is in is not brought twice")
                raise
    show(job.report)
    if dry_run:
        note("试运行：没有写入任何内容", "dry run: nothing was written")
    stop(DONE)


@contextmanager
def sent_back(path: Path | None, source: Source) -> Iterator[Refuse]:
    """Within the block, a function that shows the first reasons and writes all refused rows to the file, if any."""
    shown = hidden = 0

    def show_row(row: RefusedRow) -> None:
        nonlocal shown, hidden
        for line in lines_of(row):
            shown, hidden = (shown + 1, hidden) if shown < SHOWN else (shown, hidden + 1)
            if not hidden:
                typer.echo(line, err=True)

    if path is None:
        yield show_row
    else:
        with (
            path.open("w", encoding="utf-8-sig", newline="") as stream,
            RefusedFile(stream, source, language()) as file,
        ):

            def write_row(row: RefusedRow) -> None:
                show_row(row)
                file.write(row.row, row.content, row.problems)

            yield write_row
    if hidden:
        note(f"……还有 {hidden} 条（用 --refused 写到文件）", f"... and {hidden} more (use --refused to write them all)")


def show(report: ImportReport) -> None:
    """The count of everything that was read."""
    zh, en = f"读 {report.read} 行", f"{report.read} rows read"
    if report.documents != report.read - report.passed_over:
        zh, en = f"{zh}，{report.documents} 张单据", f"{en}, {report.documents} documents"
    if report.passed_over:
        zh, en = f"{zh}，略过 {report.passed_over} 行", f"{en}, {report.passed_over} rows passed over"
    counts = (report.created, report.changed, report.unchanged, report.refused)
    zh += "：新增 {}，更改 {}，未变 {}，拒绝 {}".format(*counts)
    en += ": {} created, {} changed, {} unchanged, {} refused".format(*counts)
    if report.refused_rows != report.refused:
        zh, en = f"{zh}（{report.refused_rows} 行）", f"{en} ({report.refused_rows} rows)"
    say(zh, en)
    if report.unchanged:
        number = report.unchanged
        note(f"{number} 张以前已经导入，没有重复", f"{number} were there already and are not brought twice")


def lines_of(row: RefusedRow) -> Iterator[str]:
    """`row 27 (29 Sour cream): No usable shelf life (…). [IMP-104]`, for each reason of the row's own."""
    at = f"第 {row.row} 行" if language() == "zh" else f"row {row.row}"
    for problem in row.problems:
        if problem.code != "IMP-107":  # it is refused with another row, which says why
            yield f"{at} ({row.id}): {reason_of(problem, language())} [{problem.code}]"


def writable(path: Path, source: Path) -> None:
    """Refuse a file that cannot be written, before anything is imported whose report would then be lost."""
    if path.is_dir():
        refuse("CLI-115", path=str(path))
    with path.open("a", encoding="utf-8"):
        pass
    if path.samefile(source):
        refuse("IMP-119", path=str(path))
