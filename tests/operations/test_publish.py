"""Publishing: new work follows the new package at once, begun documents keep theirs, and data is kept or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest

from engine.language.problems import Problem, Refused
from engine.operations.publish import migrate, plan_migration, publish
from engine.operations.scenarios import Clock
from engine.operations.site import Site, open_site
from engine.operations.submit import Submitted
from engine.operations.verify import verify
from engine.packages.files import PackageFiles
from engine.packages.load import load
from engine.packages.schema import App
from engine.storage import journal, packages, records
from engine.storage.filters import pushable
from engine.storage.plan import Step
from tests.operations.world import World

RULES = "rules/goods_receipt.yaml"
STRICTER = {
    "that: line.last_day >= today()\n": "that: line.last_day >= add_days(today(), 5)\n",
    "This batch is past its last day and cannot be received": "Less than five days left",
}
SOON = {"item": "MILK", "quantity": "3", "last_day": "2026-03-04"}
OPERATOR = "the operator"

Change = Callable[[str, str, str], str]
"""(layer, path, text) → the text that stands there instead."""


@dataclass
class Elsewhere:
    """Another process on the same database, where packages are published."""

    site: Site

    def plan(self, app: App) -> tuple[Step, ...]:
        """The steps before an app can be published."""
        return plan_migration(self.site, app).steps

    def publish(self, app: App, *, lossy: bool = False) -> str:
        """Bring the tables to an app and publish it."""
        migrate(self.site, app, lossy)
        return publish(self.site, app.layers, OPERATOR).digest


@pytest.fixture
def elsewhere(furnished_url: str, clock: Clock) -> Iterator[Elsewhere]:
    """A second site object: what one process publishes, the other has to notice by itself."""
    site = open_site(furnished_url, clock=clock)
    yield Elsewhere(site)
    site.close()


def altered(app: App, change: Change) -> App:
    """The app with its files changed in memory; one of which nothing is left is gone."""
    layers = []
    for layer in app.layers:
        changed = {path: change(layer.name, path, text.decode()).encode() for path, text in layer.files.items()}
        layers.append(PackageFiles(layer.name, {path: text for path, text in changed.items() if text}))
    assert layers != list(app.layers)
    made, problems = load(layers, pushable=pushable)
    assert made is not None, problems
    return made


def replaced(pairs: dict[str, str], *, layer: str | None = None, path: str | None = None) -> Change:
    """Every first text put in place of the second, in one file or in all."""

    def change(name: str, file: str, text: str) -> str:
        for old, new in pairs.items() if layer in (None, name) and path in (None, file) else ():
            text = text.replace(old, new)
        return text

    return change


def without(line: str, *, layer: str, path: str) -> Change:
    """A whole line taken out of one file, with the lines behind it that are indented further."""

    def change(name: str, file: str, text: str) -> str:
        if (name, file) != (layer, path):
            return text
        lines = text.splitlines(keepends=True)
        (start,) = [number for number, each in enumerate(lines) if each.strip().startswith(line)]
        depth = len(lines[start]) - len(lines[start].lstrip())
        end = start + 1
        while end < len(lines) and len(lines[end]) - len(lines[end].lstrip()) > depth:
            end += 1
        return "".join(lines[:start] + lines[end:])

    return change


def both(*changes: Change) -> Change:
    """Several changes one after the other."""

    def change(name: str, file: str, text: str) -> str:
        for each in changes:
            text = each(name, file, text)
        return text

    return change


STRICT = replaced(STRICTER, layer="food", path=RULES)
RENAMED = both(
    replaced({"shelf_life_days": "keeps_for", "delivery_note": "waybill"}),
    replaced({"- id: keeps_for\n": "- id: keeps_for\n    # renamed\n"}, layer="food", path="entities/item.yaml"),
    replaced(
        {"      kind: integer\n": "      kind: integer\n      renamed_from: shelf_life_days\n"},
        layer="food",
        path="entities/item.yaml",
    ),
    replaced(
        {"{id: waybill, ": "{id: waybill, renamed_from: delivery_note, "},
        layer="trade",
        path="entities/goods_receipt.yaml",
    ),
)


def no_imports(name: str, file: str, text: str) -> str:
    """Without what reads files into the fields that go."""
    return "" if file.startswith("mappings/") else text


NO_STORAGE = both(without("- id: storage", layer="food", path="entities/item.yaml"), no_imports)
NO_NOTE = both(
    without("- {id: delivery_note,", layer="trade", path="entities/goods_receipt.yaml"),
    replaced({", delivery_note": ""}, layer="trade", path="forms/goods_receipt.yaml"),
    no_imports,
)
NO_SHELF_LIFE = both(
    without("- id: shelf_life_days", layer="food", path="entities/item.yaml"),
    without("- id: last_day_default", layer="food", path=RULES),
    without("- id: last_day_default", layer="food", path="rules/assembly.yaml"),
    no_imports,
    replaced(
        {"after: last_day_default": "after: batch_default", "after: shelf_life_days": "after: tracking"}, layer="food"
    ),
)


def refusal(does: Callable[[], object]) -> tuple[Problem, ...]:
    """Why something is refused; it has to be."""
    with pytest.raises(Refused) as refused:
        does()
    return refused.value.problems


def post(world: World, draft: Submitted) -> Submitted:
    """A draft posted by the keeper."""
    return world.submit("goods_receipt", {}, transition="post", id=draft.id, version=draft.version)


def record(world: World, entity: str, id: str) -> records.Record:
    """A record as the published package sees it."""
    with world.site.reading() as (connection, running):
        found = records.get_one(connection, running.tables, entity, id)
    assert found is not None
    return found


def test_new_work_follows_the_new_rule_and_begun_work_the_old(world: World, food: App, elsewhere: Elsewhere) -> None:
    draft = world.receive([SOON], transition=None)
    assert world.receive([SOON]).state == "posted"
    strict = altered(food, STRICT)
    assert elsewhere.plan(strict) == ()
    assert elsewhere.publish(strict) == strict.digest != food.digest

    (problem,) = (each for each in refusal(lambda: world.receive([SOON])) if each.severity == "error")
    assert (problem.code, problem.path) == ("RUL-501", ("lines", 0, "last_day"))
    assert problem.parameters["message"]["en"] == "Less than five days left"
    fresh = world.receive([{**SOON, "last_day": "2026-03-07"}], transition=None)

    changed = world.submit("goods_receipt", {"note": "still the old one"}, id=draft.id, version=draft.version)
    assert post(world, changed).state == "posted"
    assert record(world, "goods_receipt", draft.id).package == food.digest
    assert record(world, "goods_receipt", fresh.id).package == strict.digest
    with world.site.reading() as (connection, _):
        told = journal.history(connection, "goods_receipt", draft.id)
    assert [(each.operation, each.package) for each in told] == [
        (each, food.digest) for each in ("create", "edit", "post")
    ]
    assert world.stock() == {"MILK": Decimal(6)}
    assert verify(world.site) == ()


def test_publishing_is_journaled_and_every_digest_stays_loadable(
    world: World, food: App, elsewhere: Elsewhere, furnished_url: str, clock: Clock
) -> None:
    strict = altered(food, STRICT)
    for app in (strict, food, strict):
        elsewhere.publish(app)
    with world.site.reading() as (connection, _):
        *older, newest = journal.history(connection, "package", "food")
        history = packages.history(connection)
    assert (newest.actor, newest.operation, newest.package) == (OPERATOR, "publish", strict.digest)
    assert newest.body == {
        "name": "food",
        "version": food.version,
        "digest": strict.digest,
        "layers": ["system", "trade", "food"],
    }
    assert [each.package for each in (*older, newest)] == [each.digest for each in history]
    assert [each.digest for each in history] == [food.digest, strict.digest, food.digest, strict.digest]
    late = open_site(furnished_url, clock=clock)
    try:
        assert late.app().digest == strict.digest
        for app in (food, strict):
            assert late.app_at(app.digest).digest == app.digest
            assert {layer.name: dict(layer.files) for layer in late.app_at(app.digest).layers} == {
                layer.name: dict(layer.files) for layer in app.layers
            }
        assert [each.code for each in refusal(lambda: late.app_at("sha256-none"))] == ["OPS-102"]
    finally:
        late.close()
    assert verify(world.site) == ()


def test_what_does_not_fit_is_not_published(world: World, food: App, elsewhere: Elsewhere) -> None:
    broken = [
        PackageFiles(layer.name, {path: text.replace(b"today()", b"yesterday()") for path, text in layer.files.items()})
        for layer in food.layers
    ]
    assert {each.severity for each in refusal(lambda: publish(elsewhere.site, broken, OPERATOR))} >= {"error"}
    renamed = altered(food, RENAMED)
    assert [each.code for each in refusal(lambda: publish(elsewhere.site, renamed.layers, OPERATOR))] == ["OPS-140"]
    assert world.site.app().digest == food.digest
    with world.site.reading() as (connection, _):
        assert len(journal.recent(connection, 10, "publish")) == 1


def test_a_renamed_field_keeps_its_data_for_old_and_new_documents(
    world: World, food: App, elsewhere: Elsewhere
) -> None:
    raw = {"supplier": "MILL", "place": "MAIN", "delivery_note": "J-1", "lines": [{"item": "MILK", "quantity": "3"}]}
    draft = world.submit("goods_receipt", {**raw, "lines": []})
    other = world.submit("goods_receipt", raw)
    renamed = altered(food, RENAMED)
    shown = {(step.kind, step.table, step.column, step.to): step.rows for step in elsewhere.plan(renamed)}
    assert shown == {
        ("rename_column", "e_item", "shelf_life_days", "keeps_for"): 11,
        ("rename_column", "e_goods_receipt", "delivery_note", "waybill"): 2,
    }
    elsewhere.publish(renamed)
    assert record(world, "item", world.id_of("item", "MILK")).values["keeps_for"] == 7
    assert record(world, "goods_receipt", draft.id).values["waybill"] == "J-1"

    lines = {"lines": raw["lines"], "delivery_note": "J-2"}
    draft = world.submit("goods_receipt", lines, id=draft.id, version=draft.version)  # a line by the old rules
    assert post(world, draft).state == "posted"
    assert post(world, other).state == "posted"
    posted = record(world, "goods_receipt", draft.id)
    assert (posted.values["waybill"], posted.package) == ("J-2", food.digest)
    assert posted.lines("lines")[0]["batch_code"] == "MILK-20260302"
    new = world.submit(
        "goods_receipt", {**{k: v for k, v in raw.items() if k != "delivery_note"}, "waybill": "J-3"}, transition="post"
    )
    assert record(world, "goods_receipt", new.id).lines("lines")[0]["last_day"] == posted.lines("lines")[0]["last_day"]
    assert world.stock() == {"MILK": Decimal(9)}
    assert verify(world.site) == ()


def test_data_is_dropped_only_with_the_flag(world: World, food: App, elsewhere: Elsewhere) -> None:
    fewer = altered(food, NO_STORAGE)
    (step,) = elsewhere.plan(fewer)
    assert (step.kind, step.table, step.column, step.rows, step.destructive) == (
        "drop_column",
        "e_item",
        "storage",
        10,
        True,
    )
    assert "10" in str(step)
    (problem,) = refusal(lambda: elsewhere.publish(fewer))
    assert (problem.code, problem.parameters["rows"]) == ("MIG-601", 10)
    flour = world.id_of("item", "FLOUR")
    assert record(world, "item", flour).values["storage"] == "pantry"
    elsewhere.publish(fewer, lossy=True)
    assert "storage" not in record(world, "item", flour).values
    assert world.receive([{"item": "FLOUR", "quantity": "1"}]).state == "posted"


@pytest.mark.parametrize(
    ("change", "table", "column"),
    [(NO_NOTE, "e_goods_receipt", "delivery_note"), (NO_SHELF_LIFE, "e_item", "shelf_life_days")],
    ids=["of the document", "behind a reference"],
)
def test_a_field_that_an_unfinished_document_reads_is_not_dropped(
    world: World, food: App, elsewhere: Elsewhere, change: Change, table: str, column: str
) -> None:
    raw = {"supplier": "MILL", "place": "MAIN", "delivery_note": "J-1", "lines": [SOON]}
    draft = world.submit("goods_receipt", raw)
    elsewhere.publish(altered(food, STRICT))
    fewer = altered(food, both(STRICT, change))
    for lossy in (False, True):
        problems = refusal(lambda lossy=lossy: elsewhere.publish(fewer, lossy=lossy))
        (kept,) = (each for each in problems if each.code == "MIG-602")
        told = (kept.parameters["table"], kept.parameters["column"], kept.parameters["packages"])
        assert told == (table, column, (food.digest,))
    assert record(world, "goods_receipt", draft.id).values["delivery_note"] == "J-1"
    world.submit("goods_receipt", {}, transition="cancel", id=draft.id, version=draft.version)
    assert elsewhere.publish(fewer, lossy=True) == fewer.digest
