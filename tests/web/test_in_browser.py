"""The pages in a real browser: script as a comfort, no script, Chinese input, phone, policy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.web.app import build_app
from tests.web import chromium, fakes
from tests.web.shop import served

pytestmark = pytest.mark.skipif(chromium.find() is None, reason=chromium.HOW)

PAGES = (
    "/",
    "/sign-in",
    "/d/goods_receipt",
    "/d/goods_receipt/new",
    "/d/goods_receipt/r1",
    "/d/goods_receipt/posted",
    "/d/goods_receipt/posted/why",
    "/r/stock",
    "/r/stock?group=supplier",
    "/r/stock/movements?item=i1",
    "/account",
    "/inbox",
    "/notices",
    "/alerts",
    "/nowhere",
)
NEW = "/d/goods_receipt/new"


@pytest.fixture(scope="module")
def shop() -> Iterator[tuple[str, fakes.Kept]]:
    """A server with the fake operations, and what they were asked."""
    kept = fakes.Kept()
    with served(build_app(fakes.Site(), doors=fakes.doors(kept))) as address:
        yield address, kept


@pytest.fixture
def browser(chrome: chromium.Browser) -> chromium.Browser:
    """The real one."""
    return chrome


@pytest.fixture
def page(browser: chromium.Browser, shop: tuple[str, fakes.Kept]) -> Iterator[chromium.Page]:
    """A page of somebody who is signed in."""
    with browser.page() as opened:
        opened.cookie(shop[0], "session", fakes.TOKEN)
        yield opened


def row_names(page: chromium.Page) -> list[str]:
    names: list[str] = page.run("[...document.querySelectorAll('tbody > tr')].map(row => row.dataset.row)")
    return names


def test_lines_come_and_go_without_a_new_page(page: chromium.Page, shop: tuple[str, fakes.Kept]) -> None:
    page.go(shop[0] + NEW)
    page.click("#lines-0-quantity")
    page.type("２５０")
    page.run("window.same = true")
    page.click("[data-add]")
    assert row_names(page) == ["lines-0", "lines-1"]
    assert page.run("document.activeElement.id") == "lines-1-item"
    assert page.run("document.querySelector('label[for=lines-1-item]') !== null")
    page.click("[data-add]")
    page.click("tr[data-row=lines-1] [data-remove]")
    assert row_names(page) == ["lines-0", "lines-2"]
    assert page.run("[...document.querySelectorAll('tbody [data-number]')].map(e => e.textContent).join()") == "1,2"
    page.click("[data-add]")
    assert row_names(page) == ["lines-0", "lines-2", "lines-3"]
    assert page.run("document.querySelector('#lines-0-quantity').value") == "２５０"
    assert page.run("window.same")
    ids = page.run("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))


def test_enter_goes_down_a_line_but_never_while_composing(page: chromium.Page, shop: tuple[str, fakes.Kept]) -> None:
    page.go(shop[0] + NEW)
    page.click("#lines-0-batch")
    page.compose("mian")
    page.key("Enter", 229)
    assert row_names(page) == ["lines-0"]
    assert page.run("document.activeElement.id") == "lines-0-batch"
    page.type("面粉")
    page.key("Enter", 13)
    assert row_names(page) == ["lines-0", "lines-1"]
    assert page.run("document.activeElement.id") == "lines-1-batch"
    assert page.run("document.querySelector('#lines-0-batch').value") == "面粉"
    assert shop[1].submitted == []


def test_a_reference_is_looked_up_and_chosen_by_keyboard(page: chromium.Page, shop: tuple[str, fakes.Kept]) -> None:
    page.go(shop[0] + NEW)
    page.click("#lines-0-item")
    page.type("mf")
    page.until("document.querySelectorAll('#choices [role=option]').length === 2")
    assert page.run("document.activeElement.getAttribute('aria-expanded')") == "true"
    page.key("ArrowDown", 40)
    page.key("ArrowDown", 40)
    assert page.run("document.activeElement.getAttribute('aria-activedescendant')") == "choice-1"
    page.key("Enter", 13)
    assert page.run("document.querySelector('#lines-0-item').value") == "10022"
    assert page.run("document.querySelector('#lines-0-item + [data-title]').textContent") == "低筋面粉"
    assert page.run("document.querySelector('#choices').hidden")
    assert row_names(page) == ["lines-0"]


def test_a_day_is_picked_from_the_browsers_calendar(page: chromium.Page, shop: tuple[str, fakes.Kept]) -> None:
    page.go(shop[0] + NEW)
    page.click("#received_on + .calendar")
    page.until("document.querySelector('.picker')")
    page.run(
        """(() => { const day = document.querySelector('.picker'); day.value = '2026-03-01';
                    day.dispatchEvent(new Event('change')); })()"""
    )
    assert page.run("document.querySelector('#received_on').value") == "2026-03-01"
    assert page.run("document.activeElement.id") == "received_on"
    assert page.run("document.querySelector('.picker')") is None


def test_the_keys_that_save_and_post(page: chromium.Page, shop: tuple[str, fakes.Kept]) -> None:
    kept = shop[1]
    kept.submitted.clear()
    for key, code, transition in (("s", 83, None), ("Enter", 13, "post")):
        page.go(shop[0] + NEW)
        page.click("#note")
        page.forget("Page.loadEventFired")
        page.key(key, code, modifiers=2)
        page.loaded()
        assert kept.submitted.pop().transition == transition


@pytest.mark.parametrize("script", [True, False])
def test_a_document_is_stored_with_and_without_script(
    script: bool, browser: chromium.Browser, shop: tuple[str, fakes.Kept]
) -> None:
    address, kept = shop
    kept.submitted.clear()
    with browser.page(script=script) as page:
        page.cookie(address, "session", fakes.TOKEN)
        page.go(address + NEW)
        page.click("#lines-0-quantity")
        page.type("250")
        if script:
            page.click("[data-add]")
        else:
            page.click_to_open("[data-add]")
        page.click("#lines-1-quantity")
        page.type("42.6")
        page.click_to_open(".bar .primary")
    stored = kept.submitted.pop()
    assert stored.transition == "post"
    assert [row["quantity"] for row in stored.raw["lines"]] == ["250", "42.6"]


@pytest.mark.parametrize(("width", "language"), [(1280, "zh-CN"), (390, "zh-CN"), (320, "en")])
def test_every_page_fits_and_breaks_no_policy(
    width: int, language: str, browser: chromium.Browser, shop: tuple[str, fakes.Kept]
) -> None:
    """WCAG 2.2: 1.4.10 reflow at 320 px, 2.5.8 targets of at least 24 px; ASVS 3.4.3."""
    with browser.page(width, language=language) as page:
        for path in PAGES:
            if path != "/sign-in":
                page.cookie(shop[0], "session", fakes.TOKEN)
            else:
                page.ask("Network.clearBrowserCookies")
            page.go(shop[0] + path)
            assert page.run("document.documentElement.scrollWidth") <= width, path
            small = page.run(
                """[...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')].filter(e => {
                     const box = e.getBoundingClientRect();
                     return box.width && !e.closest('p, li p, .first, .skip, .calendar') && !e.matches('.first, .skip')
                       && (box.width < 24 || box.height < 24) && !(e.matches('[type=checkbox]'));
                   }).map(e => e.outerHTML.slice(0, 120))"""
            )
            assert small == [], path
        assert [text for text in page.complaints() if "404" not in text] == []


def test_a_unit_appears_beside_what_is_typed(page: chromium.Page, shop: tuple[str, fakes.Kept]) -> None:
    page.go(shop[0] + NEW)
    page.click("#lines-0-quantity")
    page.type("2")
    page.click("#lines-0-item")
    page.type("mf")
    page.until("document.querySelectorAll('#choices [role=option]').length === 2")
    page.key("ArrowDown", 40)
    page.key("Enter", 13)
    page.click("#lines-0-quantity")
    page.key("End", 35)
    page.type("50")
    page.until("document.querySelector('#lines-0-quantity + [data-unit]').textContent === 'kg'")
    assert page.run("document.querySelector('#lines-0-quantity').value") == "250"
    assert page.run("document.activeElement.id") == "lines-0-quantity"
    assert shop[1].submitted == []


@pytest.mark.parametrize("slowness", [0.0, 0.25, 1.0])
def test_no_answer_ever_changes_an_input(slowness: float, page: chromium.Page, shop: tuple[str, fakes.Kept]) -> None:
    """The measured trap of forms that are swapped while somebody types: here only what stands beside may change."""
    typed = {"item": "10021", "batch": "HF-0219", "quantity": "123.45", "price": "6.80"}
    page.go(shop[0] + NEW)
    shop[1].slowness = slowness
    try:
        for row in (0, 1, 2):
            for name, text in typed.items():
                page.run(f"document.querySelector('#lines-{row}-{name}').focus()")
                for character in text:
                    page.type(character)
            page.run("document.querySelector('[data-add]').click()")
        page.run("document.querySelector('#note').focus()")
        page.until("document.querySelector('#lines-2-quantity + [data-unit]').textContent === 'kg'")
    finally:
        shop[1].slowness = 0.0
    inputs = {
        f"lines-{row}-{name}": page.run(f"document.querySelector('#lines-{row}-{name}').value")
        for row in (0, 1, 2)
        for name in typed
    }
    assert inputs == {f"lines-{row}-{name}": text for row in (0, 1, 2) for name, text in typed.items()}


@pytest.mark.parametrize("script", [True, False])
def test_a_question_is_asked_before_a_document_is_given_up(
    script: bool, browser: chromium.Browser, shop: tuple[str, fakes.Kept]
) -> None:
    address, kept = shop
    kept.submitted.clear()
    with browser.page(390, script=script) as page:
        page.cookie(address, "session", fakes.TOKEN)
        page.go(address + "/d/goods_receipt/r1")
        page.click(".confirm summary")
        assert kept.submitted == []
        assert page.run("document.documentElement.scrollWidth") <= 390 if script else True
        page.click_to_open(".confirm .danger")
    assert kept.submitted.pop().transition == "cancel"
