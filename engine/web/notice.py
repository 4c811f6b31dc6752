"""What the page after a successful write says, carried over the redirect in a short-lived cookie of our own."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from engine.operations.submit import Submitted
from engine.web.incoming import Incoming
from engine.web.session import cookie_name, drop_cookie, set_cookie
from engine.web.texts import Texts
from engine.web.told import message_of

NAME = "notice"
MOST_BYTES = 3000
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Shown:
    """One notice: the sentence and the warnings that did not stop the write."""

    text: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """The notice of a request, if it brought one, and how to forget it."""

    incoming: Incoming
    shown: Shown | None

    def forget(self, response: Response) -> None:
        """Make the browser drop the notice, so that it is shown once."""
        if cookie_name(NAME, self.incoming.secure) in self.incoming.cookies:
            drop_cookie(response, self.incoming, NAME)


def announce_stored(response: Response, incoming: Incoming, stored: Submitted) -> None:
    """Let the next page say what was stored."""
    t = Texts(incoming.language)
    text = t("stored_number", number=stored.number) if stored.number else t("stored")
    announce(response, incoming, text, [message_of(problem, incoming) for problem in stored.warnings])


def announce(response: Response, incoming: Incoming, text: str, more: Sequence[str] = ()) -> None:
    """Let the next page say something."""
    warnings = list(more)
    while True:
        packed = (
            base64.urlsafe_b64encode(json.dumps([text, *warnings], ensure_ascii=False).encode()).decode().rstrip("=")
        )
        if len(packed) <= MOST_BYTES or not warnings:
            break
        warnings.pop()
    set_cookie(response, incoming, NAME, packed, SECONDS)


def take_notice(incoming: Incoming) -> Notice:
    """What the page before wants to say."""
    packed = incoming.cookies.get(cookie_name(NAME, incoming.secure), "")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,3000}", packed):
        return Notice(incoming, None)
    try:
        texts = json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    except (binascii.Error, ValueError):
        return Notice(incoming, None)
    if not (isinstance(texts, list) and texts and all(isinstance(text, str) for text in texts)):
        return Notice(incoming, None)
    return Notice(incoming, Shown(texts[0], tuple(texts[1:])))
