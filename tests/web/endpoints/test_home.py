from __future__ import annotations

from collections.abc import Callable
from typing import Any

Open = Callable[..., Any]


def test_the_first_page(browser: Open) -> None:
    page = browser(signed_in=True).get("/", headers={"Accept-Language": "en"})
    assert "Expiring within 7 days" in page.text
    assert 'href="/d/goods_receipt"' in page.text
    assert 'href="/d/goods_receipt/new"' in page.text
    assert "Bakery" in page.text


def test_what_waits_and_how_many_there_are_in_each_state(browser: Open) -> None:
    page = browser(signed_in=True).get("/").text
    assert "王敏，您好" in page
    assert 'href="/r/stock?created_by=me">其中 2 张是我做的' in page
    assert 'href="/d/goods_receipt?state=posted"' in page
    assert "已过账 31" in page
    assert browser(signed_in=True).get("/", headers={"Accept": "application/json"}).json()["kinds"][0]["states"]
