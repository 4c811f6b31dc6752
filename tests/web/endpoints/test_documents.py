from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from engine.language.problems import Problem
from engine.web.endpoints.documents import change_rows
from tests.web import fakes

Open = Callable[..., Any]
FORM = {"_csrf": fakes.CSRF, "_key": "key-of-the-form", "supplier": "S002", "lines-0-quantity": "２５０"}


def test_a_form_is_stored_and_the_page_goes_to_the_document(browser: Open, kept: fakes.Kept) -> None:
    someone = browser(signed_in=True)
    sent = FORM | {"_transition": "post", "_version": "3", "_unchecked": "checked"}
    answer = someone.post("/d/goods_receipt/r1", data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/d/goods_receipt/r1")
    asked = kept.submitted[0]
    assert (asked.entity, asked.id, asked.transition, asked.version) == ("goods_receipt", "r1", "post", 3)
    assert asked.key == "key-of-the-form"
    assert asked.raw["supplier"] == "S002"
    assert asked.raw["checked"] == "false"
    assert [row["quantity"] for row in asked.raw["lines"]] == ["２５０"]
    assert not any(name.startswith("_") for name in asked.raw)
    assert "GR2026-00012" in someone.get("/d/goods_receipt/r1").text
    assert 'role="status"' not in someone.get("/d/goods_receipt/r1").text


def test_what_was_typed_stays_with_its_problems(browser: Open, kept: fakes.Kept) -> None:
    kept.refuse = (
        Problem("WFL-103", {"message": "负数"}, path=("lines", 0, "quantity")),
        Problem("WFL-103", {"message": "缺"}, path=("supplier",)),
        Problem("WFL-103", {"message": "<b>"}),
    )
    page = browser(signed_in=True).post("/d/goods_receipt", data=FORM | {"note": '<script>"x"', "_transition": "post"})
    assert page.status_code == 422
    assert re.search(r"<title>\s*错误：", page.text)
    assert 'href="#lines-0-quantity"' in page.text
    assert 'href="#supplier"' in page.text
    assert 'value="２５０"' in page.text
    assert "&lt;script&gt;" in page.text
    assert "<script>" not in page.text
    assert 'aria-describedby="supplier-problem"' in page.text
    assert 'id="supplier-problem"' in page.text
    assert page.text.index('class="summary"') < page.text.index("<form class=")
    key = re.search(r'name="_key" value="([^"]+)"', page.text)
    assert key is not None
    assert key[1] != "key-of-the-form"


def test_english_pages_prefix_the_title_too(browser: Open, kept: fakes.Kept) -> None:
    kept.refuse = (Problem("WFL-103", {"message": "no"}),)
    page = browser(signed_in=True).post("/d/goods_receipt", data=FORM, headers={"Accept-Language": "en"})
    assert '<html lang="en">' in page.text
    assert re.search(r"<title>\s*Error: ", page.text)


def test_lines_are_added_and_removed_without_script(browser: Open, kept: fakes.Kept) -> None:
    someone = browser(signed_in=True)
    page = someone.post("/d/goods_receipt", data=FORM | {"_add": "lines"})
    assert page.status_code == 200
    assert 'value="２５０"' in page.text
    assert page.text.count("<tr data-row=") == 3  # two lines and the template
    assert 'name="_key" value="key-of-the-form"' in page.text
    page = someone.post("/d/goods_receipt", data=FORM | {"lines-1-quantity": "7", "_remove": "lines-0"})
    assert 'value="２５０"' not in page.text
    assert 'value="7"' in page.text
    assert kept.submitted == []


def test_rows_change_by_their_own_number() -> None:
    fields = {"supplier": "S", "lines-0-id": "a", "lines-10-id": "b", "lines-1-id": "c"}
    assert change_rows(fields, {"_remove": "lines-1"}) == {"supplier": "S", "lines-0-id": "a", "lines-10-id": "b"}
    assert change_rows(fields, {"_add": "lines"})["lines-11-id"] == ""
    assert change_rows({}, {"_add": "lines"}) == {"lines-0-id": ""}
    assert change_rows(fields, {"_remove": "../x"}) == fields


def test_the_json_door(browser: Open, kept: fakes.Kept) -> None:
    someone = browser(signed_in=True)
    headers = {"Accept": "application/json", "X-CSRF-Token": fakes.CSRF, "Idempotency-Key": "0190d0d6-7f4e"}
    sent = b'{"supplier": "S002", "lines": [{"quantity": 42.600}]}'
    headers |= {"Content-Type": "application/json"}
    answer = someone.post("/d/goods_receipt?transition=post", content=sent, headers=headers)
    assert answer.status_code == 201
    assert answer.headers["location"] == "/d/goods_receipt/r1"
    assert answer.json() == {
        "id": "r1",
        "number": "GR2026-00012",
        "state": "posted",
        "version": 1,
        "replayed": False,
        "warnings": [],
    }
    asked = kept.submitted[0]
    assert asked.transition == "post"
    assert str(asked.raw["lines"][0]["quantity"]) == "42.600"
    assert isinstance(asked.raw["lines"][0]["quantity"], Decimal)
    kept.refuse = (Problem("WEB-117", {}, path=("lines", 0, "quantity")),)
    refused = someone.post("/d/goods_receipt", content=sent, headers=headers | {"Accept-Language": "en"})
    assert refused.json()["problems"] == [
        {
            "code": "WEB-117",
            "message": "The text contains a character that cannot be stored.",
            "hint": None,
            "path": ["lines", 0, "quantity"],
            "severity": "error",
        }
    ]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"json": {}}, "WEB-112"),
        ({"json": []}, "WEB-116"),
        ({"json": {"_key": "12345678", "_version": "x"}}, "WEB-115"),
    ],
)
def test_what_the_json_door_wants(sent: dict[str, Any], code: str, browser: Open) -> None:
    headers = {"Accept": "application/json", "X-CSRF-Token": fakes.CSRF}
    answer = browser(signed_in=True).post("/d/goods_receipt", headers=headers, **sent)
    assert (answer.status_code, answer.json()["problems"][0]["code"]) == (400, code)


