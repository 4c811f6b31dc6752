"""`formwork schema`: JSON Schemas, of the package format for editors, or of the documents of an entity."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli.places import sound_app
from engine.cli.speak import LanguageOption, note, refuse
from engine.entities.schema_file import json_schema
from engine.language.problems import Problem, Refused
from engine.language.scope import suggestion
from engine.packages.editor_schema import editor_schemas


def schema(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[APP]", help="With --entity: the app", show_default=False)
    ] = None,
    entity: Annotated[str | None, typer.Option("--entity", "-e", help="Schema of the documents of this entity")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write files into this folder instead of printing")
    ] = None,
    chosen: LanguageOption = None,
) -> None:
    """Export JSON Schemas: of package files for editors, or of an entity's documents. 导出 JSON Schema。

    Example: formwork schema --out .schemas
    Example: formwork schema apps/food --entity goods_receipt
    """
    del chosen
    schemas = _of_entity(folder or Path(), entity) if entity else _of_format()
    if out is None:
        typer.echo(_text(next(iter(schemas.values())) if entity else schemas))
        return
    if out.exists() and not out.is_dir():
        refuse("CLI-109", path=str(out))
    out.mkdir(parents=True, exist_ok=True)
    for name, one in schemas.items():
        (out / name).write_text(_text(one) + "\n", encoding="utf-8")
    note(f"写了 {len(schemas)} 个文件到 {out}", f"{len(schemas)} files written to {out}")


def _of_format() -> dict[str, Any]:
    """A schema by file name for each sort of package file."""

    return {
        f"{glob.removesuffix('/*.yaml').removesuffix('.yaml')}.schema.json": one
        for glob, one in editor_schemas().items()
    }


def _of_entity(folder: Path, entity: str) -> dict[str, Any]:
    """The schema of one entity's documents."""

    app = sound_app(folder)
    found = app.entities.get(entity)
    if found is None:
        parameters = {"name": entity, "suggestion": suggestion(entity, app.entities), "known": tuple(app.entities)}
        raise Refused((Problem("REF-301", parameters),))
    return {f"{entity}.schema.json": json_schema(found)}


def _text(value: Mapping[str, Any]) -> str:
    """JSON for people: indented, Chinese as Chinese."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)
