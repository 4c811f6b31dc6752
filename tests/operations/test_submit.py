"""The one way a document is written: what it does, what it refuses, what it does not do twice."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.language.problems import Refused
from engine.operations.verify import verify
from tests.operations.world import World

FLOUR = {"item": "FLOUR", "quantity": "25.350"}


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return sorted({problem.code for problem in refused.value.problems})


def test_a_posted_receipt_adds_exactly_its_quantity(world: World) -> None:
    done = world.receive([FLOUR])
    assert (done.state, done.number, done.version) == ("posted", "GR-BKY-2026-00001", 1)
    assert world.stock() == {"FLOUR": Decimal("25.350")}
    assert verify(world.site) == ()


def test_a_draft_posts_nothing_and_has_no_number(world: World) -> None:
    draft = world.receive([FLOUR], transition=None)
    assert (draft.state, draft.number) == ("draft", None)
    assert world.stock() == {}
    posted = world.submit("goods_receipt", {}, transition="post", id=draft.id, version=draft.version)
    assert (posted.state, posted.number) == ("posted", "GR-BKY-2026-00001")
    assert world.stock() == {"FLOUR": Decimal("25.350")}


def test_the_same_request_again_is_answered_again_and_done_once(world: World) -> None:
    first = world.receive([FLOUR], key="the-same-key-0001")
    again = world.receive([FLOUR], key="the-same-key-0001")
    assert (again.id, again.number, again.replayed) == (first.id, first.number, True)
    assert world.stock() == {"FLOUR": Decimal("25.350")}


def test_a_key_used_for_something_else_is_refused(world: World) -> None:
    world.receive([FLOUR], key="the-same-key-0002")
    with pytest.raises(Refused) as refused:
        world.receive([{"item": "FLOUR", "quantity": "1"}], key="the-same-key-0002")
    assert codes(refused) == ["STO-126"]


def test_all_problems_are_told_at_once_with_their_paths(world: World) -> None:
    with pytest.raises(Refused) as refused:
        world.submit(
            "goods_receipt",
            {"place": "MAIN", "lines": [{"item": "NOTHING", "quantity": "x"}, {"item": "EGG", "quantity": "1.5"}]},
            transition="post",
        )
    paths = {problem.path for problem in refused.value.problems}
    assert {("supplier",), ("lines", 0, "item"), ("lines", 0, "quantity"), ("lines", 1, "quantity")} <= paths


def test_more_than_there_is_cannot_leave(world: World) -> None:
    world.receive([{"item": "BAG", "quantity": "10"}])
    with pytest.raises(Refused) as refused:
        world.issue([{"item": "BAG", "quantity": "6"}, {"item": "BAG", "quantity": "6"}])
    (problem,) = refused.value.problems
    assert problem.code == "LED-130"
    assert (problem.parameters["needed"], problem.parameters["available"]) == (Decimal(6), Decimal(4))
    assert problem.path[:2] == ("lines", 1)
    assert world.stock() == {"BAG": Decimal(10)}
    assert world.issue([{"item": "BAG", "quantity": "10"}]).state == "posted"
    assert world.stock() == {}


def test_an_old_version_is_refused_and_says_who_was_faster(world: World) -> None:
    draft = world.receive([FLOUR], transition=None)
    world.submit("goods_receipt", {"note": "a"}, id=draft.id, version=draft.version)
    with pytest.raises(Refused) as refused:
        world.submit("goods_receipt", {"note": "b"}, id=draft.id, version=draft.version)
    (problem,) = refused.value.problems
    assert (problem.code, problem.parameters["by"]) == ("STO-120", "孔仓")


def test_a_second_posting_is_told_who_did_the_first(world: World) -> None:
    draft = world.receive([FLOUR], transition=None)
    world.submit("goods_receipt", {}, transition="post", id=draft.id)
    with pytest.raises(Refused) as refused:
        world.submit("goods_receipt", {}, transition="post", id=draft.id)
    (problem,) = refused.value.problems
    assert (problem.code, problem.parameters["by"]) == ("WFL-106", "孔仓")
    assert world.stock() == {"FLOUR": Decimal("25.350")}


def test_a_forbidden_field_is_an_error_and_nothing_is_dropped_silently(world: World) -> None:
    with pytest.raises(Refused) as refused:
        world.submit("item", {"name": "x"}, id=world.id_of("item", "FLOUR"), login="seller")
    assert codes(refused) == ["ACC-110"]


def test_a_posted_document_cannot_be_edited(world: World) -> None:
    done = world.receive([FLOUR])
    with pytest.raises(Refused) as refused:
        world.submit("goods_receipt", {"note": "later"}, id=done.id)
    assert "OPS-104" in codes(refused)
