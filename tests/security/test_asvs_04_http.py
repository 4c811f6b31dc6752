"""ASVS 5.0 chapter 4 and 15.3: limits before anything is parsed, slow senders, and whose word about an address counts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import anyio
import pytest
import uvicorn

from engine.operations.site import Site
from engine.web import incoming as reading
from engine.web import server
from engine.web.app import build_app
from engine.web.grants import Granted
from tests.doors.visitors import FORM
from tests.security.attacker import Attacker, entries, everything
from tests.security.crawl import WRITES, fill

ENTER = Callable[..., Attacker]
KINDS = {"form": FORM, "json": "application/json", "multipart": "multipart/form-data; boundary=b"}


# --- limits (row 52) ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("route", WRITES, ids=lambda route: route.path)
def test_asvs_5_1_1_limits_hold_before_parsing(
    route: Granted, kind: str, shared: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an announced length, with a false one, and in chunks without any: 413, and no parser saw a byte."""

    def never(*_: object) -> Any:
        raise AssertionError("parsed")

    monkeypatch.setattr(reading, "read_json", never)
    monkeypatch.setattr(reading, "read_pairs", lambda content: {} if content == b"" else never())
    monkeypatch.setattr(reading, "_read_parts", never)
    clerk = Attacker(shared, "clerk")
    address = fill_once(shared).address(route)
    before = entries(shared)
    headers = {"Content-Type": KINDS[kind], "X-CSRF-Token": clerk.csrf, "Idempotency-Key": "limit-0001"}
    content = b"x" * (route.limit + 1)

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(content), 262_144):
            yield content[start : start + 262_144]

    assert clerk.client.post(address, content=content, headers=headers).status_code == 413
    assert clerk.client.post(address, content=pieces(), headers=headers).status_code == 413
    assert entries(shared) == before


_KNOWN: dict[int, Any] = {}


def fill_once(site: Site) -> Any:
    """One dossier for all of them."""
    if id(site) not in _KNOWN:
        _KNOWN.clear()
        _KNOWN[id(site)] = fill(site)
    return _KNOWN[id(site)]


def test_asvs_5_1_1_every_route_has_a_limit_of_its_own() -> None:
    """Small where little is needed; nothing beyond 16 MiB."""
    limits = {route.path: route.limit for route in WRITES}
    assert max(limits.values()) <= 16 * 1024 * 1024
    assert {path for path, limit in limits.items() if limit > 64 * 1024} == {
        "/sign-in",
        "/d/{entity}",
        "/d/{entity}/{id}",
        "/attachments",
    }


def test_asvs_2_4_1_many_names_are_refused_quickly(shared: Site) -> None:
    """A body within its limit cannot hold the process either: fields, lines, unknown names, depth."""
    clerk = Attacker(shared, "clerk")
    for body in (
        {f"unknown_field_{number}": 1 for number in range(30_000)},
        {"lines": [{"what": "x"} for _ in range(30_000)]},
        {"lines": [{f"unknown_{number}": 1} for number in range(1000)]},
        {"subject": "x" * 3_000_000},
        {"x" * 3_000_000: 1},
        {"story": "\n" * 3_000_000},
        {"lines": "[" * 1_000_000},
        {"pay": "9" * 3_000_000},
        {"pay": "1" + "," * 1_000_000},
        {"weight": "1 kg + " * 100_000},
        {"day": "2" * 1_000_000},
        {"at": " " * 3_000_000},
        {"partner": "x" * 3_000_000},
        {"level": "x" * 3_000_000},
        {"paper": "x" * 3_000_000},
    ):
        began = perf_counter()
        answer = clerk.post("/d/dossier", body)
        assert answer.status_code in {201, 413, 422}, (str(body)[:40], answer.text[:200])
        assert perf_counter() - began < 10, str(body)[:40]
        assert len(answer.content) < 12_000_000


# --- slow senders ------------------------------------------------------------------------------------------------


