"""Those who attack: clients of both doors with hands on every header, and a look behind at what was written."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import MetaData, select

from engine.operations.case import Submission
from engine.operations.people import actor_of
from engine.operations.sign_in import sign_in
from engine.operations.site import Site
from engine.operations.submit import Submitted, submit
from engine.storage import journal, records
from engine.web.app import build_app
from tests.doors.visitors import FORM, SECRET
from tests.web.client import TestClient

KEYS = itertools.count(1)
ORIGIN = "https://shop.test"


def new_key() -> str:
    """A fresh idempotency key."""
    return f"attack-{next(KEYS):08}"


@dataclass
class Attacker:
    """One visitor: not signed in without a login. Pages unless `program`."""

    site: Site
    login: str | None = None
    program: bool = True
    language: str = "en"
    address: str = "testclient"
    client: Any = None
    csrf: str = ""
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.client is None:
            self.client = TestClient(
                build_app(self.site),
                base_url=ORIGIN,
                follow_redirects=False,
                raise_server_exceptions=False,
                client=(self.address, 50000),
            )
        self.client.headers["Accept"] = "application/json" if self.program else "text/html"
        self.client.headers["Accept-Language"] = self.language
        self.client.headers.update(self.headers)
        if self.login is not None:
            opened = sign_in(self.site, self.login, SECRET, f"attack-{next(KEYS)}")
            self.take(opened.token, opened.csrf)

    def take(self, token: str, csrf: str) -> None:
        """Hold a session."""
        self.token, self.csrf = token, csrf
        self.client.cookies.set("__Host-session", token)

    def get(self, address: str, **more: Any) -> Any:
        return self.client.get(address, **more)

    def post(self, address: str, body: Any = None, *, key: str = "", headers: Mapping[str, str] | None = None) -> Any:
        """A JSON write with everything that it needs."""
        sent = {
            "X-CSRF-Token": self.csrf,
            "Idempotency-Key": key or new_key(),
            "Content-Type": "application/json",
            **(headers or {}),
        }
        content = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        return self.client.post(address, content=content, headers=sent)

    def form(self, address: str, fields: Mapping[str, str], *, key: str = "") -> Any:
        """A form write with everything that it needs."""
        data = {"_csrf": self.csrf, "_key": key or new_key(), **fields}
        return self.client.post(address, data=data, headers={"Content-Type": FORM, "Sec-Fetch-Site": "same-origin"})

    def codes(self, answer: Any) -> list[str]:
        """The problem codes of a JSON answer."""
        return sorted({problem["code"] for problem in answer.json()["problems"]})


def do(site: Site, login: str, entity: str, raw: Mapping[str, Any], **more: Any) -> Submitted:
    """Store something as a person, past the web."""
    asked = Submission(
        entity, more.get("id"), more.get("transition"), raw, more.get("version"), more.get("key") or new_key()
    )
    return submit(site, actor(site, login), asked)


def actor(site: Site, login: str) -> Any:
    """A person as of now."""
    with site.reading() as (connection, running):
        found = actor_of(connection, running, id_of(site, "person", login), site.clock())
    assert found is not None
    return found


def id_of(site: Site, entity: str, code: object) -> str:
    """The id of a master by its code."""
    with site.reading() as (connection, running):
        return records.find(connection, running.tables, entity, ("code",), [(code,)])[code,]


def entries(site: Site) -> int:
    """How many entries the journal has."""
    with site.database.read() as connection:
        return journal.length(connection)


PASSING = frozenset({"s_session", "s_limit"})
"""Tables that a request may touch without anybody having done anything: who was seen when, and counted tries."""


def everything(site: Site, leave_out: frozenset[str] = frozenset()) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    with site.database.read() as connection:
        metadata = MetaData()
        metadata.reflect(connection)
        for name, table in sorted(metadata.tables.items()):
            if name not in leave_out:
                found[name] = sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
    return found


def written(site: Site) -> dict[str, list[tuple[Any, ...]]]:
    """Every row that people's work is made of: what no refused request and no look at a page may change."""
    return everything(site, PASSING)
