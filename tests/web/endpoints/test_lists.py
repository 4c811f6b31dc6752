from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from engine.web.spreadsheet import MOST_ROWS
from tests.web import fakes

Open = Callable[..., Any]


def test_the_address_holds_filter_order_and_page(browser: Open) -> None:
    page = browser(signed_in=True).get("/d/goods_receipt?q=面粉&state=draft&order=-received_on&page=2&size=25")
    assert page.status_code == 200
    assert 'value="面粉"' in page.text
    assert 'class="tone-neutral" aria-current="true">草稿' in page.text
    assert '<input type="hidden" name="state" value="draft">' in page.text
    assert 'aria-sort="descending"' in page.text
    assert "state=draft" in page.text
    assert "page=3" in page.text
    assert "page=1" in page.text


@pytest.mark.parametrize("asked", ["page=0", "page=x", "size=100000", "size=-1", "page=99999999999999999999"])
def test_pages_have_limits(asked: str, browser: Open) -> None:
    """ASVS 4.3.1, 15.1.3."""
    assert browser(signed_in=True).get(f"/d/goods_receipt?{asked}").status_code == 400


def test_the_same_address_answers_json(browser: Open) -> None:
    answer = browser(signed_in=True).get("/d/goods_receipt", headers={"Accept": "application/json"})
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.json()["total"] == 128
    assert answer.json()["rows"][0]["id"] == "r31"
    assert answer.json()["sums"]["amount"] == "604812.75"  # exact, not as pages show it


def test_lookup_is_json(browser: Open) -> None:
    answer = browser(signed_in=True).get("/lookup/goods_receipt?q=mf")
    assert answer.json()["options"][0] == {"id": "10021", "text": "10021 高筋面粉"}


def test_report(browser: Open) -> None:
    page = browser(signed_in=True).get("/r/stock")
    assert "604,812.75" in page.text
    assert browser(signed_in=True).get("/r/nonsense").status_code == 404


@pytest.mark.parametrize("path", ["/d/goods_receipt", "/r/stock"])
def test_a_list_as_a_file(path: str, browser: Open) -> None:
    someone = browser(signed_in=True)
    answer = someone.get(f"{path}?format=csv&state=draft&page=3&size=1")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    lines = answer.content.decode("utf-8-sig").split("\r\n")
    assert lines[0] == "单号,供应商,收货日期,状态,行数,金额"
    assert lines[1] == "GR2026-00031,保定包装材料,2026-02-11,已作废,4,38269.5"
    assert f"{path}?state=draft&amp;format=csv" in someone.get(f"{path}?state=draft&page=2").text
    assert someone.get(f"{path}?format=xls").status_code == 400


def test_a_file_has_all_rows_up_to_a_limit(browser: Open, kept: fakes.Kept) -> None:
    browser(signed_in=True).get("/d/goods_receipt?format=csv&q=面粉&state=draft&page=7")
    asked = kept.queries[-1]
    assert (asked.search, asked.filters, asked.page, asked.size) == ("面粉", {"state": "draft"}, 1, MOST_ROWS)


def test_nobody_without_the_grant_gets_the_file(browser: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    assert browser().get("/d/goods_receipt?format=csv").status_code == 303
    monkeypatch.setattr(fakes.Session, "__init__", lambda self: None)
    monkeypatch.setattr(fakes.Session, "actor", fakes.NOBODY, raising=False)
    monkeypatch.setattr(fakes.Session, "csrf", fakes.CSRF, raising=False)
    assert browser(signed_in=True).get("/d/goods_receipt?format=csv").status_code == 403
    assert browser(signed_in=True).get("/r/stock?format=csv").status_code == 404


def test_the_state_of_a_list_goes_along(browser: Open) -> None:
    someone = browser(signed_in=True)
    asked = "/d/goods_receipt?q=面&state=draft&page=2"
    page = someone.get(asked).text
    back = quote("/d/goods_receipt?q=%E9%9D%A2&state=draft&page=2", safe="")
    assert f'href="/d/goods_receipt/r31?back={back}"' in page
    assert f'href="/d/goods_receipt/new?back={back}"' in page
    assert 'href="/d/goods_receipt/r31"' in someone.get("/d/goods_receipt").text


def test_a_report_is_grouped_as_asked(browser: Open, kept: fakes.Kept) -> None:
    page = browser(signed_in=True).get("/r/stock?group=supplier").text
    assert page.count('class="group-head"') == 4
    assert '<option value="supplier" selected>' in page
    assert 'href="/r/stock/movements?item=i1&amp;back=%2Fr%2Fstock%3Fgroup%3Dsupplier">604,812.75' in page
    browser(signed_in=True).get("/r/stock?group=supplier&format=csv")
    assert kept.queries[-1].group == "-"  # a spreadsheet groups by itself


def test_what_a_number_is_made_of(browser: Open, kept: fakes.Kept) -> None:
    someone = browser(signed_in=True)
    page = someone.get("/r/stock/movements?item=i1&batch=&back=%2Fr%2Fstock%3Fq%3Dmf").text
    assert kept.queries[-1].filters == {"item": "i1", "batch": ""}  # empty: those without a batch
    assert "<h1" in page
    assert "10021 高筋面粉" in page
    assert 'class="crumbs"><a href="/r/stock?q=mf">' in page
    assert "其余来自您无权查看的单据" in page
    assert 'href="/d/goods_receipt/posted?back=%2Fr%2Fstock%2Fmovements' in page
    told = someone.get("/r/stock/movements?item=i1&format=json").json()
    assert (told["sums"], told["rest"]) == ({"amount": "1204"}, {"amount": "204"})
    assert browser().get("/r/stock/movements").status_code == 303
    assert someone.get("/r/nonsense/movements").status_code == 404


def test_a_draft_has_words_to_click_on(browser: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fakes.listing

    def without_number(query: Any, **more: Any) -> Any:
        found = whole(query, **more)
        first = replace(found.rows[0], cells=("", *found.rows[0].cells[1:]))
        return replace(found, rows=(first, *found.rows[1:]))

    monkeypatch.setattr(fakes, "listing", without_number)
    assert ">尚无单号</a>" in browser(signed_in=True).get("/d/goods_receipt").text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("?q=zzz", 'class="button" href="/d/goods_receipt">清除条件'),
        ("", 'href="/d/goods_receipt/new">'),
    ],
)
def test_an_empty_list_says_what_to_do(asked: str, said: str, browser: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fakes.listing

    def empty(query: Any, **more: Any) -> Any:
        return replace(whole(query, **more), rows=(), total=0)

    monkeypatch.setattr(fakes, "listing", empty)
    page = browser(signed_in=True).get(f"/d/goods_receipt{asked}").text
    assert said in page.partition('class="nothing"')[2]
    assert "format=csv" not in page
