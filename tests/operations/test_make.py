"""A transition finds or makes records of another entity: once each, judged like any other, with the document or not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from engine.language.catalogue import message
from engine.language.problems import Problem, Refused
from engine.operations import explain as explaining
from engine.operations import submit as submitting
from engine.operations.case import Case, Submission
from engine.operations.explain import Beside, explain
from engine.operations.people import player
from engine.operations.stages import Walk
from engine.operations.submit import Submitted
from engine.operations.verify import verify
from engine.storage.work import Intent, Outcome
from tests.operations.depot import Depot
from tests.operations.test_races import at_once, winners
from tests.operations.test_statements import counted

FLOUR = {"item": "FLOUR", "quantity": "10", "batch_code": "F1", "last_day": "2026-09-01"}
MILK = {"item": "MILK", "quantity": "4", "batch_code": "M1", "last_day": "2026-03-20"}


def refused(depot: Depot, lines: list[dict[str, Any]], **more: Any) -> list[Problem]:
    """The problems of a receipt that must not go through; nothing may be left of it."""
    before = depot.all("batch"), depot.stock()
    with pytest.raises(Refused) as caught:
        depot.receive(lines, **more)
    assert (depot.all("batch"), depot.stock()) == before
    return list(caught.value.problems)


def test_a_receipt_makes_the_batch_of_each_line(depot: Depot) -> None:
    done = depot.receive([FLOUR, {"item": "BAG", "quantity": "3"}, MILK])
    receipt = depot.record("goods_receipt", done.id)
    flour, milk = sorted(depot.all("batch"), key=lambda each: str(each.values["code"]))
    assert [line["batch"] for line in receipt.lines("lines")] == [flour.id, None, milk.id]
    assert flour.values == {
        "item": depot.id_of("item", "FLOUR"),
        "code": "F1",
        "last_day": date(2026, 9, 1),
        "received_on": date(2026, 3, 2),
        "supplier": depot.id_of("supplier", "MILL"),
        "home": depot.id_of("place", "DRY"),
        "shown_as": "FLOUR/F1",
    }
    assert (flour.version, flour.created_by, flour.package) == (1, "keeper", receipt.package)
    assert depot.stock() == {("FLOUR", "F1"): Decimal(10), ("BAG", None): Decimal(3), ("MILK", "M1"): Decimal(4)}
    assert verify(depot.site) == ()


def test_the_journal_names_the_document_that_made_it(depot: Depot) -> None:
    done = depot.receive([FLOUR])
    (batch,) = depot.all("batch")
    (entry,) = depot.journal("batch", batch.id)
    assert entry.body["made_by"] == {"entity": "goods_receipt", "id": done.id}
    assert (entry.entry, entry.actor, entry.operation) == (1, "keeper", "create")
    assert entry.body["changed"]["last_day"] == [None, "2026-09-01"]
    assert {step["rule"] for step in entry.body["trace"]} == {"shown_as", "lasts"}
    (own,) = depot.journal("goods_receipt", done.id)
    assert own.body["changed"]["lines"][1][0]["batch"] == batch.id
    assert "made_by" not in own.body


def test_a_batch_that_exists_is_taken_if_the_same_is_stated(depot: Depot) -> None:
    depot.receive([FLOUR])
    again = depot.receive([{**FLOUR, "quantity": "5", "last_day": ""}])  # nothing stated contradicts nothing
    (batch,) = depot.all("batch")
    assert batch.version == 1
    assert len(depot.journal("batch", batch.id)) == 1
    assert depot.record("goods_receipt", again.id).lines("lines")[0]["batch"] == batch.id
    depot.submit(
        "goods_receipt", {"supplier": "MILL", "received_on": "2026-03-05", "lines": [FLOUR]}, transition="post"
    )
    assert depot.stock() == {("FLOUR", "F1"): Decimal(25)}, "what is initial is not compared"


def test_a_batch_that_says_something_else_is_refused_by_name(depot: Depot) -> None:
    depot.receive([FLOUR])
    (problem,) = refused(depot, [MILK, {**FLOUR, "last_day": "2026-10-01"}], role="chief")
    assert (problem.code, problem.path) == ("WFL-155", ("lines", 1, "last_day"))
    assert message(problem, "en") == "Batch FLOUR F1 exists already, and its Last day is 2026-09-01, not 2026-10-01."
    (problem,) = refused(depot, [{**FLOUR, "last_day": "2026-10-01"}])
    assert message(problem, "zh") == "批次 FLOUR F1 已经存在，最后可用日不是 2026-10-01。", (
        "who sees no batches is not told what is in them"
    )


def test_take_and_refuse(depot: Depot) -> None:
    depot.receive([FLOUR])
    depot.receive([{**FLOUR, "last_day": "2026-10-01"}], transition="take")
    assert depot.stock() == {("FLOUR", "F1"): Decimal(20)}
    (problem,) = refused(depot, [FLOUR], transition="post_new")
    assert (problem.code, problem.path) == ("WFL-156", ("lines", 0, "item"))
    assert message(problem, "en") == "Batch FLOUR F1 exists already."
    depot.receive([MILK], transition="post_new")


def test_two_lines_with_one_identity_make_one_record(depot: Depot) -> None:
    done = depot.receive([FLOUR, {**FLOUR, "quantity": "2"}])
    (batch,) = depot.all("batch")
    assert {line["batch"] for line in depot.record("goods_receipt", done.id).lines("lines")} == {batch.id}
    (problem,) = refused(depot, [MILK, {**MILK, "last_day": "2026-03-21"}])
    assert (problem.code, problem.path) == ("WFL-157", ("lines", 1, "last_day"))
    assert message(problem, "en").startswith("Elsewhere (line 1) this document states 2026-03-20 as the Last day")


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"batch_code": ""}, "WFL-158", ("lines", 0, "batch_code")),
        ({"last_day": ""}, "WFL-158", ("lines", 0, "last_day")),
        ({"batch_code": "much-too-long-a-code"}, "VAL-103", ("lines", 0, "batch_code")),
        ({"last_day": "2026-02-01"}, "RUL-501", ("lines", 0, "last_day")),
    ],
)
def test_what_is_made_is_judged_like_any_other(
    depot: Depot, change: dict[str, str], code: str, path: tuple[object, ...]
) -> None:
    (problem,) = refused(depot, [{**FLOUR, **change}])
    assert (problem.code, problem.path) == (code, path)
    depot.receive([{**FLOUR, **change}], transition=None)  # a draft may say so: nothing is made yet
    assert depot.all("batch") == ()


def test_a_record_with_a_life_of_its_own_begins_as_a_draft(depot: Depot) -> None:
    done = depot.receive([FLOUR])
    for _ in range(2):  # it has no identity: each time it is a new one
        depot.submit("goods_receipt", {}, id=done.id, transition="plan", role="chief")
    first, second = depot.all("recheck")
    assert first.id != second.id
    assert (first.state, first.number, first.values["result"]) == ("open", None, None)
    assert first.values["receipt"] == done.id
    with pytest.raises(Refused):
        depot.submit("recheck", {}, id=first.id, transition="finish", role="chief")
    depot.submit("recheck", {"result": "good"}, id=first.id, transition="finish", role="chief")


def test_trying_shows_what_would_be_made_and_writes_nothing(depot: Depot) -> None:
    depot.receive([FLOUR])
    raw = {"supplier": "MILL", "received_on": "2026-03-02", "lines": [FLOUR, MILK]}
    with depot.site.reading() as (connection, running):
        chief = player(connection, running, "chief", ("chief",), "en")
    tried = explain(depot.site, chief, Submission("goods_receipt", None, "post", raw, None, "try-it-without"))
    assert tried.problems == ()
    assert [(each.called, each.title, each.is_new) for each in tried.beside] == [
        ("Batch", "FLOUR F1", False),
        ("Batch", "MILK M1", True),
    ]
    assert all(isinstance(each, Beside) for each in tried.beside)
    assert [move.target for move in tried.moves] == ["FLOUR F1", "MILK M1"]
    assert len(depot.all("batch")) == 1
    assert depot.stock() == {("FLOUR", "F1"): Decimal(10)}


def test_trying_while_somebody_is_faster_is_told_so(depot: Depot, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch is made between the judgement and the rehearsal under lock: no reason to fail."""
    asked = explaining.intent

    def late(case: Case, judged: Walk) -> Intent:
        monkeypatch.setattr(explaining, "intent", asked)
        depot.receive([FLOUR])
        return asked(case, judged)

    monkeypatch.setattr(explaining, "intent", late)
    raw = {"supplier": "MILL", "received_on": "2026-03-02", "lines": [FLOUR]}
    with depot.site.reading() as (connection, running):
        chief = player(connection, running, "chief", ("chief",), "en")
    tried = explain(depot.site, chief, Submission("goods_receipt", None, "post", raw, None, "try-it-once-more"))
    assert [problem.code for problem in tried.problems] == ["OPS-107"]


