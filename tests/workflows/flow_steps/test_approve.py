"""`approve`: who is asked, who is barred, what happens where nobody can answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.entities.task import MayAct
from engine.language.declared import validate
from engine.language.source import read_source
from engine.workflows.flow_steps.approve import Approve
from engine.workflows.flow_steps.base import Turn
from engine.workflows.who import Subject


def step(text: str) -> Approve:
    node, problems = read_source("x.yaml", text)
    assert node is not None, problems
    found, problems = validate(Approve, node)
    assert found is not None, problems
    return found


@pytest.fixture
def turn(record, people):
    scope = {"checked_by": {"id": "pat"}, "company": {"id": "c1"}, "unit": {"id": "u1"}}
    subject = Subject(scope, "ann", "c1", "u1", people)
    return Turn(record("review"), scope, subject, "approval", 2)


def asked(text: str, turn: Turn):
    return step(text).take(turn).opens


def test_a_role_is_asked_where_the_document_belongs(turn):
    task = asked("{approve: lead, who: role(keeper)}", turn)
    assert task.may_act == (MayAct("keeper", "c1", "u1"),)
    assert (task.id, task.entity, task.document) == ("receipt:r1:approval:2:lead", "receipt", "r1")
    assert (task.flow, task.step, task.round, task.barred) == ("approval", "lead", 2, "ann")


def test_persons_are_asked_by_name_and_each_once(turn):
    who = "[person(checked_by), manager_of(applicant), person(checked_by)]"
    assert asked(f"{{approve: lead, who: {who}}}", turn).may_act == (MayAct(person="pat"), MayAct(person="max"))


def test_where_nobody_can_decide_administrators_are_asked_as_well(turn):
    task = asked("{approve: lead, who: role(nobody)}", turn)
    assert task.may_act == (MayAct("nobody", "c1", "u1"), MayAct("administrator"))
    assert asked("{approve: lead, who: applicant}", turn).may_act[-1] == MayAct("administrator")
    unable = replace(turn, able=lambda person: person != "pat")
    assert asked("{approve: lead, who: person(checked_by)}", unable).may_act[-1] == MayAct("administrator")


def test_or_the_flow_is_refused_to_begin(turn):
    turned = step("{approve: lead, who: role(nobody), label: {zh: 主管, en: Lead}}").take(replace(turn, empty="refuse"))
    assert turned.opens is None
    assert [(problem.code, problem.parameters["step"]["en"]) for problem in turned.problems] == [("WFL-124", "Lead")]


def test_the_applicant_may_decide_where_the_flow_says_so(turn):
    task = asked("{approve: lead, who: applicant}", replace(turn, own="allow"))
    assert (task.may_act, task.barred) == ((MayAct(person="ann"),), None)


def test_or_the_manager_instead(turn):
    own = replace(turn, own="manager_of_applicant")
    task = asked("{approve: lead, who: applicant}", own)
    assert (task.may_act, task.barred) == ((MayAct(person="ann"), MayAct(person="max")), "ann")
    assert asked("{approve: lead, who: role(keeper)}", own).may_act == (MayAct("keeper", "c1", "u1"),)


def test_those_who_are_asked_are_told(turn):
    turned = step("{approve: lead, who: [role(keeper), applicant], notice: look}").take(turn)
    assert [(tell.notice, tell.to) for tell in turned.tells] == [("look", ("kim", "lee"))]
    assert step("{approve: lead, who: role(nobody), notice: look}").take(turn).tells == ()


@pytest.mark.parametrize(
    ("said", "approve", "reject"), [("optional", False, False), ("on_reject", False, True), ("always", True, True)]
)
def test_when_an_opinion_is_needed(said, approve, reject):
    found = step(f"{{approve: lead, who: role(keeper), opinion: {said}}}")
    assert (found.needs_opinion("approve"), found.needs_opinion("reject")) == (approve, reject)


def test_it_is_called_by_its_label_or_by_who_decides():
    title = lambda role: {"zh": f"角色{role}", "en": role.title()}  # noqa: E731
    assert step("{approve: lead, who: role(keeper), label: {zh: 主管, en: Lead}}").called(title)["en"] == "Lead"
    assert step("{approve: lead, who: [role(keeper), role(cfo)]}").called(title) == {
        "zh": "角色keeper、角色cfo",
        "en": "Keeper, Cfo",
    }
    assert step("{approve: lead, who: applicant}").called(title)["en"] == "lead"
