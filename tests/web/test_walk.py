"""A day of the bakery in a real browser: order, approval, receipt, stock and what is behind it, issue, count.

The same walk by everybody who takes part in it, on a desk and on a phone, in Chinese and English, with script and
without: it has to end with the same documents and the same stock. On the way every page is looked at by axe.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.web import axe, chromium
from tests.web.chromium import Browser, Page
from tests.web.shop import enter, open_for_business

pytestmark = pytest.mark.skipif(chromium.find() is None, reason=chromium.HOW)

WAYS = [(1280, "zh-CN", True), (390, "en", True), (1280, "en", False), (390, "zh-CN", False)]


@dataclass
class Day:
    """One walk: the page, where the shop is, and what was wrong on the way."""

    page: Page
    address: str
    width: int
    script: bool
    wrong: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def look(self) -> None:
        """What every page of the walk must be: as wide as the window, open to everybody, without complaints."""
        if not self.script:
            return
        where = self.page.run("location.pathname + (document.querySelector('.summary') ? ' with problems' : '')")
        kind = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", where)
        if kind in self.seen:
            return
        self.seen.add(kind)
        if self.page.run("document.documentElement.scrollWidth") > self.width:
            self.wrong.append(f"{where} is wider than the window")
        if axe.is_there():
            self.wrong += [f"{where} {each}" for each in axe.violations(self.page)]

    def go(self, path: str) -> None:
        """Open an address by hand."""
        self.page.go(self.address + path)
        self.look()

    def press(self, selector: str) -> None:
        """Press what opens a page."""
        self.page.click_to_open(selector)
        self.look()

    def refer(self, selector: str, code: str) -> None:
        """Fill a reference: with script by what is offered, without by the code."""
        self.page.fill(selector, code)
        if self.script:
            self.page.until("document.querySelector('#choices [role=option]')")
            self.page.key("ArrowDown", 40)
            self.page.key("Enter", 13)
            assert self.page.run(f"document.querySelector('{selector}').value") == code

    def line(self, number: int, item: str, **values: str) -> None:
        """Fill a line, after asking for it if it is not there."""
        if not self.page.run(f"document.querySelector('#lines-{number}-item') !== null"):
            (self.page.click if self.script else self.page.click_to_open)("[data-add]")
        self.refer(f"#lines-{number}-item", item)
        for name, text in values.items():
            self.page.fill(f"#lines-{number}-{name}", text)

    def data(self, path: str) -> Any:
        """What a program is told at an address, in the session of whoever is there."""
        return self.page.run(
            f"fetch('{path}', {{headers: {{Accept: 'application/json'}}}}).then((answer) => answer.json())"
        )

    def state(self) -> str:
        """The state of the document that is open."""
        assert (said := self.page.words(".summary")) == "", said
        return str(self.data(self.page.run("location.pathname"))["state"])


def order(day: Day) -> None:
    """The buyer orders sugar and bags."""
    enter(day.page, day.address, "buyer")
    day.look()
    day.go("/d/purchase_order/new")
    day.refer("#supplier", "MILL")
    day.page.fill("#place", "MAIN")
    day.line(0, "SUGAR", quantity="40.5", price="7")
    day.line(1, "BAG", quantity="３００")
    day.press(".bar [value=submit]")
    assert day.state() == "review"


def approve(day: Day) -> None:
    """The manager finds the order in the inbox and agrees."""
    enter(day.page, day.address, "manager")
    day.look()
    day.go("/inbox")
    day.press(".todo li:last-child .todo-title")
    day.page.fill("#_opinion", "够用两周")
    day.press(".bar [value=approve]")
    assert day.state() == "approved"
    assert day.page.words("h1").startswith("PO-")
    day.go("/notices")


def receive(day: Day) -> None:
    """The keeper begins the receipt from the order, finds its lines there and posts it."""
    enter(day.page, day.address, "keeper")
    day.look()
    day.go("/d/purchase_order?state=approved")
    day.press(".row-link")
    day.press(".page-actions a[href*='from=receive']")
    day.page.fill("#delivery_note", "J-2001")
    day.page.fill("#lines-0-batch_code", "S-1")
    day.press(".bar [value=post]")
    assert day.state() == "posted"
    assert day.page.words("h1").startswith("GR-")
    assert day.page.words("[role=status]") != ""
    assert "PO-" in day.page.words(".links")


def look_behind(day: Day) -> None:
    """From the number in the stock list to the movement and to the receipt that made it, and back to the list."""
    day.go("/r/stock?q=S-1")
    assert day.page.words("tbody .opens").startswith("40.5")
    day.press("tbody .opens")
    assert "S-1" in day.page.words("h1")
    assert "+40.5" in day.page.words("td.main")
    day.press("td .row-link")
    assert day.page.words("h1").startswith("GR-")
    day.press(".page-actions a[href*='/why']")
    day.press(".crumbs a:first-child")
    day.press(".crumbs a")
    assert day.page.run("location.search") == "?q=S-1"  # as it was left


def issue(day: Day) -> None:
    """The keeper issues sugar; which batch it is taken from is the business of the stock."""
    day.go("/d/goods_issue/new")
    day.page.fill("#place", "MAIN")
    day.page.fill("#to_place", "BAKEHOUSE")
    day.line(0, "SUGAR", quantity="8.25")
    day.press(".bar [value=post]")
    assert day.state() == "posted"


def count(day: Day) -> None:
    """The keeper counts the bags; first with a mistake, which is told and mended."""
    day.go("/d/stock_count/new")
    day.page.fill("#place", "MAIN")
    day.line(0, "BAG", counted="4.9k")
    day.press(".bar [value=post]")
    assert day.page.run("document.querySelector('.summary') !== null")
    assert day.page.run("document.title").startswith(("错误：", "Error: "))
    assert day.page.run("document.querySelector('#lines-0-counted').value") == "4.9k"
    if day.script:
        assert day.page.run("document.activeElement.className") == "summary"
        day.page.click(".summary a")
        assert day.page.run("document.activeElement.id") == "lines-0-counted"
    day.page.fill("#lines-0-counted", "4900")
    day.press(".bar [value=post]")
    assert day.state() == "posted"


CHAPTERS: tuple[Callable[[Day], None], ...] = (order, approve, receive, look_behind, issue, count)


@pytest.mark.parametrize(("width", "language", "script"), WAYS)
def test_a_day_of_the_bakery(
    width: int, language: str, script: bool, chrome: Browser, food_file: Path, tmp_path: Path
) -> None:
    with (
        open_for_business(food_file, tmp_path) as address,
        chrome.page(width, language=language, script=script) as page,
    ):
        day = Day(page, address, width, script)
        for chapter in CHAPTERS:
            chapter(day)
        stock = day.data("/r/stock?size=200")["rows"]
        amounts = {
            code: sum(float(row["values"]["quantity"]) for row in stock if row["values"]["item"] == code)
            for code in ("SUGAR", "BAG")
        }
        order_, receipt = (
            day.data(f"/d/{name}?state={state}&q={text}")["rows"][0]["values"]
            for name, state, text in (("purchase_order", "approved", "PO-"), ("goods_receipt", "posted", "J-2001"))
        )
        assert amounts == {"SUGAR": 420 + 40.5 - 8.25, "BAG": 4900}
        assert (order_["total"], receipt["total"]) == ("319.5", "319.5")
        assert [text for text in page.complaints() if "422" not in text] == []
        assert day.wrong == []


def test_without_axe_something_is_missing() -> None:
    """The walk is not looked at by axe where it is not installed; this says so."""
    if not axe.is_there():
        pytest.skip(axe.HOW)
