"""A small app on top of the food business, made of files in memory: import mappings and an entity in JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from engine.packages.files import PackageFiles, read_folder
from engine.packages.load import Loaded, load
from engine.packages.schema import App
from engine.storage.filters import pushable

APPS = Path(__file__).parents[2] / "apps"


def app_over_food(name: str, files: Mapping[str, str]) -> App:
    """The food app with one more layer of these files."""
    app, problems = load_over_food(name, files)
    assert app is not None, problems
    return app


def load_over_food(name: str, files: Mapping[str, str]) -> Loaded:
    """What loading such an app gives."""
    manifest = (
        f"app: {name}\nformat: 1\nversion: 0.1.0\ntitle: {{zh: 测试, en: Test}}\nextends: food\nengine: '>=0.1'\n"
    )
    layer = PackageFiles(name, {path: text.encode() for path, text in {"app.yaml": manifest, **files}.items()})
    return load((read_folder(APPS / "trade"), read_folder(APPS / "food"), layer), pushable=pushable)


def mapping(name: str, entity: str, fields: Iterable[str], transition: str | None) -> str:
    """A mapping that hands every column of a JSON file to the field of its name; rows of one key are one document."""
    paths = list(fields)
    columns = [{"id": "key", "required": True}, *({"id": path.rpartition(".")[2]} for path in paths)]
    said = {
        "mapping": name,
        "entity": entity,
        "format": "json",
        "rows": "rows",
        "columns": columns,
        "key": "key",
        "fields": [{"id": path} for path in paths],
        **({"transition": transition} if transition else {}),
    }
    return json.dumps(said, ensure_ascii=False)
