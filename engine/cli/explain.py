"""`formwork explain`: everything the catalogue knows about a problem code."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli.speak import LanguageOption, language, refuse
from engine.language import catalogue
from engine.language.scope import suggestion


def explain(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Code of a problem, such as EXP-401", show_default=False)],
    chosen: LanguageOption = None,
) -> None:
    """Explain a problem code: what it means, a wrong and a right example. 解释问题代码。

    Example: formwork explain EXP-401

    The letters alone list all codes of their sort: formwork explain EXP
    """
    del chosen
    known = catalogue.entries()
    asked = code.strip().upper()
    listed = [one for one in known if one.startswith(f"{asked}-")]
    if listed:
        for one in listed:
            typer.echo(f"{one}  {known[one].text[language()].replace('[[', '').replace(']]', '')}")
        return
    text = catalogue.explain(asked, language())
    if text is None:
        refuse("CLI-105", code=code, meant=suggestion(asked, known))
    typer.echo(text)
