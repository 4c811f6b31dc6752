"""`notify`: one message for everyone, in the language asked for, with its own key for every step."""

from dataclasses import replace

from engine.workflows.steps.base import Asking
from engine.workflows.who import Subject

STEP = "{notify: mail, to: [applicant, person(checked_by), applicant], text: {zh: '好 {number}', en: 'ok {number}'}}"


def asked(read, record, now, scope, text=STEP, language="zh", applicant="ann"):
    workflow = read(f"workflow: x\nstates: [a]\ntransitions: [{{id: go, from: a, to: a, steps: [{text}]}}]").workflow
    asking = Asking(record(), scope, Subject(scope, applicant), "go", "a", now, language, position=2)
    return workflow.transitions[0].steps[0].ask(asking).changes


def test_message_and_people(read, record, now):
    (send,) = asked(read, record, now, {"number": "GR7", "checked_by": {"id": "pat"}})
    assert (send.to, send.body, send.subject, send.channel) == (("ann", "pat"), "好 GR7", "好 GR7", "mail")
    assert send.key == "receipt:r1:3:go:2"
    (send,) = asked(read, record, now, {"number": "GR7", "checked_by": "pat"}, language="en")
    assert send.body == "ok GR7"


def test_a_subject_of_its_own(read, record, now):
    (send,) = asked(read, record, now, {"number": "GR7"}, STEP.replace("text:", "subject: '入库 {number}', text:"))
    assert (send.subject, send.to) == ("入库 GR7", ("ann",))


def test_nobody_no_message(read, record, now):
    assert asked(read, record, now, {"number": "GR7"}, applicant=None) == ()


def test_keys_differ_by_step(record, now):
    asking = Asking(record(), {}, Subject({}), "go", "a", now)
    assert asking.key != replace(asking, position=1).key
