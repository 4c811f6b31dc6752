"""Every page for everybody: axe on each, the keyboard alone, paper, colours that can be told apart."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest

from engine.language.problems import Problem
from engine.web.app import build_app
from engine.web.files import static_files
from tests.web import axe, chromium, fakes
from tests.web.chromium import Browser
from tests.web.shop import served
from tests.web.test_in_browser import NEW, PAGES

real = pytest.mark.skipif(chromium.find() is None, reason=chromium.HOW)


@pytest.fixture(scope="module")
def shop() -> Iterator[tuple[str, fakes.Kept]]:
    """A server with the fake operations, and what they were asked."""
    kept = fakes.Kept()
    with served(build_app(fakes.Site(), doors=fakes.doors(kept))) as address:
        yield address, kept


@real
@pytest.mark.skipif(not axe.is_there(), reason=axe.HOW)
@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_breaks_wcag(width: int, chrome: Browser, shop: tuple[str, fakes.Kept]) -> None:
    """WCAG 2.2 A and AA as far as axe can tell, in light and dark, with what unfolds unfolded."""
    address, kept = shop
    wrong = []
    with chrome.page(width) as page:
        for path in PAGES:
            page.ask("Network.clearBrowserCookies")
            if path != "/sign-in":
                page.cookie(address, "session", fakes.TOKEN)
            page.go(address + path)
            wrong += [f"{path} {each}" for each in axe.violations(page)]
        page.go(address + "/r/stock")
        for menu in (".account", ".fold", ".more", ".pick"):
            page.run(f"document.querySelectorAll('{menu}').forEach((each) => {{ each.open = true; }})")
            wrong += [f"{menu} {each}" for each in axe.violations(page)]
            page.run(f"document.querySelectorAll('{menu}').forEach((each) => {{ each.open = false; }})")
        kept.refuse = (Problem("VAL-101", {}, None, ("supplier",)), Problem("VAL-101", {}, None, ("lines", 0, "item")))
        page.go(address + NEW)
        page.click_to_open(".bar .primary")
        wrong += [f"problems {each}" for each in axe.violations(page)]
        kept.refuse = ()
    assert wrong == []


@real
def test_a_receipt_by_keyboard_alone(chrome: Browser, shop: tuple[str, fakes.Kept]) -> None:
    """The skip link, fields in the order they are seen, lines down and at the end a new one, a cell from above."""
    address, kept = shop
    kept.submitted.clear()
    with chrome.page() as page:
        page.cookie(address, "session", fakes.TOKEN)
        page.go(address + NEW)

        def here() -> str:
            return str(page.run("document.activeElement.id || document.activeElement.className"))

        def tab(times: int = 1) -> str:
            for _ in range(times):
                page.key("Tab", 9)
            return here()

        assert tab() == "skip"
        page.key("Enter", 13)
        page.until("document.activeElement.id === 'main'")
        while here() != "supplier":
            tab()
        order = [here()] + [tab() for _ in range(4)]
        assert order == ["supplier", "received_on", "place", "checked", "note"]
        assert tab() == "lines-0-item"
        page.type("10021")
        assert tab(3) == "lines-0-quantity"
        page.type("12.5")
        page.key("Enter", 13)
        assert here() == "lines-1-quantity"
        page.key("d", 68, modifiers=2)
        assert page.run("document.activeElement.value") == "12.5"
        assert tab() == "lines-1-price"
        page.key("Tab", 9)
        assert here() == "lines-2-item", "Tab at the very end of a filled line opens the next one"
        assert tab(4) == "lines-2-price"
        assert "lines-" not in tab(), "out of an empty line Tab leads on, never into a trap"
        page.forget("Page.loadEventFired")
        page.key("Enter", 13, modifiers=2)
        page.loaded()
    stored = kept.submitted.pop()
    assert (stored.transition, [row["quantity"] for row in stored.raw["lines"][:2]]) == ("post", ["12.5", "12.5"])


@real
def test_a_block_from_a_spreadsheet_and_back(chrome: Browser, shop: tuple[str, fakes.Kept]) -> None:
    address, _ = shop
    with chrome.page() as page:
        page.cookie(address, "session", fakes.TOKEN)
        page.go(address + NEW)
        page.fill("#lines-0-batch", "old")
        block = "B1\\t2026-08-01\\t12.5\\r\\nB2\\t2026-09-01\\t１３\\r\\n"
        page.click("#lines-0-batch")
        page.run(
            f"""(() => {{ const data = new DataTransfer(); data.setData("text/plain", "{block}");
                document.activeElement.dispatchEvent(new ClipboardEvent("paste", {{clipboardData: data, bubbles: true, cancelable: true}})); }})()"""
        )
        values = "[...document.querySelectorAll('tbody tr')].map((row) => [...row.querySelectorAll('td input')].slice(1, 4).map((each) => each.value).join(' '))"
        assert page.run(values) == ["B1 2026-08-01 12.5", "B2 2026-09-01 １３"]
        page.click(".keys button")
        assert page.run(values) == ["old  "]
        page.until("document.activeElement.id === 'lines-0-batch'")


@real
@pytest.mark.parametrize("path", ["/d/goods_receipt/posted", "/r/stock?group=supplier"])
def test_paper(path: str, chrome: Browser, shop: tuple[str, fakes.Kept]) -> None:
    """Only the content, the head of a table on every sheet, no row over two of them."""
    address, _ = shop
    with chrome.page(dark=True) as page:
        page.cookie(address, "session", fakes.TOKEN)
        page.go(address + path)
        page.ask("Emulation.setEmulatedMedia", media="print")
        seen = """[...document.querySelectorAll('.top, .bar, .filters, .pager, .page-actions, .side')].filter((each) => each.getClientRects().length).map((each) => each.className)"""
        assert page.run(seen) == []
        assert page.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        style = "getComputedStyle(document.querySelector('{}')).{}"
        assert page.run(style.format(".grid thead", "display")) == "table-header-group"
        assert page.run(style.format(".grid tbody tr", "breakInside")) == "avoid"
        page.run(
            "document.querySelectorAll('tbody tr:last-child').forEach((row) => { for (let n = 0; n < 60; n += 1) row.after(row.cloneNode(true)); })"
        )
        paper = base64.b64decode(page.ask("Page.printToPDF", preferCSSPageSize=True)["data"])
        assert len(re.findall(rb"/Type\s*/Page\b", paper)) > 1
        assert page.run(
            "document.querySelector('.table-box, .lines-scroll').scrollHeight <= document.querySelector('.table-box, .lines-scroll').clientHeight + 1"
        ), "nothing is cut off by a box that scrolls"


# ---- what needs no browser


def tokens() -> dict[str, tuple[str, str]]:
    """The colours by name, each light and dark."""
    text = next(each.content for name, each in static_files().items() if name.endswith(".css")).decode()
    return {name: (light, dark) for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)", text)}


def contrast(first: str, second: str) -> float:
    """WCAG 2.2: how far two colours are apart, from 1 to 21."""

    def luminance(colour: str) -> float:
        digits = colour[1:] if len(colour) == 7 else "".join(each * 2 for each in colour[1:4])
        parts = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_colours_are_far_enough_apart(dark: bool) -> None:
    """WCAG 2.2: 1.4.3 texts 4.5, 1.4.11 the edges of what can be filled in and the mark of the focus 3."""
    colour = {name: pair[dark] for name, pair in tokens().items()}
    grounds = ("page", "rail", "surface", "raised", "sunken", "hover")
    soft = [(name, f"{name}-soft") for name in ("danger", "success", "warning", "info", "locked")]
    texts = [(name, ground) for name in ("ink", "quiet", "accent", "danger") for ground in grounds]
    texts += [*soft, ("accent-strong", "accent-soft"), ("on-accent", "accent"), ("on-accent", "accent-strong")]
    edges = [("edge", ground) for ground in ("page", "surface", "sunken")] + [("accent", ground) for ground in grounds]
    near = [(one, other) for one, other in texts if contrast(colour[one], colour[other]) < 4.5]
    near += [(one, other) for one, other in edges if contrast(colour[one], colour[other]) < 3]
    assert near == []


def test_style_and_script_stay_small() -> None:
    """What a phone has to fetch once: 12 KB of style, 20 KB of script, packed."""
    for name, limit in ((".css", 12), (".js", 20)):
        (packed,) = (each.packed for file, each in static_files().items() if file.endswith(name))
        assert len(packed) <= limit * 1024
