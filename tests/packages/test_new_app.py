import pytest

from engine.language.problems import Refused
from engine.packages.files import PackageFiles
from engine.packages.load import load
from engine.packages.new_app import new_app
from tests.packages.test_layers import layer


def test_a_fresh_app_can_stand_on_a_base():
    files = PackageFiles("bakery", {path: text.encode() for path, text in new_app("bakery", extends="base").items()})
    app, problems = load([layer("base"), files])
    assert problems == ()
    assert [one.name for one in app.layers] == ["system", "base", "bakery"]


def test_without_the_sample_it_is_ready_for_changes_to_its_base():
    written = new_app("bakery", title="面包房", extends="base", sample=False)
    assert set(written) == {"app.yaml", "README.md"}
    files = PackageFiles("bakery", {path: text.encode() for path, text in written.items()})
    app, problems = load([layer("base"), files])
    assert problems == ()
    assert "task" not in app.entities
    assert app.title.text("zh") == "面包房"


@pytest.mark.parametrize("name", ["Bakery", "1a", "a-b", "../a", "", "烘焙"])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(Refused) as refused:
        new_app(name)
    assert refused.value.problems[0].code == "PKG-293"
