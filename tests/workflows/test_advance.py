"""Moving a document on: where it stands, who may, under which condition, and what follows."""

from decimal import Decimal

import pytest

from engine.entities.changes import CancelDue, Send, SetDue
from engine.language.catalogue import message
from engine.workflows.advance import advance, already_moved, offered

SCOPE = {"total": Decimal(5), "number": "GR1", "checked_by": None, "actor": {"person": {"id": "kim"}}}


@pytest.fixture
def take(receipt, people, now):
    def run(transition, record, actor, scope=SCOPE, **options):
        return advance(receipt, transition, record, actor, scope, now=now, directory=people, language="en", **options)

    return run


def test_everything_that_follows(take, record, person):
    taken, problems = take("post", record("review"), person("kim", "keeper"))
    assert problems == ()
    assert (taken.to, taken.numbers, taken.posts, taken.values) == (
        "posted",
        True,
        ("goods_in",),
        {"checked_by": "kim"},
    )
    assert taken.requests == (
        CancelDue("deadline:receipt:r1:slow"),
        Send(
            "receipt:r1:3:post:1",
            "mail",
            ("kim", "lee", "ann"),
            "GR1 is in stock",
            "GR1 is in stock",
            ("receipt", "r1"),
        ),
    )
    (moved,) = taken.trace
    assert (moved.source, moved.to, moved.seen) == ("review", "posted", (("total", Decimal(5)),))
    assert moved.place.line == 10


def test_a_deadline_that_was_never_set_is_not_cancelled(take, record, person):
    taken, _ = take("post", record("draft"), person("kim", "keeper"))
    assert [type(change) for change in taken.requests] == [Send]


def test_a_deadline_is_set(take, record, person, now):
    taken, _ = take("submit", record(), person("ann"))
    (due,) = taken.requests
    assert isinstance(due, SetDue)
    assert (due.key, due.kind, (due.due - now).days) == ("deadline:receipt:r1:slow", "transition", 3)
    assert due.body == {"entity": "receipt", "id": "r1", "transition": "lapse", "deadline": "slow"}


@pytest.mark.parametrize(
    ("actor", "allowed"),
    [
        (("kim", "keeper"), True),
        (("kim", ("keeper", "c1", None)), True),
        (("kim", ("keeper", "c2", None)), False),
        (("kim", ("keeper", "c1", "u1")), True),
        (("kim", ("keeper", "c1", "u2")), False),
        (("zed", "buyer"), False),
        (("max",), True),
        (("pat",), True),
    ],
)
def test_who_may(take, record, person, actor, allowed):
    scope = {**SCOPE, "checked_by": {"id": "pat"}, "company": {"id": "c1"}, "unit": {"id": "u1"}}
    taken, problems = take("post", record("review"), person(*actor), scope)
    assert (taken is not None) is allowed
    assert [problem.code for problem in problems] == ([] if allowed else ["WFL-102"])


def test_a_refusal_says_who_can(take, record, person):
    _, (problem,) = take("post", record("review"), person("zed"), title_of=lambda role: {"zh": "仓管", "en": "Keeper"})
    assert message(problem, "zh") == "“过账”不归您做。可以做的人：仓管、person(checked_by)、max。"
    assert message(problem, "en") == "Post is not yours to do. It can be done by: Keeper, person(checked_by), max."


def test_a_refusal_says_who_already_did_it(take, record, person, receipt):
    _, (problem,) = take("post", record("posted"), person("kim", "keeper"), name_of=str.title)
    assert problem.code == "WFL-106"
    assert (
        message(problem, "en")
        == "Post is not possible: Bob already made the document posted at 2026-03-01T08:30:00+00:00."
    )
    assert already_moved(receipt, "post", record("posted"), str.title) == problem
    assert already_moved(receipt, "post", record("review")) is None


def test_a_refusal_of_the_state_alone(take, record, person):
    _, (problem,) = take("lapse", record("draft"), person("kim"))
    assert (problem.code, message(problem, "zh")) == ("WFL-101", "单据现在是“草稿”，不能lapse。")


def test_the_condition_speaks_with_its_message(take, record, person):
    for total in (Decimal(0), None):
        _, (problem,) = take("post", record("review"), person("kim", "keeper"), {**SCOPE, "total": total})
        assert (problem.code, message(problem, "en")) == ("WFL-103", "There is no amount")


def test_all_refusals_are_told(take, record, person):
    _, problems = take("post", record("review"), person("zed"), {**SCOPE, "total": None})
    assert [problem.code for problem in problems] == ["WFL-102", "WFL-103"]


def test_a_deadline_acts_without_a_person(take, record, person):
    assert take("lapse", record("review"), person("engine"))[0] is None
    assert take("lapse", record("review"), person("engine"), automatic=True)[0].to == "expired"


def test_an_unknown_transition(take, record, person):
    _, (problem,) = take("pst", record(), person("kim"))
    assert problem.code == "WFL-104"


def test_what_is_offered(receipt, person, people):
    names = lambda *given: [(offer.transition, offer.allowed) for offer in offered(receipt, *given, people)]  # noqa: E731
    assert names("draft", person("kim", "keeper"), SCOPE) == [("submit", True), ("post", True)]
    assert names("draft", person("kim", "keeper"), {**SCOPE, "total": Decimal(0)}) == [
        ("submit", True),
        ("post", False),
    ]
    assert names(None, person("zed"), SCOPE) == [("submit", True)]
    assert names("posted", person("kim", "keeper"), SCOPE) == []
    (offer,) = offered(receipt, "review", person("kim", "keeper"), SCOPE)
    assert (offer.label["en"], offer.confirm["zh"], offer.to) == ("Post", "确定过账？", "posted")


def test_a_new_document_is_made_by_whoever_acts(read, person):
    workflow = read("workflow: x\nstates: [a, b]\ntransitions: [{id: go, from: a, to: b, who: applicant}]").workflow
    assert [offer.transition for offer in offered(workflow, None, person("kim"), {})] == ["go"]
    assert offered(workflow, None, person("kim"), {"created_by": "ann"}) == []
