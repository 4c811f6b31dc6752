"""`formwork who-set`: which file, line and layer set an effective value, and what that value overrode."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.places import sound_app
from engine.cli.speak import LanguageOption, language
from engine.packages.origin import Origin
from engine.packages.origin import who_set as origin_of


def who_set(
    where: Annotated[
        list[str],
        typer.Argument(metavar="[APP] PATH", help="App (default: this folder) and path of ids", show_default=False),
    ],
    chosen: LanguageOption = None,
) -> None:
    """Say who set a value: file, line and layer, and what it overrode. 某个值由哪个文件哪一行设定。

    Example: formwork who-set apps/food entities.item.fields.tracking.default
    """
    del chosen
    if len(where) > 2:
        raise typer.BadParameter("expected [APP] PATH")
    folder = Path(where[0]) if len(where) == 2 else Path()
    origin = origin_of(sound_app(folder), where[-1])
    typer.echo(_line(origin))
    for older in origin.overridden:
        typer.echo(("  覆盖了 " if language() == "zh" else "  overrides ") + _line(older))


def _line(origin: Origin) -> str:
    """`food/entities/item.yaml:4: 'batch' (layer food)`."""
    value = origin.value if isinstance(origin.value, str) else json.dumps(origin.value, ensure_ascii=False, default=str)
    layer = f"（{origin.layer} 层）" if language() == "zh" else f" (layer {origin.layer})"
    if origin.place is None:
        default = "引擎默认值" if language() == "zh" else "default of the engine"
        return f"{default}: {value}{layer}"
    return f"{origin.place.file}:{origin.place.line}:{origin.place.column}: {value}{layer}"
