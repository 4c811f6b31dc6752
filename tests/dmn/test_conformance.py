"""All cases of level 2 of the DMN compatibility kit, by the way people go: import, check, decide."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from engine.dmn.names import slug
from engine.dmn.translate import import_dmn
from engine.packages.files import PackageFiles
from engine.packages.load import load
from engine.rules.decide import decide
from engine.rules.decision import Decision
from tests.dmn.conformance import FOLDER, Case, cases

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the compatibility kit is not in shared/conformance beside the repository"
)
PLACES = Decimal("1e-8")
"""The kit compares numbers to eight places."""


@cache
def imported(model: Path) -> Decision:
    """The decision part made of a model; a problem on the way fails."""
    made = import_dmn(model.name, model.read_bytes(), "kit")
    assert not [problem for problem in made.problems if problem.severity == "error"], made.problems
    files = {name: text.encode() for name, text in made.files.items()}
    app, problems = load((PackageFiles("kit", files),))
    assert app is not None, problems
    return app.decisions[made.decision]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in cases()])
def test_every_case_gives_what_the_kit_wants(case: Case) -> None:
    """The result of one decision, on the values of one case."""
    decided = decide(imported(case.model), case.inputs, {})  # type: ignore[arg-type]
    found = decided.results[slug(case.decision)]
    assert alike(found, case.expected), f"{found} is not {case.expected}: {decided.problems}"


def test_the_kit_is_complete() -> None:
    """28 models with 116 cases, which want 126 results."""
    assert len({case.model for case in cases()}) == 28
    assert len({(case.model, case.id) for case in cases()}) == 116
    assert len(list(cases())) == 126


def alike(found: object, expected: object) -> bool:
    """Whether a result is the one wanted; structures by the ids that their names became, lists in order."""
    match expected:
        case Decimal():
            return isinstance(found, Decimal | int) and abs(Decimal(found) - expected) < PLACES
        case list():
            same = isinstance(found, list) and len(found) == len(expected)
            return same and all(alike(one, two) for one, two in zip(found, expected, strict=True))
        case Mapping():
            return isinstance(found, Mapping) and all(
                alike(found.get(slug(key)), value) for key, value in expected.items()
            )
    return found == expected
