"""Runs inside the copy of the project that has a percentage: from the YAML of an app to SQL, import and JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import engine
from engine.access.actor import Actor, RoleAt
from engine.entities.schema_file import json_schema
from engine.language.problems import Refused
from engine.operations.browse import browse
from engine.operations.case import Submission
from engine.operations.listing import Query
from engine.operations.load_file import RefusedRow, import_file
from engine.operations.publish import migrate, publish
from engine.operations.site import Site, open_site
from engine.operations.submit import submit
from engine.packages.files import PackageFiles
from engine.packages.load import load
from engine.storage.filters import pushable

APP = {
    "app.yaml": "app: deals\nformat: 1\nversion: 1.0.0\ntitle: {zh: 折扣, en: Deals}\n",
    "entities/deal.yaml": """
entity: deal
label: {zh: 折扣, en: Deal}
identity: [code]
fields:
  - {id: code, kind: text, required: true, label: {zh: 编码, en: Code}}
  - {id: share, kind: percentage, required: true, min: 0, max: 1, label: {zh: 折扣率, en: Share}}
  - {id: rest, kind: percentage, readonly: true, label: {zh: 余下, en: Rest}}
""",
    "rules/deal.yaml": """
rules: deal
items:
  - {id: rest, kind: derive, set: rest, to: 1 - share}
""",
    "roles/clerk.yaml": """
role: clerk
label: {zh: 文员, en: Clerk}
grants:
  - {id: deals, entity: deal, actions: all, where: share < 0.5}
""",
    "mappings/deals.yaml": """
mapping: deals
label: {zh: 折扣表, en: Deals}
entity: deal
format: csv
columns: [{id: code}, {id: share}]
fields:
  - {id: code, value: code}
  - {id: share, value: share}
""",
}
CLERK = Actor("clerk", "clerk", frozenset({RoleAt("clerk")}), language="en")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    layers = (PackageFiles("deals", {name: text.encode() for name, text in APP.items()}),)
    app, problems = load(layers, pushable=pushable)
    assert app is not None, problems
    assert not [problem for problem in problems if problem.severity == "error"]
    made = open_site(f"sqlite:///{tmp_path / 'deals.db'}")
    migrate(made, app, False)
    publish(made, layers, "test")
    yield made
    made.close()


def bring(site: Site, code: str, share: object) -> None:
    submit(site, CLERK, Submission("deal", None, None, {"code": code, "share": share}, None, f"deal-key-{code}"))  # type: ignore[dict-item]


def test_whole_app_runs_on_this_copy() -> None:
    assert Path(engine.__file__).parents[1] == Path.cwd()


def test_whole_app_parses_derives_stores_filters_and_formats(site: Site) -> None:
    bring(site, "A", "12.5%")
    bring(site, "B", Decimal("0.3333"))
    listing = browse(site, CLERK, "deal", Query())
    assert [row.cells for row in listing.rows] == [("A", "12.5%", "87.5%"), ("B", "33.33%", "66.67%")]
    assert browse(site, CLERK, "deal", Query(filters={"share_from": "20%"})).total == 1


def test_whole_app_holds_its_limits_and_its_row_grant(site: Site) -> None:
    for share, code in (("101%", "VAL-115"), ("60%", "OPS-105")):
        with pytest.raises(Refused) as refused:
            bring(site, "C", share)
        assert code in {problem.code for problem in refused.value.problems}


def test_whole_app_imports(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "deals.csv"
    file.write_text("code,share\nD,5%\nE,many\n", encoding="utf-8")
    refused: list[RefusedRow] = []
    report = import_file(site, CLERK, "deals", file, refuse=refused.append)
    assert (report.created, report.refused) == (1, 1)
    assert [problem.code for problem in refused[0].problems] == ["VAL-201"]


def test_whole_app_exports_a_schema_that_accepts_what_the_door_accepts(site: Site) -> None:
    schema = json_schema(site.app().entities["deal"])
    check = Draft202012Validator(schema)
    assert check.is_valid({"code": "A", "share": "12.5%"})
    assert not check.is_valid({"code": "A", "share": "a lot"})
