"""What a person may not see is in no explanation either: neither what a rule saw nor what it set."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.access.actor import Actor, RoleAt
from engine.access.decide import policy
from engine.access.schema import Role
from engine.cli.places import sound_app
from engine.operations.trace import told, visible
from engine.operations.words import Words, may_see
from engine.packages.schema import App

APP = Path(__file__).parents[2] / "apps" / "food"
CLERK = Actor("p1", "Clerk", frozenset({RoleAt("clerk")}), language="en")
STEPS = (
    {"rule": "usual_price", "kind": "default", "outcome": "set", "result": "5.60", "path": ["lines", 0, "price"]},
    {"rule": "line_amount", "kind": "derive", "outcome": "set", "result": "56.00", "path": ["lines", 0, "amount"],
     "seen": {"line.price": "5.60", "line.quantity": "10"}},
    {"rule": "total", "kind": "derive", "outcome": "set", "result": "56.00", "path": ["total"], "seen": {}},
    {"rule": "inspection", "kind": "table", "outcome": "row", "result": ["none"], "seen": {"level": "A", "amount": "56"}},
    {"rule": "from_supplier", "kind": "require", "outcome": "holds", "result": True, "seen": {"supplier.kind": "supplier"}},
    {"rule": "post", "kind": "transition", "outcome": "moved", "result": "posted", "seen": {}},
)  # fmt: skip


@pytest.fixture(scope="module")
def app() -> App:
    """The food business with a clerk who sees no money and no levels."""
    grants = [
        {"id": "receipts", "entity": "goods_receipt", "actions": "all", "fields": {"hide": ["lines.price", "lines.amount", "total"]}},
        {"id": "partners", "entity": "partner", "actions": ["open"], "fields": {"hide": ["level"]}},
    ]  # fmt: skip
    clerk = Role.model_validate({"role": "clerk", "grants": grants})
    found = sound_app(APP)
    return replace(found, roles={**found.roles, "clerk": clerk})


def readable(app: App) -> frozenset[str]:
    fields = [path for path, _ in app.entities["goods_receipt"].every_field()]
    return policy(app.roles, CLERK, "goods_receipt", "open").readable(fields)


def test_rules_that_set_hidden_fields_are_left_out(app: App) -> None:
    kept = visible(app, CLERK, "goods_receipt", readable(app), STEPS)
    assert [step["rule"] for step in kept] == ["inspection", "from_supplier", "post"]
    said = repr(told(Words(app, "goods_receipt", "en"), kept, {}))
    assert "56" not in said
    assert "5.60" not in said


def test_values_behind_references_are_judged_by_the_grants_there(app: App) -> None:
    kept = visible(app, CLERK, "goods_receipt", readable(app), STEPS)
    assert [dict(step["seen"]) for step in kept] == [{}, {"supplier.kind": "supplier"}, {}]


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("line.quantity", True),
        ("lines.quantity", True),
        ("line.price", False),
        ("lines.price", False),
        ("total", False),
        ("supplier", True),
        ("supplier.name", True),
        ("supplier.level", False),
        ("supplier.place.name", False),  # no grant on places at all
        ("line.item.purchase_price", False),
        ("settings.warn_days_last", True),
        ("today", True),
        ("state", True),
    ],
)
def test_what_may_be_seen(path: str, seen: bool, app: App) -> None:
    assert may_see(app, CLERK, "goods_receipt", readable(app), tuple(path.split("."))) is seen
