"""Approvals through the doors: a browser without script and a program decide alike, and are refused alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.doors.visitors import Person, Program, give_password
from tests.operations.orders import Orders

LARGE = "10000"


@pytest.fixture
def shop(orders: Orders) -> Orders:
    """The site with orders, where everybody can sign in."""
    give_password(orders.site, "ann", "max", "mia", "fay", "rea", "moe", "adm")
    return orders


def by_form(orders: Orders, login: str, id: str, decision: str, opinion: str) -> int:
    """Somebody opens the page and presses a button."""
    person = Person(orders.site, login, "en")
    person.open(f"/d/order/{id}")
    if person.page.status_code != 200:
        person.open("/")  # somewhere with a token, to try all the same
        address, version = f"/d/order/{id}", {"_version": "1", "_key": orders.key()}
        return int(person.send(address, {"_transition": decision, "_opinion": opinion, **version}).status_code)
    return int(person.send(f"/d/order/{id}", {"_transition": decision, "_opinion": opinion}).status_code)


def by_json(orders: Orders, login: str, id: str, decision: str, opinion: str) -> int:
    """A program does the same."""
    version = orders.record(id).version
    program = Program(orders.site, login)
    said = program.post(f"/d/order/{id}", {"_transition": decision, "_opinion": opinion, "_version": version})
    return int(said.status_code)


Door = Callable[[Orders, str, str, str, str], int]
both_doors = pytest.mark.parametrize("door", [by_form, by_json])


@both_doors
def test_two_people_approve_by_either_door(shop: Orders, door: Door) -> None:
    order = shop.enter(LARGE)
    assert door(shop, "max", order.id, "approve", "fine") in (200, 303)
    assert door(shop, "fay", order.id, "approve", "") in (200, 303)
    assert shop.record(order.id).state == "approved"
    assert [(task.state, task.opinion) for task in shop.tasks(order.id)] == [("approved", "fine"), ("approved", None)]


@both_doors
def test_what_is_refused_is_refused_by_either_door(shop: Orders, door: Door) -> None:
    order = shop.enter("500")
    told = {
        (login, len(opinion)): door(shop, login, order.id, "reject", opinion)
        for login, opinion in (
            ("max", ""),
            ("max", "x" * 1001),
            ("fay", "because"),
            ("ann", "because"),
            ("rea", "because"),
            ("moe", "because"),
        )
    }
    assert told == {
        ("max", 0): 422,
        ("max", 1001): 422,
        ("fay", 7): 403,
        ("ann", 7): 403,
        ("rea", 7): 403,
        ("moe", 7): 404,
    }
    assert shop.trail(order.id) == [("lead", "open")]


def test_the_page_asks_and_keeps_what_was_typed(shop: Orders) -> None:
    order = shop.enter(LARGE)
    person = Person(shop.site, "max", "en")
    page = person.open(f"/d/order/{order.id}")
    assert re.search(r"<h2[^>]*>Your decision: Manager</h2>", page)
    assert re.findall(r'name="_transition" value="(\w*)"', page) == ["approve", "reject"]
    answer = person.send(f"/d/order/{order.id}", {"_transition": "reject", "_opinion": " \r\n "})
    assert answer.status_code == 422
    assert 'href="#_opinion"' in answer.text
    assert "Manager needs an opinion" in answer.text
    answer = person.send(f"/d/order/{order.id}", {"_transition": "reject", "_opinion": "y" * 1001})
    assert (answer.status_code, f">{'y' * 1001}</textarea>" in answer.text) == (422, True)
    answer = person.send(f"/d/order/{order.id}", {"_transition": "reject", "_opinion": "Too <dear>\r\nReally"})
    assert answer.status_code == 303
    assert [(task.state, task.opinion) for task in shop.tasks(order.id)] == [("rejected", "Too <dear>\nReally")]
    page = person.open(f"/d/order/{order.id}")
    assert "Too &lt;dear&gt;" in page
    assert "Your decision" not in page
    assert "Too &lt;dear&gt;" in person.open(f"/d/order/{order.id}/why")


def test_two_tabs_decide_once_and_the_second_is_told_who_did(shop: Orders) -> None:
    order = shop.enter("500")
    first, second = Person(shop.site, "max", "en"), Person(shop.site, "mia", "en")
    for tab in (first, second):
        tab.open(f"/d/order/{order.id}")
    assert first.send(f"/d/order/{order.id}", {"_transition": "approve", "_opinion": ""}).status_code == 303
    answer = second.send(f"/d/order/{order.id}", {"_transition": "reject", "_opinion": "no"})
    assert answer.status_code == 409
    assert "Manager was already decided: Max approved it" in answer.text
    assert shop.record(order.id).state == "approved"


def test_a_program_reads_what_it_may_do_and_how_it_stands(shop: Orders) -> None:
    order = shop.enter(LARGE)
    program = Program(shop.site, "max")
    said = program.read(f"/d/order/{order.id}")
    assert said["transitions"] == ["approve", "reject"]
    assert (said["task"]["step"], said["task"]["opinion"]) == ("lead", "on_reject")
    assert [(line["step"], line["state"]) for line in said["flows"][0]["lines"]] == [
        ("lead", "open"),
        ("finance", "to_come"),
    ]
    assert program.read("/inbox")["rows"][0]["id"] == order.id
    tried = program.post(f"/d/order/{order.id}?explain", {"_transition": "approve", "_version": 1}).json()
    kinds = [each["kind"] for each in tried["steps"]]
    assert (kinds[-3:], tried["problems"]) == (["approve", "route", "approve"], [])
    assert shop.trail(order.id) == [("lead", "open")]


def test_what_a_program_cannot_say(shop: Orders) -> None:
    order, program = shop.enter("500"), Program(shop.site, "max")
    bodies: list[tuple[dict[str, Any], int, str]] = [
        ({"_transition": "approve"}, 400, "WFL-123"),
        ({"_transition": "approve", "_version": 1, "_opinion": ["x"]}, 400, "WEB-115"),
        ({"_transition": "accept", "_version": 1}, 403, "WFL-127"),
        ({"_transition": "approve", "_version": 1, "note": "changed"}, 409, "OPS-104"),
    ]
    for body, status, code in bodies:
        answer = program.post(f"/d/order/{order.id}", body)
        assert (answer.status_code, code in [each["code"] for each in answer.json()["problems"]]) == (status, True), (
            body
        )
    assert shop.trail(order.id) == [("lead", "open")]


def test_a_decision_carries_the_token_of_the_page(shop: Orders) -> None:
    order = shop.enter("500")
    program = Program(shop.site, "max")
    program.client.headers["X-CSRF-Token"] = "wrong"
    answer = program.post(f"/d/order/{order.id}", {"_transition": "approve", "_version": 1})
    assert (answer.status_code, shop.trail(order.id)) == (403, [("lead", "open")])


def test_the_inbox_its_count_and_the_notices_are_everybodys_own(shop: Orders) -> None:
    for note in ("Flour", "Salt"):
        shop.enter("500", note=note)
    boss, other, clerk = (Person(shop.site, login, "en") for login in ("max", "moe", "ann"))
    page = boss.open("/inbox")
    assert [text in page for text in ("Flour", "Salt", "Manager", "Ann")] == [True] * 4
    assert re.search(r'href="/inbox"[^<]*<span class="tally">2</span>', boss.open("/account"))
    home = boss.open("/")
    assert 'For your decision <span class="count">2</span>' in home
    assert 'class="tile' not in home, "what waits for a decision is told once"
    assert "An order of Ann waits for you" in boss.open("/notices")
    for person in (other, clerk):
        assert "Flour" not in person.open("/inbox")
        assert "badge-warning" not in person.open("/inbox")
        assert "waits for you" not in person.open("/notices")
    assert "Salt" in boss.open("/inbox?page=2&size=1")
    boss.open("/inbox?page=0")
    assert boss.page.status_code == 400
