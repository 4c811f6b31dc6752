import pytest

from engine.packages.checks.manifest import within
from engine.packages.load import load
from tests.packages.test_layers import layer


@pytest.mark.parametrize(
    ("version", "written", "fits"),
    [
        ("0.1.0", ">=0.1", True),
        ("0.10.0", ">=0.9, <1", True),
        ("1.0", ">=0.9, <1", False),
        ("1.0.0", "==1", True),
        ("2", ">2", False),
        ("2.0.1", ">2, <=2.0.1", True),
        ("1", "about 1", None),
        ("1", "", None),
    ],
)
def test_ranges_of_versions(version, written, fits):
    assert within(version, written) is fits


def test_currency_zone_and_engine_must_exist():
    manifest = "currency: ABC\nzone: Asia/Shangai\nengine: '>=9'\n"
    assert [(p.code, p.place.line) for p in load([layer("shop", manifest)])[1]] == [
        ("REF-346", 4),
        ("REF-347", 5),
        ("REF-348", 6),
    ]
    assert [p.code for p in load([layer("shop", "engine: new\n")])[1]] == ["REF-349"]


def test_what_a_manifest_does_not_say_has_defaults():
    app, problems = load([layer("shop")])
    assert problems == ()
    assert (app.version, app.currency, app.zone, app.languages) == ("0.1.0", "CNY", "Asia/Shanghai", ("zh", "en"))
