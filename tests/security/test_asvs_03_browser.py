"""ASVS 5.0 chapter 3, 4.1, 14.3: every write needs its token, every answer its headers; crawled from the router."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engine.operations.site import Site
from engine.web.grants import Granted, Public
from tests.doors.visitors import FORM, SECRET
from tests.security.attacker import Attacker, entries, new_key, written
from tests.security.crawl import FILLED, READS, ROUTES, WRITES, Known, fill

ENTER = Callable[..., Attacker]
JSON = "application/json"


@pytest.fixture(scope="module")
def known(shared: Site) -> Known:
    return fill(shared)


def visit(shared: Site, login: str | None, **more: Any) -> Attacker:
    return Attacker(shared, login, **more)


# --- writes (row 21) ---------------------------------------------------------------------------------------------


def forgeries(victim: Attacker, other: Attacker, visit_token: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Requests that a page of somebody else could make a browser send, or that hold the wrong token."""
    key = {"Idempotency-Key": new_key()}
    document = json.dumps({"subject": "forged", "login": "clerk", "password": SECRET, "language": "en"}).encode()
    form = b"subject=forged&_key=" + new_key().encode() + b"&language=en&login=clerk&password=x&session=others"

    def send(content: bytes, kind: str, **headers: str) -> dict[str, Any]:
        return {"content": content, "headers": {"Content-Type": kind, **key, **headers}}

    def token(text: str) -> dict[str, str]:
        return {"X-CSRF-Token": text}

    yield "form without token", send(form, FORM)
    yield "json without token", send(document, JSON)
    yield "empty token", send(document, JSON, **token(""))
    yield "another session's token", send(document, JSON, **token(other.csrf))
    yield "another session's token in the form", send(form + b"&_csrf=" + other.csrf.encode(), FORM)
    yield "the visit token of the sign-in page", send(document, JSON, **token(visit_token))
    yield "the session cookie as token", send(document, JSON, **token(victim.token))
    yield "token with one more character", send(document, JSON, **token(victim.csrf + "A"))
    yield "token of other case", send(document, JSON, **token(victim.csrf.swapcase()))
    yield (
        "cross-site with the right token",
        send(document, JSON, **token(victim.csrf), **{"Sec-Fetch-Site": "cross-site"}),
    )
    yield (
        "same-site with the right token",
        send(document, JSON, **token(victim.csrf), **{"Sec-Fetch-Site": "same-site"}),
    )
    yield "unknown origin word", send(document, JSON, **token(victim.csrf), **{"Sec-Fetch-Site": "Same-Origin"})
    yield "json as text", send(document, "text/plain", **token(victim.csrf))
    yield "json as text without token", send(document, "text/plain")
    yield "json without a type", {"content": document, "headers": {**key, **token(victim.csrf)}}
    yield "an upload type", send(document, "application/octet-stream", **token(victim.csrf))
    yield (
        "a multipart body without token",
        {"files": {"file": ("a.pdf", b"%PDF-")}, "data": {"subject": "forged"}, "headers": key},
    )
    yield (
        "token in the address only",
        {**send(document, JSON), "params": {"_csrf": victim.csrf, "x-csrf-token": victim.csrf}},
    )
    yield "token inside the JSON", send(document[:-1] + b',"_csrf":"' + victim.csrf.encode() + b'"}', JSON)


@pytest.mark.parametrize("route", WRITES, ids=lambda route: route.path)
def test_asvs_3_5_1_every_write_needs_csrf(route: Granted, shared: Site, known: Known) -> None:
    """Refused with 403 (415 for a type that no page of ours sends), and nothing is written anywhere."""
    victim, other = visit(shared, "clerk"), visit(shared, "deli_clerk")
    token = visit(shared, None).get("/sign-in").json()["csrf"]
    before = written(shared)
    for name, sent in forgeries(victim, other, token):
        answer = victim.client.post(known.address(route), **sent)
        assert answer.status_code in {403, 415}, (name, answer.status_code, answer.text)
        assert "set-cookie" not in answer.headers, name
    assert written(shared) == before
    assert victim.get("/").status_code == 200, "not signed out either"


@pytest.mark.parametrize("route", WRITES, ids=lambda route: route.path)
def test_asvs_3_5_1_nobody_writes_without_a_session(route: Granted, shared: Site, known: Known) -> None:
    nobody = visit(shared, None)
    token = nobody.get("/sign-in").json()["csrf"]
    before = written(shared)
    for sent in (
        {"json": FILLED},
        {"data": {"_csrf": token, "_key": new_key(), "subject": "x"}},
        {"json": FILLED, "headers": {"X-CSRF-Token": token}},
    ):
        answer = nobody.client.post(known.address(route), **sent)
        if isinstance(route.grant, Public):
            assert answer.status_code in {400, 401, 403}, answer.text
        else:
            assert answer.status_code == 401, answer.text
    assert written(shared) == before


