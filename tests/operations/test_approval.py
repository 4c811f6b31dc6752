"""Approvals through the one walk, on both databases: what a decision does, whom it refuses, what is told afterwards."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import event

from engine.entities.changes import GrainKey
from engine.language.problems import Problem, Refused
from engine.operations.explain import explain, why
from engine.operations.inbox import count, inbox
from engine.operations.notices import received
from engine.operations.open import open_document
from engine.operations.publish import publish
from engine.operations.scenarios import Clock, run_scenarios
from engine.operations.submit import Submission, Submitted, submit
from engine.operations.verify import verify
from engine.operations.wake import wake
from engine.storage import balances, journal
from tests.operations.orders import FILES, FLOW, LIFE, Orders, order_app

CLIENTS = 8
ROUNDS = 30
PATIENCE = 120.0
LARGE = "10000"
MANAGER, RULES = FILES["roles/manager.yaml"], FILES["rules/order.yaml"]


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return sorted({problem.code for problem in refused.value.problems})


def use(orders: Orders, flow: str = FLOW, life: str = LIFE, **files: str) -> Orders:
    """The same site with another package published."""
    publish(orders.site, order_app(flow, life, **files).layers, "test")
    orders.actors.clear()
    return orders


def ordered(orders: Orders, company: str = "AAA") -> Decimal:
    """What is ordered according to the ledger."""
    with orders.site.reading() as (connection, running):
        key = GrainKey("orders", "open", (orders.id_of("company", company), "ordered"))
        return balances.balance(connection, running.tables, key).amount("amount")


# --- the way through -------------------------------------------------------------------------------------------------


def test_one_step_and_the_document_is_approved_posted_and_numbered_at_once(orders: Orders) -> None:
    order = orders.enter("400", "100")
    assert (order.state, order.number, orders.trail(order.id)) == ("review", None, [("lead", "open")])
    assert ordered(orders) == 0
    done = orders.take("approve", order, "max", "  fine  ")
    assert (done.state, done.number, done.version) == ("approved", "PO-AAA-0001", 2)
    assert ordered(orders) == Decimal(500)
    (task,) = orders.tasks(order.id)
    assert (task.state, task.decided_by, task.opinion) == ("approved", orders.id_of("person", "max"), "fine")
    assert (task.decided_at, task.version, task.may_act) == (orders.site.clock(), 2, ())
    assert orders.record(order.id).values["approved_by"] == orders.id_of("person", "max")
    with orders.site.reading() as (connection, running):
        rows = balances.movements(connection, running.tables, "orders", "order", order.id)
    assert {row.transition for row in rows} == {"accept"}
    assert verify(orders.site) == ()


def test_a_large_order_takes_two(orders: Orders) -> None:
    order = orders.enter(LARGE)
    half = orders.take("approve", order, "mia")
    assert (half.state, half.number, ordered(orders)) == ("review", None, 0)
    assert orders.trail(order.id) == [("lead", "approved"), ("finance", "open")]
    done = orders.take("approve", order, "fay")
    assert (done.state, done.number, ordered(orders)) == ("approved", "PO-AAA-0001", Decimal(LARGE))
    assert orders.trail(order.id) == [("lead", "approved"), ("finance", "approved")]


def test_the_route_is_judged_on_the_values_at_that_time(orders: Orders) -> None:
    use(orders, life=LIFE.replace("en: In review}}", "en: In review}, editable: true}"))
    grown, shrunk = orders.enter("500"), orders.enter(LARGE)
    for order, amount in ((grown, LARGE), (shrunk, "500")):
        version = orders.record(order.id).version
        values = {"lines": [{"what": "x", "amount": amount}]}
        submit(orders.site, orders.actor("max"), Submission("order", order.id, None, values, version, orders.key()))
    assert orders.take("approve", grown, "max").state == "review"
    assert orders.take("approve", shrunk, "max").state == "approved"


def test_a_rejection_says_why_and_leads_back(orders: Orders) -> None:
    order = orders.enter("500")
    with pytest.raises(Refused) as refused:
        orders.take("reject", order, "max", "   ")
    assert codes(refused) == ["WFL-125"]
    assert refused.value.problems[0].path == ("_opinion",)
    back = orders.take("reject", order, "max", "Too dear")
    assert (back.state, orders.trail(order.id), ordered(orders)) == ("draft", [("lead", "rejected")], 0)
    again = orders.take("submit", order, "ann")
    assert (again.state, orders.trail(order.id)) == ("review", [("lead", "rejected"), ("lead", "open")])
    assert orders.take("approve", order, "mia").state == "approved"
    assert [task.round for task in orders.tasks(order.id)] == [1, 2]


def test_what_breaks_a_rule_meanwhile_can_be_rejected_but_not_approved(orders: Orders) -> None:
    app = order_app(rules__order=RULES.replace("note is not None", "total < settings.second_approval_from"))
    publish(orders.site, app.layers, "test")
    order = orders.enter("9999")
    orders.put_setting("second_approval_from", "5000")
    with pytest.raises(Refused) as refused:
        orders.take("approve", order, "max")
    assert codes(refused) == ["RUL-501"]
    back = orders.take("reject", order, "max", "too much by now")
    assert (back.state, [problem.code for problem in back.warnings]) == ("draft", ["RUL-501"])


def test_nobody_decides_on_an_order_of_their_own(orders: Orders) -> None:
    own = orders.enter("500", login="max")
    with pytest.raises(Refused) as refused:
        orders.take("approve", own, "max")
    assert codes(refused) == ["WFL-122"]
    assert inbox(orders.site, orders.actor("max"), 1, 10).rows == ()
    assert orders.take("approve", own, "mia").state == "approved"


def test_unless_the_flow_allows_it(orders: Orders) -> None:
    use(orders, FLOW.replace("    steps:", "    self: allow\n    steps:", 1))
    own = orders.enter("500", login="max")
    assert [row.id for row in inbox(orders.site, orders.actor("max"), 1, 10).rows] == [own.id]
    assert orders.take("approve", own, "max").state == "approved"


def test_or_sends_it_to_the_manager_instead(orders: Orders) -> None:
    text = FLOW.replace("    steps:", "    self: manager_of_applicant\n    steps:", 1)
    use(orders, text.replace("who: [role(manager)]", "who: person(checked_by)"))
    own = orders.enter("500", checked_by="ann")
    assert {who.person for who in orders.tasks(own.id)[0].may_act} == {
        orders.id_of("person", login) for login in ("ann", "max")
    }
    for login, code in (("ann", "WFL-122"), ("mia", "WFL-122")):
        with pytest.raises(Refused) as refused:
            orders.take("approve", own, login)
        assert codes(refused) == [code]
    assert orders.take("approve", own, "max").state == "approved"


@pytest.mark.parametrize("gone", ["nobody holds the role", "switched off"])
def test_where_nobody_can_decide_administrators_are_asked(orders: Orders, gone: str) -> None:
    if gone == "switched off":
        orders.put("person", {"active": "false"}, orders.id_of("person", "fay"))
    else:
        orders.put("assignment", {"valid_to": "2026-03-01"}, orders.id_of("assignment", "fay-finance"))
    order = orders.enter(LARGE)
    orders.take("approve", order, "max")
    assert [who.role for who in orders.tasks(order.id)[1].may_act] == ["finance", "administrator"]
    assert count(orders.site, orders.actor("adm")) == 1
    assert orders.take("approve", order, "adm").state == "approved"


def test_or_the_submission_is_refused(orders: Orders) -> None:
    use(orders, FLOW.replace("    steps:", "    empty: refuse\n    steps:", 1))
    orders.put("assignment", {"valid_to": "2026-03-01"}, orders.id_of("assignment", "fay-finance"))
    with pytest.raises(Refused) as refused:
        orders.enter(LARGE)
    assert codes(refused) == ["WFL-124"]
    small = orders.enter("500")
    assert (small.state, orders.trail(small.id)) == ("review", [("lead", "open")])


def test_a_flow_that_has_begun_never_stands_still(orders: Orders) -> None:
    use(orders, FLOW.replace("    steps:", "    empty: refuse\n    steps:", 1))
    order = orders.enter(LARGE)
    orders.put("assignment", {"valid_to": "2026-03-01"}, orders.id_of("assignment", "fay-finance"))
    orders.take("approve", order, "max")
    assert [who.role for who in orders.tasks(order.id)[1].may_act] == ["finance", "administrator"]


def test_a_deadline_that_leads_away_closes_what_is_open(orders: Orders, clock: Clock) -> None:
    lapse = "  - {id: lapse, label: {zh: 过期, en: Lapse}, from: review, to: draft, who: role(administrator)}\n"
    life = (
        LIFE.replace("runs: approval}", "runs: approval, steps: [{deadline: slow, after: 48h, then: lapse}]}") + lapse
    )
    admin = FILES["roles/administrator.yaml"].replace("approve, reject]", "approve, reject, lapse]")
    use(orders, life=life, roles__administrator=admin)
    slow, quick = orders.enter("500"), orders.enter("500")
    orders.take("approve", quick, "max")
    clock.now += timedelta(hours=48)
    assert wake(orders.site, clock.now) >= 1
    (task,) = orders.tasks(slow.id)
    assert (orders.record(slow.id).state, task.state, task.reason, task.decided_by) == (
        "draft",
        "cancelled",
        "lapse",
        "engine",
    )
    assert orders.record(quick.id).state == "approved"


def test_a_flow_that_asks_nobody_ends_at_once(orders: Orders) -> None:
    flow = """\
