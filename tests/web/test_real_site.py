"""The whole house behind the web: the food business with its seeds, rules and stock, through pages and through JSON."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.cli.demo import build
from engine.operations.site import Site, open_site
from engine.web.app import build_app
from tests.web.client import TestClient

APP = Path(__file__).parents[2] / "apps" / "food"
SECRET = "a-long-sentence-of-the-tests"
GOOD = {
    "supplier": "DAIRY",
    "place": "COLD",
    "lines": [{"item": "MILK", "quantity": 12.5, "batch": "M1", "last_day": "2099-01-01", "price": 11.9}],
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the seeds of the food business."""
    file = tmp_path_factory.mktemp("food") / "food.db"
    build(APP, f"sqlite:///{file}", SECRET)
    return file


@pytest.fixture
def site(built: Path, tmp_path: Path) -> Iterator[Site]:
    """A site of this test alone."""
    for file in built.parent.glob("food.db*"):
        shutil.copy(file, tmp_path / file.name)
    opened = open_site(f"sqlite:///{tmp_path / 'food.db'}")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def both_doors(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Person, Program]]:
    """One keeper at both doors, for tests that store nothing."""
    folder = tmp_path_factory.mktemp("shared")
    for file in built.parent.glob("food.db*"):
        shutil.copy(file, folder / file.name)
    opened = open_site(f"sqlite:///{folder / 'food.db'}")
    yield Person(opened, "keeper"), Program(opened, "keeper")
    opened.close()


class Program:
    """A client of the JSON door."""

    def __init__(self, site: Site, login: str) -> None:
        self.client = TestClient(build_app(site), base_url="https://shop.test")
        self.client.headers["Accept"] = "application/json"
        self.client.headers["X-CSRF-Token"] = self.client.get("/sign-in").json()["csrf"]
        said = self.client.post("/sign-in", json={"login": login, "password": SECRET})
        assert said.status_code == 200, said.text
        self.client.headers["X-CSRF-Token"] = said.json()["csrf"]
        self.keys = 0

    def get(self, address: str) -> Any:
        return self.client.get(address)

    def post(self, address: str, body: object, key: str = "") -> Any:
        self.keys += 1
        return self.client.post(address, json=body, headers={"Idempotency-Key": key or f"program-{self.keys:04}"})

    def stock(self, item: str) -> Decimal:
        rows = self.get(f"/r/stock?item={item}&size=200").json()
        found = [row["values"] for row in rows["rows"]]
        assert found, rows
        amount = next(name for name in found[0] if name.startswith("quantity"))
        return sum((Decimal(row[amount]) for row in found), Decimal(0))


class Person:
    """Somebody with a browser that runs no script."""

    def __init__(self, site: Site, login: str, language: str = "zh-CN") -> None:
        self.client = TestClient(build_app(site), base_url="https://shop.test")
        self.client.headers.update(
            {"Accept": "text/html", "Accept-Language": language, "Sec-Fetch-Site": "same-origin"}
        )
        self.page = self.client.get("/sign-in")
        self.send("/sign-in", {"login": login, "password": SECRET})
        assert self.page.status_code == 200

    def open(self, address: str) -> str:
        self.page = self.client.get(address)
        return str(self.page.text)

    def hidden(self) -> dict[str, str]:
        """The hidden fields of the form of the document, or of the first form with a token."""
        text = self.page.text.partition('class="sheet"')[2] or self.page.text
        text = re.sub(r"<template>.*?</template>", "", text, flags=re.DOTALL)
        found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text)
        return dict(found)

    def send(self, address: str, typed: dict[str, str]) -> int:
        self.page = self.client.post(address, data=self.hidden() | typed)
        return int(self.page.status_code)


def flat(values: dict[str, Any]) -> dict[str, str]:
    found = {name: str(value) for name, value in values.items() if name != "lines"}
    for number, line in enumerate(values["lines"]):
        found |= {f"lines-{number}-{name}": str(value) for name, value in line.items()}
    return found


def codes(page: str) -> list[str]:
    return sorted(re.findall(r'<code class="code">([A-Z]+-\d+)</code>', page))


