"""What a workflow file may say, its short forms, and what is refused with its place."""

import pytest

from engine.language.catalogue import message
from engine.workflows.steps import WORDS
from engine.workflows.who import Applicant, ManagerOf, PersonIn, RoleHolder


def test_short_forms(read):
    found = read(
        "workflow: x\nstates: [a, {id: b, final: true}]\ntransitions: [{id: go, from: a, to: b, who: role(r)}]"
    )
    assert found.codes == []
    assert [state.id for state in found.workflow.states] == ["a", "b"]
    assert found.workflow.first == "a"
    (go,) = found.workflow.transitions
    assert (go.source, go.who) == (("a",), (RoleHolder("r"),))


def test_who_is_read_into_closed_objects(receipt):
    assert receipt.transition("post").who == (RoleHolder("keeper"), PersonIn("checked_by"), ManagerOf("applicant"))
    assert receipt.transition("post").steps[1].to == (RoleHolder("keeper"), Applicant())


@pytest.mark.parametrize("who", ["keeper", "rol(keeper)", "role()", "role(keeper) or role(x)", "5", "role(Keeper)"])
def test_nobody_is_named(read, who):
    text = f"workflow: x\nstates: [a]\ntransitions:\n  - {{id: go, from: a, to: a, who: {who}}}"
    (problem,) = read(text).problems
    assert (problem.code, problem.place.line, problem.place.column) == ("WFL-110", 4, 35)
    assert "role(…)" in message(problem, "zh")


def test_a_near_word_is_suggested(read):
    (problem,) = read("workflow: x\nstates: [a]\ntransitions: [{id: go, from: a, to: a, who: rolle(x)}]").problems
    assert "did you mean role?" in message(problem, "en")


def step(read, text):
    return read(f"workflow: x\nstates: [a, b]\ntransitions:\n  - {{id: go, from: a, to: b, steps: [{text}]}}")


def test_an_unknown_step_word_lists_the_words(read):
    (problem,) = step(read, "{notfy: mail, to: applicant, text: x}").problems
    assert problem.parameters["allowed"] == WORDS
    assert problem.parameters["suggestions"] == ("notify",)
    assert problem.place.line == 4


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{assign: nothing, to: 1}", "WFL-114"),
        ("{assign: note, to: total}", "EXP"),
        ("{deadline: d, then: go}", "WFL-119"),
        ("{deadline: d, after: 1h, at: due_at, then: go}", "WFL-119"),
        ("{deadline: d, after: 1 week, then: go}", "PKG"),
        ("{deadline: d, after: 1h, then: go}", "WFL-115"),
        ("{deadline: d, at: total, then: go}", "EXP"),
        ("{notify: mail, to: applicant, text: '{totl}'}", "EXP"),
        ("{notify: mail, to: [], text: x}", "PKG"),
        ("{notify: mail, to: applicant, text: x, more: 1}", "PKG-201"),
        ("mail", "PKG"),
    ],
)
def test_wrong_steps(read, text, code):
    problems = step(read, text).problems
    assert problems
    assert problems[0].code.startswith(code)
    assert all(message(problem, language) for problem in problems for language in ("zh", "en"))


def test_the_condition_must_be_a_condition(read):
    assert read("workflow: x\nstates: [a]\ntransitions: [{id: go, from: a, to: a, when: total}]").codes == ["EXP-449"]
