from decimal import Decimal
from pathlib import Path

import pytest

from engine.language.problems import Problem
from engine.packages.files import PackageFiles, read_folder
from engine.packages.load import load, load_folder
from engine.packages.new_app import new_app
from engine.packages.origin import who_set
from tests.packages.test_layers import ITEM, layer

APPS = Path(__file__).parents[2] / "apps"
ALL = sorted(path.parent.name for path in APPS.glob("*/app.yaml"))


@pytest.mark.parametrize("name", ALL)
def test_every_app_loads_from_its_folder_and_from_bytes_alike(name):
    app, problems = load_folder(APPS / name)
    assert problems == ()
    again, _ = load(list(reversed(app.layers)))
    assert again.digest == app.digest
    assert list(again.entities) == list(app.entities)


def test_the_digest_changes_with_any_byte_of_any_layer():
    base, top = layer("base", entities__item=ITEM), layer("shop", "extends: base\n")
    first = load([base, top])[0].digest
    other = PackageFiles("base", {**base.files, "README.md": b"words"})
    assert load([other, top])[0].digest != first


def test_all_problems_of_all_files_are_told_in_order():
    problems = load(
        [
            layer(
                "shop",
                entities__item=ITEM.replace("kind: text", "kind: txet"),
                rules__item="rules: item\nitems:\n  - {id: a, kind: require, that: wieght > 0}\n",
                workflows__itme="workflow: itme\nstates: [{id: a, label: {zh: 甲, en: A}}]\n",
            )
        ]
    )[1]
    assert [(problem.code, problem.place.file) for problem in problems] == [
        ("PKG-205", "shop/entities/item.yaml"),
        ("EXP-420", "shop/rules/item.yaml"),
        ("REF-303", "shop/workflows/itme.yaml"),
        ("REF-331", "shop/workflows/itme.yaml"),
    ]


def test_a_warning_does_not_keep_an_app_from_loading():
    app, problems = load([layer("shop", entities__item=ITEM.replace("label: {zh: 商品, en: Item}\n", ""))])
    assert [problem.code for problem in problems] == ["UX-701"]
    assert app is not None


def test_a_row_formula_that_the_database_cannot_judge_is_refused():
    role = "role: r\nlabel: {zh: 角, en: R}\ngrants:\n  - {id: g, entity: item, where: code == 'a'}\n"
    files = layer("shop", entities__item=ITEM, roles__r=role)
    assert load([files])[1] == ()
    assert load([files], pushable=lambda tree: None)[1] == ()
    _, problems = load([files], pushable=lambda tree: Problem("REF-341", {"name": "r"}))
    assert [(problem.code, problem.place.line, problem.place.column) for problem in problems] == [("REF-341", 4, 34)]


def test_an_entity_may_be_a_json_schema_file():
    schema = """{
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": "Item",
      "type": "object",
      "x-formwork": {"identity": ["code"], "label": {"zh": "商品", "en": "Item"}},
      "properties": {
        "code": {"type": "string", "maxLength": 10, "title": "Code"},
        "weight": {"type": "number", "multipleOf": 0.001, "title": "Weight"}
      },
      "required": ["code"]
    }"""
    files = PackageFiles("shop", {**layer("shop").files, "entities/item.schema.json": schema.encode()})
    app, problems = load([files])
    assert problems == ()
    assert app.entities["item"].by_id["weight"].kind == "decimal"
    assert who_set(app, "entities.item.fields.code.required").place.file == "shop/entities/item.schema.json"


def test_settings_are_typed_by_their_kind():
    setting = "setting: rate\nlabel: {zh: 率, en: Rate}\nkind: decimal\nscale: 3\ndefault: '0.125'\n"
    rules = "rules: item\nitems:\n  - {id: r, kind: require, that: weight > settings.rate}\n"
    app, problems = load([layer("shop", entities__item=ITEM, settings__rate=setting, rules__item=rules)])
    assert problems == ()
    assert app.settings["rate"].value_of("0.125") == (Decimal("0.125"), ())


def test_a_file_that_is_no_text_is_a_problem():
    files = PackageFiles("shop", {**layer("shop").files, "entities/item.yaml": b"entity: item\nlabel: \xff\n"})
    problems = load([files])[1]
    assert [(problem.code, problem.place.line) for problem in problems] == [("PKG-291", 2)]


def test_a_fresh_app_has_no_problems(tmp_path):
    for path, text in new_app("bakery", title="烘焙坊").items():
        (tmp_path / "bakery" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "bakery" / path).write_text(text, encoding="utf-8")
    app, problems = load_folder(tmp_path / "bakery")
    assert problems == ()
    assert app.title.text("zh") == "烘焙坊"
    assert read_folder(tmp_path / "bakery").digest == app.layers[-1].digest
