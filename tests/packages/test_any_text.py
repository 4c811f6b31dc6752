"""Whatever is typed into a file, the loader answers with problems at places; it never breaks."""

import random

import pytest

from engine.language.render import render_concise, render_text
from engine.packages.files import PackageFiles
from engine.packages.layers import arrange_folder
from engine.packages.load import load
from tests.packages.test_mutations import APPS, LAYERS

SIGNS = "{}[]:,'\"#- &*!|>%@`\t：，“”（）x0"
TOKENS = ("null", "[]", "{}", "''", "{id: x}", "[a, b]", "-1", "0.5", "true", "~", "today()", "9" * 20)
MORE = ("set: {a: 1}", "- x", "remove: true", "add: {kind: text}")


def scribbled(text: str, chance: random.Random) -> str:
    """The text with one line spoilt."""
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    line = lines[at]
    cut = chance.randrange(len(line) + 1)
    before, colon, _ = line.partition(": ")
    lines[at] = chance.choice(
        (
            line[:cut] + line[cut + 1 :],
            line[:cut] + chance.choice(SIGNS) + line[cut:],
            line[:cut] + chance.choice(TOKENS + MORE) + line[cut:],
            before + colon + chance.choice(TOKENS),
            line + "\n" + line,
            line[:cut],
        )
    )
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(100))
def test_every_text_gets_an_answer(seed):
    chance = random.Random(seed)
    layers = arrange_folder(APPS / chance.choice(LAYERS).name)[0]
    layer = chance.choice(layers)
    name = chance.choice(sorted(path for path in layer.files if path.endswith(".yaml")))
    text = scribbled(layer.files[name].decode(), chance)
    spoilt = PackageFiles(layer.name, {**layer.files, name: text.encode()})
    app, problems = load([spoilt if each is layer else each for each in layers])
    assert (app is None) == any(problem.severity == "error" for problem in problems)
    assert all(problem.place for problem in problems)
    for language in ("zh", "en"):
        assert render_concise(problems, language).count("\n") == len(problems)
        assert render_text(problems, {f"{layer.name}/{name}": text}, language)
