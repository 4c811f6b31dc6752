"""Many at once: each transition happens once, nothing is sold twice, a key is carried out once, losers are told why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event

from engine.language.catalogue import message
from engine.language.problems import Problem, Refused
from engine.operations import submit as submitting
from engine.operations.case import Case
from engine.operations.stages import Walk
from engine.operations.submit import Submitted
from engine.operations.verify import verify
from engine.storage import records
from engine.storage.work import Outcome
from tests.operations.remote import Remote
from tests.operations.world import World

CLIENTS = 8
DRAFTS = 30
PATIENCE = 120.0
NAMES = {"keeper": "孔仓", "manager": "Morgan"}
FLOUR = {"item": "FLOUR", "quantity": "1"}
BATCH = {"batch": "FLOUR-20260302"}

Client = Callable[[], Submitted]
Answer = Submitted | tuple[Problem, ...]


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """As many threads as there are clients."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        yield pool


def at_once(threads: ThreadPoolExecutor, clients: Sequence[Client]) -> list[Answer]:
    """What each client is told when all start at the same moment. Whatever is not an answer is raised here."""
    start = Barrier(len(clients))

    def run(client: Client) -> Answer:
        start.wait(PATIENCE)
        try:
            return client()
        except Refused as refused:
            return refused.problems

    return list(threads.map(run, clients))


def winners(answers: Sequence[Answer]) -> list[int]:
    """The positions of the clients that had success."""
    return [position for position, each in enumerate(answers) if isinstance(each, Submitted)]


def numbers(world: World, entity: str) -> list[str]:
    """The numbers given out so far, in order."""
    with world.site.reading() as (connection, running):
        found = records.list_records(connection, running.tables, entity)
    return sorted(each.number for each in found if each.number is not None)


