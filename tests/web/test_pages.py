"""What holds for every page: one main, one h1, labels for inputs, no inline script or style."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from engine.language.problems import Problem
from engine.web.pages import FOLDER
from tests.web import fakes

Open = Callable[..., Any]
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
    "/inbox",
    "/notices",
    "/alerts",
    "/nowhere",
    "form with problems",
)
EMPTY = {"input", "meta", "link", "br", "hr", "img"}


class Page(HTMLParser):
    """Elements with their attributes, and whether every element was closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.templates = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self.templates or tag == "template":
            self.elements.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)
            self.templates += tag == "template"

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag, (tag, self.open)
        self.templates -= tag == "template"

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [given for tag, given in self.elements if tag in tags]


def fetch(browser: Open, kept: fakes.Kept, where: str, language: str) -> str:
    someone = browser(signed_in=where != "/sign-in")
    headers = {"Accept-Language": language}
    if where.startswith("/"):
        return str(someone.get(where, headers=headers).text)
    kept.refuse = (
        Problem("WFL-103", {"message": "no"}, path=("supplier",)),
        Problem("WFL-103", {"message": "no"}, path=("lines", 0, "item")),
    )
    sent = {"_csrf": fakes.CSRF, "_key": "12345678", "lines-0-item": "x"}
    return str(someone.post("/d/goods_receipt", data=sent, headers=headers).text)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("where", PAGES)
def test_every_page(where: str, language: str, browser: Open, kept: fakes.Kept) -> None:
    text = fetch(browser, kept, where, language)
    page = Page(text)
    assert page.open == []
    assert page.all("html")[0]["lang"] == ("zh-CN" if language == "zh" else "en")
    assert len(page.all("main")) == 1
    assert len(page.all("h1")) == 1
    assert {"id": "main", "tabindex": "-1"}.items() <= page.all("main")[0].items()
    assert page.elements[[tag for tag, _ in page.elements].index("body") + 1][1]["href"] == "#main"
    ids = [str(given["id"]) for _, given in page.elements if "id" in given]
    assert len(ids) == len(set(ids)), "an id is there twice"
    labelled = {given.get("for") for given in page.all("label")}
    for given in page.all("input", "select", "textarea"):
        if given.get("type") != "hidden":
            assert given.get("id") in labelled, given
        for name in str(given.get("aria-describedby") or "").split():
            assert name in ids, name
    for given in page.all("a"):
        target = str(given.get("href"))
        if target.startswith("#"):
            assert target[1:] in ids, target


@pytest.mark.parametrize("where", PAGES)
def test_nothing_needs_a_weaker_policy(where: str, browser: Open, kept: fakes.Kept) -> None:
    """ASVS 3.4.3: default-src 'self' is enough: no inline script, style or handler, nothing from elsewhere."""
    page = Page(fetch(browser, kept, where, "zh"))
    for tag, given in page.elements:
        assert tag != "style"
        assert "style" not in given
        assert not [name for name in given if name.startswith("on")]
        if tag == "script":
            assert str(given["src"]).startswith("/static/")
        for name in ("src", "href", "action"):
            assert not re.match(r"(?i)\s*(https?:|//|javascript:|data:)", str(given.get(name) or ""))


@pytest.mark.parametrize("where", ["/", "/d/goods_receipt", "/d/goods_receipt/posted", "/r/stock"])
def test_texts_of_people_stay_texts(where: str, browser: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """ASVS 1.2.1: names, cells and history are escaped."""
    evil = '"><img src=x onerror=alert(1)>{{7*7}}'
    monkeypatch.setattr(fakes.Session.__init__, "__defaults__", (replace(fakes.ACTOR, name=evil), fakes.CSRF))
    monkeypatch.setitem(fakes.RECEIPT, "note", evil)
    text = browser(signed_in=True).get(where).text
    assert "<img" not in text
    assert "{{7*7}}" in text


def test_no_template_switches_the_escaping_off() -> None:
    for path in FOLDER.glob("*.html"):
        assert not re.search(r"\|\s*safe|autoescape|Markup", path.read_text("utf-8")), path.name