def test_asvs_3_5_1_sign_in_itself_cannot_be_forged(site: Site, enter: ENTER) -> None:
    """A page of somebody else cannot sign a visitor in as its own user: it does not know the visit token."""
    nobody = enter()
    body = {"login": "clerk", "password": SECRET}
    assert nobody.client.post("/sign-in", json=body).status_code == 403
    token = nobody.get("/sign-in").json()["csrf"]
    foreign = enter().get("/sign-in").json()["csrf"]
    assert foreign != token
    assert nobody.client.post("/sign-in", json=body, headers={"X-CSRF-Token": foreign}).status_code == 403
    assert nobody.client.post("/sign-in", json=body, headers={"X-CSRF-Token": token}).status_code == 200


@pytest.mark.parametrize("login", ["admin", "clerk"])
def test_asvs_3_5_3_looking_changes_nothing(login: str, shared: Site, known: Known) -> None:
    """Every GET, as page and as JSON, also with parameters that a write would understand."""
    before, journal = written(shared), entries(shared)
    words = "?_transition=file&transition=file&explain=1&_remove=lines-0&subject=x&_key=12345678&_csrf=1"
    for program in (True, False):
        someone = visit(shared, login, program=program)
        for route in READS:
            for address in (known.address(route), known.address(route) + words):
                answer = someone.get(address)
                assert answer.status_code < 500, (address, answer.text)
                head = someone.client.head(address)
                assert (head.status_code, head.content) == (answer.status_code, b""), address
    assert entries(shared) == journal
    assert written(shared) == before


# --- headers (rows 23, 24, 27) -----------------------------------------------------------------------------------

POLICY = {
    "default-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
}


def check_headers(answer: Any) -> None:
    headers = answer.headers
    where = (answer.request.method, str(answer.url), answer.status_code)
    policy = dict(
        part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";") if " " in part.strip()
    )
    if "sandbox" in headers["content-security-policy"]:
        assert policy == {"default-src": "'none'"}, where
    else:
        assert policy == POLICY, where
    assert headers["x-content-type-options"] == "nosniff", where
    assert headers["referrer-policy"] in {"same-origin", "no-referrer"}, where
    assert headers["cross-origin-opener-policy"] == "same-origin", where
    assert headers["cross-origin-resource-policy"] == "same-origin", where
    assert headers["strict-transport-security"].startswith("max-age=31536000"), where
    assert "access-control-allow-origin" not in headers, where
    assert "server" not in headers, where
    assert "x-powered-by" not in headers, where
    if "/static/" in str(answer.url) and answer.status_code == 200:
        assert "immutable" in headers["cache-control"], where
    else:
        assert headers["cache-control"] == "no-store", where
    if answer.content:
        kind = headers["content-type"]
        assert "charset=utf-8" in kind or kind in {"image/svg+xml", "application/pdf", "image/png"}, (where, kind)


