"""A document on its way through an approval: begun, decided, ended, left behind; and every reason against it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from engine.entities.changes import CloseTask, OpenTask
from engine.entities.task import MayAct, Task
from engine.language.catalogue import message
from engine.workflows.advance import advance, offered
from engine.workflows.approve import LONGEST_OPINION, Approval
from engine.workflows.proceed import following

LIFE = """
workflow: receipt
states: [draft, review, {id: posted, final: true}]
transitions:
  - {id: submit, from: draft, to: review, runs: approval, steps: [{assign: note, to: "'sent'"}]}
  - {id: accept, from: review, to: posted, on: approval.approved, numbers: true, posts: [goods_in], when: total < 5000,
     message: {zh: 太多, en: Too much}, steps: [{assign: checked_by, to: actor.person}]}
  - {id: refuse, from: review, to: draft, on: approval.rejected}
  - {id: withdraw, from: review, to: draft, who: applicant}
  - {id: remind, from: review, to: review}
flows:
  - id: approval
    steps:
      - {approve: first, who: role(keeper), label: {zh: 一审, en: First}}
      - route: by_amount
        cases:
          - when: total >= 100
            steps: [{approve: second, who: person(checked_by), opinion: always}, {notify: told, to: applicant, notice: big}]
          - {when: total < 0, steps: [{end: rejected}]}
          - {else: []}
      - {notify: done, to: applicant, notice: done}
