"""`formwork who-set`: which file, line and layer set an effective value, and what that value overrode."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.here import Here
from engine.cli.places import is_app, sound_app
from engine.cli.speak import LanguageOption, language, refuse
from engine.packages.origin import Origin
from engine.packages.origin import who_set as origin_of

LONGEST = 400
"""Characters of a value that are shown; of a whole part the beginning is enough."""


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
    folder, path = (Path(where[0]), where[1]) if len(where) == 2 else (Path(), where[0])
    if not path.strip(".") or (len(where) == 1 and is_app(Path(path))):
        refuse("CLI-122", app=where[0] or "apps/food")
    origin = origin_of(sound_app(folder), path)
    here = Here(folder)
    typer.echo(_line(origin, here))
    for older in origin.overridden:
        typer.echo(("  覆盖了 " if language() == "zh" else "  overrides ") + _line(older, here))


def _line(origin: Origin, here: Here) -> str:
    """`apps/food/entities/item.yaml:4:32: 'batch' (layer food)`."""
    value = origin.value if isinstance(origin.value, str) else json.dumps(origin.value, ensure_ascii=False, default=str)
    if len(value) > LONGEST:
        value = f"{value[:LONGEST]}…"
    layer = f"（{origin.layer} 层）" if language() == "zh" else f" (layer {origin.layer})"
    if origin.place is None:
        default = "引擎默认值" if language() == "zh" else "default of the engine"
        return f"{default}: {value}{layer}"
    return f"{here.file(origin.place.file)}:{origin.place.line}:{origin.place.column}: {value}{layer}"
