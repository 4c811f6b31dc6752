"""The whole house behind the web: the food business with its seeds, rules and stock, through pages and through JSON."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from engine.operations.site import Site
from engine.web.app import build_app
from tests.web import shop
from tests.web.client import TestClient

SECRET = shop.SECRET
GOOD = {
    "supplier": "DAIRY",
    "place": "COLD",
    "lines": [{"item": "MILK", "quantity": 12.5, "batch_code": "M1", "last_day": "2099-01-01", "price": 11.9}],
}


@pytest.fixture(scope="module", autouse=True)
def quick_hashes() -> Iterator[None]:
    """What a sign-in costs is tested where sign-in is."""
    with shop.quick_hashes():
        yield


@pytest.fixture
def site(food_file: Path, tmp_path: Path) -> Iterator[Site]:
    """A site of this test alone."""
    with shop.opened(food_file, tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def both_doors(food_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Person, Program]]:
    """One keeper at both doors, for tests that store nothing."""
    with shop.opened(food_file, tmp_path_factory.mktemp("shared")) as opened:
        yield Person(opened, "keeper"), Program(opened, "keeper")


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
        "lines-1-batch_code": "E1",
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


def main_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2])))


def test_the_why_page_is_in_words_and_its_json_exact(site: Site) -> None:
    program, keeper = Program(site, "keeper"), Person(site, "keeper")
    lines = [*GOOD["lines"], {"item": "FLOUR", "quantity": "1234.5"}]  # type: ignore[misc]
    stored = program.post("/d/goods_receipt", GOOD | {"lines": lines}).json()
    address = f"/d/goods_receipt/{stored['id']}"
    number = program.post(f"{address}?transition=post", {"_version": stored["version"]}).json()["number"]
    page = keeper.open(f"{address}/why")
    said = main_of(page)
    assert f"为什么：{number}" in said
    assert said.index("入库 孔仓") < said.index("新建 孔仓")  # newest first
    assert re.search(r"配置 food [0-9.]+ [0-9a-f]{8}", said)
    assert "第 2 行 6,913.20 CNY 单价 5.60 CNY 数量 1,234.5 千克" in said
    assert "合计 7,061.95 CNY 各行“金额”之和" in said
    assert "FLOUR 高筋面粉 批号 FLOUR-" in said
    assert re.search(r"从 供应商处 → 到 冷库 数量 1,234\.5 千克", said)
    assert "状态 已入库" in said
    assert "供应商的类型" in said.partition("条规则成立")[2]
    assert "供应商的类型" not in said.partition("条规则成立")[0]
    assert "设置「到期前多少天提醒（最后一次）」" in said
    for raw in ("supplier.kind", "settings.", "line.", "01a", "goods_receipt："):
        assert raw not in re.sub(r"\S+/rules/\S+|/d/\S+", "", said), raw
    exact = program.get(f"{address}/why").json()
    steps = exact["chapters"][-1]["steps"]
    amount = next(step for step in steps if step["rule"] == "line_amount" and step["path"][1] == 1)
    assert Decimal(amount["result"]) == Decimal("6913.20")
    assert Decimal(amount["values"]["line.quantity"]) == Decimal("1234.5")
    own = next(step for step in steps if step["rule"] == "own_store")
    assert re.fullmatch(r"[0-9a-f-]{36}", own["values"]["company"])
    moved = {Decimal(entry["deltas"]["quantity"]) for entry in exact["entries"]}
    assert moved == {Decimal(text) for text in ("12.5", "-12.5", "1234.5", "-1234.5")}
    english = main_of(Person(site, "manager", "en").open(f"{address}/why"))
    assert "Supplier's kind is one of “Supplier”, “Supplier and customer”" in english
    assert "from 供应商处 → to 冷库" in english


def test_trying_shows_the_rule_that_refuses_first(both_doors: tuple[Person, Program]) -> None:
    keeper, _ = both_doors
    keeper.open("/d/goods_receipt/new")
    assert keeper.send("/d/goods_receipt", flat(GOOD) | {"supplier": "CAFE", "_explain": "post"}) == 200
    trial = keeper.page.text.partition('class="trial"')[2].partition("<form")[0]
    assert trial.index("from_supplier") < trial.index("line_amount") < trial.index("<details")
    assert "状态" not in main_of("<main" + trial)  # what is refused moves nothing
    assert keeper.send("/d/goods_receipt", flat(GOOD) | {"_explain": "post"}) == 200
    good = main_of("<main" + keeper.page.text.partition('class="trial"')[2].partition("<form")[0])
    assert "台账变动 MILK 鲜牛奶" in good
    assert "12.5 升" in good


def test_numbers_on_pages_and_in_inputs(site: Site) -> None:
    program, keeper = Program(site, "keeper"), Person(site, "keeper")
    lines = [{"item": "FLOUR", "quantity": "4000", "price": "5.6"}]
    draft = program.post("/d/goods_receipt", {"supplier": "MILL", "place": "MAIN", "lines": lines}).json()
    page = keeper.open(f"/d/goods_receipt/{draft['id']}")
    assert re.search(r'id="lines-0-quantity"[^>]*value="4000"', page)
    assert "22,400.00" in main_of(page)
    assert re.search(
        r'<td[^>]*class="is-money amount[^"]*">22,400\.00</td>', keeper.open("/d/goods_receipt?state=draft")
    )
    sums = program.get("/d/goods_receipt?state=draft").json()["sums"]
    assert "," not in sums["total"]
    assert re.search(r"[\d,]+\.\d\d</td>", keeper.open("/d/goods_receipt").partition("<tfoot")[2])
    flour = next(row for row in program.get("/d/item").json()["rows"] if row["values"]["code"] == "FLOUR")
    assert ">0.001<" in keeper.open(f"/d/item/{flour['id']}")
    assert "4,000 千克" in keeper.open("/r/stock?item=FLOUR")
    assert "4,000 千克" in keeper.open("/r/stock?q=4000")
    exact = program.get("/r/stock").json()["sums"]["quantity"]
    assert set(exact) == {"kg", "g", "l", "piece"}
    keeper.open("/d/goods_receipt/new")
    keeper.send("/d/goods_receipt", flat(GOOD) | {"lines-0-quantity": "12.0005", "_transition": "post"})
    assert "12.0005 不是 0.001 升的整数倍" in keeper.page.text


def test_a_new_document_offers_what_makes_sense(site: Site) -> None:
    program, keeper = Program(site, "keeper"), Person(site, "keeper")
    assert program.get("/d/goods_receipt/new").json()["transitions"] == ["post"]
    assert 'value="cancel"' not in keeper.open("/d/goods_receipt/new")
    draft = program.post("/d/goods_receipt", GOOD).json()
    address = f"/d/goods_receipt/{draft['id']}"
    assert program.get(address).json()["transitions"] == ["post", "cancel"]
    assert re.findall(r'button primary" name="_transition" value="(\w*)"', keeper.open(address)) == ["post"]
    assert 'value="cancel"' in keeper.page.text.partition('class="confirm"')[2]
    posted = program.post(f"{address}?transition=post", {"_version": draft["version"]})
    assert posted.status_code == 200
    finance = Person(site, "finance")
    assert 'value="reverse"' in finance.open(address)
    assert "button primary" not in finance.page.text.partition("<main")[2]


def test_unsaved_lines_can_be_sent_again_and_again(site: Site) -> None:
    keeper = Person(site, "keeper")
    keeper.open("/d/goods_receipt/new")
    second = {
        "lines-1-item": "EGG",
        "lines-1-quantity": "30",
        "lines-1-batch_code": "E1",
        "lines-1-last_day": "2099-01-01",
    }
    wrong = flat(GOOD) | second | {"lines-0-quantity": "abc", "_transition": "post"}
    for _ in range(2):
        assert keeper.send("/d/goods_receipt", wrong) == 422
        assert codes(keeper.page.text) == ["VAL-204"]
        assert re.findall(r'name="lines-\d-id" value="([^"]*)"', keeper.page.text) == ["", ""]
    blank_between = {name.replace("lines-1", "lines-2"): text for name, text in second.items()}
    sent = flat(GOOD) | blank_between | {"lines-1-item": "", "lines-2-quantity": "x", "_transition": "post"}
    assert keeper.send("/d/goods_receipt", sent) == 422
    assert (
        'id="lines-1-quantity-problem"' in keeper.page.text
    )  # the blank row goes behind, the problem stays with its line
    assert keeper.send("/d/goods_receipt", flat(GOOD) | second | {"_transition": "post"}) == 200
    address = keeper.page.url.path
    ids = [line["id"] for line in Program(site, "keeper").get(address).json()["values"]["lines"]]
    assert len(set(ids)) == 2
    assert all(ids)


def test_a_refusal_names_who_could_in_words(site: Site) -> None:
    for address in ("/d/goods_receipt/new", "/d/goods_receipt?format=csv"):
        said = Program(site, "seller").get(address)
        if said.status_code == 403:
            problem = said.json()["problems"][0]
            assert "入库单：" in problem["message"] or "Goods receipt:" in problem["message"]
            assert re.search("仓管|Keeper", problem["message"])
    assert Program(site, "seller").get("/d/goods_receipt/new").status_code == 403


def test_a_list_as_a_file_has_the_rows_of_the_page(site: Site) -> None:
    """ASVS 8.2.2, 1.2.10: the same grants, the same filters."""
    keeper, stranger = Program(site, "keeper"), Program(site, "deli_keeper")
    body = GOOD | {"delivery_note": "=HYPERLINK(1)"}
    keeper.post("/d/goods_receipt", body)
    listed = keeper.get("/d/goods_receipt?size=200&order=number").json()
    file = keeper.get("/d/goods_receipt?format=csv&order=number").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(file, newline="")))
    assert len(rows) == listed["total"] + 1
    numbers = [row[0] for row in rows[1:]]
    assert numbers == [row["values"]["number"] or "" for row in listed["rows"]]
    assert "'=HYPERLINK(1)" in file
    total = rows[0].index("合计") if "合计" in rows[0] else rows[0].index("Total")
    assert Decimal(rows[1][total]) == Decimal(str(listed["rows"][0]["values"]["total"]))
    foreign = stranger.get("/d/goods_receipt?format=csv").content.decode("utf-8-sig")
    assert not any(number and number in foreign for number in numbers)
    stock = list(csv.reader(io.StringIO(keeper.get("/r/stock?format=csv").content.decode("utf-8-sig"), newline="")))
    assert {row[-1] for row in stock[1:]} <= {"千克", "克", "升", "件", "kg", "g", "l", "piece"}
    assert all(Decimal(row[-2]) > 0 for row in stock[1:])


def test_another_password_ends_the_other_sessions(site: Site) -> None:
    """ASVS 6.2.3, 7.4.3: the present password is asked for, every other session ends at once."""
    here, elsewhere = Program(site, "keeper"), Program(site, "keeper")
    wanted = {"present": "not it", "password": "four words nobody guesses", "again": "four words nobody guesses"}
    assert here.post("/account/password", wanted).json()["problems"][0]["code"] == "ACC-106"
    wanted["present"] = SECRET
    weak = {"password": "password1", "again": "password1"}
    for change, code in (
        (weak, "ACC-105"),
        ({"again": "x"}, "ACC-107"),
        ({"password": SECRET, "again": SECRET}, "ACC-108"),
    ):
        assert here.post("/account/password", wanted | change).json()["problems"][0]["code"] == code
    assert elsewhere.get("/").status_code == 200
    before = here.client.cookies["__Host-session"]
    here.client.headers["X-CSRF-Token"] = here.post("/account/password", wanted).json()["csrf"]
    assert here.client.cookies["__Host-session"] != before
    assert here.post("/d/goods_receipt", GOOD).status_code == 201
    assert elsewhere.get("/").status_code == 401
    again = TestClient(build_app(site), base_url="https://shop.test", headers={"Accept": "application/json"})
    again.headers["X-CSRF-Token"] = again.get("/sign-in").json()["csrf"]
    said = [again.post("/sign-in", json={"login": "keeper", "password": each}) for each in (SECRET, wanted["password"])]
    assert [answer.status_code for answer in said] == [401, 200]


def test_my_sessions_end_one_by_one(site: Site) -> None:
    """ASVS 7.5.2: a person sees the open sessions and ends any of them."""
    here, phone, stranger = Program(site, "keeper"), Program(site, "keeper"), Program(site, "buyer")
    listed = here.get("/account").json()["sessions"]
    assert [each["mine"] for each in listed] == [False, True]
    assert here.post("/account/sessions", {"session": listed[0]["id"]}).status_code == 200
    assert (phone.get("/").status_code, here.get("/").status_code) == (401, 200)
    foreign = here.get("/account").json()["sessions"][0]["id"]
    stranger.post("/account/sessions", {"session": foreign})
    assert here.get("/").status_code == 200


def test_guessing_the_present_password_is_slowed_down(site: Site) -> None:
    here = Program(site, "keeper")
    wanted = {"present": "not it", "password": "four words nobody guesses", "again": "four words nobody guesses"}
    said = [here.post("/account/password", wanted).status_code for _ in range(12)]
    assert said[-1] == 429


def test_home_counts_what_waits_for_whom(site: Site) -> None:
    program, buyer, finance = Program(site, "keeper"), Program(site, "buyer"), Program(site, "finance")
    program.post("/d/goods_receipt", GOOD)
    told = program.get("/").json()
    assert [each["count"] for each in told["waiting"]] == [1]  # the buyer's draft, which the keeper may post
    assert [each["count"] for each in told["drafts"]] == [1]
    for each in (*told["waiting"], *told["drafts"]):
        assert program.get(each["href"]).json()["total"] == each["count"]
        assert program.get(each["documents"][0]["href"]).status_code == 200
    assert buyer.get("/").json()["waiting"] == []
    begun = {each["label"]["en"]: each["count"] for each in buyer.get("/").json()["drafts"]}
    assert begun == {"Goods receipt": 1, "Purchase order": 1}  # begun, and somebody else posts the receipt
    assert finance.get("/").json()["waiting"] == finance.get("/").json()["drafts"] == []
    assert finance.get("/").json()["kinds"]
    assert told["reports"]["expiring"]["rows"]


def test_units_come_while_the_form_is_filled_in(both_doors: tuple[Person, Program]) -> None:
    keeper, _ = both_doors
    keeper.open("/d/goods_receipt/new")
    sent = keeper.hidden() | {"_outputs": "1", "supplier": "MILL", "lines-0-item": "", "lines-4-item": "EGG"}
    sent |= {"lines-4-quantity": "30", "lines-4-price": "0.9"}
    answer = keeper.client.post("/d/goods_receipt", data=sent, headers={"Accept": "application/json"})
    out = answer.json()["out"]
    assert out["lines-4-quantity"]["unit"] == "件"
    assert out["lines-4-item"]["shown"] == "鸡蛋"
    assert out["lines-4-amount"] == {"shown": "27.00", "unit": "CNY", "hidden": False}
    assert out["total"]["shown"] == "27.00"
