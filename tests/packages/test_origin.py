import pytest

from engine.language.problems import Refused
from engine.packages.layers import system_layer
from engine.packages.load import load
from engine.packages.origin import ENGINE_LAYER, place_at, who_set
from tests.packages.test_layers import ITEM, layer

UNITS = "units:\n  - {id: kg, base: true}\n  - {id: g, of: kg, ratio: 1/1000}\n"
SETTING = "setting: limit\nlabel: {zh: 上限, en: Limit}\nkind: integer\ndefault: 30\n"


@pytest.fixture
def app():
    base = layer("base", entities__item=ITEM, units__units=UNITS, settings__limit=SETTING)
    change = "entity: item\nset: {label: {zh: 货品, en: Goods}}\nfields:\n  - {id: weight, remove: true}\n"
    top = layer("shop", "extends: base\n", entities__item=change, settings__limit="setting: limit\nset: {default: 7}\n")
    loaded, problems = load([base, top])
    assert [problem.code for problem in problems] == ["REF-343"]
    return loaded


@pytest.mark.parametrize(
    ("path", "layer", "line", "value"),
    [
        ("entities.item.fields.code.required", "base", 5, True),
        ("entities.item.identity.code", "base", 3, "code"),
        ("entities.item.label.zh", "shop", 2, "货品"),
        ("settings.limit.default", "shop", 2, 7),
        ("units.g.ratio", "base", 3, "1/1000"),
        ("app.title.zh", "shop", 3, "shop"),
        ("app.currency", "system", None, "CNY"),
        ("roles.administrator.grants.persons.entity", "system", None, "person"),
    ],
)
def test_every_value_knows_who_set_it(app, path, layer, line, value):
    origin = who_set(app, path)
    assert (origin.layer, origin.value) == (layer, value)
    assert line is None or origin.place.line == line


def test_what_was_overridden_is_told(app):
    assert [old.value for old in who_set(app, "settings.limit.default").overridden] == [30]
    assert who_set(app, "settings.limit.kind").overridden == ()


def test_a_value_nobody_wrote_is_the_engines(app):
    origin = who_set(app, "entities.item.fields.code.readonly")
    assert (origin.layer, origin.place, origin.value) == (ENGINE_LAYER, None, False)


@pytest.mark.parametrize(
    ("path", "code", "meant"),
    [
        ("entities.itme.label", "REF-390", "item"),
        ("entities.item.fields.cod.kind", "REF-390", "code"),
        ("entities.item.fields.code.requird", "REF-390", "required"),
        ("entitis", "REF-390", "entities"),
        ("", "REF-390", ""),
        ("entities.item.fields.weight.scale", "REF-391", ""),
    ],
)
def test_a_path_that_leads_nowhere_is_refused_with_what_was_meant(app, path, code, meant):
    with pytest.raises(Refused) as refused:
        who_set(app, path)
    problem = refused.value.problems[0]
    assert problem.code == code
    assert meant in str(problem.parameters.get("suggestion", ""))


def test_the_deepest_known_place_is_given(app):
    assert place_at(app, ("entities", "item", "fields", "code", "nothing")).line == 5
    assert place_at(app, ("nothing",)) is None


def test_the_system_itself_is_an_app():
    app, problems = load([system_layer()])
    assert problems == ()
    assert sorted(app.entities) == ["assignment", "company", "org_unit", "person", "position"]
