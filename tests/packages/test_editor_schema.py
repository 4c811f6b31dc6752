from pathlib import Path, PurePosixPath

import jsonschema
import pytest

from engine.language.source import read_source, to_data
from engine.packages.editor_schema import editor_schemas
from engine.packages.layers import SYSTEM_FOLDER

ROOT = Path(__file__).parents[2] / "apps"
FILES = sorted([*ROOT.glob("*/*/*.yaml"), *ROOT.glob("*/app.yaml"), *SYSTEM_FOLDER.glob("**/*.yaml")])
SCHEMAS = editor_schemas()


def glob_of(path: Path) -> str:
    return path.name if path.name == "app.yaml" else f"{path.parent.name}/*.yaml"


def plain(data):
    """JSON has no Decimal; the schema judges the shape only."""
    if isinstance(data, dict):
        return {key: plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [plain(value) for value in data]
    return data if data is None or isinstance(data, bool | int | str) else float(data)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_schema_is_a_valid_schema(name):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize(
    "path", [path for path in FILES if glob_of(path) in SCHEMAS], ids=lambda path: "/".join(path.parts[-3:])
)
def test_the_files_of_the_apps_pass(path):
    node, _ = read_source(PurePosixPath(path).name, path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(SCHEMAS[glob_of(path)]).validate(plain(to_data(node)))


def test_a_misspelt_key_does_not_pass():
    wrong = {"entity": "item", "fields": [{"id": "code", "kind": "text", "requird": True}]}
    assert not jsonschema.Draft202012Validator(SCHEMAS["entities/*.yaml"]).is_valid(wrong)