def scope_of(path: str, headers: dict[str, str], client: tuple[str, int] = ("192.0.2.1", 1)) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
        "client": client,
        "server": ("shop.test", 443),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_asvs_2_4_1_one_byte_a_second_is_ended(kind: str, shared: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole body has a minute, however often a byte of it arrives."""
    assert reading.BODY_SECONDS <= 60
    monkeypatch.setattr(reading, "BODY_SECONDS", 0.3)
    app, sent = build_app(shared), []

    async def receive() -> dict[str, Any]:
        await anyio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    async def run() -> None:
        with anyio.fail_after(5):
            await app(scope_of("/d/dossier", {"content-type": KINDS[kind], "host": "shop.test"}), receive, send)

    anyio.run(run)
    assert sent[0]["status"] in {401, 408}


def test_asvs_2_4_1_a_body_that_breaks_off_writes_nothing(shared: Site) -> None:
    """The client goes away in the middle: no answer is owed, and no trace of the request stays."""
    app, before = build_app(shared), entries(shared)
    messages = iter([{"type": "http.request", "body": b'{"subject"', "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: Any) -> None:
        assert message["type"] != "http.response.start" or message["status"] >= 400

    async def run() -> None:
        with anyio.fail_after(5):
            await app(scope_of("/d/dossier", {"content-type": "application/json", "host": "shop.test"}), receive, send)

    anyio.run(run)
    assert entries(shared) == before


# --- forwarded addresses (row 58) --------------------------------------------------------------------------------


def configured(monkeypatch: pytest.MonkeyPatch, site: Site, proxy: str | None) -> uvicorn.Config:
    """What `serve` tells uvicorn."""
    made: list[uvicorn.Config] = []
    monkeypatch.setattr(server._Server, "run", lambda self: made.append(self.config))
    server.serve(site, pin="off", trusted_proxy=proxy, wake_loop=lambda site, stop: None)
    (config,) = made
    config.load()
    return config


@pytest.mark.parametrize(
    ("proxy", "socket", "believed"),
    [
        (None, "192.0.2.1", False),
        (None, "127.0.0.1", False),
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.66", False),
    ],
)
def test_asvs_4_1_3_forwarded_headers_only_from_the_configured_hop(
    proxy: str | None, socket: str, believed: bool, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the limiter counts by is the socket, whatever the headers say: X-Forwarded-For, -Proto, X-Real-IP, Forwarded."""
    monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
    app: Any = configured(monkeypatch, site, proxy).loaded_app
    seen: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "engine.web.endpoints.people.sign_in_page",
        lambda incoming, **_: seen.append((incoming.client, str(incoming.secure))) or 1 / 0,
    )
    headers = {
        "host": "shop.test",
        "accept": "text/html",
        "x-forwarded-for": "203.0.113.9, 198.51.100.7",
        "x-forwarded-proto": "https",
        "x-real-ip": "203.0.113.9",
        "forwarded": "for=203.0.113.9",
        "client-ip": "203.0.113.9",
        "true-client-ip": "203.0.113.9",
        "x-forwarded-host": "evil.test",
    }
    scope = {**scope_of("/sign-in", headers, (socket, 1)), "method": "GET", "scheme": "http"}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        assert b"evil.test" not in message.get("body", b"")

    anyio.run(lambda: app(scope, receive, send))
    assert seen == [("198.51.100.7", "True")] if believed else [(socket, "False")]


def test_asvs_4_1_3_the_limiter_counts_the_socket(site: Site, enter: ENTER) -> None:
    """Another forwarded address with every guess is still the same guesser."""
    nobody = enter(address="192.0.2.50")
    token = nobody.get("/sign-in").json()["csrf"]
    statuses = [
        nobody.client.post(
            "/sign-in",
            json={"login": "clerk", "password": f"guess {number}"},
            headers={
                "X-CSRF-Token": token,
                "X-Forwarded-For": f"203.0.113.{number}",
                "X-Real-IP": f"203.0.113.{number}",
            },
        ).status_code
        for number in range(14)
    ]
    assert statuses[-1] == 429
    assert "203.0.113" not in json.dumps(everything(site)["s_limit"])


@pytest.mark.parametrize(
    "host",
    [
        "evil.test",
        "shop.test:99999",
        "shop.test/../x",
        "a b",
        "[::1",
        "",
        "x" * 5000,
        "evil.test#",
        "evil.test?",
        "user@evil.test",
    ],
)
def test_asvs_4_1_3_the_host_header_leads_nowhere(host: str, shared: Site) -> None:
    """No link, redirect or cookie is made of it (Host, X-Forwarded-Host)."""
    clerk = Attacker(shared, "clerk", program=False)
    for address in ("/", "/d/dossier", "/sign-in?next=/d/dossier"):
        answer = clerk.get(address, headers={"Host": host, "X-Forwarded-Host": host})
        assert answer.status_code in {200, 303, 400}, answer.status_code
        assert "evil" not in answer.text + str(answer.headers.get("location")) + str(answer.headers.get("set-cookie"))
        assert answer.headers.get("location", "/").startswith("/")


def test_asvs_4_1_3_the_server_says_little(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of connections and of the time to stop, no name of the server, no log of addresses with their queries."""
    config = configured(monkeypatch, site, None)
    assert (config.server_header, config.access_log) == (False, False)
    assert config.limit_concurrency is not None
    assert config.timeout_graceful_shutdown is not None
    assert not config.proxy_headers