def test_hidden_and_unknown_look_the_same(browser: Open) -> None:
    """ASVS 8.2.2: a row that may not be seen is not found."""
    someone = browser(signed_in=True)
    hidden = someone.get("/d/goods_receipt/hidden")
    unknown = someone.get("/d/nonsense")
    assert (hidden.status_code, unknown.status_code) == (404, 404)
    number = re.compile(r"编号 \w+|next\" value=\"[^\"]*| aria-current=\"\w+\"")
    assert number.sub("", hidden.text) == number.sub("", unknown.text)


def test_the_why_page_names_rule_file_and_line(browser: Open) -> None:
    page = browser(signed_in=True).get("/d/goods_receipt/posted/why")
    assert "trade/rules/goods_receipt.yaml:14" in page.text
    assert "line_amount" in page.text
    assert "bakery 1.2.0" in page.text
    assert "<code>01234567</code>" in page.text
    shown = page.text.partition("<main")[2]
    assert (
        shown.index("supplier_known") < shown.index("line_amount") < shown.index("<details") < shown.index("shelf_life")
    )
    assert re.search(r"供应商处 <span[^>]*>→</span> <span[^>]*>到 </span>冷库", shown)
    assert "42.6 千克" in shown
    exact = browser(signed_in=True).get("/d/goods_receipt/posted/why", headers={"Accept": "application/json"}).json()
    assert exact["steps"][0]["values"] == {"line.quantity": "42.600", "line.price": "58.00"}


def test_a_file_of_a_form_is_attached_first(browser: Open, kept: fakes.Kept) -> None:
    someone = browser(signed_in=True)
    someone.post("/d/goods_receipt", data=FORM, files={"photo": ("a.jpg", b"xyz", "image/jpeg")})
    assert kept.submitted[0].raw["photo"] == "a1"


def test_trying_says_why_and_stores_nothing(browser: Open, kept: fakes.Kept) -> None:
    someone = browser(signed_in=True)
    page = someone.post("/d/goods_receipt", data=FORM | {"_explain": "post"})
    assert page.status_code == 200
    assert "试算结果" in page.text
    assert "trade/rules/goods_receipt.yaml:14" in page.text
    assert 'value="２５０"' in page.text
    assert 'name="_key" value="key-of-the-form"' in page.text
    headers = {"Accept": "application/json", "X-CSRF-Token": fakes.CSRF, "Idempotency-Key": "12345678"}
    answer = someone.post("/d/goods_receipt?explain=1", json={"supplier": "S002"}, headers=headers)
    assert answer.json()["steps"][0]["file"] == "trade/rules/goods_receipt.yaml"
    assert kept.submitted == []


LIST = "/d/goods_receipt?state=draft&q=%E9%9D%A2&page=2"


def test_the_way_back_to_the_list(browser: Open, kept: fakes.Kept) -> None:
    someone = browser(signed_in=True)
    address = f"/d/goods_receipt/r1?{urlencode({'back': LIST})}"
    page = someone.get(address).text
    assert page.count(f'href="{LIST.replace("&", "&amp;")}"') == 2  # above the title and below the form
    assert f'action="{address}"' in page
    assert f'/why?{urlencode({"back": LIST})}"' in page
    assert someone.post(address, data=FORM).headers["location"] == address
    assert LIST.replace("&", "&amp;") in someone.get(f"/d/goods_receipt/r1/why?{urlencode({'back': LIST})}").text
    kept.refuse = (Problem("WFL-103", {"message": "x"}),)
    assert f'action="{address}"' in someone.post(address, data=FORM).text


@pytest.mark.parametrize(
    "back", ["https://evil", "//evil", "/d/../x", "/d/nonsense", "/sign-out", "/d/item\\x", "/d/a b"]
)
def test_the_way_back_never_leads_elsewhere(back: str, browser: Open) -> None:
    page = browser(signed_in=True).get(f"/d/goods_receipt/r1?{urlencode({'back': back})}").text
    assert "back=" not in page.partition("<main")[2]
    assert page.count('href="/d/goods_receipt"') >= 2


def test_what_asks_for_confirmation_is_never_the_first_button(browser: Open) -> None:
    page = browser(signed_in=True).get("/d/goods_receipt/r1").text
    bar = page.partition('class="bar"')[2]
    assert re.findall(r'class="button primary" name="_transition" value="(\w*)"', bar) == ["post"]
    assert "作废这张单据？" in bar.partition("<details")[2]
    assert re.search(r'class="button danger" name="_transition" value="cancel"', bar.partition("<details")[2])


def test_what_the_server_works_out_goes_beside_the_inputs(browser: Open, kept: fakes.Kept) -> None:
    someone = browser(signed_in=True)
    sent = FORM | {"lines-3-item": "10021", "lines-3-quantity": "2", "_outputs": "1"}
    answer = someone.post("/d/goods_receipt", data=sent, headers={"Accept": "application/json"})
    assert answer.json()["out"]["lines-3-quantity"]["unit"] == "kg"
    assert answer.json()["out"]["lines-0-quantity"]["unit"] == ""
    assert kept.submitted == []
    assert someone.post("/d/goods_receipt", data=sent | {"_csrf": "x" * 32}).status_code == 403
