"""`formwork new`: the files of a fresh app that already passes every check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.speak import LanguageOption, refuse, say
from engine.packages.new_app import new_app


def new(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder to make, such as apps/bakery", show_default=False)
    ],
    title: Annotated[str | None, typer.Option("--title", help="What people read; default: the name")] = None,
    extends: Annotated[str | None, typer.Option("--extends", help="App it stands on; must lie beside it")] = None,
    sample: Annotated[
        bool, typer.Option("--sample/--no-sample", help="With a small document, rule and role to copy from")
    ] = True,
    chosen: LanguageOption = None,
) -> None:
    """Make a small app that passes `check` and can be served. 新建一个应用。

    Example: formwork new apps/bakery --extends trade --title 面包房

    For changes to an app that is there: formwork new apps/our_food --extends food --no-sample
    """

    del chosen
    if folder.exists():
        refuse("CLI-109", path=str(folder))
    files = new_app(folder.name, title=title, extends=extends, sample=sample)
    if extends is not None and not (folder.parent / extends / "app.yaml").is_file():
        refuse("CLI-102", path=str(folder.parent / extends))
    for inside, text in files.items():
        path = folder / inside
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    say(
        f"已新建 {folder}（{len(files)} 个文件）。下一步：formwork check {folder}",
        f"{folder} made ({len(files)} files). Next: formwork check {folder}",
    )