def test_a_receipt_through_json_reaches_the_stock_to_the_last_digit(site: Site) -> None:
    keeper = Program(site, "keeper")
    before = keeper.stock("MILK")
    stored = keeper.post("/d/goods_receipt?transition=post", GOOD)
    assert stored.status_code == 201, stored.text
    said = stored.json()
    assert said["number"].startswith("GR-")
    assert keeper.stock("MILK") - before == Decimal("12.5")
    shown = keeper.get(stored.headers["location"]).json()
    assert shown["values"]["lines"][0]["amount"] == "148.75"
    assert shown["state"] == said["state"]
    why = keeper.get(f"/d/goods_receipt/{said['id']}/why").json()
    assert any(step["file"].endswith("rules/goods_receipt.yaml") and step["line"] > 0 for step in why["steps"])
    numbers = [row["values"]["number"] for row in keeper.get("/d/goods_receipt").json()["rows"]]
    assert said["number"] in numbers


def test_a_receipt_through_pages_without_script(site: Site) -> None:
    keeper, program = Person(site, "keeper"), Program(site, "keeper")
    before = program.stock("MILK")
    keeper.open("/d/goods_receipt/new")
    assert keeper.send("/d/goods_receipt", flat(GOOD) | {"lines-0-quantity": "abc", "_transition": "post"}) == 422
    assert 'value="abc"' in keeper.page.text
    assert 'aria-invalid="true"' in keeper.page.text
    assert keeper.send("/d/goods_receipt", flat(GOOD) | {"_add": "lines"}) == 200
    second = {
        "lines-1-item": "EGG",
        "lines-1-quantity": "３０",
        "lines-1-batch": "E1",
        "lines-1-last_day": "2099-01-01",
    }
    assert keeper.send("/d/goods_receipt", flat(GOOD) | second | {"lines-1-price": "0.9", "_transition": "post"}) == 200
    assert keeper.page.url.path.startswith("/d/goods_receipt/")
    assert 'role="status"' in keeper.page.text
    assert re.search(r"GR-[\w-]+", keeper.page.text)
    assert program.stock("MILK") - before == Decimal("12.5")
    assert "rules/goods_receipt.yaml:" in keeper.open(f"{keeper.page.url.path}/why")


@pytest.mark.parametrize(
    "change",
    [
        {"supplier": ""},
        {"supplier": "NOBODY"},
        {"supplier": "CAFE"},
        {"received_on": "2026-02-30"},
        {"lines-0-quantity": "-1"},
        {"lines-0-quantity": "0"},
        {"lines-0-quantity": "1e400"},
        {"lines-0-quantity": "9223372036854775807"},
        {"lines-0-quantity": "0.0001"},
        {"lines-0-price": "NaN"},
        {"lines-0-price": "-0.01"},
        {"lines-0-item": "=1+1"},
        {"lines-0-amount": "1"},
        {"total": "999"},
        {"state": "posted"},
        {"number": "GR-1"},
        {"nonsense": "1"},
        {"lines-0-nonsense": "1"},
        {"lines-0-id": "made-up"},
        {"note": "x" * 501},
    ],
)
def test_pages_and_json_refuse_alike(change: dict[str, str], both_doors: tuple[Person, Program]) -> None:
    """ASVS 2.2.2, 8.3.1, 15.3.3: one evaluator behind both doors, the same codes from both."""
    keeper, program = both_doors
    before = program.stock("MILK")
    keeper.open("/d/goods_receipt/new")
    typed = flat(GOOD) | change
    assert keeper.send("/d/goods_receipt", typed | {"_transition": "post"}) == 422
    body: dict[str, Any] = {name: text for name, text in typed.items() if "-" not in name}
    body["lines"] = [{name[8:]: text for name, text in typed.items() if name.startswith("lines-0-")}]
    refused = program.post("/d/goods_receipt?transition=post", body)
    assert refused.status_code == 422
    assert codes(keeper.page.text) == sorted(problem["code"] for problem in refused.json()["problems"])
    assert program.stock("MILK") == before


def test_the_same_request_twice_is_one_document(site: Site) -> None:
    keeper = Program(site, "keeper")
    first = keeper.post("/d/goods_receipt?transition=post", GOOD, key="once-and-only-once").json()
    second = keeper.post("/d/goods_receipt?transition=post", GOOD, key="once-and-only-once").json()
    assert (second["id"], second["number"], second["replayed"]) == (first["id"], first["number"], True)
    other = GOOD | {"delivery_note": "other"}
    assert keeper.post("/d/goods_receipt?transition=post", other, key="once-and-only-once").status_code == 409


