from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.web import fakes

Open = Callable[..., Any]


def token_on(page: Any) -> str:
    found = re.search(r'name="_csrf" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


def test_sign_in_by_form(browser: Open) -> None:
    visitor = browser()
    sent = {
        "_csrf": token_on(visitor.get("/sign-in?next=/d/goods_receipt")),
        "login": "wang",
        "password": "right horse",
    }
    answer = visitor.post("/sign-in", data=sent | {"next": "/d/goods_receipt"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/d/goods_receipt")
    assert fakes.TOKEN in answer.headers["set-cookie"]
    assert visitor.get("/").status_code == 200


def test_a_wrong_password_keeps_the_name_and_not_the_password(browser: Open) -> None:
    visitor = browser()
    sent = {"_csrf": token_on(visitor.get("/sign-in")), "login": "wang", "password": "wrong one"}
    page = visitor.post("/sign-in", data=sent)
    assert page.status_code == 401
    assert 'value="wang"' in page.text
    assert "wrong one" not in page.text
    assert re.search(r"<title>\s*错误：", page.text)


def test_sign_in_goes_nowhere_else(browser: Open) -> None:
    visitor = browser()
    sent = {"_csrf": token_on(visitor.get("/sign-in")), "login": "wang", "password": "right horse", "next": "//evil"}
    assert visitor.post("/sign-in", data=sent).headers["location"] == "/"


def test_sign_in_by_json_gives_the_token_for_writes(browser: Open) -> None:
    program = browser()
    program.headers["Accept"] = "application/json"
    visit = program.get("/sign-in").json()["csrf"]
    sent = {"login": "wang", "password": "right horse"}
    answer = program.post("/sign-in", json=sent, headers={"X-CSRF-Token": visit})
    assert answer.json()["csrf"] == fakes.CSRF
    refused = program.post("/sign-in", json={"login": 1, "password": []}, headers={"X-CSRF-Token": fakes.CSRF})
    assert refused.status_code == 400


def test_sign_out_forgets(browser: Open, kept: fakes.Kept) -> None:
    someone = browser(signed_in=True)
    answer = someone.post("/sign-out", data={"_csrf": fakes.CSRF})
    assert answer.headers["location"] == "/sign-in"
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert kept.signed_out == [fakes.TOKEN]


def test_the_language_is_chosen_and_kept(browser: Open) -> None:
    visitor = browser()
    page = visitor.get("/sign-in")
    assert '<html lang="zh-CN">' in page.text
    answer = visitor.post("/preferences", data={"_csrf": token_on(page), "language": "en", "next": "/sign-in"})
    assert answer.headers["location"] == "/sign-in"
    assert '<html lang="en">' in visitor.get("/sign-in").text
    assert visitor.post("/preferences", data={"_csrf": token_on(page), "language": "xx"}).status_code == 400
    assert visitor.post("/preferences", data={"_csrf": token_on(page)}).status_code == 400


def test_light_or_dark_and_how_dense(browser: Open) -> None:
    someone = browser(signed_in=True)
    assert '<html lang="zh-CN">' in someone.get("/").text  # the system decides, and nothing is dense
    for name, value in (("theme", "dark"), ("density", "compact")):
        assert (
            someone.post("/preferences", data={"_csrf": fakes.CSRF, name: value, "next": "/account"}).status_code == 303
        )
    page = someone.get("/").text
    assert '<html lang="zh-CN" data-theme="dark" data-density="compact">' in page
    assert '<meta name="color-scheme" content="dark">' in page
    assert someone.post("/preferences", data={"_csrf": "x" * 32, "theme": "light"}).status_code == 403


TYPED = {
    "_csrf": "old" * 10,
    "_key": "key-of-the-form",
    "supplier": "S002",
    "note": "第一行\n第二行",
    "lines-0-quantity": "２５０",
}


def test_what_was_typed_survives_the_end_of_the_session(browser: Open, kept: fakes.Kept) -> None:
    visitor = browser()
    page = visitor.post("/d/goods_receipt", data=TYPED, headers={"Sec-Fetch-Site": "same-origin"})
    assert page.status_code == 401
    assert 'name="kept-supplier"' in page.text
    sent = {f"kept-{name}": text for name, text in TYPED.items() if name != "_csrf"}
    sent |= {"_csrf": token_on(page), "login": "wang", "next": "/d/goods_receipt"}
    again = visitor.post("/sign-in", data=sent | {"password": "wrong"})
    assert again.status_code == 401
    assert 'name="kept-supplier"' in again.text
    form = visitor.post("/sign-in", data=sent | {"password": "right horse"})
    assert form.status_code == 200
    assert 'action="/d/goods_receipt"' in form.text
    assert 'value="２５０"' in form.text
    assert "第一行\n第二行" in form.text
    assert 'name="_key" value="key-of-the-form"' in form.text
    assert token_on(form) == fakes.CSRF
    assert kept.submitted == []


def test_nothing_is_kept_for_another_site(browser: Open) -> None:
    for origin in ({}, {"Sec-Fetch-Site": "cross-site"}):
        page = browser().post("/d/goods_receipt", data=TYPED, headers=origin)
        assert page.status_code == 401
        assert "S002" not in page.text
