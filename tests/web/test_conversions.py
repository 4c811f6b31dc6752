"""Conversions and links at the web's doors: a button that leads to a filled form, the same as JSON, and nothing more."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from engine.operations.people import player
from engine.operations.scenarios import Clock
from engine.operations.sign_in import Session
from engine.operations.site import open_site
from engine.web.app import build_app
from engine.web.doors import Doors
from tests.operations.depot import NOW, Depot, furnished_depot
from tests.web.client import TestClient

Client = Callable[..., TestClient]
LINES = [{"item": "FLOUR", "quantity": "10", "price": "2.5"}, {"item": "BAG", "quantity": "4"}]


@pytest.fixture(scope="module")
def depot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Depot]:
    """One depot for all tests here; each makes its own orders."""
    url = f"sqlite:///{tmp_path_factory.mktemp('depot') / 'site.db'}"
    furnished_depot(url)
    site = open_site(url, clock=Clock(NOW))
    yield Depot(site)
    site.close()


@pytest.fixture
def client(depot: Depot, tmp_path: Path) -> Client:
    """Opens a browser (or a program) of somebody who holds a role."""

    def open_one(role: str = "keeper", accept: str = "text/html") -> TestClient:
        with depot.site.reading() as (connection, running):
            session = Session(player(connection, running, role, (role,), "en"), "the-token-of-forms", "hash")
        doors = Doors(actor_for=lambda _site, _token: session)
        made = TestClient(build_app(depot.site, doors=doors), base_url="https://shop.test")
        made.cookies.set("__Host-session", "a-session-token-of-the-tests-0001")
        made.headers.update({"Accept": accept, "Accept-Language": "en", "X-CSRF-Token": "the-token-of-forms"})
        return made

    return open_one


def form_of(page: str) -> dict[str, str]:
    """What a browser would send of the form: every named input with its value."""
    text = re.sub(r"<template>.*?</template>", "", page.partition('class="sheet"')[2], flags=re.DOTALL)
    inputs = [dict(re.findall(r'([\w-]+)="([^"]*)"', tag)) for tag in re.findall(r"<input [^>]*>", text)]
    return {each["name"]: unescape(each.get("value", "")) for each in inputs if "name" in each}


def test_from_the_button_to_the_posted_receipt_and_back_without_script(depot: Depot, client: Client) -> None:
    order, browser = depot.order(LINES), client()
    page = browser.get(f"/d/purchase_order/{order.id}").text
    (address,) = re.findall(rf'href="(/d/goods_receipt/new\?from=receive:{order.id})"[^>]*>.*?Receive</a>', page)
    form = form_of(browser.get(address).text)
    assert (form["supplier"], form["lines-0-item"], form["lines-0-quantity"]) == ("MILL", "FLOUR", "10")
    form |= {"lines-0-quantity": "6", "lines-0-batch_code": "W1", "lines-0-last_day": "2026-09-01"}
    done = browser.post("/d/goods_receipt", data=form | {"_transition": "post"})
    assert done.status_code == 200, re.findall(r'class="code">([^<]+)', done.text)
    assert f'<a href="/d/purchase_order/{order.id}"><span class="link-kind">Purchase order' in done.text
    assert depot.open(order.id) == 4
    page = browser.get(f"/d/purchase_order/{order.id}").text
    assert f'<a href="{done.url.path}"><span class="link-kind">Goods receipt</span> GR-' in page
    assert "Became" in page


def test_the_same_as_json(depot: Depot, client: Client) -> None:
    order, program = depot.order(LINES), client(accept="application/json")
    shown = program.get(f"/d/purchase_order/{order.id}").json()
    address = f"/d/goods_receipt/new?from=receive:{order.id}"
    assert shown["conversions"] == [{"conversion": "receive", "target": "goods_receipt", "address": address}]
    assert shown["links"] == {"made_from": [], "became": [], "more": False}
    begun = program.get(address).json()
    assert [line["quantity"] for line in begun["values"]["lines"]] == ["10", "4"]
    assert "id" not in begun
    values: dict[str, Any] = begun["values"]
    values["lines"][0] |= {"batch_code": "J1", "last_day": "2026-09-01"}
    key = {"Idempotency-Key": "a-key-of-the-program"}
    stored = program.post("/d/goods_receipt?transition=post", json=values, headers=key)
    assert stored.status_code == 201, stored.text
    (linked,) = program.get(f"/d/purchase_order/{order.id}").json()["links"]["became"]
    assert linked == {
        "entity": "goods_receipt",
        "id": stored.json()["id"],
        "title": f"{stored.json()['number']} MILL",
        "number": stored.json()["number"],
        "state": "posted",
        "address": stored.headers["location"],
    }


def test_trying_shows_the_batch_that_would_be_made(depot: Depot, client: Client) -> None:
    order, browser = depot.order(LINES), client()
    form = form_of(browser.get(f"/d/goods_receipt/new?from=receive:{order.id}").text)
    form |= {"lines-0-batch_code": "T1", "lines-0-last_day": "2026-09-01", "_explain": "post"}
    page = browser.post("/d/goods_receipt", data=form).text
    assert "Batch FLOUR T1" in page
    assert "will be made" in page
    assert depot.open(order.id) == 10


def test_refusals_have_their_status_and_hide_what_is_hidden(depot: Depot, client: Client) -> None:
    program = client(accept="application/json")
    draft, order = depot.order(LINES, transition=None), depot.order(LINES)

    def answer(asked: str) -> tuple[int, object]:
        said = program.get(f"/d/goods_receipt/new?from={asked}")
        return said.status_code, [(each["code"], each["message"]) for each in said.json()["problems"]]

    hidden, absent = answer(f"receive:{draft.id}"), answer("receive:nothing")
    assert hidden == absent
    assert hidden[0] == 404
    assert answer("deliver:x")[0] == answer("")[0] == answer("receive")[0] == 404
    depot.submit("purchase_order", {}, id=order.id, transition="close", role="buyer")
    assert answer(f"receive:{order.id}")[0] == 409
    assert client("buyer", "application/json").get("/d/goods_receipt/new?from=receive:x").status_code == 403


def test_a_copy_shows_codes_and_a_new_document_tells_a_program_its_defaults(depot: Depot, client: Client) -> None:
    done = depot.receive([{"item": "BAG", "quantity": "1"}])
    form = form_of(client().get(f"/d/goods_receipt/new?copy={done.id}").text)
    assert (form["supplier"], form["lines-0-item"], form["lines-0-id"]) == ("MILL", "BAG", "")
    fresh = client(accept="application/json").get("/d/goods_receipt/new").json()
    assert fresh["values"]["received_on"] == "2026-03-02"
    assert "pallet" not in fresh["values"], "what only rules fill is not sent back"
