"""The outermost layer: security headers on every answer, a number for every request, and the last resort.

OWASP ASVS 5.0: 3.4.1, 3.4.3 to 3.4.6, 3.4.8 (headers), 14.3.2 (no-store), 16.5.1 to 16.5.4 (errors).
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"

logger = logging.getLogger("formwork.web")


class Guard:
    """Wraps the whole application. What an answer says itself (a longer cache, a stricter policy) is kept."""

    def __init__(self, app: ASGIApp, *, new_number: Callable[[], str], failed: Callable[[Request], Response]) -> None:
        self.app = app
        self.new_number = new_number
        self.failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; nothing that goes wrong inside comes out as a trace or as a closed connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        number = self.new_number()
        scope.setdefault("state", {})["number"] = number
        started = False

        async def send_guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers["X-Request-Id"] = number
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = STRICT_TRANSPORT
            await send(message)

        try:
            await self.app(scope, receive, send_guarded)
        except Exception:
            logger.exception("request %s failed", number)
            if not started:
                answer = await run_in_threadpool(self._last_words, Request(scope), number)
                await answer(scope, receive, send_guarded)

    def _last_words(self, request: Request, number: str) -> Response:
        """The page of a failure; where that page fails as well (it asks the database, too) the bare number."""
        try:
            return self.failed(request)
        except Exception:
            logger.exception("request %s: its page failed as well", number)
            return PlainTextResponse(f"500 {number}", 500)
