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
        Path | None, typer.Argument(metavar="[APP]", help="Schemas of the documents of this app", show_default=False)
    ] = None,
    entity: Annotated[
        str | None, typer.Option("--entity", "-e", help="Only of this entity; default app: this folder")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write files into this folder instead of printing")
    ] = None,
    chosen: LanguageOption = None,
) -> None:
    """Export JSON Schemas: of package files for editors, or of an app's documents. 导出 JSON Schema。

    Example: formwork schema --out .schemas

    Example: formwork schema apps/food --entity goods_receipt
    """
    del chosen
    schemas = _of_entities(folder or Path(), entity) if folder or entity else _of_format()
    if out is None:
        typer.echo(_text(next(iter(schemas.values())) if entity else schemas))
        return
    if out.exists() and not out.is_dir():
        refuse("CLI-116", path=str(out))
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


def _of_entities(folder: Path, entity: str | None) -> dict[str, Any]:
    """The schema of one entity's documents, or of each of an app."""

    app = sound_app(folder)
    if entity is not None and entity not in app.entities:
        parameters = {"name": entity, "suggestion": suggestion(entity, app.entities), "known": tuple(app.entities)}
        raise Refused((Problem("REF-301", parameters),))
    wanted = [entity] if entity is not None else app.entities
    return {f"{name}.schema.json": json_schema(app.entities[name]) for name in wanted}


def _text(value: Mapping[str, Any]) -> str:
    """JSON for people: indented, Chinese as Chinese."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)
