"""Tables whose rows stand as CSV: the same as in YAML, every mistake at its cell. What is wrong is in bad_packages."""

from __future__ import annotations

import pytest

from engine.packages.bodies import LONGEST_CELL, Bodies
from engine.packages.files import PackageFiles
from engine.packages.load import load
from engine.packages.read import read_layer
from engine.rules.decide import decide
from engine.rules.kinds.table import Table
from engine.storage.filters import pushable
from tests.sample_apps.load import changed, files_of

RULES = """rules: move
items:
  - id: size
    kind: table
    inputs: [{id: pieces, value: sum(lines.quantity)}, {id: place, value: target.code}]
    outputs: [{id: size, set: size}]
    default: [small]
    rows: ROWS
"""
YAML = """
      - {id: big, when: {pieces: '>= 100'}, then: {size: large}}
      - {id: spring, valid: '[2026-03-01..2026-05-31]', when: ['> 50', "'N1', 'N,2'"], then: [large]}
"""
CSV = """\ufeffsize,id,pieces,place,valid
large,big,>= 100,,

large,spring, > 50 ,"'N1', 'N,2'",[2026-03-01..2026-05-31]
"""


def table(rows: str, **files: str) -> Table:
    app = changed(
        "shop", {"rules/move.yaml": RULES.replace("ROWS", rows), **{f"rules/{k}.csv": v for k, v in files.items()}}
    )
    (found,) = (rule for rule in app.rules["move"].items if rule.id == "size")
    assert isinstance(found, Table)
    return found


def test_rows_are_those_that_yaml_would_say() -> None:
    there, here = table("sizes.csv", sizes=CSV).bound, table(YAML).bound
    assert [(row.id, row.tests, row.outputs) for row in there.index.rows] == [
        (row.id, row.tests, row.outputs) for row in here.index.rows
    ]
    assert [str(row.place and (row.place.file, row.place.line)) for row in there.index.rows] == [
        "('shop/rules/sizes.csv', 2)",
        "('shop/rules/sizes.csv', 4)",
    ]


def test_a_changed_body_is_another_package() -> None:
    first, second = (
        changed("shop", {"rules/move.yaml": RULES.replace("ROWS", "sizes.csv"), "rules/sizes.csv": text})
        for text in (CSV, CSV.replace("100", "200"))
    )
    assert first.digest != second.digest


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"pieces,size\n\xff,large\n", ("PKG-291", 2)),
        (b"pieces,size\n" + b"x" * (LONGEST_CELL + 1) + b",large\n", ("PKG-305", 2)),
        (b'pieces,size\n">= 1\n00",large\n', ("EXP-401", 2)),
        (b"", None),
        (b"pieces,size\n", None),
    ],
)
def test_files_from_anybody(text: bytes, told: tuple[str, int] | None) -> None:
    """Whatever a file holds, it is a Problem at its line or no rows; nothing is raised."""
    own = files_of("shop")
    files = {**own.files, "rules/move.yaml": RULES.replace("ROWS", "sizes.csv").encode(), "rules/sizes.csv": text}
    _, problems = load([PackageFiles("shop", files)], pushable=pushable)
    errors = [(each.code, each.place and each.place.line) for each in problems if each.severity == "error"]
    assert errors[:1] == ([told] if told else [])


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.packages.bodies.MOST_ROWS", 2)
    files = {"rules/move.yaml": RULES.replace("ROWS", "sizes.csv").encode(), "rules/sizes.csv": CSV.encode()}
    source = read_layer(PackageFiles("shop", files))
    assert "PKG-302" in [problem.code for problem in source.problems]


def test_only_rules_have_bodies() -> None:
    source = read_layer(PackageFiles("shop", {"entities/item.csv": b"a,b\n"}))
    assert "PKG-286" in [problem.code for problem in source.problems]
    assert Bodies("shop", "rules", {}).used == set()


def test_a_decision_may_have_long_tables_too() -> None:
    """The CSV file lies beside the decision."""
    files = {
        "app.yaml": "app: shop\nformat: 1\nversion: 1.0.0\n",
        "decisions/price.yaml": "decision: price\ninputs: [{id: size, kind: number}]\nitems:\n  - id: found\n    kind: table\n"
        "    inputs: [{id: size, value: size}]\n    outputs: [{id: price}]\n    rows: prices.csv\n",
        "decisions/prices.csv": "size,price\n> 5,10\n-,20\n",
    }
    app, problems = load((PackageFiles("shop", {name: text.encode() for name, text in files.items()}),))
    assert app is not None, problems
    assert decide(app.decisions["price"], {"size": 6}, {}).results == {"found": {"price": 10}}
