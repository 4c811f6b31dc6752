"""One mistake in one line of a package: the loader must name that line, and must be silent about clean files."""

from collections import Counter
from pathlib import Path

import pytest

from engine.packages.files import PackageFiles, read_folder
from engine.packages.layers import arrange_folder
from engine.packages.load import load, load_folder
from tests.packages.mutations import Mutation, chosen

APPS = Path(__file__).parents[2] / "apps"
LAYERS = [read_folder(path.parent) for path in sorted(APPS.glob("*/app.yaml"))]
SEED = 20_250
MOST_OF_A_SORT = 6


def texts(layer: PackageFiles) -> dict[str, str]:
    return {
        path: content.decode()
        for path, content in layer.files.items()
        if (path.endswith(".yaml") and "/" in path) or path == "app.yaml"
    }


def mutations() -> list[tuple[PackageFiles, Mutation]]:
    return [
        (layer, mutation)
        for layer in LAYERS
        for mutation in chosen(texts(layer), SEED, MOST_OF_A_SORT)
        if not mutation.file.startswith(("scenarios/", "seed/"))
    ]


def found_line(layer: PackageFiles, mutation: Mutation) -> bool:
    """Whether a problem names the line of the mistake."""
    broken = PackageFiles(layer.name, {**layer.files, mutation.file: mutation.text.encode()})
    below = arrange_folder(APPS / layer.name)[0][:-1]
    _, problems = load([*below, broken])
    file = f"{layer.name}/{mutation.file}"
    return any(
        problem.place and (problem.place.file, problem.place.line) == (file, mutation.line) for problem in problems
    )


@pytest.mark.parametrize("app", [layer.name for layer in LAYERS])
def test_clean_files_raise_no_alarm(app):
    loaded, problems = load_folder(APPS / app)
    assert problems == ()
    assert loaded is not None


def test_the_line_of_a_mistake_is_named():
    made = mutations()
    missed = [f"{layer.name} {mutation}" for layer, mutation in made if not found_line(layer, mutation)]
    assert len(made) >= 300
    assert len({mutation.sort for _, mutation in made}) >= 40
    report = Counter(" ".join(each.split()[1:-1]) for each in missed)
    assert len(missed) <= len(made) * 0.05, f"{len(missed)} of {len(made)} not named: {report}\n" + "\n".join(missed)