def test_eight_clients_make_the_same_batch_at_once(depot: Depot) -> None:
    with ThreadPoolExecutor(8) as threads:
        for number in range(5):
            lines = [
                {**FLOUR, "batch_code": f"F{number}", "quantity": "1"},
                {**MILK, "batch_code": f"M{number}", "quantity": "1"},
            ]
            clients = [lambda lines=lines[:: 1 - 2 * (each % 2)]: depot.receive(lines) for each in range(8)]
            answers = at_once(threads, clients)
            assert len(winners(answers)) == 8, answers
    batches = depot.all("batch")
    assert len(batches) == 10
    assert {each.version for each in batches} == {1}
    assert {(batch, quantity) for (_, batch), quantity in depot.stock().items()} == {
        (str(each.values["code"]), Decimal(8)) for each in batches
    }
    assert verify(depot.site) == ()


def test_whoever_was_slower_is_judged_anew(depot: Depot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the judgement and the lock somebody makes the batch, with another last day: that is told, not a clash."""
    commit = submitting.commit

    def late(case: Case, judged: Walk) -> Outcome:
        monkeypatch.setattr(submitting, "commit", commit)
        depot.receive([{**FLOUR, "last_day": "2026-12-01"}])
        return commit(case, judged)

    monkeypatch.setattr(submitting, "commit", late)
    with pytest.raises(Refused) as caught:
        depot.receive([FLOUR])
    assert [problem.code for problem in caught.value.problems] == ["WFL-155"]
    assert len(depot.all("batch")) == 1


def test_a_hundred_lines_cost_the_statements_of_one(depot: Depot) -> None:
    for number in range(101):
        depot.item(f"I{number}", home=("COLD", "DRY")[number % 2])
    depot.receive([FLOUR])  # the counter is there

    def costs(first: int, count: int, receive: str) -> int:
        lines = [{**FLOUR, "item": f"I{first + each}", "batch_code": "B"} for each in range(count)]
        with counted(depot) as sent:  # type: ignore[arg-type]
            assert isinstance(depot.receive(lines, transition=receive), Submitted)
        return len(sent)

    assert costs(0, 1, "post") == costs(1, 100, "post")  # made
    assert costs(0, 1, "post") == costs(1, 100, "post")  # found
    assert len(depot.all("batch")) == 102
