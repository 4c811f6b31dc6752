"""`formwork import-dmn`: makes an app of the decisions in a DMN file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.here import Here
from engine.cli.places import load_app
from engine.cli.speak import DONE, PROBLEMS, LanguageOption, complain, counted, refuse, say, stop
from engine.dmn.names import slug
from engine.dmn.translate import import_dmn as translated
from engine.dmn.xml import MOST_BYTES
from engine.language.problems import Problem, Refused


def import_dmn(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of DMN 1.1 to 1.5", show_default=False)],
    out: Annotated[Path | None, typer.Option("--out", help="Folder to make; default: named like the file")] = None,
    chosen: LanguageOption = None,
) -> None:
    """Make an app of the decisions in a DMN file. 把 DMN 文件里的决策变成应用。

    Example: formwork import-dmn docs/samples/shipping.dmn --out apps/shipping

    What cannot be translated is told, with its place, and left out; the exit code is then 1.
    """
    del chosen
    folder = out or Path(_named(file.stem))
    if folder.exists():
        refuse("CLI-109", path=str(folder))
    if slug(folder.name) != folder.name or not folder.name[:1].isalpha():
        raise Refused((Problem("PKG-293", {"name": folder.name}),))
    with file.open("rb") as stream:  # one byte more than is read at all: a larger file is never taken in whole
        content = stream.read(MOST_BYTES + 1)
    imported = translated(file.as_posix(), content, folder.name)
    for inside, text in imported.files.items():
        path = folder / inside
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    complain(imported.problems)
    _, problems = load_app(folder)
    complain(Here(folder).problems(problems))
    say(
        f"已新建 {folder}。下一步：formwork decide {folder} {imported.decision} --input 输入.json",
        f"{folder} made. Next: formwork decide {folder} {imported.decision} --input FILE",
    )
    errors = sum(problem.severity == "error" for problem in (*imported.problems, *problems))
    if errors:
        say(f"{errors} 处不能转换", f"{counted(errors, 'problem')}: not everything is translated")
    stop(PROBLEMS if errors else DONE)


def _named(stem: str) -> str:
    """The id of an app named like a file."""
    name = slug(stem)
    return name if name[:1].isalpha() else f"dmn_{name}".rstrip("_")