"""
SCOPE = {"total": Decimal(5), "checked_by": {"id": "pat"}, "note": None, "created_by": "ann"}


@pytest.fixture
def life(read):
    found = read(LIFE)
    assert found.problems == ()
    return found.workflow


@pytest.fixture
def approval(life, people, now, record):
    def make(actor, tasks=(), state="review", total=5, **more):
        scope = {**SCOPE, "total": Decimal(total), "actor": {"person": {"id": actor.person}}}
        move = partial(_advance, life, actor, people, now)
        return Approval(life, record(state), scope, actor, tasks, move, people, name_of=str.title, **more)

    return make


def _advance(life, actor, people, now, transition, record, scope, *, by_flow=False):
    return advance(life, transition, record, actor, scope, now=now, directory=people, by_flow=by_flow)


def task(step="first", state="open", now=None, **more):
    id = f"receipt:r1:approval:1:{step}"
    who = {"first": MayAct("keeper"), "second": MayAct(person="pat")}[step]
    more.setdefault("barred", "ann")
    return Task(
        id,
        "receipt",
        "r1",
        "approval",
        step,
        more.pop("round", 1),
        state,
        now,
        (who,) if state == "open" else (),
        **more,
    )


def kinds(taken):
    return [(type(change).__name__, getattr(change, "step", getattr(change, "state", ""))) for change in taken.requests]


def test_a_flow_begins_with_the_transition_that_runs_it(approval, person):
    taken, problems = approval(person("ann"), state="draft").take("submit")
    assert problems == ()
    assert (taken.to, taken.numbers, taken.posts, taken.values) == ("review", False, (), {"note": "sent"})
    (opened,) = taken.requests
    assert isinstance(opened, OpenTask)
    assert (opened.step, opened.round, opened.may_act, opened.barred) == ("first", 1, (MayAct("keeper"),), "ann")
    assert [getattr(each, "word", "transition") for each in taken.trace] == ["transition", "approve"]


def test_each_time_it_begins_is_a_round_of_its_own(approval, person, now):
    before = (task(state="rejected", now=now, version=2, round=3),)
    taken, _ = approval(person("ann"), before, "draft").take("submit")
    assert (taken.requests[0].round, taken.requests[0].id) == (4, "receipt:r1:approval:4:first")


def test_the_last_approval_takes_the_transition_of_the_end(approval, person, now):
    taken, problems = approval(person("kim", "keeper"), (task(now=now),)).decide("approve", "fine", 3)
    assert problems == ()
    assert (taken.to, taken.numbers, taken.posts, taken.posters) == (
        "posted",
        True,
        ("goods_in",),
        {"goods_in": "accept"},
    )
    assert taken.values == {"checked_by": "kim"}
    assert taken.requests == (CloseTask("receipt:r1:approval:1:first", "approved", 4, "fine"),)
    assert [(tell.notice, tell.to) for tell in taken.tells] == [("done", ("ann",))]
    assert [(getattr(each, "word", "transition"), getattr(each, "outcome", each)) for each in taken.trace[:-1]] == [
        ("approve", "approved"),
        ("route", "case"),
        ("notify", "told"),
    ]


def test_the_route_is_judged_when_its_turn_comes(approval, person, now):
    taken, _ = approval(person("kim", "keeper"), (task(now=now),), total=100).decide("approve", "", 3)
    assert (taken.to, taken.posts, kinds(taken)) == ("review", (), [("CloseTask", "approved"), ("OpenTask", "second")])
    assert taken.trace[1].seen == (("total", Decimal(100)),)
    second = (task(state="approved", now=now, version=4), task("second", now=now + timedelta(minutes=1)))
    taken, _ = approval(person("pat"), second, total=50).decide("approve", "good", 4)
    assert (taken.to, [tell.notice for tell in taken.tells]) == ("posted", ["big", "done"])


def test_an_end_inside_a_route_ends_at_once(approval, person, now):
    taken, _ = approval(person("kim", "keeper"), (task(now=now),), total=-1).decide("approve", "", 3)
    assert (taken.to, taken.posts, taken.tells) == ("draft", (), ())


def test_a_rejection_ends_in_the_end_for_it(approval, person, now):
    taken, _ = approval(person("kim", "keeper"), (task(now=now),)).decide("reject", "too dear", 3)
    assert (taken.to, taken.numbers, taken.posts) == ("draft", False, ())
    assert taken.requests == (CloseTask("receipt:r1:approval:1:first", "rejected", 4, "too dear"),)


def test_the_condition_of_the_transition_at_the_end_counts(approval, person, now):
    tasks = (task(state="approved", now=now, version=2), task("second", now=now))
    taken, (problem,) = approval(person("pat"), tasks, total=9000).decide("approve", "x", 3)
    assert (taken, problem.code, message(problem, "en")) == (None, "WFL-103", "Too much")


@pytest.mark.parametrize(("transition", "closes"), [("withdraw", True), ("remind", False)])
def test_what_is_left_behind_is_closed(approval, person, now, transition, closes):
    taken, _ = approval(person("ann"), (task(now=now),)).take(transition, "later")
    wanted = (CloseTask("receipt:r1:approval:1:first", "cancelled", 4, "later", transition),) if closes else ()
    assert taken.requests == wanted


def test_the_transition_of_an_end_is_no_button_and_never_taken_by_hand(approval, person, life, people):
    _, (problem,) = approval(person("kim", "keeper")).take("accept")
    assert problem.code == "WFL-127"
    assert [offer.transition for offer in offered(life, "review", person("ann"), SCOPE, people)] == [
        "withdraw",
        "remind",
    ]


@pytest.mark.parametrize(
    ("actor", "decision", "opinion", "looked_at", "code"),
    [
        (("zed", "buyer"), "approve", "", 3, "WFL-122"),
        (("ann", "keeper"), "approve", "", 3, "WFL-122"),
        (("kim", "keeper"), "approve", "", None, "WFL-123"),
        (("kim", "keeper"), "reject", "", 3, "WFL-125"),
        (("kim", "keeper"), "reject", "x" * (LONGEST_OPINION + 1), 3, "WFL-126"),
    ],
)
def test_what_is_refused(approval, person, now, actor, decision, opinion, looked_at, code):
    taken, (problem,) = approval(person(*actor), (task(now=now),)).decide(decision, opinion, looked_at)
    assert (taken, problem.code) == (None, code)
    assert all(message(problem, language) for language in ("zh", "en"))


def test_a_refusal_says_who_can(approval, person, now):
    title = lambda role: {"zh": "仓管", "en": "Keeper"}  # noqa: E731
    _, (problem,) = approval(person("zed"), (task(now=now),), title_of=title).decide("approve", "", 3)
    assert message(problem, "zh") == "“一审”不归您审批。可以审批的人：仓管。"
    _, (problem,) = approval(person("zed"), (task("second", now=now),)).decide("approve", "", 3)
    assert problem.parameters["who"] == {"zh": "Pat", "en": "Pat"}


def test_who_was_too_slow_is_told_who_decided(approval, person, now):
    first = task(state="approved", now=now, version=4, decided_by="lee", decided_at=now)
    second = replace(task("second", now=now), may_act=(MayAct("keeper"),))
    kim = approval(person("kim", "keeper"), (first, second))
    _, (problem,) = kim.decide("approve", "x", 3)
    assert message(problem, "en") == "First was already decided: Lee approved it at 2026-03-01T08:30:00+00:00."
    assert kim.decide("approve", "x", 4)[0] is not None, "who looked at the next step decides on that"
    done = approval(person("kim", "keeper"), (first,))
    assert done.decide("approve", "", 4)[1][0].code == "WFL-120"


def test_nothing_waits(approval, person):
    assert [problem.code for problem in approval(person("kim", "keeper")).decide("approve", "", 3)[1]] == ["WFL-121"]


def test_the_words_of_a_withdrawal_have_the_same_limit(approval, person, now):
    _, problems = approval(person("ann"), (task(now=now),)).take("withdraw", "x" * (LONGEST_OPINION + 1))
    assert [problem.code for problem in problems] == ["WFL-126"]


def test_a_flow_that_must_not_stand_still_is_refused_before_it_begins(life, approval, person):
    flow = life.flows[0]
    strict = life.model_copy(update={"flows": (flow.model_copy(update={"empty": "refuse"}),)})
    nobody = replace(
        approval(person("ann"), state="draft", total=100), workflow=strict, able=lambda person: person == "kim"
    )
    taken, problems = nobody.take("submit")
    assert (taken, [problem.code for problem in problems]) == (None, ["WFL-124"])
    small = replace(nobody, scope={**nobody.scope, "total": Decimal(5)})
    assert small.take("submit")[0] is not None


def test_what_would_follow(approval, person, now):
    open_ = task(now=now)
    coming = approval(person("zed"), (open_,), total=100).ahead(open_)
    assert [(step.approve, who) for step, who in coming] == [("second", (MayAct(person="pat"),))]
    assert approval(person("zed"), (open_,), total=5).ahead(open_) == ()


def test_what_follows_a_step_is_the_rest_of_every_list_around_it(life):
    steps = life.flows[0].steps
    assert [each.id for each in following(steps, "first")] == ["by_amount", "done"]
    assert [each.id for each in following(steps, "second")] == ["told", "done"]
    assert following(steps, "done") == ()
    assert following(steps, "nothing") is None
