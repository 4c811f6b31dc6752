"""Those who come to the doors: somebody with a browser that runs no script, and a program that speaks JSON."""

from __future__ import annotations

import itertools
import json
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from engine.operations.sign_in import set_password
from engine.operations.site import Site
from engine.storage import records
from engine.web.app import build_app
from engine.web.session import LANGUAGES
from engine.web.texts import Texts

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Starlette asks for the successor of httpx, which this project does not depend on
    from starlette.testclient import TestClient

SECRET = "a-long-sentence-of-the-tests"
FORM = "application/x-www-form-urlencoded"
KEYS = itertools.count(1)
WARNINGS = tuple(Texts(language)("warning_word") for language in LANGUAGES)


def give_password(site: Site, *logins: str) -> None:
    """Let some of the seeded people sign in."""
    with site.reading() as (connection, running):
        ids = records.find(connection, running.tables, "person", ("code",), [(login,) for login in logins])
    for login in logins:
        set_password(site, ids[login,], SECRET)


@dataclass(frozen=True, slots=True)
class Told:
    """What a door said to a document: stored under an id, or refused for some codes."""

    status: int
    id: str | None = None
    codes: frozenset[str] = frozenset()
    text: str = field(default="", compare=False)


class Program:
    """A client of the JSON door."""

    def __init__(self, site: Site, login: str, client: Any = None) -> None:
        self.client = client or TestClient(build_app(site), base_url="https://shop.test", raise_server_exceptions=False)
        self.client.headers["Accept"] = "application/json"
        self.client.headers["X-CSRF-Token"] = self.client.get("/sign-in").json()["csrf"]
        said = self.client.post("/sign-in", json={"login": login, "password": SECRET})
        assert said.status_code == 200, said.text
        self.client.headers["X-CSRF-Token"] = said.json()["csrf"]

    def get(self, address: str) -> Any:
        return self.client.get(address)

    def read(self, address: str) -> Any:
        """What stands at an address, with every number exact."""
        answer = self.client.get(address)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.text, parse_float=Decimal)

    def post(self, address: str, body: Any, key: str = "") -> Any:
        headers = {"Content-Type": "application/json", "Idempotency-Key": key or f"program-{next(KEYS):08}"}
        return self.client.post(address, content=json_text(body).encode(), headers=headers)

    def enter(self, entity: str, values: Mapping[str, Any], transition: str | None) -> Told:
        """Hand in a new document."""
        answer = self.post(f"/d/{entity}", {**values, **({"_transition": transition} if transition else {})})
        said = answer.json()
        if answer.status_code in {200, 201}:
            return Told(answer.status_code, said["id"], text=answer.text)
        codes = frozenset(each["code"] for each in said["problems"] if each["severity"] == "error")
        return Told(answer.status_code, None, codes, answer.text)


class Person:
    """Somebody with a browser that runs no script. What the page holds in hidden fields goes back with what is typed."""

    def __init__(self, site: Site, login: str, language: str = "zh-CN", client: Any = None) -> None:
        self.client = client or TestClient(build_app(site), base_url="https://shop.test", raise_server_exceptions=False)
        self.client.follow_redirects = False
        self.client.headers.update(
            {"Accept": "text/html", "Accept-Language": language, "Sec-Fetch-Site": "same-origin"}
        )
        self.page = self.client.get("/sign-in")
        self.send("/sign-in", {"login": login, "password": SECRET})
        assert self.page.status_code == 303, self.page.text

    def open(self, address: str) -> str:
        self.page = self.client.get(address)
        return str(self.page.text)

    def hidden(self) -> dict[str, str]:
        """The hidden fields of the form of the document, or of the first form with a token; none of a template row."""
        text = self.page.text.partition('class="sheet"')[2] or self.page.text
        text = re.sub(r"<template>.*?</template>", "", text, flags=re.DOTALL)
        found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text)
        return {unescape(name): unescape(value) for name, value in found}

    def send(self, address: str, typed: Mapping[str, str]) -> Any:
        content = urlencode(self.hidden() | typed).encode()
        self.page = self.client.post(address, content=content, headers={"Content-Type": FORM})
        return self.page

    def enter(self, entity: str, flat: Mapping[str, str], transition: str | None) -> Told:
        """Fill in the page of a new document and press a button. A page that came back is filled in again as it is."""
        if 'class="sheet"' not in self.page.text:
            self.open(f"/d/{entity}/new")
        kept = {name: text for name, text in self.hidden().items() if not re.search(r"-\d+-", name)}
        content = urlencode({**kept, **flat, "_transition": transition or ""}).encode()
        self.page = self.client.post(f"/d/{entity}", content=content, headers={"Content-Type": FORM})
        if self.page.status_code == 303:
            return Told(303, self.page.headers["location"].rpartition("/")[2])
        return Told(self.page.status_code, None, summary_codes(self.page.text), self.page.text)


def summary_codes(page: str) -> frozenset[str]:
    """The codes of the errors in the summary at the head of a page; warnings begin with the word for it."""
    summary = re.search(r'<section class="summary".*?</section>', page, re.DOTALL)
    items = re.findall(r"<li>(.*?)</li>", summary[0] if summary else "", re.DOTALL)
    errors = [each for each in items if not each.lstrip().startswith(WARNINGS)]
    return frozenset(code for each in errors for code in re.findall(r'<code class="code">([A-Z]+-\d+)</code>', each))


class Grid(HTMLParser):
    """The table of a list or report page: its heading, its body rows, its row of totals, as the texts people see."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.head: list[str] = []
        self.rows: list[list[str]] = []
        self.foot: list[str] = []
        self._part = ""
        self._cell: list[str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"thead", "tbody", "tfoot"}:
            self._part = tag
        elif tag == "tr" and self._part == "tbody":
            self.rows.append([])
        elif tag in {"td", "th"} and self._part:
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._part = ""
        elif tag in {"td", "th"} and self._cell is not None:
            row = self.head if self._part == "thead" else self.foot if self._part == "tfoot" else self.rows[-1]
            row.append("".join(self._cell).strip())
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)


def json_text(value: Any) -> str:
    """JSON with exact numbers: a Decimal is written with its digits, never through a float."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(str(name))}:{json_text(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ",".join(json_text(inner) for inner in value) + "]"
    return json.dumps(value)
