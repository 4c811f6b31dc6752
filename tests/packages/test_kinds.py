"""Kinds from outside: the sample distribution, made importable without installing it."""

import sys
import tomllib
from pathlib import Path

import pytest

from engine.packages.files import PackageFiles
from engine.packages.load import load

SAMPLE = Path(__file__).parents[1] / "sample_distribution"

APP = """\
app: cold
format: 1
version: 1.0.0
title: {zh: 冷链, en: Cold chain}
"""
PLUGIN = "plugins:\n  - {distribution: formwork-sample, version: 1.2.0}\n"
FREEZER = """\
entity: freezer
label: {zh: 冰柜, en: Freezer}
identity: [code]
fields:
  - {id: code, kind: text, required: true, label: {zh: 编码, en: Code}}
  - {id: target, kind: temperature, label: {zh: 目标温度, en: Target}}
"""
RULES = """\
rules: freezer
items:
  - {id: cold, kind: require, that: to_fahrenheit(target) < 32, message: {zh: 要在零下, en: Must be below zero}}
"""
NOTICE = """\
notice: warm
label: {zh: 太热, en: Too warm}
entity: freezer
channel: notebook
subject: {zh: "{code} 太热", en: "{code} is too warm"}
"""


@pytest.fixture
def sample(tmp_path, monkeypatch):
    """The sample distribution on `sys.path`, with the metadata that an installer would write."""
    project = tomllib.loads((SAMPLE / "pyproject.toml").read_text())["project"]
    info = tmp_path / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = project["entry-points"].items()
    (info / "entry_points.txt").write_text(
        "\n".join(
            f"[{group}]\n" + "\n".join(f"{name} = {at}" for name, at in points.items()) for group, points in groups
        )
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend(str(SAMPLE))
    yield
    for name in [name for name in sys.modules if name.startswith("formwork_sample")]:
        del sys.modules[name]


def cold(manifest: str, **files: str) -> PackageFiles:
    named = {name.replace("__", "/") + ".yaml": text.encode() for name, text in files.items()}
    return PackageFiles("cold", {"app.yaml": manifest.encode(), **named})


def codes(layer: PackageFiles) -> list[str]:
    return [problem.code for problem in load([layer])[1]]


def test_a_field_kind_a_function_and_a_channel_come_from_a_distribution(sample):
    files = {"entities__freezer": FREEZER, "rules__freezer": RULES, "notices__warm": NOTICE}
    app, problems = load([cold(APP + PLUGIN, **files)])
    assert problems == ()
    field = app.entities["freezer"].by_id["target"]
    assert type(field).__name__ == "TemperatureField"
    assert set(app.plugins.channels) == {"notebook"}
    rule = app.rules["freezer"].items[0]
    assert rule.that.expression.evaluate({"target": 0}) is False


def test_nothing_is_taken_that_the_app_does_not_name(sample):
    files = {"entities__freezer": FREEZER, "rules__freezer": RULES, "notices__warm": NOTICE}
    assert "PKG-205" in codes(cold(APP, **files))
    assert "REF-314" in codes(cold(APP, **files))


def test_a_plugin_counts_in_the_digest(sample):
    with_plugin, _ = load([cold(APP + PLUGIN)])
    assert with_plugin.plugins.pinned == ("formwork-sample==1.2.0",)
    assert with_plugin.digest != load([cold(APP)])[0].digest


def test_not_installed_and_another_version_are_problems(sample):
    assert codes(cold(APP + PLUGIN.replace("1.2.0", "1.3.0"))) == ["PKG-271"]
    assert codes(cold(APP + PLUGIN.replace("formwork-sample", "formwork-smaple"))) == ["PKG-270"]


def test_a_name_that_is_taken_is_a_problem(sample, tmp_path):
    points = next(tmp_path.glob("*.dist-info")) / "entry_points.txt"
    points.write_text("[formwork.fields]\ntext = formwork_sample.temperature:TemperatureField\n")
    assert codes(cold(APP + PLUGIN)) == ["PKG-272"]


def test_an_entry_that_cannot_be_loaded_is_a_problem(sample, tmp_path):
    points = next(tmp_path.glob("*.dist-info")) / "entry_points.txt"
    points.write_text("[formwork.channels]\npigeon = formwork_sample.pigeon:send\n")
    assert codes(cold(APP + PLUGIN)) == ["PKG-273"]
