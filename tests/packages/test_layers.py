import pytest

from engine.packages.files import PackageFiles
from engine.packages.layers import arrange, arrange_folder, arrange_given, compose, system_layer
from engine.packages.load import load
from engine.packages.origin import who_set
from engine.packages.read import read_layer

ITEM = """\
entity: item
label: {zh: 商品, en: Item}
identity: [code]
fields:
  - {id: code, kind: text, required: true, label: {zh: 编码, en: Code}}
  - {id: weight, kind: decimal, scale: 3, label: {zh: 重量, en: Weight}}
"""


def layer(name: str, manifest: str = "", **files: str) -> PackageFiles:
    text = f"app: {name}\nformat: 1\ntitle: {{zh: {name}, en: {name}}}\n{manifest}"
    parts = {path.replace("__", "/") + ".yaml": content.encode() for path, content in files.items()}
    return PackageFiles(name, {"app.yaml": text.encode(), **parts})


def names(layers) -> list[str]:
    return [one.name for one in layers]


def test_the_system_is_below_then_bases_then_modules_then_the_app():
    layers = {
        "food": layer("food", "extends: trade\nuses: [quality, recall]\n"),
        "trade": layer("trade", "extends: base\n"),
        "base": layer("base"),
        "quality": layer("quality", "uses: [recall]\n"),
        "recall": layer("recall"),
    }
    arranged, problems = arrange(layers["food"], layers.get)
    assert problems == ()
    assert names(arranged) == ["system", "base", "trade", "recall", "quality", "food"]
    assert names(arrange_given(list(layers.values()))[0])[-1] == "food"


def test_the_system_layer_that_is_given_counts_not_the_built_in_one():
    older = PackageFiles("system", {**system_layer().files, "README.md": b"older"})
    arranged, _ = arrange_given([layer("shop"), older])
    assert arranged[0] is older


def test_a_circle_and_a_missing_layer_are_problems():
    layers = {"a": layer("a", "extends: b\n"), "b": layer("b", "extends: a\nuses: [c]\n")}
    problems = arrange(layers["a"], layers.get)[1]
    assert [problem.code for problem in problems] == ["PKG-251", "PKG-250"]


def test_folders_find_their_bases_beside_them(tmp_path):
    for one in (layer("shop", "extends: bsae\n"), layer("base")):
        for path, content in one.files.items():
            (tmp_path / one.name).mkdir(exist_ok=True)
            (tmp_path / one.name / path).write_bytes(content)
    arranged, problems = arrange_folder(tmp_path / "shop")
    assert names(arranged) == ["system", "shop"]
    assert problems[0].code == "PKG-250"
    assert "base" in str(problems[0].parameters["suggestion"])


def composed(*layers: PackageFiles):
    return compose([read_layer(one) for one in (system_layer(), *layers)])


def test_manifest_keys_are_inherited_and_menus_joined():
    base = layer("base", "currency: JPY\nzone: Asia/Tokyo\nmenu:\n  - {id: a, items: [{entity: item}]}\n")
    top = layer(
        "top",
        "extends: base\nmenu:\n  - {id: a, items: [{entity: person}]}\n  - {id: b, items: [{report: x}]}\n",
    )
    app, problems = load([base, top])
    assert {problem.code for problem in problems} >= {"REF-310"}
    assert app is None
    fine = layer("top", "extends: base\nmenu:\n  - {id: a, items: [{entity: person}]}\n")
    app, _ = load([layer("base", "currency: JPY\nzone: Asia/Tokyo\n", entities__item=ITEM), fine])
    assert (app.name, app.currency, app.zone, app.languages) == ("top", "JPY", "Asia/Tokyo", ("zh", "en"))
    assert [group.id for group in app.menu] == ["administration", "a"]


def test_menu_entries_of_a_layer_below_can_be_removed():
    change = "menu:\n  - id: administration\n    items: [{entity: position, remove: true}]\n"
    app, problems = load([layer("shop", change)])
    assert problems == ()
    assert "position" not in [item.entity for group in app.menu for item in group.items]


def test_an_overlay_changes_what_a_lower_layer_defines():
    change = "entity: item\nfields:\n  - {id: weight, set: {scale: 6}}\n"
    app, problems = load([layer("base", entities__item=ITEM), layer("shop", "extends: base\n", entities__item=change)])
    assert problems == ()
    assert app.entities["item"].by_id["weight"].scale == 6
    origin = who_set(app, "entities.item.fields.weight.scale")
    assert (origin.layer, origin.value, origin.place.line) == ("shop", 6, 3)
    assert [(old.layer, old.value) for old in origin.overridden] == [("base", 3)]


def test_a_part_of_a_broken_file_is_not_called_missing():
    broken = layer("shop", entities__item="entity: item\nlabel: [\n", rules__item="rules: item\nitems: []\n")
    whole = composed(broken)
    assert ("entities", "item") in whole.poisoned
    assert {problem.code[:4] for problem in load([broken])[1]} == {"YAML"}


@pytest.mark.parametrize("mistake", ["fields:\n  - {id: wieght, set: {scale: 6}}\n", "set: {nothing: 1}\n"])
def test_a_problem_in_an_overlay_is_told_at_the_overlay(mistake):
    layers = [
        layer("base", entities__item=ITEM),
        layer("shop", "extends: base\n", entities__item="entity: item\n" + mistake),
    ]
    problems = load(layers)[1]
    assert [problem.place.file for problem in problems] == ["shop/entities/item.yaml"]