def test_eight_clients_post_a_draft_and_one_succeeds(world: World, threads: ThreadPoolExecutor) -> None:
    logins = ["keeper", "manager"] * (CLIENTS // 2)
    for login in NAMES:
        world.actor(login)
    for _ in range(DRAFTS):
        draft = world.receive([FLOUR], transition=None)

        def post(position: int, draft: Submitted = draft) -> Submitted:
            version = draft.version if position % 4 < 2 else None
            known = {"id": draft.id, "version": version, "login": logins[position]}
            return world.submit("goods_receipt", {}, transition="post", **known)

        answers = at_once(threads, [lambda position=position: post(position) for position in range(CLIENTS)])
        (winner,) = winners(answers)
        for answer in answers[:winner] + answers[winner + 1 :]:
            assert isinstance(answer, tuple)
            assert [problem.code for problem in answer] == ["WFL-106"]
            assert answer[0].parameters["by"] == NAMES[logins[winner]]
    assert world.stock() == {"FLOUR": Decimal(DRAFTS)}
    assert numbers(world, "goods_receipt") == [f"GR-BKY-2026-{number:05}" for number in range(1, DRAFTS + 1)]
    assert verify(world.site) == ()


def test_eight_clients_change_a_draft_and_one_succeeds(world: World, threads: ThreadPoolExecutor) -> None:
    draft = world.receive([FLOUR], transition=None)
    for _ in range(DRAFTS // 3):

        def change(position: int, draft: Submitted = draft) -> Submitted:
            values = {"note": str(position)}
            return world.submit("goods_receipt", values, id=draft.id, version=draft.version)

        answers = at_once(threads, [lambda position=position: change(position) for position in range(CLIENTS)])
        (winner,) = winners(answers)
        told = [answer[0] for answer in answers if isinstance(answer, tuple)]
        assert {(each.code, each.parameters["by"]) for each in told} == {("STO-120", "孔仓")}
        draft = answers[winner]  # type: ignore[assignment]
    assert draft.version == 1 + DRAFTS // 3
    assert verify(world.site) == ()


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_two_processes_post_the_same_drafts(world: World, furnished_url: str) -> None:
    persons = {NAMES[login]: world.id_of("person", login) for login in NAMES}
    drafts = [world.receive([FLOUR], transition=None) for _ in range(DRAFTS)]
    with ExitStack() as stack:
        others = [Remote(furnished_url, world.site.clock(), person) for person in persons.values()]
        told = [stack.enter_context(each).answers() for each in others]
        assert [next(each) for each in told] == [{"ready": True}] * 2
        for draft in drafts:
            asked = {"entity": "goods_receipt", "id": draft.id, "transition": "post", "raw": {}, "version": None}
            for each in others:
                each.ask([{**asked, "key": world.key()} for _ in range(CLIENTS // 2)])
            answers = [
                (name, next(each)) for name, each in zip(persons, told, strict=True) for _ in range(CLIENTS // 2)
            ]
            (winner,) = [name for name, answer in answers if answer.get("state") == "posted"]
            lost = [answer["refused"] for _, answer in answers if "refused" in answer]
            assert [list(each) for each in lost] == [["WFL-106"]] * (CLIENTS - 1)
            assert {each["WFL-106"]["by"] for each in lost} == {winner}
    assert world.stock() == {"FLOUR": Decimal(DRAFTS)}
    assert verify(world.site) == ()


def test_a_loser_needs_no_second_connection_for_the_name(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it holds locks it must not wait for a connection: all of them may be waiting for its locks."""
    draft = world.receive([FLOUR], transition=None)
    asked = {"transition": "post", "id": draft.id, "version": draft.version}
    commit, opened = submitting.commit, Counter[str]()
    most = 0

    def late(case: Case, judged: Walk) -> Outcome:
        """Somebody else is faster between the judgement and the lock."""
        monkeypatch.setattr(submitting, "commit", commit)
        world.submit("goods_receipt", {}, login="manager", **asked)
        event.listen(world.site.database.engine, "checkout", note)
        event.listen(world.site.database.engine, "checkin", note_end)
        return commit(case, judged)

    def note(*_: Any) -> None:
        nonlocal most
        opened["now"] += 1
        most = max(most, opened["now"])

    def note_end(*_: Any) -> None:
        opened["now"] -= 1

    monkeypatch.setattr(submitting, "commit", late)
    with pytest.raises(Refused) as refused:
        world.submit("goods_receipt", {}, **asked)
    (problem,) = refused.value.problems
    assert (problem.code, problem.parameters["by"]) == ("WFL-106", "Morgan")
    assert most == 1


def test_twenty_issues_of_one_kilogram_on_ten(world: World, threads: ThreadPoolExecutor) -> None:
    world.receive([{"item": "FLOUR", "quantity": "10"}])
    whole = [{**FLOUR, **BATCH}]
    halves = [{**FLOUR, **BATCH, "quantity": "0.5"}, {**FLOUR, **BATCH, "quantity": "500 g"}]

    def issue(position: int) -> Answer:
        try:
            return world.issue(halves if position % 2 else whole)
        except Refused as refused:
            return refused.problems

    answers = list(threads.map(issue, range(20)))
    assert len(winners(answers)) == 10
    assert numbers(world, "goods_issue") == [f"GI-BKY-2026-{number:05}" for number in range(1, 11)]
    for position, answer in enumerate(answers):
        for line, problem in enumerate(answer if isinstance(answer, tuple) else ()):
            seen: dict[str, Any] = dict(problem.parameters)
            needed = Decimal("0.5") if position % 2 else 1
            assert (problem.code, seen["needed"], seen["available"], seen["unit"]["en"]) == ("LED-130", needed, 0, "kg")
            assert problem.path[:2] == ("lines", line)
            assert "FLOUR 高筋面粉" in str(seen["what"])
            assert "FLOUR 高筋面粉" in message(problem, "zh")
    assert world.stock() == {}
    assert verify(world.site) == ()


@pytest.mark.parametrize("transition", [None, "post"])
def test_a_key_sent_by_eight_clients_is_carried_out_once(
    world: World, threads: ThreadPoolExecutor, transition: str | None
) -> None:
    for _ in range(6):
        key = world.key()
        answers = at_once(threads, [lambda key=key: world.receive([FLOUR], transition=transition, key=key)] * CLIENTS)
        told = [each for each in answers if isinstance(each, Submitted)]
        assert len(told) == CLIENTS
        assert len({(each.id, each.number, each.state, each.version) for each in told}) == 1
        assert Counter(each.replayed for each in told) == {False: 1, True: CLIENTS - 1}
    with world.site.reading() as (connection, running):
        assert records.count(connection, running.tables, "goods_receipt") == 6
    assert world.stock() == ({} if transition is None else {"FLOUR": Decimal(6)})
    assert verify(world.site) == ()


def test_a_key_that_posts_a_draft_sent_by_eight_clients_is_carried_out_once(
    world: World, threads: ThreadPoolExecutor
) -> None:
    for _ in range(6):
        draft, key = world.receive([FLOUR], transition=None), world.key()
        again = {"transition": "post", "id": draft.id, "version": draft.version, "key": key}
        answers = at_once(threads, [lambda again=again: world.submit("goods_receipt", {}, **again)] * CLIENTS)
        told = [each for each in answers if isinstance(each, Submitted)]
        assert len({(each.id, each.number, each.state, each.version) for each in told}) == 1
        assert Counter(each.replayed for each in told) == {False: 1, True: CLIENTS - 1}
    assert world.stock() == {"FLOUR": Decimal(6)}
    assert verify(world.site) == ()
