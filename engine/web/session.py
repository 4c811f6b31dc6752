"""Cookie → session, the token that every write must carry, and the language of the answer.

A person who is signed in proves a write by the session's own token. Someone who is not (the sign-in page, the choice
of language) proves it by a *visit* token: a random cookie that the same page repeats in its form.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import Response

from engine.language.problems import Problem, Refused
from engine.web.incoming import Incoming

LANGUAGES = ("zh", "en")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "language": LANGUAGES,
    "theme": ("system", "light", "dark"),
    "density": ("normal", "compact"),
}
"""What a browser remembers for its visitor, and the values there are; the first is what holds without a choice."""

FIELD = "_csrf"
HEADER = "x-csrf-token"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,128}\Z")


def cookie_name(name: str, secure: bool) -> str:
    """A cookie's name; over https the `__Host-` prefix binds it to this host, this path and https."""
    return f"__Host-{name}" if secure else name


def read_cookie(incoming: Incoming, name: str) -> str | None:
    """The value of one of our own cookies, None where it is missing or is not what we set."""
    value = incoming.cookies.get(cookie_name(name, incoming.secure), "")
    return value if _TOKEN.match(value) else None


def set_cookie(response: Response, incoming: Incoming, name: str, value: str, seconds: int | None = None) -> None:
    """Set one of our own cookies: HttpOnly, SameSite=Lax, whole site, no domain, Secure over https."""
    response.set_cookie(
        cookie_name(name, incoming.secure),
        value,
        max_age=seconds,
        path="/",
        secure=incoming.secure,
        httponly=True,
        samesite="lax",
    )


def drop_cookie(response: Response, incoming: Incoming, name: str) -> None:
    """Make the browser forget one of our own cookies."""
    response.delete_cookie(
        cookie_name(name, incoming.secure), path="/", secure=incoming.secure, httponly=True, samesite="lax"
    )


def token_of(incoming: Incoming) -> str | None:
    """The session token that the browser sent."""
    return read_cookie(incoming, "session")


def new_visit() -> str:
    """A fresh visit token (192 random bits)."""
    return secrets.token_urlsafe(24)


def csrf_of(incoming: Incoming) -> str | None:
    """The token that a write of this visitor must repeat; None when the visitor has not been given one yet."""
    if incoming.session is not None:
        return str(incoming.session.csrf)
    return read_cookie(incoming, "visit")


def check_write(incoming: Incoming) -> None:
    """Refuse a write that did not come from one of our own pages or from a client that holds the token.

    Raises `Refused`: WEB-102 when the browser says that another site sent it, WEB-103 when it is neither a form nor
    JSON, WEB-101 when the token is missing or wrong. OWASP ASVS 5.0: 3.5.1 to 3.5.3.
    """
    if incoming.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        raise Refused((Problem("WEB-102", {}),))
    sent = incoming.headers.get(HEADER, "")
    if incoming.body.kind == "form":
        sent = sent or incoming.body.fields.get(FIELD, "")
    elif incoming.body.kind == "none":
        raise Refused((Problem("WEB-103", {}),))
    expected = csrf_of(incoming)
    if expected is None or not hmac.compare_digest(sent.encode(), expected.encode()):
        raise Refused((Problem("WEB-101", {}),))


def language_of(headers: Headers, cookies: Mapping[str, str]) -> str:
    """The language of the answer: the one that was chosen, else the browser's first that we speak, else Chinese."""
    chosen = cookies.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    wishes: list[tuple[float, int, str]] = []
    for order, part in enumerate(headers.get("accept-language", "").split(",")[:20]):
        name, _, quality = part.strip().partition(";q=")
        language = name.strip().lower().partition("-")[0]
        weight = quality.strip() or "1"
        if language in LANGUAGES and re.fullmatch(r"[01](\.\d{0,3})?", weight):
            wishes.append((-float(weight), order, language))
    return min(wishes)[2] if wishes else LANGUAGES[0]


def choice_of(cookies: Mapping[str, str], name: str) -> str:
    """What was chosen for this browser, or what holds without a choice."""
    chosen = cookies.get(name, "")
    return chosen if chosen in CHOICES[name] else CHOICES[name][0]


def safe_next(address: str | None) -> str:
    """Where to go after sign-in: a path of this site, never another host (`//evil`, `/\\evil`, `https:evil` → `/`)."""
    if address and re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", address):
        return address
    return "/"
