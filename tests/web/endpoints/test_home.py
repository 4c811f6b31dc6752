from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.operations.home import NOTHING
from tests.web import fakes

Open = Callable[..., Any]


def test_the_first_page(browser: Open) -> None:
    page = browser(signed_in=True).get("/", headers={"Accept-Language": "en"})
    assert "Expiring" in page.text
    assert 'href="/d/goods_receipt"' in page.text
    assert 'href="/d/goods_receipt/new"' in page.text
    assert "Bakery" in page.text


def test_what_waits_and_how_many_there_are_in_each_state(browser: Open) -> None:
    page = browser(signed_in=True).get("/").text
    assert "王敏，您好" in page
    assert '等您处理 <span class="count">12</span>' in page
    assert 'href="/d/goods_receipt?state=draft">入库单 · 草稿：全部 12 张' in page
    assert '我的草稿 <span class="count">2</span>' in page
    assert 'href="/d/goods_receipt?state=posted"' in page
    assert "已过账 31" in page
    told = browser(signed_in=True).get("/", headers={"Accept": "application/json"}).json()
    assert told["kinds"][0]["states"]
    assert told["waiting"][0]["count"] == 12
    assert told["reports"]["stock"]["total"] == 128


def test_a_block_with_nothing_to_say_is_not_there(browser: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fakes.home
    bare = {"waiting": (), "drafts": (), "excerpts": (), "kinds": (), "alerts": (), "inbox": NOTHING}
    monkeypatch.setattr(fakes, "home", lambda site, actor: replace(whole(site, actor), **bare))
    page = browser(signed_in=True).get("/").text
    assert "现在没有等您处理的事" in page
    assert 'class="block"' not in page
