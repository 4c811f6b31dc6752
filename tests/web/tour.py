"""`make tour`: the pictures of docs/tour.md, taken of the demonstration in a real browser on a day that never changes."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.web import chromium, shop
from tests.web.chromium import Page

DOCS = Path(__file__).parents[2] / "docs"
PICTURES = DOCS / "pictures"
NOW = datetime(2026, 3, 12, 1, 30, tzinfo=UTC)  # half past nine in the morning in Shanghai

SCALE = 0.8
"""Pictures of a desk are made a little smaller: they are to be read, not measured."""

Steps = Callable[[Page], None]


def nothing(page: Page) -> None:
    """The page as it opens."""


def first_row(page: Page) -> None:
    """The first document of a list."""
    page.click_to_open(".row-link")


def why(page: Page) -> None:
    """The reasons of the first document of a list."""
    first_row(page)
    page.click_to_open(".page-actions a[href*='/why']")


def task(page: Page) -> None:
    """The task of the inbox that came last."""
    page.click_to_open(".todo li:last-child .todo-title")


def behind(page: Page) -> None:
    """What the number of the first row is made of."""
    page.click_to_open("tbody tr:not(.group-head) .opens")


def order(page: Page) -> None:
    """An order being typed."""
    for selector, text in {
        "#supplier": "MILL",
        "#place": "MAIN",
        "#lines-0-item": "FLOUR",
        "#lines-0-quantity": "500",
        "#lines-0-price": "5.5",
    }.items():
        page.fill(selector, text)
    page.key("Tab", 9)
    page.until("document.querySelector('#total').innerText.includes('2,750')")
    page.type("S")
    page.until("document.querySelector('#choices [role=option]')")
    page.key("ArrowDown", 40)


def mistakes(page: Page) -> None:
    """A receipt with mistakes, told all at once."""
    page.fill("#supplier", "DAIRY")
    page.fill("#lines-0-item", "MILK")
    page.fill("#lines-0-quantity", "12.0005")
    page.fill("#lines-0-last_day", "2026-02-30")
    page.click_to_open(".bar [value=post]")


@dataclass(frozen=True)
class Picture:
    """One picture: its file, who looks, where, what they do there, and how."""

    name: str
    who: str
    path: str
    steps: Steps = nothing
    language: str = "zh-CN"
    width: int = 1280
    dark: bool = False


PICTURES_TAKEN = (
    Picture("home", "manager", "/"),
    Picture("order", "buyer", "/d/purchase_order/new", order, "en"),
    Picture("approval", "manager", "/inbox", task),
    Picture("mistakes", "keeper", "/d/goods_receipt/new", mistakes),
    Picture("list", "keeper", "/d/goods_receipt", nothing, "en"),
    Picture("document", "keeper", "/d/goods_receipt?state=posted", first_row),
    Picture("why", "keeper", "/d/goods_receipt?state=posted", why, "en"),
    Picture("stock", "keeper", "/r/stock"),
    Picture("behind", "keeper", "/r/stock?q=FLOUR", behind, "en"),
    Picture("dark", "keeper", "/", nothing, "en", dark=True),
    Picture("phone-home", "keeper", "/", width=390),
    Picture("phone-stock", "keeper", "/r/stock", nothing, "en", width=390),
    Picture("phone-entry", "keeper", "/d/stock_count/new", width=390),
)


def take(picture: Picture, browser: chromium.Browser, address: str, file: Path) -> None:
    """One picture, as high as a window is."""
    height = 720 if picture.width > 600 else 844
    with browser.page(picture.width, height, language=picture.language, dark=picture.dark) as page:
        shop.enter(page, address, picture.who)
        page.go(address + picture.path)
        picture.steps(page)
        page.picture(file, scale=SCALE if picture.width > 600 else 1)


def main() -> None:
    """Take all pictures."""
    if chromium.find() is None:
        sys.exit(chromium.HOW)
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="formwork-tour-") as folder:
        place = Path(folder)
        (place / "built").mkdir()
        file = shop.built(place / "built", NOW)
        with shop.open_for_business(file, place, clock=lambda: NOW) as address, chromium.started() as browser:
            for picture in PICTURES_TAKEN:
                take(picture, browser, address, PICTURES / f"{picture.name}.png")


if __name__ == "__main__":
    main()
