from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Open = Callable[..., Any]


def test_the_address_holds_filter_order_and_page(browser: Open) -> None:
    page = browser(signed_in=True).get("/d/goods_receipt?q=面粉&state=draft&order=-received_on&page=2&size=25")
    assert page.status_code == 200
    assert 'value="面粉"' in page.text
    assert '<option value="draft" selected>' in page.text
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


def test_lookup_is_json(browser: Open) -> None:
    answer = browser(signed_in=True).get("/lookup/goods_receipt?q=mf")
    assert answer.json()["options"][0] == {"id": "10021", "text": "10021 高筋面粉"}


def test_report(browser: Open) -> None:
    page = browser(signed_in=True).get("/r/stock")
    assert "604,812.75" in page.text
    assert browser(signed_in=True).get("/r/nonsense").status_code == 404