def test_two_people_change_one_draft(site: Site) -> None:
    keeper, other = Person(site, "keeper"), Program(site, "keeper")
    draft = other.post("/d/goods_receipt", GOOD).json()
    keeper.open(f"/d/goods_receipt/{draft['id']}")
    assert (
        other.post(f"/d/goods_receipt/{draft['id']}", {"note": "first", "_version": draft["version"]}).status_code
        == 200
    )
    assert keeper.send(f"/d/goods_receipt/{draft['id']}", {"note": "second"}) == 409
    assert "second" in keeper.page.text
    assert codes(keeper.page.text) == ["STO-120"]


def test_a_draft_is_opened_changed_and_posted(site: Site) -> None:
    keeper, program = Person(site, "keeper"), Program(site, "keeper")
    draft = program.post("/d/goods_receipt", GOOD).json()
    address = f"/d/goods_receipt/{draft['id']}"
    assert 'value="MILK"' in keeper.open(address)
    assert keeper.send(address, flat(GOOD) | {"_add": "lines", "lines-0-quantity": "13"}) == 200
    assert keeper.send(address, flat(GOOD) | {"lines-0-quantity": "13", "_transition": "post"}) == 200, codes(
        keeper.page.text
    )
    assert program.get(address).json()["values"]["lines"][0]["quantity"] == "13"
    assert "<select" not in keeper.page.text.partition("<main")[2]
    assert keeper.send(address, {"_transition": "post", "_key": "again-and-again"}) in {403, 409, 422}


def test_another_companys_receipt_looks_as_if_it_did_not_exist(site: Site) -> None:
    """ASVS 8.2.2."""
    stored = Program(site, "keeper").post("/d/goods_receipt?transition=post", GOOD).json()
    stranger = Program(site, "deli_keeper")
    for end in ("", "/why"):
        hidden = stranger.get(f"/d/goods_receipt/{stored['id']}{end}")
        unknown = stranger.get(f"/d/goods_receipt/{stored['id'][:-1]}x{end}")
        assert (hidden.status_code, hidden.json()["problems"]) == (404, unknown.json()["problems"])
    listed = stranger.get("/d/goods_receipt?size=200").json()
    assert stored["id"] not in {row["id"] for row in listed["rows"]}
    assert stranger.post(f"/d/goods_receipt/{stored['id']}", {"note": "x"}).status_code == 404
    assert stranger.get(f"/d/goods_receipt/new?copy={stored['id']}").status_code == 404


def test_a_role_without_the_grant_is_told_which_role_has_it(site: Site) -> None:
    seller = Program(site, "seller")
    refused = seller.post("/d/goods_receipt", GOOD)
    assert refused.status_code == 403
    assert refused.json()["problems"][0]["code"] == "ACC-110"


def test_signing_out_acts_at_the_next_request(site: Site) -> None:
    """ASVS 7.4.1."""
    keeper = Program(site, "keeper")
    kept = dict(keeper.client.cookies)
    assert keeper.post("/sign-out", {}).status_code == 200
    keeper.client.cookies.update(kept)
    assert keeper.get("/").status_code == 401


def test_guessing_is_slowed_down_and_tells_nothing(site: Site) -> None:
    """ASVS 6.1.1, 6.3.1, 6.3.8."""
    client = TestClient(build_app(site), base_url="https://shop.test", headers={"Accept": "application/json"})
    client.headers["X-CSRF-Token"] = client.get("/sign-in").json()["csrf"]
    said = [client.post("/sign-in", json={"login": name, "password": "wrong guess"}) for name in ("keeper", "nobody")]
    assert [answer.status_code for answer in said] == [401, 401]
    assert said[0].json()["problems"] == said[1].json()["problems"]
    tries = [client.post("/sign-in", json={"login": "keeper", "password": "wrong guess"}) for _ in range(12)]
    assert tries[-1].status_code == 429
    assert int(tries[-1].headers["retry-after"]) > 0


def test_a_file_goes_in_and_comes_out_only_as_a_file(site: Site) -> None:
    keeper = Program(site, "keeper")
    taken = keeper.client.post("/attachments", files={"file": ("送货单.pdf", b"%PDF-1.7 delivery", "application/pdf")})
    assert taken.status_code == 201, taken.text
    bad = keeper.client.post("/attachments", files={"file": ("x.html", b"<script>", "text/html")})
    assert bad.status_code == 422


def test_english_pages(site: Site) -> None:
    manager = Person(site, "manager", language="en-GB")
    page = manager.open("/d/goods_receipt")
    assert '<html lang="en">' in page
    assert "Goods receipt" in page
    assert not re.search(r"[\u4e00-\u9fff]{2,}", manager.open("/r/stock").partition("<main")[2].partition("<table")[0])
