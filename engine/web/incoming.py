"""One request, read once: the only thing an endpoint sees.

The content type decides how a body is read, and nothing else does: a file can only come out of a multipart body, a
nested value only out of JSON. Limits hold before anything is parsed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl

import anyio
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, UploadFile
from starlette.requests import Request

from engine.access.actor import Actor
from engine.language.problems import Problem, Refused
from engine.language.strict_json import refuse_unprintable
from engine.operations.sign_in import Session
from engine.operations.site import Site
from engine.packages.schema import App
from engine.web.json_text import read_json

if TYPE_CHECKING:
    from engine.web.doors import Doors

MOST_FIELDS = 20_000
MOST_FILES = 20
BODY_SECONDS = 60
WRITES = frozenset({"POST"})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent. The name is a label, never a path."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Body:
    """What the request carried, in the one form that its content type declares."""

    kind: Literal["none", "form", "json"] = "none"
    fields: Mapping[str, str] = field(default_factory=dict)
    uploads: Mapping[str, Upload] = field(default_factory=dict)
    data: object = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request with its session and language, ready for an endpoint."""

    site: Site
    doors: Doors
    method: str
    address: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Headers
    cookies: Mapping[str, str]
    client: str
    secure: bool
    number: str
    language: str
    wants_json: bool
    body: Body = Body()
    session: Session | None = None
    _published: list[App] = field(default_factory=list, repr=False, compare=False)

    @property
    def app(self) -> App:
        """The published package, asked for once in a request."""
        if not self._published:
            self._published.append(self.site.app())
        return self._published[0]

    @property
    def actor(self) -> Actor:
        """Who asks, speaking the language of this request. Only for routes that are not public."""
        assert self.session is not None, "a public route has no actor"
        return replace(self.session.actor, language=self.language)


async def read_bytes(request: Request, limit: int) -> bytes:
    """The whole body, at most `limit` bytes and within a minute. Raises `Refused` (WEB-104, WEB-118)."""
    too_long = Refused((Problem("WEB-104", {"limit": limit // 1024}),))
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise too_long
    parts: list[bytes] = []
    size = 0
    with anyio.move_on_after(BODY_SECONDS) as clock:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise too_long
            parts.append(part)
    if clock.cancelled_caught:
        raise Refused((Problem("WEB-118", {"seconds": BODY_SECONDS}),))
    return b"".join(parts)


async def read_body(request: Request, limit: int) -> Body:
    """The body of a write, read by its declared content type. Raises `Refused` (WEB-104 to WEB-106, WEB-111, …)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    content = await read_bytes(request, limit)
    if kind == "application/json":
        return Body("json", data=read_json(content))
    if kind == "application/x-www-form-urlencoded":
        return Body("form", fields=read_pairs(content))
    if kind == "multipart/form-data":
        if not is_whole(content, request.headers["content-type"]):
            raise Refused((Problem("WEB-105", {"reason": "multipart"}),))
        request._body = content  # the stream was consumed under our own limit; Starlette's parser reads it from here
        return await _read_parts(request, limit)
    if not content and not kind:
        return Body()
    raise Refused((Problem("WEB-111", {"kind": kind or "?"}),))


def read_pairs(content: bytes) -> dict[str, str]:
    """An urlencoded body or query. A name given twice is refused (WEB-113): nobody could tell which one counts."""
    try:
        pairs = parse_qsl(
            content.decode("ascii"),
            keep_blank_values=True,
            max_num_fields=MOST_FIELDS,
            encoding="utf-8",
            errors="strict",
        )
    except ValueError as mistake:
        raise Refused((Problem("WEB-105", {"reason": type(mistake).__name__}),)) from mistake
    return _once(pairs)


def _once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, text in pairs:
        if name in found:
            raise Refused((Problem("WEB-113", {"name": name}),))
        refuse_unprintable(name)
        refuse_unprintable(text)
        found[name] = text
    return found


def is_whole(content: bytes, kind: str) -> bool:
    """Whether a multipart body goes on to its last boundary: of one that was cut off, the last part would be lost."""
    _, options = parse_options_header(kind)
    end = b"--" + options.get(b"boundary", b"") + b"--"
    return (b"\r\n" + content.rstrip(b"\r\n")).endswith(b"\r\n" + end)


async def _read_parts(request: Request, limit: int) -> Body:
    pairs: list[tuple[str, str]] = []
    uploads: dict[str, Upload] = {}
    async with request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=limit) as form:
        for name, part in form.multi_items():
            if not isinstance(part, UploadFile):
                pairs.append((name, part))
            elif part.filename:
                if name in uploads:
                    raise Refused((Problem("WEB-113", {"name": name}),))
                uploads[name] = Upload(part.filename, await part.read())
    return Body("form", fields=_once(pairs), uploads=uploads)
