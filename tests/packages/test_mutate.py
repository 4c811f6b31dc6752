"""What can be taken away from an app, and the app without it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from engine.language.source import MappingNode, read_source, to_data
from engine.packages.load import prepare
from engine.packages.mutate import REMOVALS, Item, edited, items_of, mutant, never
from engine.packages.parts import PARTS
from engine.packages.schema import App
from engine.storage.filters import pushable
from tests.sample_apps.load import loaded


def items() -> dict[str, Item]:
    return {item.path: item for item in items_of(loaded("shop"))}


def written(app: App, attribute: str) -> dict[str, object]:
    """The effective source of the parts of one sort."""
    nodes = app.origins.nodes[attribute]
    assert isinstance(nodes, Mapping)
    return {part: to_data(node) for part, node in nodes.items()}


def without(path: str):
    app = loaded("shop")
    return mutant(prepare(app.layers), items()[path], pushable)


def test_every_removal_is_about_a_sort_of_part_that_there_is() -> None:
    assert {removal.attribute for removal in REMOVALS} <= {part.attribute for part in PARTS}


@pytest.mark.parametrize(
    "path",
    [
        "alerts.near_expiry",
        "alerts.near_expiry.levels.last",
        "entities.move.fields.lines.fields.quantity.required",
        "ledgers.stock.grains.cell.min",
        "mappings.items.checks.not_free",
        "postings.move_goods.entries.goods",
        "reports.stock.where",
        "roles.seller.grants.items",
        "roles.seller.grants.items.fields",
        "rules.move.items.size.rows.big",
        "rules.move.items.note_for_large.when",
        "workflows.move.transitions.post",
        "workflows.move.transitions.post.who",
        "workflows.move.transitions.post.posts.1",
        "workflows.move.transitions.post.steps.1",
        "workflows.move.states.draft.editable",
    ],
)
def test_what_is_configured_can_be_taken_away(path: str) -> None:
    """The item is found where it is written, and the app without it is another app with the same digest."""
    item = items()[path]
    assert item.place.file.startswith("shop/")
    app, problems = without(path)
    assert app is not None, problems
    assert app.digest == loaded("shop").digest
    before, after = (written(each, item.attribute) for each in (loaded("shop"), app))
    assert after.keys() <= before.keys()
    assert [part for part in before if before[part] != after.get(part)] == [item.part]


def test_what_is_taken_away_is_gone_and_nothing_else() -> None:
    app, _ = without("rules.move.items.differs")
    assert app is not None
    assert [rule.id for rule in app.rules["move"].items] == ["size", "note_for_large", "fresh"]
    app, _ = without("postings.move_goods.entries.goods")
    assert app is not None
    assert [str(entry.when) for entry in app.postings["move_goods"].entries] == ["False"]
    assert "low_stock" not in (without("alerts.low_stock")[0] or loaded("shop")).alerts


def test_what_the_check_needs_is_refused() -> None:
    app, problems = without("workflows.move.transitions.post.numbers")
    assert app is None
    assert {problem.code for problem in problems if problem.severity == "error"} == {"REF-336"}


def test_the_engines_own_layer_is_left_alone() -> None:
    assert [item.path for item in items_of(loaded("shop")) if item.place.file.startswith("system/")] == []


def test_a_condition_that_is_there_is_replaced() -> None:
    node, _ = read_source("x.yaml", "{items: [{id: a, when: x > 1, to: b}, {id: c}]}")
    assert isinstance(node, MappingNode)
    changed_node = edited(node, ("items", 0), never)
    assert changed_node is not None
    assert to_data(changed_node) == {"items": [{"id": "a", "to": "b", "when": "False"}, {"id": "c"}]}
    assert to_data(node)["items"][0]["when"] == "x > 1"
