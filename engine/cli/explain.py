"""`formwork explain`: everything the catalogue knows about a problem code."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli.speak import LanguageOption, language, refuse
from engine.language import catalogue
from engine.language.scope import suggestion


def explain(
    code: Annotated[str, typer.Argument(help="Code of a problem, such as EXP-401", show_default=False)],
    chosen: LanguageOption = None,
) -> None:
    """Explain a problem code: what it means, a wrong and a right example. 解释问题代码。

    Example: formwork explain EXP-401
    """
    del chosen
    known = catalogue.entries()
    text = catalogue.explain(code.upper(), language())
    if text is None:
        refuse("CLI-105", code=code, meant=suggestion(code.upper(), known))
    typer.echo(text)
