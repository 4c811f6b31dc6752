"""Somebody who does what a guide says: writes its files, types its commands, opens its pages; in a folder of their own."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from ruamel.yaml import YAML

from engine.cli.demo import WELL_KNOWN
from engine.cli.main import run
from engine.operations import sign_in
from engine.operations.site import Site, open_site
from engine.operations.time_and_settings import today_in
from engine.web.app import build_app
from tests.docs.guide import Look, Run, Step, Write, as_told
from tests.web.client import TestClient

ROOT = Path(__file__).parents[2]
DEMONSTRATION = "sqlite:///var/demo/demo.db"
DATABASE = "FORMWORK_DATABASE"
TAGS = re.compile(r"<[^>]*>")


@contextmanager
def quick_hashes() -> Iterator[None]:
    """Hashes at a hundredth of their price: what they cost is tested where sign-in is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sign_in, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


def clone(folder: Path) -> Path:
    """A fresh clone, as far as a newcomer looks at one, without the history of the demonstration.

    Of the seeds people and master data stay: what a guide tells does not depend on what happened in the last months.
    """
    for name in ("apps", "docs"):
        shutil.copytree(ROOT / name, folder / name)
    for seed in (folder / "apps" / "food" / "seed").iterdir():
        told = YAML(typ="safe", pure=True).load(seed)
        if "when" in told or any("transitions" in record for record in told["records"]):
            seed.unlink()
    return folder


@dataclass
class Newcomer:
    """One reader of one guide; `language` is that of the terminal and of the browser."""

    folder: Path
    language: str
    patch: pytest.MonkeyPatch
    sites: list[Site] = field(default_factory=list)
    typed: str = ""

    def __post_init__(self) -> None:
        for name in [each for each in os.environ if each.startswith(("FORMWORK_", "LC_"))]:
            self.patch.delenv(name)
        self.patch.setenv("LANG", {"zh": "zh_CN.UTF-8", "en": "en_GB.UTF-8"}[self.language])
        self.patch.chdir(self.folder)

    def follow(self, step: Step) -> None:
        """Do what a step says, and see that it is as it says."""
        match step:
            case Write(_, _, file, text):
                (self.folder / file).parent.mkdir(exist_ok=True)
                (self.folder / file).write_text(text, encoding="utf-8")
            case Run(line, _, commands, told):
                printed = self.printed_by(commands)
                assert told is None or as_told(told, printed), f"line {line} prints:\n{printed}"
            case Look(line, _, login, address, words):
                page = self.text_of(login, address)
                assert [word for word in words if word not in page] == [], f"line {line}: {page}"

    def printed_by(self, commands: Sequence[str]) -> str:
        """What commands print, one after the other."""
        return "".join(self.run(command) for command in commands).rstrip("\n")

    def run(self, command: str) -> str:
        """What a line of commands prints, on both streams as a terminal shows them."""
        return "".join(self._run(shlex.split(part, comments=True)) for part in command.split("&&"))

    def _run(self, words: Sequence[str]) -> str:
        match words:
            case [] | [".", ".venv/bin/activate"]:
                return ""
            case ["export", setting]:
                self.patch.setenv(*setting.split("=", 1))
                return ""
            case ["make", target]:
                assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
                return ""
            case ["formwork" | ".venv/bin/formwork", "serve", *options]:
                return self._serve(options)
            case ["formwork" | ".venv/bin/formwork", *arguments]:
                return self._formwork(arguments)
            case _:
                pytest.fail(f"a guide tells to run something else than formwork: {' '.join(words)}")

    def _serve(self, options: Sequence[str]) -> str:
        """A server would never end: its options are understood, and the site that it would serve asks who is there."""
        self._formwork(["serve", *options, "--help"])
        address = options[options.index("--database") + 1] if "--database" in options else os.environ[DATABASE]
        site = open_site(address)
        assert TestClient(build_app(site), base_url="https://shop.test").get("/sign-in").status_code == 200
        site.close()
        return ""

    def _formwork(self, arguments: Sequence[str]) -> str:
        printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        self.patch.setattr("sys.stdin", io.StringIO(self.typed))
        with redirect_stdout(printed), redirect_stderr(printed):
            code = run(list(arguments))
        text = printed.buffer.getvalue().decode()  # type: ignore[attr-defined]
        assert code in (0, 1), text
        return text

    @property
    def site(self) -> Site:
        """The demonstration that is served all the while: it is opened once and hears of what is published."""
        if not self.sites:
            self.sites.append(open_site(DEMONSTRATION))
        return self.sites[0]

    @property
    def today(self) -> date:
        """The day it is where the business is."""
        return today_in(self.site.app().zone, self.site.clock())

    def close(self) -> None:
        """Stop the demonstration."""
        for site in self.sites:
            site.close()

    def browser(self, login: str) -> TestClient:
        """A browser without script in which somebody has signed in through the page."""
        client = TestClient(build_app(self.site), base_url="https://shop.test")
        client.headers.update(
            {"Accept": "text/html", "Accept-Language": self.language, "Sec-Fetch-Site": "same-origin"}
        )
        said = client.post(
            "/sign-in", data=hidden(client.get("/sign-in").text) | {"login": login, "password": WELL_KNOWN}
        )
        assert said.status_code == 200, said.text
        return client

    def text_of(self, login: str, address: str) -> str:
        """A page as its words, the names of choices and the values of fields among them."""
        page = self.browser(login).get(address)
        assert page.status_code == 200, (address, page.status_code)
        return " ".join(unescape(TAGS.sub(" ", page.text.partition("<main")[2])).split())

    def enter(self, login: str, entity: str, typed: Mapping[str, str], transition: str = "") -> Any:
        """Fill in the page of a new document and press a button; gives the page that answers."""
        client = self.browser(login)
        form = hidden(client.get(f"/d/{entity}/new").text.partition('class="sheet"')[2])
        return client.post(f"/d/{entity}", data=form | dict(typed) | {"_transition": transition})

    def read(self, login: str, address: str) -> Any:
        """What a program is told at an address."""
        answer = self.browser(login).get(address, headers={"Accept": "application/json"})
        assert answer.status_code == 200, answer.text
        return json.loads(answer.text)

    def rows(self, login: str, address: str) -> list[dict[str, Any]]:
        """The values of the rows of a list or report."""
        return [row["values"] for row in self.read(login, address)["rows"]]


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page, but for those of lines that are not there yet."""
    text = re.sub(r"<template>.*?</template>", "", page, flags=re.DOTALL)
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text)
    return {unescape(name): unescape(value) for name, value in found}
