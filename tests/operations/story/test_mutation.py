"""Would a story notice? The fate of items of the shop, by one process and by two."""

from __future__ import annotations

import pytest

from engine.language.problems import Refused
from engine.operations.mutation import mutations
from tests.sample_apps.load import changed, loaded

FATES = {
    "rules.move.items.differs": "failed",
    "rules.move.items.size.rows.big": "idle",
    "rules.move.items.size.rows.other": "failed",
    "workflows.move.transitions.post.who": "survived",
    "workflows.move.transitions.post.numbers": "refused",
    "workflows.move.transitions.lapse": "idle",
    "ledgers.stock.grains.cell.min": "failed",
    "ledgers.stock.grains.on_hand.where": "failed",
    "roles.seller.grants.items.fields": "failed",
    "entities.store.fields.outside.default": "failed",
    "entities.move.fields.lines.fields.quantity.required": "idle",
    "mappings.items.checks.not_free": "failed",
    "alerts.near_expiry.where": "survived",
}
"""Worked out by hand: `outside` fills itself while the seeds are brought, so they have to be brought anew."""


def test_the_fate_of_items() -> None:
    found = {verdict.path: verdict for verdict in mutations(loaded("shop"), chosen=lambda item: item.path in FATES)}
    assert {path: verdict.fate for path, verdict in found.items()} == FATES
    assert found["rules.move.items.differs"].by == ("everything",)
    assert found["workflows.move.transitions.post.numbers"].by == ("REF-336",)
    where = found["rules.move.items.size.rows.big"].place
    assert (where.file, where.line) == ("shop/rules/move.yaml", 8)


def test_two_processes_come_to_the_same() -> None:
    few = list(FATES)[:3]
    found = mutations(loaded("shop"), chosen=lambda item: item.path in few, jobs=2)
    assert {verdict.path: verdict.fate for verdict in found} == {path: FATES[path] for path in few}


def test_only_what_stories_about_a_capability_use() -> None:
    found = mutations(loaded("shop"), covering=["C054"], chosen=lambda item: item.path in list(FATES)[:2])
    assert [verdict.path for verdict in found] == ["rules.move.items.differs"]


def test_stories_must_come_true_before_anything_is_taken_away() -> None:
    text = loaded("shop").layers[-1].files["scenarios/everything.yaml"].decode()
    app = changed("shop", {"scenarios/everything.yaml": text.replace("number: M0002", "number: M0009")})
    with pytest.raises(Refused) as refused:
        list(mutations(app))
    assert [problem.code for problem in refused.value.problems] == ["PKG-318"]
