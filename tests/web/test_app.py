"""Rules that hold for every address: crawled, not listed by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from engine.web.app import build_app, table
from engine.web.grants import Granted, On, Public
from engine.web.guard import HEADERS
from tests.web import fakes

Open = Callable[..., object]
ROUTES = table()
WRITES = [route for route in ROUTES if "POST" in route.methods]
READS = [route for route in ROUTES if "GET" in route.methods]
LIMITS = {"form": "application/x-www-form-urlencoded", "json": "application/json"}


def address(route: Granted) -> str:
    given = {"entity": "goods_receipt", "report": "stock", "id": "r1", "name": "formwork.css"}
    return re.sub(r"{(\w+)}", lambda found: given[found[1]], route.path)


def named(routes: list[Granted]) -> list[object]:
    return [pytest.param(route, id=route.name) for route in routes]


def test_a_route_without_a_grant_does_not_start(kept: fakes.Kept, site: fakes.Site) -> None:
    """ASVS 8.2.1: unknown is denied, and noticed at the start."""
    for stranger in (Route("/x", lambda request: PlainTextResponse("")), Mount("/y", routes=[])):
        with pytest.raises(RuntimeError, match="no declared grant"):
            build_app(site, doors=fakes.doors(kept), routes=[*table(), stranger])  # type: ignore[list-item]
    undeclared = Granted("/z", lambda request: PlainTextResponse(""), None)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="no declared grant"):
        build_app(site, doors=fakes.doors(kept), routes=[undeclared])


def test_the_public_addresses_are_these() -> None:
    public = {route.path for route in ROUTES if isinstance(route.grant, Public)}
    assert public == {"/sign-in", "/preferences", "/static/{name}", "/healthz", "/readyz"}
    assert all(route.grant.why for route in ROUTES if isinstance(route.grant, Public))


@pytest.mark.parametrize("route", named(READS))
def test_nobody_reads_without_a_session(route: Granted, browser: Open) -> None:
    if isinstance(route.grant, Public):
        return
    nobody = browser()
    page = nobody.get(address(route))
    assert page.status_code == 303
    assert page.headers["location"].startswith("/sign-in?next=/")
    answer = nobody.get(address(route), headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["problems"][0]["code"]) == (401, "WEB-109")


@pytest.mark.parametrize("route", named([route for route in ROUTES if isinstance(route.grant, On)]))
def test_a_role_without_the_grant_is_turned_away(
    route: Granted, browser: Open, kept: fakes.Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fakes.Session.__init__, "__defaults__", (fakes.NOBODY, fakes.CSRF))
    guest = browser(signed_in=True)
    method = "POST" if "POST" in route.methods else "GET"
    sent = {"data": {"_csrf": fakes.CSRF, "_key": "12345678"}} if method == "POST" else {}
    answer = guest.request(method, address(route), headers={"Accept": "application/json"}, **sent)
    assert answer.status_code in {403, 404}
    assert answer.json()["problems"][0]["code"] in {"ACC-110", "WEB-107"}
    assert kept.submitted == []


@pytest.mark.parametrize("route", named(WRITES))
def test_every_write_needs_the_token(route: Granted, browser: Open, kept: fakes.Kept) -> None:
    """ASVS 3.5.1 to 3.5.3."""
    someone = browser(signed_in=True)
    where = address(route)
    wrong = [
        {"data": {"a": "1"}},
        {"data": {"_csrf": "x" * 32}},
        {"data": {"_csrf": fakes.CSRF}, "headers": {"Sec-Fetch-Site": "cross-site"}},
        {"data": {"_csrf": fakes.CSRF}, "headers": {"Sec-Fetch-Site": "same-site"}},
        {"json": {"_csrf": fakes.CSRF}},
        {"json": {}, "headers": {"X-CSRF-Token": "y"}},
    ]
    for sent in wrong:
        assert someone.post(where, **sent).status_code == 403, sent
    plain = {"Content-Type": "text/plain", "X-CSRF-Token": fakes.CSRF}
    assert someone.post(where, content=b"{}", headers=plain).status_code == 415
    assert someone.post(where, headers={"X-CSRF-Token": fakes.CSRF}).status_code == 415
    assert kept.submitted == []
    assert kept.signed_out == []


@pytest.mark.parametrize("route", named(WRITES))
def test_a_body_over_the_limit_is_not_read(route: Granted, browser: Open) -> None:
    """ASVS 5.1.1: also without an announced length."""
    someone = browser(signed_in=True)
    headers = {"Content-Type": LIMITS["form"], "X-CSRF-Token": fakes.CSRF}
    assert someone.post(address(route), content=b"a=" + b"x" * route.limit, headers=headers).status_code == 413

    def pieces() -> Iterator[bytes]:
        yield b"a="
        for _ in range(route.limit // 65536 + 2):
            yield b"x" * 65536

    assert someone.post(address(route), content=pieces(), headers=headers).status_code == 413


def test_the_headers_are_on_every_answer(browser: Open, kept: fakes.Kept) -> None:
    """ASVS 3.4: pages, JSON, redirects, and every error."""
    someone = browser(signed_in=True)
    kept.crash = True
    form = {"_csrf": fakes.CSRF, "_key": "12345678"}
    answers = [someone.get(address(route)) for route in READS]
    answers += [
        someone.get("/nowhere"),
        someone.request("TRACE", "/"),
        someone.put("/d/goods_receipt"),
        someone.post("/d/goods_receipt", data={"a": "1"}),
        someone.post("/d/goods_receipt", data=form),
        someone.get("/d/goods_receipt", headers={"Accept": "application/json"}),
        browser().get("/"),
    ]
    assert {404, 405, 403, 500, 200, 303} <= {answer.status_code for answer in answers}
    for answer in answers:
        for name in HEADERS:
            assert name in answer.headers, (answer.url, name)
        assert answer.headers["X-Request-Id"]
        if answer.content:
            kind = answer.headers["content-type"]
            assert "charset=utf-8" in kind or kind == "image/svg+xml", answer.url
        if "/static/" not in str(answer.url):
            assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/d/goods_receipt/?x=/sign-in",
        "//d/goods_receipt",
        "/./d/goods_receipt",
        "/d/goods_receipt/",
        "/sign-in/../d/goods_receipt",
        "/%64/goods_receipt",
        "/d/goods_receipt;/sign-in",
        "/D/goods_receipt",
        "/d/goods_receipt.",
        "/d/goods_receipt?x=/healthz",
        "/healthz/../d/goods_receipt",
        "/d/goods_receipt%2f..%2f",
    ],
)
def test_tricks_with_the_path_open_nothing(path: str, browser: Open) -> None:
    """ASVS 8.2.1, 13.4.5: the grant hangs on the route, so an address that looks public is not."""
    answer = browser().get(path)
    assert answer.status_code in {303, 404}
    assert "GR2026" not in answer.text


def test_only_declared_methods(browser: Open) -> None:
    """ASVS 4.1.4."""
    someone = browser(signed_in=True)
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"):
        assert someone.request(method, "/d/goods_receipt/r1").status_code == 405
    override = {"X-HTTP-Method-Override": "POST", "X-CSRF-Token": fakes.CSRF}
    assert someone.get("/sign-out", headers=override).status_code == 405


def test_a_crash_shows_a_number_and_nothing_else(
    browser: Open, kept: fakes.Kept, caplog: pytest.LogCaptureFixture
) -> None:
    """ASVS 16.5.1."""
    kept.crash = True
    someone = browser(signed_in=True)
    page = someone.post("/d/goods_receipt", data={"_csrf": fakes.CSRF, "_key": "12345678"})
    number = page.headers["X-Request-Id"]
    assert page.status_code == 500
    assert number in page.text
    assert "secret of the inside" not in page.text
    assert "Traceback" not in page.text
    assert number in caplog.text
    assert "secret of the inside" in caplog.text
    headers = {"Accept": "application/json", "X-CSRF-Token": fakes.CSRF, "Idempotency-Key": "12345678"}
    answer = someone.post("/d/goods_receipt", json={}, headers=headers)
    assert answer.status_code == 500
    assert answer.json()["problems"][0]["code"] == "WEB-110"
    assert "secret" not in answer.text


def test_the_same_parameter_twice_is_refused(browser: Open) -> None:
    """ASVS 15.3.7."""
    someone = browser(signed_in=True)
    assert someone.get("/d/goods_receipt?page=1&page=2").status_code == 400
    twice = b"_csrf=" + fakes.CSRF.encode() + b"&a=1&a=2"
    answer = someone.post("/d/goods_receipt", content=twice, headers={"Content-Type": LIMITS["form"]})
    assert answer.status_code == 400


def test_over_https_the_cookies_are_bound_and_transport_is_strict(browser: Open) -> None:
    """ASVS 3.3.1 to 3.3.4."""
    visitor = browser(base_url="https://shop.test")
    answer = visitor.get("/sign-in")
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-visit=")
    for word in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
        assert word in cookie
    assert "Domain" not in cookie
    assert "strict-transport-security" not in browser().get("/sign-in").headers
