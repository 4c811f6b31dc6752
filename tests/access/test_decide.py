"""Policies: the union of grants, rows joined by or, fields per row, refusals that name who could."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine.access.decide import check_action, check_write, may_run, policy, visible_fields, writable_fields
from engine.language.catalogue import message

FIELDS = ("total", "note", "lines", "lines.price", "lines.note")


def test_nothing_is_allowed_without_a_grant(roles, actor):
    known = roles(buyer="{id: x, entity: receipt, actions: [open]}")
    found = policy(known, actor("buyer"), "receipt", "post")
    assert not found.allowed
    assert not found.covers({})
    assert not policy(known, actor(), "receipt", "open").allowed
    assert not policy(known, actor("stranger"), "receipt", "open").allowed
    (problem,) = check_action(found, known)
    assert (problem.code, message(problem, "en")) == (
        "ACC-110",
        "You may not do this (receipt: post). Roles that may: —.",
    )
    (problem,) = check_action(policy(known, actor(), "receipt", "open"), known)
    assert "Buyer" in message(problem, "en")


def test_a_grant_without_rows_opens_all_rows(roles, actor):
    known = roles(buyer="{id: x, entity: receipt, where: created_by == actor.person}", boss="{id: x, entity: receipt}")
    assert len(policy(known, actor("buyer"), "receipt", "open").filters) == 1
    assert policy(known, actor("buyer", "boss"), "receipt", "open").filters == ()


def test_rows_are_joined_by_or_and_each_company_counts(roles, actor):
    known = roles(keeper="{id: x, entity: receipt, where: company == actor.company}")
    found = policy(known, actor(("keeper", "c1"), ("keeper", "c2")), "receipt", "list")
    assert [each.actor["company"] for each in found.filters] == [{"id": "c1"}, {"id": "c2"}]
    assert len(found.where) == 2
    for company, visible in (("c1", True), ("c2", True), ("c3", False), ("home", False)):
        assert found.covers({"company": {"id": company}}) is visible
    assert not found.covers({"company": None})
    everywhere = policy(known, actor("keeper"), "receipt", "list")
    assert everywhere.covers({"company": {"id": "home"}})


def test_a_role_in_one_company_does_not_lend_its_company_to_another_role(roles, actor):
    known = roles(keeper="{id: x, entity: receipt, where: company == actor.company}", seller="{id: x, entity: order}")
    found = policy(known, actor(("keeper", "c1"), ("seller", "c2")), "receipt", "open")
    assert not found.covers({"company": {"id": "c2"}})


def test_fields_of_the_list_and_of_the_row(roles, actor):
    known = roles(
        buyer="{id: mine, entity: receipt, where: created_by == actor.person}",
        clerk="{id: all, entity: receipt, fields: {read: [total], write: []}}",
    )
    found = policy(known, actor("buyer", "clerk"), "receipt", "open")
    assert found.readable(FIELDS) == set(FIELDS)
    mine, other = {"created_by": {"id": "ann"}}, {"created_by": {"id": "bob"}}
    assert visible_fields(found, mine, FIELDS) == set(FIELDS)
    assert visible_fields(found, other, FIELDS) == {"total"}
    assert writable_fields(found, other, FIELDS) == set()
    assert check_write(found, ["note"], mine) == ()
    assert [problem.path for problem in check_write(found, ["note"], other)] == [("note",)]


def test_fields_of_lines(roles, actor):
    found = policy(
        roles(clerk="{id: x, entity: receipt, fields: {read: [lines.price], write: [lines], hide: [lines.note]}}"),
        actor("clerk"),
        "receipt",
        "open",
    )
    assert found.readable(FIELDS) == {"lines", "lines.price"}
    assert found.writable(FIELDS) == {"lines", "lines.price"}


def test_hidden_lines_hide_all_their_fields(roles, actor):
    known = roles(clerk="{id: x, entity: receipt, fields: {hide: [lines]}}")
    assert policy(known, actor("clerk"), "receipt", "open").readable(FIELDS) == {"total", "note"}


def test_a_forbidden_write_names_the_field_and_who_could(roles, actor):
    known = roles(
        clerk="{id: x, entity: receipt, actions: [edit], fields: {write: [note]}}",
        boss="{id: x, entity: receipt, actions: all}",
    )
    problems = check_write(
        policy(known, actor("clerk"), "receipt", "edit"), ["note", "total", "lines.price"], None, known
    )
    assert [(problem.code, problem.path) for problem in problems] == [
        ("ACC-111", ("total",)),
        ("ACC-111", ("lines.price",)),
    ]
    assert message(problems[0], "zh") == "您不能修改字段 total。能修改的角色：boss员。"


def test_reports_and_operations(roles, actor):
    known = roles(boss="{id: r, report: stock}, {id: o, operation: publish}", admin="{id: o, operation: all}")
    assert may_run(known, actor("boss"), report="stock")
    assert not may_run(known, actor("boss"), report="sales")
    assert may_run(known, actor("boss"), operation="publish")
    assert not may_run(known, actor("boss"), operation="migrate")
    assert may_run(known, actor("admin"), operation="migrate")
    assert not may_run(known, actor(), operation="publish")


companies = st.sampled_from(["c1", "c2", "c3", None])


@given(
    st.lists(st.tuples(st.sampled_from(["keeper", "auditor", "none"]), companies), max_size=4),
    companies,
    st.integers(0, 20),
)
def test_a_policy_is_the_union_of_its_grants(roles, actor, held, company, total):
    known = roles(
        keeper="{id: x, entity: receipt, where: company == actor.company}",
        auditor="{id: y, entity: receipt, where: total > 10}",
        none="{id: z, entity: order}",
    )
    found = policy(known, actor(*held), "receipt", "list")
    row = {"company": None if company is None else {"id": company}, "total": Decimal(total)}
    expected = any(
        (role == "keeper" and company is not None and company == (at or "home")) or (role == "auditor" and total > 10)
        for role, at in held
    )
    assert found.covers(row) is expected
    filtered = any(each.expression.evaluate({**row, "actor": each.actor}) is True for each in found.filters)
    assert filtered is expected