def test_asvs_3_4_every_answer_has_its_headers(shared: Site, known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every route as somebody and as nobody, page and JSON, and every error page: 400 to 415, 422, 429, 500."""
    seen: set[int] = set()
    for login in ("admin", "clerk", "reader", None):
        for program in (True, False):
            someone = visit(shared, login, program=program)
            for route in ROUTES:
                address = known.address(route)
                methods = ["GET", "POST"] if route.path == "/sign-in" else list(route.methods or ())
                for method in methods:
                    answer = someone.client.request(method, address)
                    seen.add(answer.status_code)
                    check_headers(answer)
    clerk = visit(shared, "clerk")
    extra = [
        clerk.get("/nowhere"),
        clerk.get("/static/unknown.css"),
        clerk.get("/d/dossier?page=0"),
        clerk.get("/d/dossier?a=1&a=2"),
        clerk.get("/d/dossier/no-such-id"),
        clerk.client.request("TRACE", "/"),
        clerk.client.put("/d/dossier", content=b"x"),
        clerk.client.options("/d/dossier"),
        clerk.post("/d/dossier", {"nonsense": 1}),
        clerk.post("/d/dossier", b"x" * (5 * 1024 * 1024)),
        clerk.post("/d/dossier", b'{"a":'),
        clerk.post("/d/dossier", {"subject": "x"}, headers={"Content-Type": "text/html"}),
        clerk.post("/attachments", {}),
    ]
    monkeypatch.setattr("engine.web.endpoints.lists.read_query", lambda incoming: 1 / 0)
    extra += [clerk.get("/d/dossier"), visit(shared, "clerk", program=False).get("/d/dossier")]
    for answer in extra:
        seen.add(answer.status_code)
        check_headers(answer)
    assert {200, 303, 400, 401, 403, 404, 405, 413, 415, 422, 500} <= seen


def test_asvs_3_4_3_the_pages_obey_their_own_policy(shared: Site, known: Known) -> None:
    """No inline script, style or handler that the policy would stop, or that would need a weaker one."""
    someone = visit(shared, "clerk", program=False)
    for route in READS:
        page = someone.get(known.address(route))
        if "text/html" not in page.headers.get("content-type", ""):
            continue
        text = page.text
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), route.path
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text), route.path
        for source in re.findall(r'(?:src|href|action)="([^"]*)"', text):
            assert re.match(r"/(?!/)|#|\?", source) or source == "", (route.path, source)


# --- redirects (row 25) ------------------------------------------------------------------------------------------

EVIL = [
    "//evil.test",
    "///evil.test",
    "/\\evil.test",
    "\\/evil.test",
    "\\\\evil.test",
    "https:evil.test",
    "https:/evil.test",
    "https://evil.test",
    "HTTPS://evil.test",
    "http://shop.test@evil.test",
    "//shop.test.evil.test",
    "javascript:alert(1)",
    "data:text/html,x",
    "/\tevil.test",
    "/\t/evil.test",
    "\t//evil.test",
    " //evil.test",
    "/ /evil.test",
    "/\n/evil.test",
    "/\r\nLocation: https://evil.test",
    "/\x00/evil.test",
    "/\x7f/evil.test",
    "evil.test",
    "./evil",
    "@evil.test",
    ":80",
    "?next=//evil.test",
    "#//evil.test",
    "",
    "/" + "\\" * 3 + "evil.test",
    "/d/item\\..\\..\\evil",
]


def lands_here(location: str) -> bool:
    """Whether a browser on https://shop.test stays there."""
    return re.fullmatch(r"/(?![/\\])[^\\\s]*", location) is not None


@pytest.mark.parametrize("place", EVIL)
def test_asvs_3_7_2_no_open_redirect(place: str, shared: Site) -> None:
    someone = visit(shared, "clerk", program=False)
    answers = [someone.client.get("/sign-in", params={"next": place})]
    if "\x00" not in place:
        answers.append(
            someone.client.post("/preferences", data={"_csrf": someone.csrf, "language": "en", "next": place})
        )
        nobody = visit(shared, None, program=False)
        page = nobody.client.get("/sign-in", params={"next": place}).text
        kept = re.search(r'name="next" value="([^"]*)"', page)
        assert kept
        assert lands_here(kept[1]), kept[1]
        token = re.search(r'name="_csrf" value="([^"]*)"', page)
        assert token
        body = {"_csrf": token[1], "login": "reader", "password": SECRET, "next": place}
        answers.append(nobody.client.post("/sign-in", data=body))
    for answer in answers:
        assert answer.status_code in {303, 400}, answer.text
        assert lands_here(answer.headers.get("location", "/")), answer.headers
        assert "evil" not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize(
    "path", ["//evil.test", "/\\evil.test", "/%5cevil.test", "/%2f%2fevil.test", "/..//evil.test", "/;@evil.test"]
)
def test_asvs_3_7_2_the_way_back_after_signing_in_stays_here(path: str, shared: Site) -> None:
    """An address that looks like another host never comes back as one."""
    nobody = visit(shared, None, program=False)
    answer = nobody.client.get(f"https://shop.test{path}")
    assert answer.status_code in {303, 404}
    assert lands_here(answer.headers.get("location", "/"))
    assert 'href="//' not in answer.text


# --- methods (row 59) --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{sorted(route.methods)[0]} {route.path}")
def test_asvs_4_1_4_only_the_declared_methods(route: Granted, shared: Site, known: Known) -> None:
    address = known.address(route)
    allowed = {method for each in ROUTES if each.path_regex.match(address) for method in each.methods or ()}
    someone = visit(shared, "clerk")
    before = entries(shared)
    for method in {
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
        "TRACE",
        "CONNECT",
        "PROPFIND",
        "FOO",
    } - allowed:
        answer = someone.client.request(method, address, headers={"X-CSRF-Token": someone.csrf})
        assert answer.status_code == 405, (method, answer.status_code)
        assert set(re.split(r",\s*", answer.headers["allow"])) <= allowed
        assert answer.headers["allow"]
    if "POST" not in allowed:
        for header in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
            assert someone.get(address, headers={header: "POST"}).status_code == someone.get(address).status_code
    assert entries(shared) == before
