"""`make`: what is wanted at which line, with which values from where; and what can never work."""

import pytest

from engine.workflows.steps.base import Asking, Wanted
from engine.workflows.who import Subject

STEP = (
    "{make: batch, each: lines, when: line.batch_code is not None, values: {item: line.item, code: line.batch_code,"
    ' last_day: "coalesce(line.last_day, due_on)"}, initial: {held: line.quantity}, into: lines.batch}'
)


def flow(step, **more):
    extra = "".join(f", {key}: {value}" for key, value in more.items())
    return f"workflow: x\nstates: [a]\ntransitions: [{{id: go, from: a, to: a{extra}, steps: [{step}]}}]"


def wanted(read, record, now, step, **scope):
    found = read(flow(step))
    assert found.problems == ()
    (declared,) = found.workflow.transitions[0].steps
    return declared.ask(Asking(record(), scope, Subject(scope), "go", "a", now)).wanted


def test_once_for_each_line_that_meets_the_condition(read, record, now):
    lines = ({"item": {"id": "i1", "unit": "kg"}, "batch_code": "B1"}, {"item": {"id": "i2"}}, {"batch_code": "B3"})
    first, second = wanted(read, record, now, STEP, lines=lines, due_on="the day")
    assert first == Wanted(
        entity="batch",
        at=("lines", 0),
        values={"item": "i1", "code": "B1", "last_day": "the day"},
        initial={"held": None},
        sources={
            "item": ("lines", 0, "item"),
            "code": ("lines", 0, "batch_code"),
            "last_day": ("lines", 0),  # no single field it comes from
            "held": ("lines", 0, "quantity"),
        },
        into="batch",
        existing="same",
    )
    assert (second.at, second.values["code"]) == (("lines", 2), "B3")


def test_once_for_the_document(read, record, now):
    (found,) = wanted(read, record, now, "{make: batch, values: {code: note}, into: pallet, existing: take}", note="P1")
    assert (found.at, found.into, found.sources, found.existing) == ((), "pallet", {"code": ("note",)}, "take")
    assert wanted(read, record, now, "{make: batch, when: note == 'x', values: {code: note}}", note="y") == ()


@pytest.mark.parametrize(
    ("step", "code", "meant"),
    [
        ("{make: batch, values: {cod: note}}", "WFL-150", "; did you mean code?"),
        ("{make: batch, values: {id: note}}", "WFL-150", "."),
        ("{make: batch, values: {tests: note}}", "WFL-150", "."),
        ("{make: batch, each: lnes, values: {code: line.batch_code}}", "WFL-151", "; did you mean lines?"),
        ("{make: batch, each: lines, values: {code: note}, into: pallet}", "WFL-152", "."),
        (
            "{make: batch, each: lines, values: {code: note}, into: lines.btch}",
            "WFL-152",
            "; did you mean lines.batch?",
        ),
        (
            "{make: batch, each: lines, values: {code: note}, into: lines.item}",
            "WFL-152",
            "; did you mean lines.batch?",
        ),
        ("{make: batch, values: {code: note}, into: lines.batch}", "WFL-152", "."),
    ],
)
def test_what_does_not_exist_is_named_with_what_was_meant(read, step, code, meant):
    (problem,) = read(flow(step)).problems
    assert problem.code == code
    assert problem.parameters["meant"]["en"] == meant


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ("{make: batch, values: {last_day: note}}", "EXP-449"),
        ("{make: batch, values: {code: note}, when: note}", "EXP-449"),
        ("{make: batch, each: lines, values: {item: line.item, held: line.quantity * line.quantity}}", "EXP-440"),
        ("{make: batch, values: {}}", "PKG-213"),
        ("{make: batch, values: {code: note}, existing: keep}", "PKG-204"),
    ],
)
def test_what_does_not_fit_is_refused(read, step, code):
    assert code in read(flow(step)).codes


def test_a_quantity_is_meant_in_the_unit_of_what_stands_beside_it(read):
    good = "{make: batch, each: lines, values: {held: line.quantity, item: line.item}}"
    assert read(flow(good)).problems == ()
    other = "{make: batch, each: lines, values: {held: total, item: line.item}}"
    assert read(flow(other)).codes == ["EXP-449"]


def test_the_number_of_the_document_comes_too_late(read):
    step = "{make: batch, values: {code: number}}"
    assert read(flow(step)).problems == ()
    assert read(flow(step, numbers="true")).codes == ["WFL-154"]
