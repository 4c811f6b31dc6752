"""Draws, counts, counted limits and reversals, through the real walk on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event

from engine.language.catalogue import message
from engine.language.problems import Problem, Refused
from engine.operations.case import Submission
from engine.operations.explain import explain, why
from engine.operations.publish import migrate, publish
from engine.operations.scenarios import Clock
from engine.operations.site import open_site
from engine.operations.story.plant import plant
from engine.operations.submit import Submitted
from engine.operations.verify import verify
from engine.packages.scenario import read_seeds
from engine.storage import balances
from engine.storage.balances import LedgerRows
from tests.operations.conftest import NOW, copied
from tests.operations.pantry import LAYER, pantry
from tests.operations.world import SEEDS, World

Line = Mapping[str, Any]
OLD, NEW, LATE = "2026-03-05", "2026-04-01", "2026-05-01"


def stocked(url: str) -> None:
    """A pantry with three lots of flour: 5 kg old, 10 kg new, 20 kg late; and 100 bags without lots."""
    app, clock = pantry(), Clock(NOW)
    site = open_site(url, clock=clock)
    migrate(site, app, False)
    publish(site, app.layers, "test")
    seeds, problems = read_seeds(app.layers[-2])
    assert not problems
    plant(site, clock, [seed for seed in seeds if seed.seed in SEEDS], lambda done, total: None)
    world = World(site)
    for code, last in (("A-LATE", LATE), ("B-OLD", OLD), ("C-NEW", NEW)):
        world.submit("lot", {"code": code, "last_day": last})
    bring(world, [flour("20", "A-LATE"), flour("5", "B-OLD"), flour("10", "C-NEW"), {"item": "BAG", "quantity": "100"}])
    site.close()


@pytest.fixture
def store(dialect: str, request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[World]:
    """The stocked pantry. After every test each balance is the sum of its postings."""
    with copied(dialect, stocked, request, tmp_path) as url:
        site = open_site(url, clock=clock)
        yield World(site)
        assert verify(site) == ()
        site.close()


def flour(quantity: str, lot: str | None = None, **more: Any) -> dict[str, Any]:
    return {"item": "FLOUR", "quantity": quantity, **({"lot": lot} if lot else {}), **more}


def do(world: World, entity: str, lines: list[Line], **more: Any) -> Submitted:
    far = {"bring": "SUPPLIERS", "take": "CUSTOMERS", "promise": "CUSTOMERS", "tally": "LOSS"}[entity]
    more.setdefault("transition", "post")
    return world.submit(entity, {"place": "MAIN", "other": far, "lines": lines}, **more)


def bring(world: World, lines: list[Line]) -> Submitted:
    return do(world, "bring", lines)


def take(world: World, *lines: Line, **more: Any) -> Submitted:
    return do(world, "take", list(lines), **more)


def lying(world: World, item: str = "FLOUR") -> dict[tuple[str | None, str], Decimal]:
    """What lies in the main store by lot and status."""
    with world.site.reading() as (connection, running):
        source = LedgerRows(running.tables, "pantry", "balance", "cell")
        columns = [("item", "code"), ("place", "code"), ("lot", "code"), ("status",), ("quantity",)]
        rows = balances.rows(connection, source, columns)
    return {
        (lot, status): amount
        for code, place, lot, status, amount in rows
        if (code, place, bool(amount)) == (item, "MAIN", True)
    }


def refusal(act: Callable[[], object]) -> tuple[Problem, ...]:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.problems


def test_what_expires_first_goes_first(store: World) -> None:
    take(store, flour("7"))
    assert lying(store) == {("A-LATE", "ok"): 20, ("C-NEW", "ok"): 8}
    take(store, flour("8"), flour("1.5"))
    assert lying(store) == {("A-LATE", "ok"): Decimal("18.5")}


def test_a_stated_lot_is_taken_and_no_other(store: World) -> None:
    take(store, flour("3", "A-LATE"))
    assert lying(store)["A-LATE", "ok"] == 17
    problems = refusal(lambda: take(store, flour("17.5", "A-LATE")))
    assert [each.code for each in problems] == ["LED-130"]
    assert "17" in message(problems[0], "zh")


def test_two_lines_of_one_document_never_take_the_same_goods(store: World) -> None:
    take(store, flour("2", "B-OLD"), flour("5"), flour("1"))
    assert lying(store) == {("A-LATE", "ok"): 20, ("C-NEW", "ok"): 7}


def test_items_without_lots_are_drawn_alike(store: World) -> None:
    take(store, {"item": "BAG", "quantity": "30"})
    assert lying(store, "BAG") == {(None, "ok"): 70}


def test_what_is_drawn_leaves_the_cell_it_lies_in(store: World) -> None:
    """Flour is no longer kept by lot: what came in before still leaves lot by lot, what came in after has none."""
    item = store.id_of("item", "FLOUR")
    store.submit("item", {"tracking": "none"}, id=item, login="manager")
    bring(store, [flour("4")])
    take(store, flour("7"), flour("1", "A-LATE"))
    assert lying(store) == {("A-LATE", "ok"): 19, ("C-NEW", "ok"): 8, (None, "ok"): 4}


def test_what_is_past_its_last_day_is_gone_at_that_instant(store: World, clock: Clock) -> None:
    """The last day is still good; when it ends in the zone of the store the lot is neither drawn nor counted."""
    clock.now = clock.now.replace(month=3, day=5, hour=15, minute=59)  # one minute before midnight in Shanghai
    take(store, flour("1"))
    assert lying(store)["B-OLD", "ok"] == 4
    clock.now += timedelta(minutes=1)
    take(store, flour("1"))
    assert lying(store) == {("A-LATE", "ok"): 20, ("B-OLD", "ok"): 4, ("C-NEW", "ok"): 9}
    problems = refusal(lambda: take(store, flour("30")))
    assert [each.code for each in problems] == ["LED-135"]
    assert problems[0].parameters["available"] == 29
    for language, words in (("zh", "最后可用日"), ("en", "last day")):
        text = message(problems[0], language)
        assert words in text, text
        assert "4" in text
    assert problems[0].path == ("lines", 0)


def test_frozen_goods_are_not_taken(store: World) -> None:
    bring(store, [flour("50", "C-NEW", status="frozen")])
    problems = refusal(lambda: take(store, flour("36")))
    assert problems[0].code == "LED-135"
    assert "50" in message(problems[0], "en")


def test_what_is_promised_stays(store: World) -> None:
    """35 kg lie there; of 30 promised nobody else gets more than 5, and what expires lowers it."""
    promised = do(store, "promise", [flour("30")])
    problems = refusal(lambda: take(store, flour("6")))
    assert [each.code for each in problems] == ["LED-101"]
    assert problems[0].parameters["available"] == 5
    take(store, flour("5"))
    assert refusal(lambda: do(store, "promise", [flour("0.001")]))[0].code == "LED-101"
    store.submit("promise", {}, transition="undo", id=promised.id)
    take(store, flour("30"))


def test_nothing_is_promised_that_expires(store: World, clock: Clock) -> None:
    clock.now += timedelta(days=4)
    assert refusal(lambda: do(store, "promise", [flour("30.001")]))[0].parameters["available"] == 30
    do(store, "promise", [flour("30")])


def test_a_count_makes_the_balance_what_was_counted(store: World) -> None:
    do(
        store,
        "tally",
        [flour("4.2", "B-OLD"), flour("10", "C-NEW"), flour("0", "A-LATE"), {"item": "BAG", "quantity": "103"}],
    )
    assert lying(store) == {("B-OLD", "ok"): Decimal("4.2"), ("C-NEW", "ok"): 10}
    assert lying(store, "BAG") == {(None, "ok"): 103}


def test_a_count_is_never_refused(store: World) -> None:
    do(store, "promise", [flour("35")])
    do(store, "tally", [flour("0", "A-LATE")])
    assert refusal(lambda: take(store, flour("1")))[0].code == "LED-101"


def test_a_fact_takes_what_there_is_and_then_goes_below(store: World) -> None:
    """Goods that were sold are gone: first the good ones, then the others, then the last one is overdrawn."""
    changed = LAYER["postings/taken.yaml"].replace("each: lines", "each: lines\nkind: fact")
    fact = pantry({"postings/taken.yaml": changed})
    publish(store.site, fact.layers, "test")
    bring(store, [flour("1", "B-OLD", status="frozen")])
    take(store, flour("40"))
    assert lying(store) == {("B-OLD", "frozen"): -4}
    problems = refusal(lambda: take(store, {"item": "SUGAR", "quantity": "1"}))
    assert [each.code for each in problems] == ["LED-131"]


def test_a_fact_overdraws_what_was_there_until_all_of_it_was_gone(store: World) -> None:
    """That nothing is left is no reason to refuse what has happened; only of what never was it cannot be told."""
    changed = LAYER["postings/taken.yaml"].replace("each: lines", "each: lines\nkind: fact")
    publish(store.site, pantry({"postings/taken.yaml": changed}).layers, "test")
    take(store, flour("35"))
    assert lying(store) == {}
    take(store, flour("2"))
    assert sum(lying(store).values()) == -2


def test_a_reversal_is_the_exact_inverse(store: World) -> None:
    before = lying(store)
    done = take(store, flour("12"))
    take(store, flour("1", "A-LATE"))
    store.submit("take", {}, transition="undo", id=done.id)
    assert lying(store) == {**before, ("A-LATE", "ok"): 19}
    assert [each.code for each in refusal(lambda: store.submit("take", {}, transition="undo", id=done.id))] == [
        "WFL-106"
    ]


def test_the_choice_is_explained(store: World, clock: Clock) -> None:
    clock.now += timedelta(days=4)
    done = take(store, flour("12"))
    for language in ("zh", "en"):
        told = why(store.site, replace(store.actor("keeper"), language=language), "take", done.id)
        step = next(each for each in told.steps if each.kind == "draw")
        assert (step.rule, step.file) == ("fefo", "pantry/ledgers/pantry.yaml")
        assert step.line > 0
        assert "C-NEW (2026-04-01) 10" in step.given
        assert "A-LATE (2026-05-01) 2" in step.given
        assert "B-OLD (2026-03-05) 5" in step.detail
    assert "First expiring first" in step.text
    trial = explain(
        store.site,
        store.actor("keeper"),
        Submission(
            "take", None, "post", {"place": "MAIN", "other": "CUSTOMERS", "lines": [flour("1")]}, None, store.key()
        ),
    )
    assert any(each.kind == "draw" for each in trial.steps)
    assert len(trial.entries) == 2


def test_lines_cost_no_statements(store: World) -> None:
    def cost(lines: list[Line]) -> int:
        sent: list[str] = []
        engine = store.site.database.engine

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            sent.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            take(store, *lines)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(sent)

    cost([flour("0.1")])
    assert cost([flour("0.1")]) == cost([flour("0.1")] * 40)


def test_many_draw_at_once_and_nothing_is_taken_twice(store: World) -> None:
    """40 clients want 1 kg each of 35 kg in three lots, 10 of which are promised: 25 get it, 15 are told."""
    do(store, "promise", [flour("10")])
    store.actor("keeper")
    clients, start = 40, Barrier(8)

    def run(_number: int) -> str:
        if _number < 8:
            start.wait(30)
        try:
            take(store, flour("1"))
        except Refused as refused:
            return ",".join(each.code for each in refused.problems)
        return "taken"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(run, range(clients)))
    assert (answers.count("taken"), answers.count("LED-101")) == (25, 15), answers
    assert sum(lying(store).values()) == 10
