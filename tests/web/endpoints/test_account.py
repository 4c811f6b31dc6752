from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.web import fakes

Open = Callable[..., Any]
GOOD = {"_csrf": fakes.CSRF, "present": "right horse", "password": "three new words", "again": "three new words"}


def test_the_page_shows_my_sessions_and_is_in_the_menu(browser: Open) -> None:
    page = browser(signed_in=True).get("/account").text
    assert "2026-02-22 09:40 登录" in page
    assert page.count('name="session" value="00') == 1  # not the one that asks
    assert 'name="session" value="others"' in page
    assert 'href="/account"' in browser(signed_in=True).get("/").text


def test_another_password_gives_another_token(browser: Open) -> None:
    """ASVS 6.2.3, 7.2.4."""
    someone = browser(signed_in=True)
    answer = someone.post("/account/password", data=GOOD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert f"session={fakes.NEW_TOKEN}" in answer.headers["set-cookie"]
    program = browser(signed_in=True)
    said = program.post(
        "/account/password", json=GOOD, headers={"Accept": "application/json", "X-CSRF-Token": fakes.CSRF}
    )
    assert said.json() == {"csrf": fakes.CSRF}


@pytest.mark.parametrize(("wrong", "field"), [({"present": "x"}, "present"), ({"again": "y"}, "again")])
def test_a_wrong_password_is_told_beside_its_field_and_never_repeated(
    wrong: dict[str, str], field: str, browser: Open
) -> None:
    page = browser(signed_in=True).post("/account/password", data=GOOD | wrong)
    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert f'aria-describedby="{field}-problem"' in page.text
    assert re.search(r"<title>\s*错误：", page.text)
    assert "three new words" not in page.text
    assert "set-cookie" not in page.headers


def test_sessions_end_one_by_one_or_all_others(browser: Open, kept: fakes.Kept) -> None:
    """ASVS 7.4.3, 7.5.2."""
    someone = browser(signed_in=True)
    for wanted in ("0" * 15 + "1", "others"):
        answer = someone.post("/account/sessions", data={"_csrf": fakes.CSRF, "session": wanted})
        assert answer.headers["location"] == "/account"
    assert kept.ended == ["0" * 15 + "1", None]
    assert someone.post("/account/sessions", data={"_csrf": fakes.CSRF, "session": "../x"}).status_code == 400
    assert someone.post("/account/sessions", data={"session": "others"}).status_code == 403
    assert browser().get("/account").status_code == 303
