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