flows:
  - id: approval
    steps:
      - route: by_amount
        label: {zh: 按金额, en: By amount}
        cases:
          - {when: total < 100, steps: [{end: rejected}]}
          - {when: total >= 1000, steps: [{approve: lead, who: role(manager)}]}
          - {else: []}
"""
    use(orders, flow)
    done, refused_, asked = orders.enter("500"), orders.enter("50"), orders.enter("1000")
    assert (done.state, done.number, done.version) == ("approved", "PO-AAA-0001", 1)
    assert (refused_.state, refused_.number) == ("draft", None)
    assert (asked.state, ordered(orders)) == ("review", Decimal(500))
    with orders.site.reading() as (connection, _):
        (entry,) = journal.history(connection, "order", done.id)
    assert [step["kind"] for step in entry.body["trace"]][-3:] == ["transition", "route", "transition"]
    assert verify(orders.site) == ()


def test_withdrawing_closes_what_is_open(orders: Orders) -> None:
    order = orders.enter(LARGE)
    orders.take("approve", order, "max")
    assert orders.take("withdraw", order, "ann", "typed wrong").state == "draft"
    lead, finance = orders.tasks(order.id)
    assert (lead.state, finance.state, finance.reason, finance.opinion) == (
        "approved",
        "cancelled",
        "withdraw",
        "typed wrong",
    )
    assert count(orders.site, orders.actor("fay")) == 0
    with pytest.raises(Refused) as refused:
        orders.take("approve", order, "fay")
    assert codes(refused) == ["WFL-120"]
    assert refused.value.problems[0].parameters["by"] == "Ann"


def test_a_document_keeps_the_flow_it_began_under(orders: Orders) -> None:
    old = orders.enter("500")
    use(orders, FLOW.replace("lead", "boss").replace("role(manager)", "role(finance)"))
    new = orders.enter("500")
    assert ([row.step["en"] for row in inbox(orders.site, orders.actor("max"), 1, 9).rows], orders.trail(new.id)) == (
        ["Manager"],
        [("boss", "open")],
    )
    assert orders.take("approve", old, "max").state == "approved"
    with pytest.raises(Refused):
        orders.take("approve", new, "max")


# --- who may ---------------------------------------------------------------------------------------------------------


def test_nobody_else_decides(orders: Orders) -> None:
    order = orders.enter("500")
    could_open = {"ann": "WFL-122", "fay": "WFL-122", "adm": "WFL-122", "rea": "ACC-110"}
    for login, code in (could_open | dict.fromkeys(("moe", "bob"), "ACC-112")).items():
        for decision in ("approve", "reject"):
            with pytest.raises(Refused) as refused:
                orders.take(decision, order, login, "because")
            assert code in codes(refused), login
    assert orders.trail(order.id) == [("lead", "open")]


def test_to_be_asked_opens_a_document_that_the_row_formulas_hide_but_no_more_fields(orders: Orders) -> None:
    use(orders, FLOW.replace("who: [role(manager)]", "who: person(checked_by)"))
    order = orders.enter("500", login="max", checked_by="ann", secret="s3cret")
    other = orders.enter("500", login="max", checked_by="mia", secret="s3cret")
    opened = open_document(orders.site, orders.actor("ann"), "order", order.id, "en")
    assert opened.deciding is not None
    assert (opened.values["note"], "secret" in opened.values) == ("Flour", False)
    with pytest.raises(Refused) as refused:
        open_document(orders.site, orders.actor("ann"), "order", other.id, "en")
    assert codes(refused) == ["ACC-112"]
    orders.take("approve", order, "ann")
    with pytest.raises(Refused) as refused:
        open_document(orders.site, orders.actor("ann"), "order", order.id, "en")
    assert codes(refused) == ["ACC-112"], "once it is answered the row formulas count again"


def test_the_inbox_of_each_is_exactly_what_they_may_decide(orders: Orders) -> None:
    made = [
        orders.enter(amount, login=login)
        for login, amount in (("ann", "500"), ("ann", LARGE), ("max", LARGE), ("bob", "7"), ("moe", LARGE))
    ]
    for order in made[1:3]:
        orders.take("approve", order, "mia")
    for login in ("ann", "max", "mia", "fay", "moe", "bob", "rea", "adm"):
        actor = orders.actor(login)
        rows = inbox(orders.site, actor, 1, 50)
        may = {order.id for order in made if may_decide_on(orders, order, login)}
        assert ({row.id for row in rows.rows}, rows.total, count(orders.site, actor)) == (may, len(may), len(may)), (
            login
        )
        opened = [open_document(orders.site, actor, "order", id, "en") for id in may]
        assert all(each.deciding is not None for each in opened)
    assert {login: count(orders.site, orders.actor(login)) for login in ("max", "mia", "fay", "moe")} == {
        "max": 1,
        "mia": 1,
        "fay": 2,
        "moe": 1,
    }


def may_decide_on(orders: Orders, order: Submitted, login: str) -> bool:
    """Whether an approval would go through; nothing is written."""
    asked = Submission("order", order.id, "approve", {}, orders.record(order.id).version, orders.key())
    try:
        return not [
            each for each in explain(orders.site, orders.actor(login), asked).problems if each.severity == "error"
        ]
    except Refused:
        return False


def test_a_manager_who_comes_later_is_asked_too_and_one_who_left_no_more(orders: Orders) -> None:
    order = orders.enter("500")
    orders.put("assignment", {"code": "rea-manager", "person": "rea", "role": "manager", "company": "AAA"})
    orders.put("assignment", {"valid_to": "2026-03-01"}, orders.id_of("assignment", "max-manager"))
    assert (count(orders.site, orders.actor("rea")), count(orders.site, orders.actor("max"))) == (1, 0)
    with pytest.raises(Refused):
        orders.take("approve", order, "max")
    assert orders.take("approve", order, "rea").state == "approved"


def test_grants_of_today_count_for_orders_of_yesterday(orders: Orders) -> None:
    order = orders.enter("500")
    app = order_app(
        FLOW.replace("role(manager)", "role(finance)"), roles__manager=MANAGER.replace(", approve, reject", "")
    )
    publish(orders.site, app.layers, "test")
    assert count(orders.site, orders.actor("max")) == 0
    with pytest.raises(Refused) as refused:
        orders.take("approve", order, "max")
    assert codes(refused) == ["ACC-110"]


# --- exactly once ----------------------------------------------------------------------------------------------------


def test_a_decision_is_about_what_was_looked_at(orders: Orders) -> None:
    order = orders.enter("500")
    with pytest.raises(Refused) as refused:
        orders.take("approve", order, "max", version=None)
    assert codes(refused) == ["WFL-123"]
    orders.take("approve", order, "max")
    with pytest.raises(Refused) as refused:
        orders.take("approve", order, "mia", version=1)
    (problem,) = refused.value.problems
    assert (problem.code, problem.parameters["by"], problem.parameters["said"]["en"]) == ("WFL-120", "Max", "approved")


def test_a_click_too_many_never_decides_the_next_step(orders: Orders) -> None:
    use(orders, FLOW.replace("role(finance)", "role(manager)"))
    order = orders.enter(LARGE)
    key = orders.key()
    orders.take("approve", order, "max", key=key)
    assert orders.take("approve", order, "max", key=key, version=1).replayed
    with pytest.raises(Refused) as refused:
        orders.take("approve", order, "max", version=1)
    assert codes(refused) == ["WFL-120"]
    assert orders.trail(order.id) == [("lead", "approved"), ("finance", "open")]


def test_values_changed_under_a_decision_have_to_be_looked_at_first(orders: Orders) -> None:
    use(orders, life=LIFE.replace("en: In review}}", "en: In review}, editable: true}"))
    order = orders.enter("500")
    submit(orders.site, orders.actor("mia"), Submission("order", order.id, None, {"note": "x"}, 1, orders.key()))
    with pytest.raises(Refused) as refused:
        orders.take("approve", order, "max", version=1)
    assert codes(refused) == ["STO-120"]


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(CLIENTS) as pool:
        yield pool


Answer = Submitted | tuple[Problem, ...]


def at_once(threads: ThreadPoolExecutor, clients: Sequence[Callable[[], Submitted]]) -> list[Answer]:
    """What each client is told when all start at the same moment."""
    start = Barrier(len(clients))

    def run(client: Callable[[], Submitted]) -> Answer:
        start.wait(PATIENCE)
        try:
            return client()
        except Refused as refused:
            return refused.problems

    return list(threads.map(run, clients))


def test_eight_decide_at_once_and_one_decides(orders: Orders, threads: ThreadPoolExecutor) -> None:
    said = itertools.cycle(("approve", "reject"))
    outcomes: Counter[str] = Counter()
    for round_ in range(ROUNDS):
        order = orders.enter("100")
        logins = ["max", "mia"] * (CLIENTS // 2)
        clients = [
            lambda login=login, decision=decision: orders.take(decision, order, login, "so", version=1)  # noqa: B023
            for login, decision in zip(logins, said, strict=False)
        ]
        next(said) if round_ % 2 else None
        answers = at_once(threads, clients)
        (winner,) = [position for position, each in enumerate(answers) if isinstance(each, Submitted)]
        (task,) = orders.tasks(order.id)
        outcomes[task.state] += 1
        for answer in answers[:winner] + answers[winner + 1 :]:
            assert isinstance(answer, tuple)
            (problem,) = answer
            assert (problem.code, problem.parameters["by"]) == ("WFL-120", logins[winner].title())
    assert ordered(orders) == Decimal(100) * outcomes["approved"]
    assert set(outcomes) == {"approved", "rejected"}
    assert verify(orders.site) == ()


def test_withdrawn_or_decided_but_never_both(orders: Orders, threads: ThreadPoolExecutor) -> None:
    for _ in range(6):
        order = orders.enter("100")
        clients = [
            lambda: orders.take("withdraw", order, "ann", version=None),  # noqa: B023
            lambda: orders.take("approve", order, "max", version=1),  # noqa: B023
        ]
        answers = at_once(threads, clients)
        assert sum(isinstance(each, Submitted) for each in answers) == 1
        (refusal,) = [each for each in answers if not isinstance(each, Submitted)]
        assert [problem.code for problem in refusal] in (["WFL-106"], ["WFL-120"])
    assert verify(orders.site) == ()


# --- what it costs, and what is told ---------------------------------------------------------------------------------


def statements(orders: Orders, does: Callable[[], object]) -> int:
    """The statements that the database is sent."""
    sent: list[str] = []
    note = lambda _connection, _cursor, statement, *_: sent.append(statement)  # noqa: E731
    event.listen(orders.site.database.engine, "before_cursor_execute", note)
    try:
        does()
    finally:
        event.remove(orders.site.database.engine, "before_cursor_execute", note)
    return len(sent)


def test_the_statements_of_a_decision_do_not_depend_on_lines_orders_or_people(orders: Orders) -> None:
    def costs(lines: int) -> list[int]:
        orders.take("approve", orders.enter("1"), "max")  # the counter of the company is there
        first = statements(orders, lambda: orders.enter(*["1"] * lines))
        order = orders.enter(*["200"] * lines, *[LARGE])
        lead = statements(orders, lambda: orders.take("approve", order, "max", version=1))
        finance = statements(orders, lambda: orders.take("approve", order, "fay", version=2))
        page = statements(orders, lambda: inbox(orders.site, orders.actor("max"), 1, 50))
        return [first, lead, finance, page]

    costs(1)
    few = costs(1)
    for number in range(12):
        orders.put("person", {"code": f"p{number}", "name": f"P{number}"})
        orders.put("assignment", {"code": f"p{number}", "person": f"p{number}", "role": "manager", "company": "AAA"})
        orders.enter("5")
    assert costs(40) == few


def test_the_page_tells_the_way_it_went_and_goes(orders: Orders) -> None:
    order = orders.enter(LARGE)
    asked = open_document(orders.site, orders.actor("max"), "order", order.id, "en")
    assert asked.deciding is not None
    assert (asked.deciding.step, asked.deciding.decisions) == ("lead", ("approve", "reject"))
    assert open_document(orders.site, orders.actor("rea"), "order", order.id, "en").deciding is None
    assert lines(asked) == [("Manager", "open", "Manager"), ("Finance", "to_come", "Finance")]
    orders.take("approve", order, "max", "good price")
    opened = open_document(orders.site, orders.actor("fay"), "order", order.id, "en")
    assert lines(opened) == [("Manager", "approved", "Max"), ("Finance", "open", "Finance")]
    (run,) = opened.runs
    assert (run.package, run.lines[0].opinion, run.lines[0].when) == ("shop 1.0.0", "good price", "2026-03-02 09:00")
    assert [(each.text["en"], each.by, each.note) for each in opened.history] == [
        ("Manager: approved", "Max", "good price"),
        ("Submit", "Ann", ""),
    ]
    assert [offer.transition for offer in opened.offers] == []


def lines(opened: object) -> list[tuple[str, str, str]]:
    return [(line.label["en"], line.state, line.who["en"]) for run in opened.runs for line in run.lines]  # type: ignore[attr-defined]


def test_the_journal_and_why_keep_decision_step_and_opinion(orders: Orders) -> None:
    order = orders.enter(LARGE)
    orders.take("approve", order, "max", "good price")
    orders.take("reject", order, "fay", "no money")
    with orders.site.reading() as (connection, _):
        _, lead, finance = journal.history(connection, "order", order.id)
    assert lead.body["decision"] == {"flow": "approval", "round": 1, "step": "lead", "said": "approved"}
    assert (finance.body["decision"]["said"], finance.body["opinion"], finance.operation) == (
        "rejected",
        "no money",
        "reject",
    )
    chapters = why(orders.site, orders.actor("fay"), "order", order.id).chapters
    assert [(chapter.title or {}).get("en") for chapter in chapters] == [None, "Manager: approved", "Finance: rejected"]
    told = [(step.text, step.outcome, step.given) for step in chapters[1].steps if step.kind in ("approve", "route")]
    assert told == [
        ("Manager", "approved", ""),
        ("By amount", "takes the way", "Total is at least setting “Second approval from”"),
        ("Finance", "asks", "Finance"),
    ]
    (route,) = [step for step in chapters[1].steps if step.kind == "route"]
    assert [(seen.name, seen.text) for seen in route.saw] == [
        ("setting “Second approval from”", "10,000.00 CNY"),
        ("Total", "10,000.00 CNY"),
    ]


def test_explain_tells_what_a_decision_would_do_and_does_nothing(orders: Orders) -> None:
    order = orders.enter("500")
    asked = Submission("order", order.id, "approve", {}, 1, orders.key(), "ok")
    told = explain(orders.site, orders.actor("max"), asked)
    assert told.problems == ()
    assert [entry.ledger for entry in told.entries] == ["orders", "orders"]
    assert [step.verdict for step in told.steps][-4:] == ["approved", "case", "told", "moved"]
    assert orders.trail(order.id) == [("lead", "open")]
    refused = explain(orders.site, orders.actor("fay"), asked)
    assert [problem.code for problem in refused.problems] == ["WFL-122"]


def test_the_inbox_says_what_it_is_about(orders: Orders, clock: Clock) -> None:
    first = orders.enter("500", note="Flour")
    clock.now += timedelta(minutes=1)
    orders.enter("7", note="Salt")
    found = inbox(orders.site, orders.actor("max"), 1, 1)
    (row,) = found.rows
    assert (found.total, row.title, row.kind["en"], row.step["en"], row.applicant) == (
        2,
        "Flour",
        "Order",
        "Manager",
        "Ann",
    )
    assert (row.when, row.href) == ("2026-03-02 09:00", f"/d/order/{first.id}")
    (row,) = inbox(orders.site, orders.actor("max"), 2, 1).rows
    assert (row.title, row.when) == ("Salt", "2026-03-02 09:01")


def test_those_who_are_asked_and_the_applicant_get_notices_in_their_language(orders: Orders) -> None:
    order = orders.enter("500")
    for login, subject, text in (
        ("max", "An order of Ann waits for you", "Flour, 500 CNY"),
        ("mia", "Ann 的采购单等您审批", "Flour，500 元"),
    ):
        (notice,) = received(orders.site, orders.actor(login), 1, 10).rows
        assert (notice.subject, notice.text, notice.href) == (subject, text, f"/d/order/{order.id}")
    orders.take("approve", order, "max")
    (told,) = received(orders.site, orders.actor("ann"), 1, 10).rows
    assert (told.subject, told.text) == ("Order PO-AAA-0001 is approved", "")
    assert received(orders.site, orders.actor("fay"), 1, 10).total == 0


SCENARIO = """
scenario: by_amount
label: {zh: 大额两级审批, en: Large orders take two}
covers: [C008]
clock: "2026-03-02"
given:
  - {entity: company, values: {code: AAA, name: AAA}}
when:
  - {id: order, by: buyer, entity: order, values: {note: x, lines: [{amount: "10000"}]}, transition: submit}
  - {id: early, by: finance, document: order, decide: approve}
  - {id: lead, by: manager, document: order, decide: approve, opinion: fine}
  - {id: silent, by: finance, document: order, decide: reject}
  - {id: done, by: finance, document: order, decide: approve}
then:
  - {of: early, refused: [WFL-122]}
  - {of: silent, refused: [WFL-125]}
  - {of: done, state: approved, number: PO-AAA-0001, values: {total: "10000"}}
"""


def test_a_scenario_can_decide() -> None:
    (result,) = run_scenarios(order_app(scenarios__by_amount=SCENARIO))
    assert result.missed == ()
